"""The intrinsic functions of HOT, one row each in :data:`FUNCTIONS`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.stack.snippets import (
    NOTHING,
    UNKNOWN,
    Call,
    as_text,
    holds_unknown,
    walk_path,
)


@dataclass(frozen=True)
class Function:
    """One row of the table.

    :ivar lazy: the function resolves its arguments itself.
    :ivar keys: the keys a literal map of arguments must have.
    :ivar length: least and most entries of a literal list of arguments.
    """

    run: Callable[[Call, Any], Any]
    since: str = "2013-05-23"
    lazy: bool = False
    keys: tuple[str, ...] = ()
    length: tuple[int, int] | None = None


def _get_param(call: Call, args: Any) -> Any:
    path = args if isinstance(args, list) else [args]
    if not path or not isinstance(path[0], str):
        raise call.refuse("the name of a parameter is expected")
    return walk_path(call.scope.parameter(path[0]), path[1:])


def _get_resource(call: Call, args: Any) -> Any:
    if not isinstance(args, str):
        raise call.refuse("the name of a resource is expected")
    return call.scope.reference(args)


def _get_attr(call: Call, args: Any) -> Any:
    args = call.resolve(args)
    if not isinstance(args, list) or not args or not isinstance(args[0], str):
        raise call.refuse("a list of a resource name and an attribute is expected")
    if len(args) == 1 and call.scope.version.date < "2015-10-15":
        raise call.refuse("the name of an attribute is missing")
    return call.scope.attribute(args[0], args[1:])


def _get_file(call: Call, args: Any) -> Any:
    if not isinstance(args, str):
        raise call.refuse("the name of a file is expected")
    return call.scope.file(args)


def _replacer(strict: bool) -> Callable[[Call, Any], Any]:
    def run(call: Call, args: Any) -> Any:
        text, params = args["template"], args["params"]
        if not isinstance(params, Mapping):
            raise call.refuse("params must be a map")
        if text is None or isinstance(text, (Mapping, list)):
            raise call.refuse("template must be a string")
        absent = [str(k) for k in params if str(k) not in str(text)]
        if strict and absent:
            raise call.refuse(f"not in the template: {', '.join(absent)}")
        return _substitute(str(text), {str(k): as_text(v) for k, v in params.items()})

    return run


def _substitute(text: str, params: Mapping[str, str]) -> str:
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


def _list_join(call: Call, args: Any) -> Any:
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


def _split(call: Call, args: Any) -> Any:
    glue, text, *index = args
    if not isinstance(glue, str) or not glue or not isinstance(text, str):
        raise call.refuse("a delimiter and a string are expected")
    parts = text.split(glue)
    if not index:
        return parts
    try:
        return parts[int(index[0])]
    except (IndexError, ValueError, TypeError):
        raise call.refuse(
            f"index {index[0]!r} is not between 0 and {len(parts) - 1}"
        ) from None


def _repeat(call: Call, raw: Any) -> Any:
    if not isinstance(raw, Mapping):
        raise call.refuse("a map with for_each and template is expected")
    rows = call.resolve(raw["for_each"])
    pairwise = call.resolve(raw.get("permutations", True)) is False
    if holds_unknown(rows):
        return UNKNOWN
    if not isinstance(rows, Mapping) or not rows:
        raise call.refuse("for_each must be a map of names to lists")
    for name, values in rows.items():
        if not isinstance(values, (list, Mapping)):
            raise call.refuse(f"for_each.{name} must be a list")
    columns = [list(values) for values in rows.values()]
    if pairwise and len({len(c) for c in columns}) > 1:
        raise call.refuse("without permutations all lists need the same length")
    combined = zip(*columns) if pairwise else itertools.product(*columns)  # noqa: B905
    template = raw["template"]
    out = []
    for combination in combined:
        values = dict(zip(rows, combination, strict=True))
        entry = call.resolve(_fill(template, values))
        if entry is not NOTHING:
            out.append(entry)
    return out


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        if template in values:
            return values[template]
        return _substitute(template, {k: as_text(v) for k, v in values.items()})
    if isinstance(template, Mapping):
        return {_fill(k, values): _fill(v, values) for k, v in template.items()}
    if isinstance(template, list):
        return [_fill(v, values) for v in template]
    return template


def _map_merge(call: Call, args: Any) -> Any:
    if not isinstance(args, list):
        raise call.refuse("a list of maps is expected")
    merged: dict[Any, Any] = {}
    for entry in args:
        if entry is not None and not isinstance(entry, Mapping):
            raise call.refuse("every argument must be a map")
        merged.update(entry or {})
    return merged


def _truth(call: Call, value: Any) -> Any:
    """True, false or unknown."""
    if isinstance(value, str):
        return call.scope.condition(value)
    value = call.resolve(value)
    if not isinstance(value, bool) and value is not UNKNOWN:
        raise call.refuse("a condition is expected")
    return value


def _joined(
    join: Callable[[Iterable[bool]], bool],
) -> Callable[[Call, Any], Any]:
    def run(call: Call, args: Any) -> Any:
        truths = [_truth(call, arg) for arg in args]
        return UNKNOWN if UNKNOWN in truths else join(truths)

    return run


def _not(call: Call, args: Any) -> Any:
    truth = _truth(call, args)
    return truth if truth is UNKNOWN else not truth


def _if(call: Call, raw: Any) -> Any:
    if len(raw) == 2 and call.scope.version.date < "2021-04-16":
        raise call.refuse("a third argument is needed before version 2021-04-16")
    branches = (*raw[1:], NOTHING)
    truth = _truth(call, raw[0])
    if truth is UNKNOWN:
        for branch in branches:
            call.resolve(branch)
        return UNKNOWN
    return call.resolve(branches[0] if truth else branches[1])


_REPLACE_KEYS = ("template", "params")
_CONDITIONS = "2016-10-14"

FUNCTIONS: dict[str, Function] = {
    "get_param": Function(_get_param),
    "get_resource": Function(_get_resource, lazy=True),
    "get_attr": Function(_get_attr, lazy=True),
    "get_file": Function(_get_file),
    "str_replace": Function(_replacer(strict=False), keys=_REPLACE_KEYS),
    "str_replace_strict": Function(
        _replacer(strict=True), since="2017-02-24", keys=_REPLACE_KEYS
    ),
    "list_join": Function(_list_join, length=(2, 1000)),
    "str_split": Function(_split, since="2015-10-15", length=(2, 3)),
    "repeat": Function(
        _repeat, since="2015-04-30", lazy=True, keys=("for_each", "template")
    ),
    "map_merge": Function(_map_merge, since="2016-04-08"),
    "equals": Function(lambda _, a: a[0] == a[1], since=_CONDITIONS, length=(2, 2)),
    "not": Function(_not, since=_CONDITIONS, lazy=True),
    "and": Function(
        _joined(all),
        since=_CONDITIONS,
        lazy=True,
        length=(2, 1000),
    ),
    "or": Function(
        _joined(any),
        since=_CONDITIONS,
        lazy=True,
        length=(2, 1000),
    ),
    "if": Function(_if, since=_CONDITIONS, lazy=True, length=(2, 3)),
}
