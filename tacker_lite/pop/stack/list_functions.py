"""The functions of HOT that make lists and maps."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping
from typing import Any

from tacker_lite.pop.stack.snippets import (
    NOTHING,
    UNKNOWN,
    Call,
    as_text,
    holds_unknown,
)
from tacker_lite.pop.stack.text_functions import substitute

_MAPS_SINCE = "2016-10-14"
_PAIRS_SINCE = "2017-09-01"
#: That ``repeat`` may give: each list more multiplies them.
_MOST_ENTRIES = 100_000
#: An expression may look at so many entries and use so many bytes.
_YAQL_LIMITS = {"yaql.limitIterators": 10000, "yaql.memoryQuota": 1_000_000}


def repeat(call: Call, raw: Any) -> Any:
    """A template filled in for each entry of lists."""
    if not isinstance(raw, Mapping):
        raise call.refuse("a map with for_each and template is expected")
    rows = call.resolve(raw["for_each"])
    pairwise = _pairwise(call, raw)
    if holds_unknown(rows):
        return UNKNOWN
    if not isinstance(rows, Mapping) or not rows:
        raise call.refuse("for_each must be a map of names to lists")
    maps = call.scope.version.date >= _MAPS_SINCE
    for name, values in rows.items():
        if not isinstance(values, list) and not (maps and isinstance(values, Mapping)):
            raise call.refuse(f"for_each.{name} must be a list")
    columns = [list(values) for values in rows.values()]
    if pairwise and len({len(c) for c in columns}) > 1:
        raise call.refuse("without permutations all lists need the same length")
    if not pairwise and math.prod(map(len, columns)) > _MOST_ENTRIES:
        raise call.refuse(f"it would give more than {_MOST_ENTRIES} entries")
    combined = zip(*columns) if pairwise else itertools.product(*columns)  # noqa: B905
    template = raw["template"]
    out = []
    for combination in combined:
        values = dict(zip(rows, combination, strict=True))
        entry = call.resolve(_fill(template, values))
        if entry is not NOTHING:
            out.append(entry)
    return out


def _pairwise(call: Call, raw: Mapping[str, Any]) -> bool:
    if "permutations" not in raw:
        return False
    if call.scope.version.date < _PAIRS_SINCE:
        raise call.refuse(f"permutations needs heat_template_version {_PAIRS_SINCE}")
    permutations = call.resolve(raw["permutations"])
    if not isinstance(permutations, bool) and permutations is not UNKNOWN:
        raise call.refuse("permutations must be true or false")
    return permutations is False


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, str):
        if template in values:
            return values[template]
        return substitute(template, {k: as_text(v) for k, v in values.items()})
    if isinstance(template, Mapping):
        return {_key(k, values): _fill(v, values) for k, v in template.items()}
    if isinstance(template, list):
        return [_fill(v, values) for v in template]
    return template


def _key(template: Any, values: Mapping[str, Any]) -> Any:
    filled = _fill(template, values)
    return as_text(filled) if isinstance(filled, (Mapping, list)) else filled


def map_merge(call: Call, args: Any) -> Any:
    """Maps as one; later ones win."""
    if not isinstance(args, list):
        raise call.refuse("a list of maps is expected")
    merged: dict[Any, Any] = {}
    for entry in args:
        if entry is not None and not isinstance(entry, Mapping):
            raise call.refuse("every argument must be a map")
        merged.update(entry or {})
    return merged


def map_replace(call: Call, args: Any) -> Any:
    """A map with other keys and values."""
    source, changes = args
    if not isinstance(source or {}, Mapping):
        raise call.refuse("the first argument must be a map")
    if not isinstance(changes, Mapping) or set(changes) - {"keys", "values"}:
        raise call.refuse("the second argument must be a map with keys and values")
    keys, values = changes.get("keys") or {}, changes.get("values") or {}
    if not isinstance(keys, Mapping) or not isinstance(values, Mapping):
        raise call.refuse("keys and values must be maps")
    out: dict[Any, Any] = {}
    for key, value in (source or {}).items():
        renamed = keys.get(key, key)
        if isinstance(renamed, (Mapping, list)):
            raise call.refuse(f"the new name of {key} must not be a list or map")
        if renamed in out or (renamed != key and renamed in source):
            raise call.refuse(f"key replacement {renamed} collides with a key there is")
        scalar = not isinstance(value, (Mapping, list))
        out[renamed] = values.get(value, value) if scalar else value
    return out


def _lists(call: Call, args: Any) -> list[list[Any]]:
    if not isinstance(args, list):
        raise call.refuse("a list of lists is expected")
    for entry in args:
        if entry is not None and not isinstance(entry, list):
            raise call.refuse("every argument must be a list")
    return [entry or [] for entry in args]


def list_concat(call: Call, args: Any) -> list[Any]:
    """Lists as one."""
    return list(itertools.chain.from_iterable(_lists(call, args)))


def list_concat_unique(call: Call, args: Any) -> list[Any]:
    """Lists as one, each entry once."""
    out: list[Any] = []
    for entry in list_concat(call, args):
        if entry not in out:
            out.append(entry)
    return out


def without(call: Call, args: Any) -> list[Any]:
    """A list without some values."""
    unwanted, entries = args
    if not isinstance(unwanted, list) or not isinstance(entries, list):
        raise call.refuse("two lists are expected: values to leave out, and a list")
    return [entry for entry in entries if entry not in unwanted]


def contains(call: Call, args: Any) -> bool:
    """Whether a value is in a list, a map's keys or a text."""
    value, sequence = args
    if not isinstance(sequence, (str, list, Mapping)):
        raise call.refuse("the second argument must be a list, a map or a string")
    if isinstance(sequence, str):
        return as_text(value) in sequence
    return value in list(sequence)


def yaql(call: Call, args: Any) -> Any:
    """What a YAQL expression gives for data."""
    if not isinstance(args["expression"], str):
        raise call.refuse("expression must be a string")
    try:
        return _engine()(args["expression"]).evaluate(
            data={"data": args["data"]}, context=_context()
        )
    except Exception as error:  # noqa: BLE001 (an expression may raise anything)
        raise call.refuse(f"{type(error).__name__}: {error}") from None


@functools.cache
def _engine() -> Any:
    # Loading it takes a tenth of a second, and few templates use it.
    import yaql as library  # noqa: PLC0415

    options = {"yaql.convertOutputData": True, **_YAQL_LIMITS}
    return library.YaqlFactory().create(options)


def _context() -> Any:
    return _new_context().create_child_context()


@functools.cache
def _new_context() -> Any:
    import yaql as library  # noqa: PLC0415 (as above)

    return library.create_context()
