"""Regular expressions of a descriptor: none may keep a process busy for long.

Matching takes time exponential in the length of the value where a repetition holds
another or a choice, and polynomial where several stand in a row.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

if sys.version_info >= (3, 11):
    from re import _parser as syntax
else:
    import sre_parse as syntax

LONGEST_NESTED = 22
MOST_STEPS = 10**7
FEW = 4
"""A repetition of at most this many cannot take long."""


def fault(schema: Mapping[str, Any], value: Any = None) -> str:
    """What is wrong with the patterns of a property's or an input's definition.

    :param value: what will be matched; without, a text of any length.
    :returns: reason and remedy, or ``""``.
    """
    constraints = schema.get("constraints")
    for each in constraints if isinstance(constraints, list) else ():
        pattern = each.get("pattern") if isinstance(each, dict) else None
        if isinstance(pattern, str) and _takes_long(pattern, value):
            return (
                "its pattern takes too long to match: write it without a repetition "
                "within a repetition, or give a shorter value"
            )
    entry = schema.get("entry_schema")
    return fault(entry) if isinstance(entry, dict) else ""


def _takes_long(pattern: str, value: Any) -> bool:
    try:
        found = list(_repetitions(syntax.parse(pattern), False))
    except (re.error, RecursionError, OverflowError):
        return False  # the library will say that it is malformed
    length = 1_000 if value is None else len(str(value))
    if True in found:
        return length > LONGEST_NESTED
    return len(found) > 1 and length ** len(found) > MOST_STEPS


def _repetitions(parsed: Any, inside: bool) -> Iterator[bool]:
    """For each repetition of changing length: whether another holds or offers it."""
    for operator, argument in parsed:
        if operator in (syntax.MAX_REPEAT, syntax.MIN_REPEAT):
            least, most, repeated = argument
            long = most - least > FEW
            if long:
                yield inside
            yield from _repetitions(repeated, inside or long)
        elif operator is syntax.BRANCH:
            if inside:
                yield True
            for branch in argument[1]:
                yield from _repetitions(branch, inside)
        elif operator is syntax.SUBPATTERN:
            yield from _repetitions(argument[-1], inside)
        elif operator in (syntax.ASSERT, syntax.ASSERT_NOT):
            yield from _repetitions(argument[1], inside)
        elif operator is syntax.GROUPREF and inside:
            yield True
