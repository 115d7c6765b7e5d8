"""The intrinsic functions of HOT, one row each in :data:`FUNCTIONS`."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.stack.errors import StackValidationFailed
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
    until: str = ""
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


def _ref(call: Call, args: Any) -> Any:
    if not isinstance(args, str):
        raise call.refuse("the name of a parameter or resource is expected")
    try:
        return call.scope.parameter(args)
    except StackValidationFailed:
        return call.scope.reference(args)


def _get_attr(call: Call, args: Any) -> Any:
    args = call.resolve(args)
    if not isinstance(args, list) or not args or not isinstance(args[0], str):
        raise call.refuse("a list of a resource name and an attribute is expected")
    if len(args) == 1 and not call.scope.version.between("2015-10-15", ""):
        raise call.refuse("the name of an attribute is missing")
    return call.scope.attribute(args[0], args[1:])


def _get_file(call: Call, args: Any) -> Any:
    if not isinstance(args, str):
        raise call.refuse("the name of a file is expected")
    return call.scope.file(args)


def _replacer(strict: bool, values: bool) -> Callable[[Call, Any], Any]:
    def run(call: Call, args: Any) -> Any:
        text, params = args["template"], args["params"]
        if not isinstance(params, Mapping):
            raise call.refuse("params must be a map")
        if text is None or isinstance(text, (Mapping, list)):
            raise call.refuse("template must be a string")
        absent = [str(k) for k in params if str(k) not in str(text)]
        if strict and absent:
            raise call.refuse(f"not in the template: {', '.join(absent)}")
        empty = [str(k) for k, v in params.items() if v in (None, "")]
        if values and empty:
            raise call.refuse(f"without a value: {', '.join(empty)}")
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
    if len(lists) > 1 and not call.scope.version.between("2015-10-15", ""):
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


def _digest(call: Call, args: Any) -> Any:
    algorithm, text = args
    if algorithm not in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
        raise call.refuse(f"algorithm {algorithm!r} is not md5, sha1 or a sha2")
    if not isinstance(text, str):
        raise call.refuse("the second argument must be a string")
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


def _map_merge(call: Call, args: Any) -> Any:
    if not isinstance(args, list):
        raise call.refuse("a list of maps is expected")
    merged: dict[Any, Any] = {}
    for entry in args:
        if entry is not None and not isinstance(entry, Mapping):
            raise call.refuse("every argument must be a map")
        merged.update(entry or {})
    return merged


def _map_replace(call: Call, args: Any) -> Any:
    source, rules = args
    if not isinstance(source, Mapping) or not isinstance(rules, Mapping):
        raise call.refuse("a map and a map with keys and values are expected")
    unknown = set(rules) - {"keys", "values"}
    if unknown or not rules:
        raise call.refuse("the second argument takes keys and values only")
    keys, values = rules.get("keys") or {}, rules.get("values") or {}
    if not isinstance(keys, Mapping) or not isinstance(values, Mapping):
        raise call.refuse("keys and values must be maps")
    out: dict[Any, Any] = {}
    for key, value in source.items():
        key = keys.get(key, key)
        if key in out:
            raise call.refuse(f"two entries would be called {key}")
        hashable = isinstance(value, (str, int, float, bool, type(None)))
        out[key] = values.get(value, value) if hashable else value
    return out


def _select(call: Call, args: Any) -> Any:
    key, source = args
    if isinstance(source, str):
        try:
            source = json.loads(source)
        except ValueError:
            raise call.refuse("the second argument is no list or map") from None
    found = walk_path(source, [key])
    return "" if found is None else found


def _concat(unique: bool) -> Callable[[Call, Any], Any]:
    def run(call: Call, args: Any) -> Any:
        out: list[Any] = []
        for entry in args if isinstance(args, list) else [args]:
            if entry is not None and not isinstance(entry, list):
                raise call.refuse("every argument must be a list")
            out.extend(e for e in entry or [] if not unique or e not in out)
        return out if not unique else [e for i, e in enumerate(out) if e not in out[:i]]

    return run


def _filter(call: Call, args: Any) -> Any:
    unwanted, source = args
    if not isinstance(unwanted, list) or not isinstance(source, list):
        raise call.refuse("two lists are expected: values to drop, values")
    return [entry for entry in source if entry not in unwanted]


def _contains(call: Call, args: Any) -> Any:
    value, source = args
    if not isinstance(source, (list, str, Mapping)):
        raise call.refuse("the second argument must be a list, map or string")
    return value in source


def _make_url(call: Call, args: Any) -> Any:
    known = {"scheme", "username", "password", "host", "port", "path", "query"}
    known.add("fragment")
    if not isinstance(args, Mapping) or set(args) - known:
        raise call.refuse(f"a map with some of {', '.join(sorted(known))} is expected")
    user = as_text(args.get("username"))
    if args.get("password"):
        user += f":{args['password']}"
    host = as_text(args.get("host"))
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    place = (f"{user}@" if user else "") + host
    place += f":{args['port']}" if args.get("port") else ""
    path = as_text(args.get("path"))
    url = f"{args['scheme']}:" if args.get("scheme") else ""
    url += f"//{place}" if place else ""
    url += path if not path or path.startswith("/") else f"/{path}"
    query = args.get("query") or {}
    url += "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""
    return url + (f"#{args['fragment']}" if args.get("fragment") else "")


def _truth(call: Call, value: Any) -> bool:
    if isinstance(value, str):
        return call.scope.condition(value)
    value = call.resolve(value)
    if not isinstance(value, bool):
        raise call.refuse("a condition is expected")
    return value


def _if(call: Call, raw: Any) -> Any:
    if len(raw) == 2 and not call.scope.version.between("2021-04-16", ""):
        raise call.refuse("a third argument is needed before version 2021-04-16")
    branches = (*raw[1:], NOTHING)
    return call.resolve(branches[0] if _truth(call, raw[0]) else branches[1])


def _base64(call: Call, args: Any) -> str:
    if not isinstance(args, str):
        raise call.refuse("a string is expected")
    return base64.b64encode(args.encode()).decode()


def _fn_replace(call: Call, args: Any) -> str:
    params, text = args
    if not isinstance(params, Mapping) or not isinstance(text, str):
        raise call.refuse("a map and a string are expected")
    return _substitute(text, {str(k): as_text(v) for k, v in params.items()})


_CFN_END = "2014-10-16"
_REPLACE_KEYS = ("template", "params")
_CONDITIONS = "2016-10-14"

FUNCTIONS: dict[str, Function] = {
    "get_param": Function(_get_param),
    "get_resource": Function(_get_resource, lazy=True),
    "get_attr": Function(_get_attr, lazy=True),
    "get_file": Function(_get_file),
    "str_replace": Function(_replacer(False, False), keys=_REPLACE_KEYS),
    "str_replace_strict": Function(
        _replacer(True, False), since="2017-02-24", keys=_REPLACE_KEYS
    ),
    "str_replace_vstrict": Function(
        _replacer(True, True), since="2017-09-01", keys=_REPLACE_KEYS
    ),
    "list_join": Function(_list_join, length=(2, 1000)),
    "str_split": Function(_split, since="2015-10-15", length=(2, 3)),
    "repeat": Function(
        _repeat, since="2015-04-30", lazy=True, keys=("for_each", "template")
    ),
    "digest": Function(_digest, since="2015-04-30", length=(2, 2)),
    "map_merge": Function(_map_merge, since="2016-04-08"),
    "map_replace": Function(_map_replace, since=_CONDITIONS, length=(2, 2)),
    "list_concat": Function(_concat(False), since="2017-09-01"),
    "list_concat_unique": Function(_concat(True), since="2017-09-01"),
    "filter": Function(_filter, since="2017-02-24", length=(2, 2)),
    "contains": Function(_contains, since="2017-09-01", length=(2, 2)),
    "make_url": Function(_make_url, since="2017-09-01"),
    "equals": Function(lambda _, a: a[0] == a[1], since=_CONDITIONS, length=(2, 2)),
    "not": Function(lambda c, a: not _truth(c, a), since=_CONDITIONS, lazy=True),
    "and": Function(
        lambda c, a: all(_truth(c, x) for x in a),
        since=_CONDITIONS,
        lazy=True,
        length=(2, 1000),
    ),
    "or": Function(
        lambda c, a: any(_truth(c, x) for x in a),
        since=_CONDITIONS,
        lazy=True,
        length=(2, 1000),
    ),
    "if": Function(_if, since=_CONDITIONS, lazy=True, length=(2, 3)),
    "Fn::Select": Function(_select, until="2015-10-15", length=(2, 2)),
    "Ref": Function(_ref, lazy=True, until=_CFN_END),
    "Fn::Join": Function(_list_join, length=(2, 2), until=_CFN_END),
    "Fn::Split": Function(_split, length=(2, 2), until=_CFN_END),
    "Fn::Replace": Function(_fn_replace, length=(2, 2), until=_CFN_END),
    "Fn::Base64": Function(_base64, until=_CFN_END),
}

UNSUPPORTED = frozenset(
    {"yaql", "resource_facade", "Fn::GetAZs", "Fn::MemberListToMap"}
)
