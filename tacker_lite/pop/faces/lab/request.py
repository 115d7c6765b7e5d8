"""What a handler of the lab's own API gets to see of one request.

A handler is a plain function ``handler(ctx, **path_arguments)`` that returns
``(status, body)`` with a JSON-able body or None, or a finished
:class:`werkzeug.wrappers.Response` where the body is no JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from tacker_lite.pop import errors

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud, Lab

#: Longest body taken, in bytes.
MAX_BODY_BYTES = 1024 * 1024

Answer = tuple[int, Any] | Response
Handler = Callable[..., Answer]
#: Method, werkzeug rule, handler.
Route = tuple[str, str, Handler]


class Context:
    """One request to the lab itself.

    :ivar request: the whole request.
    """

    def __init__(self, lab: Lab, request: Request):
        self.lab = lab
        self.request = request

    def body(self) -> dict[str, Any]:
        """The JSON object sent.

        :raises BadRequest: it is no JSON object, or too long.
        """
        try:
            self.request.max_content_length = MAX_BODY_BYTES
            document = json.loads(
                self.request.get_data(), parse_constant=_refuse_constant
            )
        except (ValueError, RecursionError) as error:
            raise errors.BadRequest(f"The body is not JSON: {error}.") from error
        except (HTTPException, OSError) as error:
            raise errors.BadRequest(
                f"The body did not arrive as announced, or is longer than "
                f"{MAX_BODY_BYTES} bytes."
            ) from error
        if not isinstance(document, dict):
            raise errors.BadRequest("The body must be a JSON object.")
        return document

    def clouds(self) -> list[Cloud]:
        """The PoPs that the query asks for with ``pop=``: one, or all.

        :raises NotFound: there is no such PoP.
        """
        name = self.request.args.get("pop")
        if not name:
            return list(self.lab.clouds.values())
        if name not in self.lab.clouds:
            raise errors.NotFound("PoP", name)
        return [self.lab.clouds[name]]

    def number(self, name: str) -> int:
        """A query parameter that counts something; 0 when absent.

        :raises BadRequest: it is no whole number from 0 on.
        """
        text = self.request.args.get(name) or "0"
        if not (text.isascii() and text.isdigit()) or len(text) > 18:
            raise errors.BadRequest(
                f"'{name}' must be a whole number from 0 on, not '{text}'."
            )
        return int(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
