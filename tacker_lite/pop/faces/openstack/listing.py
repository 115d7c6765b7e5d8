"""Filters, fields and pages of a collection, as query parameters ask for them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import urlencode

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack.request import Context

Item = dict[str, Any]

_PAGING = frozenset(
    {"limit", "marker", "page_reverse", "sort_key", "sort_dir", "sort", "fields"}
)


def _text(value: Any) -> str:
    """A value as a client writes it in a query; case is lost on booleans."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def equal(value: Any, wanted: Sequence[str]) -> bool:
    """Whether an attribute has one of the wanted texts, or a list contains one."""
    if isinstance(value, bool):
        texts = {"true", "1"} if value else {"false", "0"}
        return any(text.lower() in texts for text in wanted)
    if isinstance(value, list):
        return any(_text(entry) in wanted for entry in value)
    return _text(value) in wanted


def filtered(
    ctx: Context, items: Sequence[Item], skip: Collection[str] = ()
) -> list[Item]:
    """Items whose attributes equal the query's parameters of the same name.

    A parameter given several times means "one of these"; one that no item has as an
    attribute is ignored, as the services do.

    :param skip: parameters that the caller has seen to.
    """
    wanted = {
        key: values
        for key, values in ctx.query.lists()
        if key not in _PAGING and key not in skip
    }
    return [
        item
        for item in items
        if all(
            equal(item[key], values) for key, values in wanted.items() if key in item
        )
    ]


def sort(
    ctx: Context,
    items: Sequence[Any],
    attribute: Callable[[Any, str], Any] = operator.getitem,
) -> list[Any]:
    """Items by the query's sort keys; in their own order without one.

    :param attribute: gives an item's attribute, or raises KeyError.
    :raises BadRequest: there is no such attribute, or a direction is unknown.
    """
    # Heat's own word for it is the plural.
    keys = ctx.query.getlist("sort_key") + ctx.query.getlist("sort_keys")
    directions = ctx.query.getlist("sort_dir")
    pairs = [
        (key, directions[index] if index < len(directions) else "asc")
        for index, key in enumerate(keys)
    ]
    for entry in filter(None, ",".join(ctx.query.getlist("sort")).split(",")):
        key, _, direction = entry.partition(":")
        pairs.append((key, direction or "asc"))
    ordered = list(items)
    for key, direction in reversed(pairs):
        if direction not in ("asc", "desc"):
            raise errors.BadRequest(
                f"Sort in direction asc or desc, not '{direction}'."
            )
        try:
            values = [attribute(item, key) for item in ordered]
        except KeyError as error:
            raise errors.BadRequest(
                f"There is no attribute '{key}' to sort by."
            ) from error
        ranks = [(value is None, _rank(value)) for value in values]
        order = sorted(
            range(len(ordered)), key=ranks.__getitem__, reverse=direction == "desc"
        )
        ordered = [ordered[index] for index in order]
    return ordered


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers by size, all else by its text."""
    if isinstance(value, (int, float)):
        return 0, value, ""
    return 1, 0, _text(value)


def page(
    ctx: Context,
    items: Sequence[Any],
    ident: Callable[[Any], str] = lambda item: item["id"],
    ceiling: int | None = None,
) -> tuple[list[Any], str | None]:
    """The part of the items that ``limit`` and ``marker`` ask for.

    :param ceiling: longest page, also without a limit.
    :return: the items, and the marker of the next page when there is one.
    :raises BadRequest: no item has the marker's id, or the limit is no number.
    """
    start = 0
    marker = ctx.query.get("marker")
    if marker:
        positions = (i for i, item in enumerate(items) if ident(item) == marker)
        start = next(positions, -1) + 1
        if start == 0:
            raise errors.BadRequest(f"marker [{marker}] not found")
    limit = ctx.number("limit")
    if ceiling is not None:
        limit = ceiling if limit is None else min(limit, ceiling)
    if limit is None:
        return list(items[start:]), None
    part = list(items[start : start + limit])
    more = bool(part) and start + limit < len(items)
    return part, ident(part[-1]) if more else None


def linked_page(
    ctx: Context,
    plural: str,
    items: Sequence[Any],
    ident: Callable[[Any], str] = lambda item: item["id"],
    ceiling: int | None = None,
) -> tuple[list[Any], Item]:
    """The page of :func:`page`, and the body's entry that links to the next one."""
    part, marker = page(ctx, items, ident, ceiling)
    if marker is None:
        return part, {}
    href = f"{ctx.url}?{next_query(ctx, marker)}"
    return part, {f"{plural}_links": [{"rel": "next", "href": href}]}


def fields(ctx: Context, item: Item) -> Item:
    """Only the attributes that the query's ``fields`` names; all without it."""
    names = [name for value in ctx.query.getlist("fields") for name in value.split(",")]
    if not any(names):
        return item
    return {name: item[name] for name in names if name in item}


def next_query(ctx: Context, marker: str) -> str:
    """The query of the next page: this one's with another marker."""
    pairs = [
        (key, value)
        for key, values in ctx.query.lists()
        if key != "marker"
        for value in values
    ]
    return urlencode([*pairs, ("marker", marker)])
