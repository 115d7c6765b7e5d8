"""The functions that HOT 2013-05-23 has from CloudFormation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.pop.stack.snippets import Call, as_text
from tacker_lite.pop.stack.text_functions import substitute

#: The only zone of a PoP.
ZONES = ["nova"]


def select(call: Call, args: Any) -> Any:
    """An entry of a list or map; nothing there is an empty text."""
    key, source = args
    if isinstance(key, (Mapping, list)):
        raise call.refuse("the first argument is an index or a key")
    if isinstance(source, Mapping):
        return source.get(key, source.get(str(key), "")) or ""
    if source is None or source == "":
        return ""
    if not isinstance(source, list):
        raise call.refuse("an index and a list, or a key and a map, are expected")
    try:
        index = int(key)
    except (TypeError, ValueError, OverflowError):
        raise call.refuse(f"{key!r} is not an index of a list") from None
    return source[index] if 0 <= index < len(source) else ""


def join(call: Call, args: Any) -> str:
    """The entries of a list as one text, a delimiter between them."""
    glue, entries = args
    if not isinstance(glue, str) or not isinstance(entries, list):
        raise call.refuse("a delimiter and a list of strings are expected")
    return glue.join(as_text(entry) for entry in entries)


def split(call: Call, args: Any) -> list[str]:
    """The parts of a text between delimiters."""
    glue, text = args
    if not isinstance(glue, str) or not glue or not isinstance(text, str):
        raise call.refuse("a delimiter and a string are expected")
    return text.split(glue)


def replace(call: Call, args: Any) -> str:
    """A text with keys replaced by values."""
    params, text = args
    if not isinstance(params, Mapping) or not isinstance(text, str):
        raise call.refuse("a map and a string are expected")
    return substitute(text, {str(k): as_text(v) for k, v in params.items()})


def base64(call: Call, args: Any) -> str:
    """The text itself: what takes it encodes it."""
    if not isinstance(args, str):
        raise call.refuse("a string is expected")
    return args


def zones(call: Call, args: Any) -> list[str]:
    """The availability zones."""
    return list(ZONES)


def member_list_to_map(call: Call, args: Any) -> dict[str, str]:
    """A map of texts like ``.member.0.Name=value``."""
    key_name, value_name, members = args
    texts = isinstance(members, list) and all(isinstance(m, str) for m in members)
    if not isinstance(key_name, str) or not isinstance(value_name, str) or not texts:
        raise call.refuse("two names and a list of strings are expected")
    rows: dict[str, dict[str, str]] = {}
    for member in members:
        path, _, value = member.partition("=")
        parts = path.split(".")
        if len(parts) != 4 or parts[:2] != ["", "member"]:
            raise call.refuse(f"{member!r} is not like .member.0.Name=value")
        rows.setdefault(parts[2], {})[parts[3]] = value
    return {
        row[key_name]: row[value_name]
        for row in rows.values()
        if key_name in row and value_name in row
    }
