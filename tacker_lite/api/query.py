"""The query of a list: filters, fields, order and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from oslo_utils import strutils

from tacker_lite import exceptions
from tacker_lite.db.page import Page

Row = dict[str, Any]

RESERVED = ("fields", "sort_key", "sort_dir", "limit", "marker", "page_reverse")
MAX_PARAMETERS = 500


class Query:
    """The query string, taken apart.

    An empty value counts as absent, but for :meth:`flag`.  A filter that the noun
    does not have is ignored, as v1.0 clients expect.

    :param text: the query string as sent.
    :raises InvalidInput: naming the parameter.
    """

    def __init__(self, text: str):
        try:
            given = parse_qsl(
                text,
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MAX_PARAMETERS,
            )
        except ValueError as error:
            raise exceptions.InvalidInput(
                "The query is no UTF-8 text, or has more than "
                f"{MAX_PARAMETERS} parameters"
            ) from error
        self.pairs = [pair for pair in given if pair[1]]
        self._empty = {name for name, value in given if not value}
        self.fields = self._values("fields")
        self.limit = self._limit()
        self.marker = (self._values("marker") or [""])[-1]
        self.page_reverse = self._boolean("page_reverse")
        self.order = self._order()

    def _values(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def _limit(self) -> int:
        text = (self._values("limit") or ["0"])[-1]
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise _bad("limit must be a whole number, 0 or more")
        return int(text)

    def flag(self, name: str) -> bool:
        """Whether a parameter is given and true.

        :raises InvalidInput: when it is neither true nor false; an empty one may be
            meant as true.
        """
        if name in self._empty:
            raise _bad(f"{name} must be true or false")
        return self._boolean(name)

    def _boolean(self, name: str) -> bool:
        return any(_boolean(name, value) for value in self._values(name))

    def _order(self) -> list[tuple[str, bool]]:
        keys, directions = self._values("sort_key"), self._values("sort_dir")
        if len(keys) != len(directions):
            raise _bad("sort_key and sort_dir must be given equally often")
        for direction in directions:
            if direction not in ("asc", "desc"):
                raise _bad("sort_dir must be asc or desc")
        return [(k, d == "desc") for k, d in zip(keys, directions, strict=True)]

    def filters(
        self, columns: Mapping[str, str], booleans: Sequence[str] = ()
    ) -> dict[str, list[str]]:
        """Accepted values by column.

        :param columns: column by attribute.
        :param booleans: attributes whose values must be true, false, 1 or 0.
        """
        wanted: dict[str, list[str]] = {}
        for name, value in self.pairs:
            if name in RESERVED or name not in columns:
                continue
            if name in booleans:
                value = str(_boolean(name, value)).lower()
            wanted.setdefault(columns[name], []).append(value)
        return wanted

    def reduce(self, view: Row) -> Row:
        """``view`` with the wanted fields alone."""
        if not self.fields:
            return view
        return {name: view[name] for name in view if name in self.fields}

    def page(self, columns: Mapping[str, str]) -> Page:
        """What is asked of the database.

        :param columns: column by attribute.
        :raises InvalidInput: for an unknown sort key.
        """
        for key, _ in self.order:
            if key not in columns:
                known = ", ".join(sorted(columns))
                raise _bad(f"sort_key must be one of {known}")
        order = tuple((columns[key], descending) for key, descending in self.order)
        return Page(order, self.limit, self.marker, self.page_reverse)

    def cut(self, rows: list[Row]) -> tuple[list[Row], bool, bool]:
        """What the database returned for :meth:`page` without the row beyond it.

        :returns: the page, whether rows come before it, and whether after it.
        """
        more = bool(self.limit) and len(rows) > self.limit
        if self.page_reverse:
            return rows[more:], more, bool(self.marker)
        return rows[: len(rows) - more], bool(self.marker), more

    def links(self, url: str, page: list[Row], before: bool, after: bool) -> list[Row]:
        """Links to the neighbours of a page; none unless a limit was given."""
        if not self.limit or not page:
            return []
        rest = [p for p in self.pairs if p[0] not in ("marker", "page_reverse")]
        links = []
        if after:
            query = urlencode([*rest, ("marker", page[-1]["id"])])
            links.append({"rel": "next", "href": f"{url}?{query}"})
        if before:
            here = [("marker", page[0]["id"]), ("page_reverse", "True")]
            query = urlencode([*rest, *here])
            links.append({"rel": "previous", "href": f"{url}?{query}"})
        return links


def _boolean(name: str, text: str) -> bool:
    try:
        return strutils.bool_from_string(text, strict=True)
    except ValueError as error:
        raise _bad(f"{name} must be true or false") from error


def _bad(reason: str) -> exceptions.InvalidInput:
    return exceptions.InvalidInput(reason, public_type="BadRequest")
