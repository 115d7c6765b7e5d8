"""Which instances an alarm looks at: the query language of the metric service.

Source: the Gnocchi documentation, "Searching for resources".  A query is a JSON object
of one operator, as ``{"=": {"server_group": "SG1"}}`` or ``{"and": [QUERY, QUERY]}``.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Mapping[str, Any]], bool]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(("=", "==", "eq"), operator.eq),
    **dict.fromkeys(("!=", "<>", "ne", "≠"), operator.ne),
    **dict.fromkeys(("<", "lt"), operator.lt),
    **dict.fromkeys((">", "gt"), operator.gt),
    **dict.fromkeys(("<=", "le", "≤"), operator.le),
    **dict.fromkeys((">=", "ge", "≥"), operator.ge),
    "like": lambda value, wanted: _like(str(wanted)).fullmatch(str(value)) is not None,
    "in": lambda value, wanted: value in wanted,
}
_ALL = ("and", "∧")
_ANY = ("or", "∨")
_DEEPEST = 20


def parse(text: str, attributes: tuple[str, ...]) -> Test:
    """What tells whether an instance is meant.

    :param attributes: names that the query may use.
    :raises ValueError: saying what is wrong with the query.
    """
    try:
        query = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the query is not JSON: {error}") from None
    return _parse(query, attributes, 0)


def _parse(query: Any, attributes: tuple[str, ...], depth: int) -> Test:
    if not isinstance(query, dict) or len(query) != 1 or depth > _DEEPEST:
        raise ValueError(
            'the query must be an object of one operator, such as {"=": '
            '{"server_group": NAME}}'
        )
    ((name, operand),) = query.items()
    if name in _ALL + _ANY:
        if not isinstance(operand, list):
            raise ValueError(f"the operator {name} of the query takes a list")
        parts = [_parse(part, attributes, depth + 1) for part in operand]
        join = all if name in _ALL else any
        return lambda row: join(part(row) for part in parts)
    if name == "not":
        inner = _parse(operand, attributes, depth + 1)
        return lambda row: not inner(row)
    if name not in _COMPARISONS:
        raise ValueError(f"the query has an operator that is not offered: {name}")
    return _comparison(name, operand, attributes)


def _comparison(name: str, operand: Any, attributes: tuple[str, ...]) -> Test:
    if not isinstance(operand, dict) or len(operand) != 1:
        raise ValueError(f"the operator {name} of the query takes one attribute")
    ((attribute, wanted),) = operand.items()
    if attribute not in attributes:
        raise ValueError(
            f"the query asks for {attribute}; instances have {', '.join(attributes)}"
        )
    if name == "in" and not isinstance(wanted, list):
        raise ValueError("the operator in of the query takes a list of values")
    compare = _COMPARISONS[name]

    def test(row: Mapping[str, Any]) -> bool:
        try:
            return compare(row[attribute], wanted)
        except TypeError:
            return False

    return test


def _like(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL)
