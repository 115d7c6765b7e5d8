"""The functions of HOT that make texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from tacker_lite.pop.stack.snippets import Call, as_text

#: From this version on lists and maps are inserted as JSON.
_JSON_SINCE = "2015-10-15"
_URL_PARTS = (
    *("scheme", "username", "password", "host", "port"),
    *("path", "query", "fragment"),
)
_MOST_PORTS = 65535


def replacer(strict: bool = False, filled: bool = False) -> Callable[[Call, Any], Any]:
    """The function that replaces keys in a text.

    :param strict: every key must be in the text.
    :param filled: and every value must be something.
    """

    def run(call: Call, args: Any) -> Any:
        """A text with keys replaced by values."""
        text, params = args["template"], args["params"]
        if not isinstance(params, Mapping):
            raise call.refuse("params must be a map")
        if text is None or isinstance(text, (Mapping, list)):
            raise call.refuse("template must be a string")
        absent = [str(k) for k in params if str(k) not in str(text)]
        if strict and absent:
            raise call.refuse(f"not in the template: {', '.join(absent)}")
        empty = [str(k) for k, v in params.items() if v is None or v == ""]
        if filled and empty:
            raise call.refuse(f"without a value: {', '.join(empty)}")
        if call.scope.version.date < _JSON_SINCE:
            for key, value in params.items():
                if isinstance(value, (Mapping, list)):
                    raise call.refuse(
                        f"the value of {key} is a list or map, which needs "
                        f"heat_template_version {_JSON_SINCE}"
                    )
        return substitute(str(text), {str(k): as_text(v) for k, v in params.items()})

    return run


def substitute(text: str, params: Mapping[str, str]) -> str:
    """Replace keys, longest first, never inside a text already inserted."""
    pieces: list[tuple[str, bool]] = [(text, False)]
    for key in sorted((k for k in params if k), key=lambda k: (-len(k), k)):
        split: list[tuple[str, bool]] = []
        for piece, done in pieces:
            if done:
                split.append((piece, True))
                continue
            parts = piece.split(key)
            for index, part in enumerate(parts):
                if index:
                    split.append((params[key], True))
                split.append((part, False))
        pieces = split
    return "".join(piece for piece, _ in pieces)


def list_join(call: Call, args: Any) -> Any:
    """The entries of lists as one text, a delimiter between them."""
    glue, *lists = args
    if not isinstance(glue, str):
        raise call.refuse("the first argument is the delimiter, a string")
    if len(lists) > 1 and call.scope.version.date < "2015-10-15":
        raise call.refuse("several lists need heat_template_version 2015-10-15")
    joined: list[str] = []
    for entries in lists:
        if not isinstance(entries, list):
            raise call.refuse("a list of strings is expected after the delimiter")
        joined.extend(as_text(entry) for entry in entries)
    return glue.join(joined)


def split(call: Call, args: Any) -> Any:
    """The parts of a text between delimiters, or one of them."""
    glue, text, *index = args
    if not isinstance(glue, str) or not glue or not isinstance(text, str):
        raise call.refuse("a delimiter and a string are expected")
    parts = text.split(glue)
    if not index:
        return parts
    try:
        return parts[int(index[0])]
    except (IndexError, ValueError, TypeError, OverflowError):
        raise call.refuse(
            f"index {index[0]!r} is not between 0 and {len(parts) - 1}"
        ) from None


def digest(call: Call, args: Any) -> str:
    """The digest of a text by an algorithm, in hexadecimal."""
    algorithm, value = args
    if not isinstance(algorithm, str) or not isinstance(value, str):
        raise call.refuse("a list of two strings, algorithm and value, is expected")
    known = sorted(hashlib.algorithms_guaranteed)
    if algorithm not in known or algorithm.startswith("shake"):
        fixed = ", ".join(name for name in known if not name.startswith("shake"))
        raise call.refuse(f"Algorithm must be one of {fixed}")
    return hashlib.new(algorithm, value.encode(), usedforsecurity=False).hexdigest()


def make_url(call: Call, args: Any) -> str:
    """A URL of its parts."""
    if not isinstance(args, Mapping):
        raise call.refuse("a map of the URL's parts is expected")
    unknown = sorted(str(key) for key in args if key not in _URL_PARTS)
    if unknown:
        raise call.refuse(
            f"unknown: {', '.join(unknown)}; known are {', '.join(_URL_PARTS)}"
        )
    given = {key: value for key, value in args.items() if value is not None}
    query = given.pop("query", {})
    if not isinstance(query, Mapping):
        raise call.refuse("query must be a map")
    for key, value in given.items():
        if isinstance(value, (Mapping, list)):
            raise call.refuse(f"{key} must be a string")
    text = {key: str(given.get(key, "")) for key in _URL_PARTS}
    if ":" in text["scheme"]:
        raise call.refuse("scheme must not contain ':'")
    return "".join(
        (
            f"{text['scheme']}:" if text["scheme"] else "",
            _authority(call, text),
            _rooted(text),
            f"?{urlencode(query)}" if query else "",
            f"#{quote(text['fragment'], safe='/')}" if text["fragment"] else "",
        )
    )


def _authority(call: Call, text: Mapping[str, str]) -> str:
    host = text["host"].removeprefix("[").removesuffix("]")
    port = text["port"]
    if port and not (port.isdecimal() and 0 < int(port) <= _MOST_PORTS):
        raise call.refuse(f"Invalid URL port {port}, must be in range 1-{_MOST_PORTS}")
    if not (host or port or text["username"] or text["password"]):
        return "//" if text["scheme"] == "file" else ""
    user = quote(text["username"], safe="")
    user += f":{quote(text['password'], safe='')}" if text["password"] else ""
    shown = f"[{quote(host, safe=':')}]" if ":" in host else quote(host, safe="")
    return f"//{user}{'@' if user else ''}{shown}{f':{port}' if port else ''}"


def _rooted(text: Mapping[str, str]) -> str:
    path = quote(text["path"], safe="/")
    return f"/{path}" if path and text["host"] and not path.startswith("/") else path
