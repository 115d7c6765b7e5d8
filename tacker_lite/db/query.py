"""Reading and writing rows of any table as plain dictionaries."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from oslo_utils import strutils, uuidutils
from sqlalchemy import orm

from tacker_lite import exceptions
from tacker_lite.db.page import Page, beyond, ordered

Row = dict[str, Any]
Filters = Mapping[str, Sequence[str]]

LARGEST_INTEGER = 2**63
HIDDEN_COLUMNS = frozenset({"secrets", "default_of"})


def now() -> datetime.datetime:
    """The present time, UTC without a zone."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def list_rows(
    session: orm.Session,
    table: sa.Table,
    project_id: str | None = None,
    filters: Filters | None = None,
    page: Page | None = None,
) -> list[Row]:
    """Rows in the order they were made, or those of a page in its order.

    :param project_id: rows of this project alone; None for all projects.
    :param filters: accepted values by column name: any value within a column, all
        columns together.  Names that are no plain column are ignored, as the v1.0
        API does.
    :param page: with a limit, one row beyond it is returned where there is one.
    :raises InvalidInput: when the page's marker is no row of this list.
    """
    page = page or Page()
    keys = page.keys(table)
    conditions = list(matching(table, project_id, filters or {}))
    statement = ordered(sa.select(table).where(*conditions), keys)
    if page.marker:
        marker = table.c.id == comparable(table.c.id, page.marker)
        columns = [column for column, _ in keys]
        place = session.execute(sa.select(*columns).where(marker, *conditions)).first()
        if place is None:
            raise exceptions.InvalidInput(
                "marker must be the id of a row of this list", public_type="BadRequest"
            )
        statement = statement.where(beyond(keys, place))
    if page.limit:
        statement = statement.limit(page.limit + 1)
    rows = [dict(row) for row in session.execute(statement).mappings()]
    return rows[::-1] if page.backwards else rows


def matching(
    table: sa.Table, project_id: str | None, filters: Filters
) -> Iterator[sa.ColumnElement[bool]]:
    """The conditions that rows of a list meet; see :func:`list_rows`."""
    if project_id is not None:
        yield table.c.project_id == project_id
    for name, texts in filters.items():
        column = table.c.get(name)
        if column is None or not texts or not filterable(column):
            continue
        values = [v for v in (comparable(column, t) for t in texts) if v is not None]
        yield column.in_(values)


def filterable(column: sa.Column) -> bool:
    """Whether the column holds plain values that a caller may compare."""
    return column.name not in HIDDEN_COLUMNS and not isinstance(column.type, sa.JSON)


def comparable(column: sa.Column, text: Any) -> Any:
    """``text`` as a value of the column's type, or None when it cannot be one."""
    try:
        if isinstance(column.type, sa.Boolean):
            return strutils.bool_from_string(str(text), strict=True)
        if isinstance(column.type, sa.Integer):
            number = int(text)
            return number if abs(number) < LARGEST_INTEGER else None
        if isinstance(column.type, sa.DateTime):
            return datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    # No text of a database has a NUL; some refuse to be asked for it.
    return None if "\0" in str(text) else str(text)


def get(
    session: orm.Session,
    table: sa.Table,
    kind: str,
    ident: Any,
    project_id: str | None = None,
) -> Row:
    """One row by id.

    :raises NotFound: when there is none, or it belongs to another project.
    """
    statement = sa.select(table).where(table.c.id == ident)
    if project_id is not None:
        statement = statement.where(table.c.project_id == project_id)
    row = session.execute(statement).mappings().first()
    if row is None:
        raise exceptions.NotFound(kind=kind, ident=ident)
    return dict(row)


def find(
    session: orm.Session,
    table: sa.Table,
    kind: str,
    ident: str,
    project_id: str | None = None,
) -> Row:
    """One row by id or, for text that is no UUID, by name.

    :raises NotFound: when there is none.
    :raises AmbiguousName: when several projects have that name.
    """
    if uuidutils.is_uuid_like(ident):
        return get(session, table, kind, ident, project_id)
    rows = list_rows(session, table, project_id, {"name": [ident]})
    if not rows:
        raise exceptions.NotFound(kind=kind, ident=ident)
    if len(rows) > 1:
        raise exceptions.AmbiguousName(kind=kind, name=ident)
    return rows[0]


def name_taken(
    session: orm.Session, table: sa.Table, project_id: str, name: str
) -> bool:
    """Whether a row of the project has this name."""
    statement = sa.select(table.c.id).where(
        table.c.project_id == project_id, table.c.name == name
    )
    return session.execute(statement).first() is not None


def insert(session: orm.Session, table: sa.Table, kind: str, row: Row) -> Row:
    """Add a named row; id and created_at are filled in when absent.

    :raises AlreadyExists: when the project has a row of this name.
    """
    full = {"id": uuidutils.generate_uuid(), "created_at": now(), **row}
    if name_taken(session, table, full["project_id"], full["name"]):
        raise exceptions.AlreadyExists(kind=kind, name=full["name"])
    session.execute(sa.insert(table).values(**full))
    return get(session, table, kind, full["id"])


def update(
    session: orm.Session, table: sa.Table, kind: str, ident: str, values: Row
) -> Row:
    """Change columns of a row; updated_at is set.

    :raises NotFound: when it is gone.
    :raises AlreadyExists: when the new name is taken.
    """
    old = get(session, table, kind, ident)
    name = str(values.get("name", old["name"]))
    if name != old["name"] and name_taken(session, table, old["project_id"], name):
        raise exceptions.AlreadyExists(kind=kind, name=name)
    statement = sa.update(table).where(table.c.id == ident)
    session.execute(statement.values(**{"updated_at": now(), **values}))
    return get(session, table, kind, ident)


def delete(session: orm.Session, table: sa.Table, kind: str, ident: str) -> None:
    """Remove a row.

    :raises NotFound: when it is gone already.
    """
    result = session.execute(sa.delete(table).where(table.c.id == ident))
    if not result.rowcount:  # type: ignore[attr-defined]
        raise exceptions.NotFound(kind=kind, ident=ident)
