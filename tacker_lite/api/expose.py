"""The one handler decorator: schema, RBAC, status code, errors as JSON.

This is the only place that turns an exception into HTTP.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pecan
import webob
import webob.exc
from oslo_db import exception as db_exception
from oslo_log import log
from oslo_policy import policy

from tacker_lite import exceptions
from tacker_lite.api import body as request_body
from tacker_lite.api.call import CONTEXT_KEY, Call
from tacker_lite.api.query import Query

LOG = log.getLogger(__name__)

JSON = "application/json"
RETRY_AFTER_SECONDS = "5"
REQUEST_ID_KEY = "openstack.request_id"
GENERIC_MESSAGE = (
    "The server met an unexpected error; its log has the cause under the request id"
)

MALFORMED_WORDS = {
    "Not Found": "The resource could not be found: the API has no such path",
    "Method Not Allowed": "This path does not offer this method",
}


@dataclass(frozen=True)
class Operation:
    """What one handler offers; the OpenAPI document is made from these.

    :ivar rule: name of the RBAC rule that guards it.
    :ivar answer: JSON schema of the answer's body; None where there is none.
    :ivar columns: what a list can be filtered and sorted by.
    :ivar dry_run: JSON schema of what is found with ``?dry_run=true``; None for an
        operation that cannot be tried.
    """

    rule: str
    summary: str
    status: int = 200
    body: request_body.BodySpec | None = None
    answer: Mapping[str, Any] | None = None
    columns: Mapping[str, str] | None = None
    dry_run: Mapping[str, Any] | None = None


def expose(rule: str, summary: str, **details: Any) -> Callable:
    """Make a method of a controller the handler of an operation.

    A handler of a collection is called with the :class:`Call`; one of a member
    also with the member's row, found and guarded by the rule.  It returns what is
    to be sent as JSON.  An operation that is tried alone (``call.dry_run``) changes
    nothing and is answered with 200.

    :param details: the other attributes of :class:`Operation`.
    """
    operation = Operation(rule, summary, **details)

    def decorate(handler: Callable) -> Callable:
        @functools.wraps(handler)
        def run(self, request, response, *path):  # type: ignore[no-untyped-def]
            call = _call(operation, self, request)
            result = _run(operation, handler, self, call, path)
            return json_response(200 if call.dry_run else operation.status, result)

        run.operation = operation  # type: ignore[attr-defined]
        return pecan.expose(content_type=JSON)(run)

    return decorate


def _call(operation: Operation, controller: Any, request: webob.Request) -> Call:
    context = request.environ[CONTEXT_KEY]
    call = Call(controller.services, request, context, Query(request.query_string))
    call.dry_run = operation.dry_run is not None and call.query.flag("dry_run")
    if operation.body is not None:
        call.body = request_body.read(request.body, operation.body, context)
    return call


def _run(
    operation: Operation,
    handler: Callable,
    controller: Any,
    call: Call,
    path: tuple[str, ...],
) -> Any:
    if not path:
        call.authorize(operation.rule)
        return handler(controller, call)
    row = controller.find(call, path[0])
    call.authorize(operation.rule, row)
    return handler(controller, call, row)


def json_response(
    status: int, data: Any, headers: Mapping[str, str] | None = None
) -> webob.Response:
    """``data`` as JSON; an empty answer when the status is 204."""
    response = webob.Response(status=status)
    if status == 204:
        response.content_type = None
        response.content_length = None
    else:
        response.content_type = JSON
        response.charset = None
        response.body = json.dumps(data).encode()
    response.headers.update(headers or {})
    return response


def error_response(
    environ: Mapping[str, Any],
    status: int,
    public_type: str,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> webob.Response:
    """The error body of the v1.0 API.

    Percent signs are spelled out: v1.0 clients use the message as a format string.
    """
    extra = {"Retry-After": RETRY_AFTER_SECONDS} if status == 503 else {}
    fault = {
        "type": public_type,
        "message": message.replace("%", " percent"),
        "detail": "",
        "request_id": environ.get(REQUEST_ID_KEY, ""),
    }
    return json_response(status, {"TackerError": fault}, {**extra, **(headers or {})})


def exception_response(
    environ: Mapping[str, Any], error: BaseException
) -> webob.Response:
    """The answer that an exception becomes."""
    if isinstance(error, exceptions.TackerLiteError) and error.status != 500:
        if error.status > 500:
            LOG.warning("Answered %d: %s", error.status, error.message)
        return error_response(environ, error.status, error.public_type, error.message)
    if isinstance(error, webob.exc.HTTPException):
        status = error.status_int
        kind = f"HTTP{(error.title or '').replace(' ', '')}"
        message = MALFORMED_WORDS.get(error.title, error.detail or error.title)
        allow = {"Allow": ", ".join(sorted(error.allow))} if error.allow else {}
        return error_response(environ, status, kind, message, allow)
    if isinstance(error, policy.InvalidScope):
        return error_response(environ, 403, "PolicyNotAuthorized", str(error))
    if isinstance(error, db_exception.DBConnectionError):
        LOG.error("The database cannot be reached: %s", error)
        unavailable = exceptions.Unavailable(reason="the database cannot be reached")
        return exception_response(environ, unavailable)
    LOG.error("Unexpected error", exc_info=error)
    kind = exceptions.TackerLiteError.public_type
    return error_response(environ, 500, kind, GENERIC_MESSAGE)
