"""Pages of a list, cut by the database: only their rows are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Key = tuple[Any, bool]
"""A column, and whether the order is descending."""


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted, and in which order.

    :ivar order: names of columns, each with whether it is descending.  Rows that are
        equal in all of them are in the order they were made.
    :ivar limit: how many rows at most; 0 for all.
    :ivar marker: id of the row after which the page begins, or ``""``.
    :ivar backwards: the page ends before the marker, or at the end of the list.
    """

    order: tuple[tuple[str, bool], ...] = ()
    limit: int = 0
    marker: str = ""
    backwards: bool = False

    def keys(self, table: sa.Table) -> list[Key]:
        """The columns that decide on the order of the rows as they are read."""
        named = [(name, down) for name, down in self.order if name in table.c]
        made = [(name, False) for name in ("created_at", "id") if name in table.c]
        return [(table.c[name], down != self.backwards) for name, down in named + made]


def ordered(statement: sa.Select, keys: Sequence[Key]) -> sa.Select:
    """The statement in this order; rows without a value come before the others."""
    terms: list[Any] = []
    for column, descending in keys:
        # Databases differ in where they put NULL.
        parts = [column.is_not(None), column] if column.nullable else [column]
        terms += [part.desc() if descending else part.asc() for part in parts]
    return statement.order_by(*terms)


def beyond(keys: Sequence[Key], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Whether a row comes after the one with these values of the keys."""
    choices: list[Any] = []
    equal: list[Any] = []
    for (column, descending), value in zip(keys, values, strict=True):
        choices.append(sa.and_(*equal, _past(column, descending, value)))
        equal.append(column.is_(None) if value is None else column == value)
    return sa.or_(*choices)


def _past(column: Any, descending: bool, value: Any) -> Any:
    if value is None:
        return sa.false() if descending else column.is_not(None)
    if not descending:
        return column > value
    return sa.or_(column < value, column.is_(None))
