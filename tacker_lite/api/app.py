"""The WSGI application: the middleware stack, in order, in one function."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import pecan
import pecan.hooks
import webob
from oslo_config import cfg
from oslo_log import log
from oslo_middleware import http_proxy_to_wsgi, request_id

from tacker_lite import exceptions, rbac
from tacker_lite.api import auth, webhook
from tacker_lite.api.call import CONTEXT_KEY, Services
from tacker_lite.api.expose import error_response, exception_response
from tacker_lite.api.root import RootController, is_public
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.context import RequestContext
from tacker_lite.db.base import Database

LOG = log.getLogger(__name__)

DIGITS = 20
"""Of the length of a body; with more it is longer than any that is accepted."""

Wsgi = Callable[[dict[str, Any], Callable], Iterable[bytes]]


def setup_app(
    conf: cfg.ConfigOpts, conductor: ConductorClient, database: Database
) -> Wsgi:
    """The whole API as one WSGI callable.

    :param conductor: asked for everything that has a status.
    :param database: read by the API, and written for descriptors.
    :raises PasswordFileError: for an unusable password file under http_basic.
    """
    services = Services(conf, conductor, database, rbac.get_enforcer(conf))
    nouns: Wsgi = pecan_app(services)
    app = add_context(nouns, services)
    app = auth.protect(app, conf)
    app = skip_for_public_paths(app, nouns)
    app = limit_body(app, conf.api.max_request_body_size)
    alarms = limit_body(webhook.rewrite(nouns, services), webhook.LARGEST_BODY)
    app = webhook.divert(alarms, tidy_path(app))
    app = log_requests(app)
    app = request_id.RequestId(app, conf)
    return http_proxy_to_wsgi.HTTPProxyToWSGI(app, conf)


class ApiRequest(pecan.Request):
    """Keeps pecan from guessing arguments out of query and body."""

    GET = property(lambda self: webob.multidict.NoVars())  # type: ignore[assignment]
    params = property(lambda self: webob.multidict.NoVars())  # type: ignore[assignment]
    json = property(lambda self: {})  # type: ignore[assignment]


class ErrorHook(pecan.hooks.PecanHook):
    """Every exception of routing or of a handler becomes the API's error body."""

    def on_error(self, state: Any, e: BaseException) -> webob.Response:
        """Pecan's hook for what routing or a handler raised."""
        return exception_response(state.request.environ, e)


def pecan_app(services: Services) -> Wsgi:
    """Routing and handlers, without the middleware around them."""
    return pecan.make_app(
        RootController(services),
        hooks=[ErrorHook()],
        request_cls=ApiRequest,
        use_context_locals=False,
        force_canonical=False,
        guess_content_type_from_ext=False,
        default_renderer="json",
    )


def add_context(app: Wsgi, services: Services) -> Wsgi:
    """Make the request context from the identity headers, for handlers and log."""

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        context = RequestContext.from_environ(environ)
        if not context.project_id:
            refusal = exceptions.Forbidden("The token must be scoped to a project")
            return exception_response(environ, refusal)(environ, start_response)
        context.is_admin = services.enforcer.authorize("context_is_admin", {}, context)
        environ[CONTEXT_KEY] = context
        return app(environ, start_response)

    return step


def skip_for_public_paths(protected: Wsgi, unprotected: Wsgi) -> Wsgi:
    """Serve the version and OpenAPI documents without asking who calls."""

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        chosen = unprotected if is_public(environ["PATH_INFO"]) else protected
        return chosen(environ, start_response)

    return step


def limit_body(app: Wsgi, largest: int) -> Wsgi:
    """Refuse larger bodies; give the next step a body of known length.

    :param largest: in bytes.
    """

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        text = environ.get("CONTENT_LENGTH") or "0"
        if not (text.isascii() and text.isdigit()):
            answer = error_response(
                environ, 400, "HTTPBadRequest", "Content-Length must be a number"
            )
            return answer(environ, start_response)
        # Python turns no text of thousands of digits into a number.
        length = int(text) if len(text) < DIGITS else largest + 1
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = environ["wsgi.input"].read(largest + 1)
            length = len(body)
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(length)
        if length > largest:
            answer = error_response(
                environ,
                413,
                "HTTPRequestEntityTooLarge",
                f"The body must have {largest} bytes at most",
                {"Connection": "close"},
            )
            return answer(environ, start_response)
        return app(environ, start_response)

    return step


def tidy_path(app: Wsgi) -> Wsgi:
    """One spelling of every path: v1.0 clients add ``.json``, some a slash or two."""

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        try:
            path.encode("latin-1").decode()
        except UnicodeError:
            answer = error_response(
                environ, 400, "HTTPBadRequest", "The path is no UTF-8 text"
            )
            return answer(environ, start_response)
        parts = [part for part in path.split("/") if part]
        if parts:
            parts[-1] = parts[-1].removesuffix(".json")
        environ["PATH_INFO"] = "/" + "/".join(parts)
        return app(environ, start_response)

    return step


def log_requests(app: Wsgi) -> Wsgi:
    """One line for each request, with the address that the server saw."""

    def step(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        started = time.monotonic()
        path = webhook.without_key(environ.get("PATH_INFO", ""))
        target = quote(path, safe="/*", encoding="latin-1")
        if environ.get("QUERY_STRING"):
            target += f"?{environ['QUERY_STRING']}"

        def record(status: str, headers: list, exc_info: Any = None) -> Any:
            context = environ.get(CONTEXT_KEY)
            LOG.info(
                '%s %s "%s %s" %s %.3f s',
                environ.get("REMOTE_ADDR", "-"),
                context.project_id if context else "-",
                environ.get("REQUEST_METHOD"),
                target,
                status.partition(" ")[0],
                time.monotonic() - started,
            )
            return start_response(status, headers, exc_info)

        return app(environ, record)

    return step
