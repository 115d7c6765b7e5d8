"""A lab as one WSGI application: the OpenStack APIs of its PoPs, and its own.

The first two parts of a path choose the PoP and the service, the rest is that
service's own: ``/pop1/network/v2.0/ports``.  What :mod:`tacker_lite.pop.faces.lab`
answers is told by the first part.  A service is a module with

- ``SERVICE``: its name, URL prefix and key in :data:`.faults.RENDERERS`;
- ``ROUTES``: its whole surface, a list of ``(method, werkzeug rule, handler)``;
- ``PUBLIC`` (optional): the handlers that need no token;
- ``FOR_READERS`` (optional): those that take another method than GET, and are open to
  callers with the role ``reader`` alone as well;
- ``answer_headers(ctx)`` (optional): looks at a request before its handler does,
  and gives headers for the answer.

Add a service by listing its module in :data:`SERVICES`.
"""

from __future__ import annotations

import errno
import json
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from tacker_lite.pop import errors
from tacker_lite.pop.cloud import Cloud, Lab
from tacker_lite.pop.faces.lab.app import PREFIXES, LabFace
from tacker_lite.pop.faces.lab.page import wants_page
from tacker_lite.pop.faces.openstack import (
    alarming,
    block_storage,
    compute,
    fault_injection,
    faults,
    identity,
    image,
    load_balancer,
    network,
    orchestration,
)
from tacker_lite.pop.faces.openstack.fault_injection import FaultInjection
from tacker_lite.pop.faces.openstack.request import (
    REQUEST_ID,
    BodyTooLong,
    Context,
    Handler,
)
from tacker_lite.pop.faults_api import RequestFault

LOG = logging.getLogger(__name__)

SERVICES: tuple[ModuleType, ...] = (
    identity,
    compute,
    network,
    image,
    orchestration,
    load_balancer,
    block_storage,
    alarming,
)
#: What a machine can run out of, for a while.
_USED_UP = frozenset(
    {
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS),
        *(errno.EAGAIN, errno.ENOSPC),
    }
)
#: Those that are counted by name.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Service:
    """A service module with its routes compiled once."""

    def __init__(self, module: ModuleType):
        self.name: str = module.SERVICE
        self.public: frozenset[Handler] = getattr(module, "PUBLIC", frozenset())
        self.for_readers: frozenset[Handler] = getattr(
            module, "FOR_READERS", frozenset()
        )
        self.answer_headers: Callable[[Context], Mapping[str, str]] | None = getattr(
            module, "answer_headers", None
        )
        self.fault = faults.RENDERERS[self.name]
        rules = [
            Rule(pattern, methods=[method], endpoint=handler)
            for method, pattern, handler in module.ROUTES
        ]
        self.routes = Map(
            rules, strict_slashes=False, merge_slashes=False, redirect_defaults=False
        ).bind("lab")

    def answer(self, ctx: Context, path: str) -> Response:
        """Route and handle one request; every error becomes this service's fault."""
        headers: Mapping[str, str] = {}
        try:
            if self.answer_headers:
                headers = self.answer_headers(ctx)
            handler, arguments = self._route(ctx, path)
            if handler not in self.public:
                ctx.authenticate()
                if not (ctx.is_read or handler in self.for_readers):
                    ctx.require_writer()
            answer = handler(ctx, **arguments)
            response = answer if isinstance(answer, Response) else _json(*answer)
        except errors.PopError as error:
            response = self.fault_of(ctx, error.status, error.type, str(error))
            if error.status == 401:
                response.headers["WWW-Authenticate"] = (
                    f'Keystone uri="{ctx.root_url}/identity"'
                )
        except MethodNotAllowed as error:
            text = f"{ctx.request.method} is not allowed on {ctx.request.path}."
            response = self.fault_of(ctx, 405, "MethodNotAllowed", text)
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            response = self._failure(ctx, error)
        response.headers.update(headers)
        return response

    def _failure(self, ctx: Context, error: Exception) -> Response:
        """What is nobody's fault but the machine's, or the lab's own."""
        if isinstance(error, OSError) and error.errno in _USED_UP:
            LOG.error("%s %s: %s", ctx.request.method, ctx.request.path, error)
            text = f"The lab's machine has run out: {error.strerror}. Try again later."
            return self.fault_of(ctx, 503, "ServiceUnavailable", text)
        LOG.error("%s %s failed", ctx.request.method, ctx.request.path, exc_info=error)
        text = "The lab failed on this request; its log says why."
        return self.fault_of(ctx, 500, "InternalError", text)

    def _route(self, ctx: Context, path: str) -> tuple[Handler, Mapping[str, Any]]:
        try:
            return self.routes.match(path, ctx.request.method)
        except (NotFound, RequestRedirect) as error:
            raise errors.NotFound("path", ctx.request.path) from error

    def fault_of(self, ctx: Context, status: int, kind: str, message: str) -> Response:
        """An error as this service words it, once the request has been read."""
        if status != BodyTooLong.status:
            _drain(ctx)
        return _json(status, self.fault(status, kind, message))


def _drain(ctx: Context) -> None:
    """Read what a refused client still sends: its next request comes after that."""
    try:
        for _ in ctx.chunks():
            pass
    except errors.BadRequest as error:
        LOG.info("%s %s: %s", ctx.request.method, ctx.request.path, error)


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    if body is None:
        response = Response(status=status)
        del response.headers["Content-Type"]
    else:
        text = json.dumps(body, separators=(",", ":"))
        response = Response(text, status=status, content_type="application/json")
    if headers:
        response.headers.update(headers)
    return response


class Application:
    """WSGI: chooses the PoP and the service, and marks and logs every answer."""

    def __init__(self, lab: Lab, services: Iterable[ModuleType] = SERVICES):
        self._lab = lab
        self._services = {module.SERVICE: _Service(module) for module in services}
        self._lab_face = LabFace(lab)
        self._injection = FaultInjection(lab)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        started = time.perf_counter()
        request = Request(environ)
        request_id = f"req-{uuid.uuid4()}"
        environ[REQUEST_ID] = request_id
        response = self._dispatch(request)
        response.headers["x-openstack-request-id"] = request_id
        seconds = time.perf_counter() - started
        self._count(request, response.status_code, seconds)
        LOG.debug(
            "%s %s %s: %d in %.1f ms",
            request_id,
            request.method,
            request.path,
            response.status_code,
            seconds * 1000,
        )
        return response(environ, start_response)

    def _count(self, request: Request, status: int, seconds: float) -> None:
        """Count an answer of a service of a PoP, or of the lab itself."""
        pop, _, rest = request.path.lstrip("/").partition("/")
        service = rest.partition("/")[0]
        method = request.method if request.method in _METHODS else "other"
        if pop in self._lab.clouds and service in self._services:
            self._lab.metrics.requests.add(pop, service, method, status, seconds)
        elif not pop or pop in PREFIXES:
            self._lab.metrics.requests.add("", "lab", method, status, seconds)

    def _dispatch(self, request: Request) -> Response:
        pop, _, rest = request.path.lstrip("/").partition("/")
        if pop in PREFIXES or (not pop and wants_page(request)):
            return self._lab_face.answer(request)
        if not pop:
            return _json(200, self._overview())
        cloud = self._lab.clouds.get(pop)
        if cloud is None:
            known = ", ".join(sorted(self._lab.clouds)[:10])
            return _missing(f"There is no PoP '{pop}' in this lab; it has: {known}.")
        name, _, path = rest.partition("/")
        fault = self._injection.meet(request, pop, name, f"/{path}")
        if fault is None:
            return self._answer_of(cloud, name, path, request)
        if fault.status:
            response = self._injected(cloud, name, request, fault)
        else:
            response = self._answer_of(cloud, name, path, request)
        response.headers[fault_injection.HEADER] = str(fault)
        return response

    def _answer_of(
        self, cloud: Cloud, name: str, path: str, request: Request
    ) -> Response:
        """A PoP's answer."""
        # Links are the catalogue's, whatever a client's Host header says.
        pop, url = cloud.pop.name, self._lab.url
        if not name:
            return _json(200, self._services_of(pop, url))
        service = self._services.get(name)
        if service is None:
            known = ", ".join(self._services)
            return _missing(f"A PoP has no service '{name}'; it has: {known}.")
        ctx = Context(cloud, name, f"{url}/{pop}", request)
        return service.answer(ctx, f"/{path}")

    def _injected(
        self, cloud: Cloud, name: str, request: Request, fault: RequestFault
    ) -> Response:
        """The error that a fault of the lab asks for, as the service would say it."""
        service = self._services.get(name) or self._services["identity"]
        ctx = Context(cloud, name, f"{self._lab.url}/{cloud.pop.name}", request)
        kind = fault_injection.kind(fault)
        response = service.fault_of(
            ctx, fault.status, kind, fault_injection.message(fault)
        )
        if fault.status in (429, 503):
            response.headers["Retry-After"] = "1"
        return response

    def _overview(self) -> dict[str, Any]:
        lab = self._lab
        pops = [
            {
                "name": name,
                "region": cloud.pop.region,
                "auth_url": f"{lab.url}/{name}/identity/v3",
            }
            for name, cloud in lab.clouds.items()
        ]
        return {"lab": lab.topology.name, "runtime": lab.runtime.name, "pops": pops}

    def _services_of(self, pop: str, url: str) -> dict[str, Any]:
        return {
            "services": [
                {"name": name, "url": f"{url}/{pop}/{name}"} for name in self._services
            ]
        }


def _missing(message: str) -> Response:
    return _json(404, faults.keystone(404, "NotFound", message))
