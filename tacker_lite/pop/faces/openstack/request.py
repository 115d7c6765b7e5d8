"""What a handler of the OpenStack faces gets to see of one request.

A handler is a plain function ``handler(ctx, **path_arguments)`` that returns
``(status, body)`` or ``(status, body, headers)``, with a JSON-able body or None, or a
finished :class:`werkzeug.wrappers.Response` where the body is no JSON.  Everything
that can be wrong with a request raises an error of :mod:`tacker_lite.pop.errors`,
which the application turns into the service's own fault.
"""

from __future__ import annotations

import functools
import json
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers, MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from tacker_lite.pop import errors
from tacker_lite.pop.compute.action_log import Caller

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud
    from tacker_lite.pop.records import Token

#: Longest JSON document taken, in bytes; image files are streamed and have no such end.
MAX_JSON_BYTES = 16 * 1024 * 1024
#: Pieces in which image files come and go, in bytes.
CHUNK_BYTES = 256 * 1024

#: Where the environment of a request has the id that its answer names.
REQUEST_ID = "lab.request_id"

Answer = tuple[int, Any] | tuple[int, Any, Mapping[str, str]] | Response
Handler = Callable[..., Answer]
#: Method, werkzeug rule below ``/<pop>/<service>``, handler.
Route = tuple[str, str, Handler]

#: What services say of a body that is no JSON, where their words are known.
_NOT_JSON = {
    "compute": "Malformed request body",
    "identity": (
        "Expecting to find valid JSON in request body. The server could not comply with"
        " the request since it is either malformed or otherwise incorrect. The client"
        " is assumed to be in error."
    ),
    "image": "Malformed JSON in request body.",
}

_TRUE = frozenset({"1", "t", "true", "on", "y", "yes"})
_FALSE = frozenset({"0", "f", "false", "off", "n", "no"})


class BodyTooLong(errors.PopError):
    """A JSON document that is no honest request."""

    status = 413


class Context:
    """One request to one service of one PoP.

    :ivar cloud: the PoP asked.
    :ivar service: name and URL prefix of the service, such as ``network``.
    :ivar root_url: URL of the PoP, without a trailing slash.
    :ivar request: the whole request, for handlers that stream.
    """

    def __init__(self, cloud: Cloud, service: str, root_url: str, request: Request):
        self.cloud = cloud
        self.service = service
        self.root_url = root_url
        self.request = request
        self._token: Token | None = None

    def authenticate(self) -> None:
        """Find out whose request this is.

        :raises Unauthorized: it carries no valid token.
        """
        secret = self.headers.get("X-Auth-Token", "")
        if not secret:
            raise errors.Unauthorized(
                "The request you have made requires authentication."
            )
        self._token = self.cloud.identity.validate(secret)

    @property
    def service_url(self) -> str:
        """URL of the service asked, without a trailing slash."""
        return f"{self.root_url}/{self.service}"

    @property
    def url(self) -> str:
        """URL of the path asked, without the query."""
        _, _, path = self.request.path.lstrip("/").partition("/")
        return f"{self.root_url}/{urllib.parse.quote(path)}"

    @property
    def headers(self) -> Headers:
        return self.request.headers

    @property
    def query(self) -> MultiDict[str, str]:
        return self.request.args

    @property
    def token(self) -> Token:
        """The caller's valid token; handlers in ``PUBLIC`` authenticate first."""
        if self._token is None:
            self.authenticate()
        assert self._token is not None
        return self._token

    @property
    def is_read(self) -> bool:
        """Whether the request's method changes nothing."""
        return self.request.method in ("GET", "HEAD")

    @property
    def project_id(self) -> str:
        """Project of the caller's token: the owner of what the request makes.

        :raises Forbidden: the token has no project.
        """
        project = self.token.project
        if project is None:
            raise errors.Forbidden(
                "The token has no project: ask for one scoped to a project."
            )
        return project.id

    @property
    def reach(self) -> str | None:
        """Project whose objects the caller may touch; None: those of all projects."""
        return None if self.token.is_admin else self.project_id

    def require_admin(self, rule: str = "") -> None:
        """Let administrators pass only.

        :param rule: the service's name of what is asked for.
        :raises Forbidden: the caller is none.
        """
        if not self.token.is_admin:
            raise errors.Forbidden(
                f"Policy doesn't allow {rule} to be performed."
                if rule
                else "Only an administrator may do this."
            )

    def require_writer(self) -> None:
        """Keep those from changing anything who have been let look only.

        :raises Forbidden: the caller's only role is ``reader``.
        """
        if set(self.token.roles) == {"reader"}:
            raise errors.Forbidden(
                "Policy doesn't allow this to be performed: with the role reader alone"
                " one looks at things; who changes them has the role member."
            )

    @property
    def caller(self) -> Caller:
        """Who asks, for records of what was done."""
        return Caller(self.token.user.id, self.request.environ.get(REQUEST_ID, ""))

    @functools.cached_property
    def document(self) -> Any:
        """The JSON document sent.

        :raises BadRequest: it is no JSON.
        :raises BodyTooLong: it is longer than :data:`MAX_JSON_BYTES`.
        """
        try:
            self.request.max_content_length = MAX_JSON_BYTES
            data = self.request.get_data(cache=True)
            document = json.loads(data)
            if b"\\ud" in data.lower():
                # Half a character, which nothing could store or hash, is no text.
                json.dumps(document, ensure_ascii=False).encode()
            return document
        except (ValueError, RecursionError) as error:
            known = _NOT_JSON.get(self.service)
            reason = known or f"The body is not JSON: {error}."
            raise errors.BadRequest(reason) from error
        except (BadRequest, OSError) as error:
            raise errors.BadRequest("The body did not arrive as announced.") from error
        except RequestEntityTooLarge as error:
            raise BodyTooLong(
                f"The body is longer than {MAX_JSON_BYTES} bytes."
            ) from error

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object sent.

        :raises BadRequest: it is no JSON object.
        """
        if not isinstance(self.document, dict):
            raise errors.BadRequest("The body must be a JSON object.")
        return self.document

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces, for what may be long.

        :raises BadRequest: it ends early, or its transfer coding is broken.
        """
        while True:
            try:
                chunk = self.request.stream.read(CHUNK_BYTES)
            except (BadRequest, OSError, ValueError) as error:
                raise errors.BadRequest(
                    "The body did not arrive as announced."
                ) from error
            if not chunk:
                return
            yield chunk

    def wrapped(self, key: str) -> dict[str, Any]:
        """The object under the body's only interesting key, such as ``server``.

        :raises BadRequest: it is missing or no object.
        """
        value = self.body.get(key)
        if value is None and self.service in ("compute", "identity"):
            raise errors.BadRequest(f"'{key}' is a required property")
        if not isinstance(value, dict):
            raise errors.BadRequest(
                f"The body must have an object under '{key}'.", type="HTTPBadRequest"
            )
        return value

    def flag(self, name: str) -> bool | None:
        """A yes-or-no query parameter; None when absent or ``None``.

        :raises BadRequest: it is neither yes nor no.
        """
        text = self.query.get(name)
        if text is None or text.lower() in ("none", ""):
            return None
        if text.lower() in _TRUE:
            return True
        if text.lower() in _FALSE:
            return False
        raise errors.BadRequest(f"'{name}' must be true or false, not '{text}'.")

    def number(self, name: str) -> int | None:
        """A query parameter that counts something, or None when absent.

        :raises BadRequest: it is no whole number from 0 on.
        """
        text = self.query.get(name)
        if text is None or text == "":
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            raise errors.BadRequest(
                f"'{name}' must be a whole number from 0 on, not '{text}'."
            )
        return int(text)
