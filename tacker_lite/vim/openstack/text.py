"""HOT as text: plain block YAML, scripts as blocks, keys in their order, no anchors.

What a HOT is mostly made of is written here; a document with anything else in it
(other letters, floats, odd line ends ...) is left to the YAML library, which takes
five times as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

# Texts that YAML reads as themselves without quotes.
_PLAIN = re.compile(r"[A-Za-z_/](?:[\w./@+-]|:(?=[\w./@+:-]*[\w./@+-])| (?=\w))*", re.A)
_WORDS = re.compile(r"(?i)(?:y|yes|n|no|on|off|true|false|null)")
_ASCII = re.compile(r"[ -~]*")
_SCRIPT = re.compile(r"[!-~](?:[ -~\t\n]*[!-~])?\n?")
_TRAILING_BLANK = re.compile(r"[ \t]\n")
_LONGEST_KEY = 100


class _UnusualError(Exception):
    """Something that the library has to write."""


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """The library's writer in the same style."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def dump(hot: Mapping[str, Any]) -> str:
    """HOT text with the keys in their order."""
    try:
        return "".join(_lines(hot, "")).removeprefix("\n") + "\n"
    except _UnusualError:
        return str(
            yaml.dump(
                hot, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=4096
            )
        )


def _lines(value: Any, indent: str) -> Iterator[str]:
    """What follows a key or a dash, from the blank or line end after it."""
    if isinstance(value, dict):
        if not value:
            yield " {}"
        for key, item in value.items():
            if not isinstance(key, str) or len(key) > _LONGEST_KEY or "\n" in key:
                raise _UnusualError
            yield f"\n{indent}{_scalar(key, indent)}:"
            deeper = indent if isinstance(item, list) else f"{indent}  "
            yield from _lines(item, deeper)
    elif isinstance(value, list):
        if not value:
            yield " []"
        for item in value:
            text = "".join(_lines(item, f"{indent}  "))
            # A mapping begins on the line of its dash.
            inside = text.lstrip("\n ") if isinstance(item, (dict, list)) else text[1:]
            yield f"\n{indent}- {inside}"
    else:
        yield f" {_scalar(value, indent)}"


def _scalar(value: Any, indent: str) -> str:
    if isinstance(value, str):
        return _string(value, indent)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value is None:
        return "null"
    raise _UnusualError


def _string(value: str, indent: str) -> str:
    if _PLAIN.fullmatch(value) and not _WORDS.fullmatch(value):
        return value
    if _ASCII.fullmatch(value):
        return "'" + value.replace("'", "''") + "'"
    if not _SCRIPT.fullmatch(value) or _TRAILING_BLANK.search(value):
        raise _UnusualError
    head = "|" if value.endswith("\n") else "|-"
    lines = value.removesuffix("\n").split("\n")
    return "\n".join([head, *(f"{indent}{line}" if line else "" for line in lines)])
