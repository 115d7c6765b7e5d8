"""The lab's own API behind the port of its PoPs: ``/lab/...`` and ``/metrics``.

Reads are open to whoever reaches the port; of a lab on loopback that is not a web page
of elsewhere whose name leads here.  Every change needs the lab's token, which is in a
file that only the lab's owner can read.  Faults that are injected into PoPs do
not reach this API, so that they can always be ended.

A module with ``ROUTES``, a list of ``(method, werkzeug rule, handler)``, is added by
listing it in :data:`MODULES`.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from tacker_lite.pop import errors
from tacker_lite.pop.addresses import ip_address
from tacker_lite.pop.cloud import Lab
from tacker_lite.pop.faces.lab import (
    capabilities,
    events,
    faults,
    instances,
    links,
    live,
    metrics,
    metrics_fed,
    page,
    topology,
)
from tacker_lite.pop.faces.lab.request import Context
from tacker_lite.pop.lab.secrets import TOKEN_HEADER
from tacker_lite.pop.runtime.base import RuntimeFault

LOG = logging.getLogger(__name__)

MODULES: tuple[ModuleType, ...] = (
    topology,
    capabilities,
    links,
    instances,
    events,
    faults,
    metrics,
    metrics_fed,
    live,
    page,
)
#: First parts of paths that are the lab's own: no PoP may be called so.
PREFIXES = frozenset({"lab", "metrics"})
_READS = frozenset({"GET", "HEAD"})


class LabFace:
    """Answers requests to the lab itself; every error is a JSON document."""

    def __init__(self, lab: Lab, modules: Iterable[ModuleType] = MODULES):
        self._lab = lab
        host = urlsplit(lab.url).hostname or ""
        self._on_loopback = _is_address(host) and ip_address(host).is_loopback
        rules = [
            Rule(pattern, methods=[method], endpoint=handler)
            for module in modules
            for method, pattern, handler in module.ROUTES
        ]
        self._routes = Map(
            rules, strict_slashes=False, merge_slashes=False, redirect_defaults=False
        ).bind("lab")

    def answer(self, request: Request) -> Response:
        """Route and handle one request."""
        try:
            self._require_own_name(request)
            handler, arguments = self._route(request)
            if request.method not in _READS:
                self._require_token(request)
            answer = handler(Context(self._lab, request), **arguments)
            return answer if isinstance(answer, Response) else _json(*answer)
        except errors.PopError as error:
            return _error(error.status, str(error))
        except RuntimeFault as fault:
            return _error(503, str(fault))
        except MethodNotAllowed as error:
            text = f"{request.method} is not allowed on {request.path}."
            response = _error(405, text)
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
            return response
        except Exception:  # noqa: BLE001 (the last place that can answer)
            LOG.exception("%s %s failed", request.method, request.path)
            return _error(500, "The lab failed on this request; its log says why.")

    def _route(self, request: Request) -> tuple[Any, Any]:
        try:
            return self._routes.match(request.path, request.method)
        except (NotFound, RequestRedirect) as error:
            raise errors.NotFound("path", request.path) from error

    def _require_own_name(self, request: Request) -> None:
        """:raises Forbidden: a browser was led to loopback by a name of the Internet.

        Pages of a site could read what a lab tells (DNS rebinding): for the browser
        they are of the same origin.  An address in the URL needs no name service.
        """
        if not self._on_loopback:
            return
        name = urlsplit(f"//{request.host}").hostname or "localhost"
        if name != "localhost" and not _is_address(name):
            raise errors.Forbidden(
                f"This lab listens on loopback only and is not called {name!r}: use"
                f" {self._lab.url}, or start it with --host."
            )

    def _require_token(self, request: Request) -> None:
        """:raises Unauthorized: the request does not carry the lab's token."""
        given = request.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._lab.secrets.token.encode()):
            raise errors.Unauthorized(
                f"A change needs the header {TOKEN_HEADER} with the content of the file"
                " 'token' in the lab's state directory."
            )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _json(status: int, body: Any) -> Response:
    if body is None:
        return Response(status=status)
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status=status, content_type="application/json")


def _error(status: int, message: str) -> Response:
    return _json(status, {"error": {"message": message, "code": status}})
