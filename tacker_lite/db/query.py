"""Reading and writing rows of any table as plain dictionaries."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from oslo_utils import strutils, uuidutils
from sqlalchemy import orm

from tacker_lite import exceptions

Row = dict[str, Any]
Filters = Mapping[str, Sequence[str]]

HIDDEN_COLUMNS = frozenset({"secrets"})


def now() -> datetime.datetime:
    """The present time, UTC without a zone."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def list_rows(
    session: orm.Session,
    table: sa.Table,
    project_id: str | None = None,
    filters: Filters | None = None,
) -> list[Row]:
    """Rows in the order they were made.

    :param project_id: rows of this project alone; None for all projects.
    :param filters: accepted values by column name: any value within a column, all
        columns together.  Names that are no plain column are ignored, as the v1.0
        API does.
    """
    statement = sa.select(table)
    if project_id is not None:
        statement = statement.where(table.c.project_id == project_id)
    for name, texts in (filters or {}).items():
        column = table.c.get(name)
        if column is None or not texts or not filterable(column):
            continue
        values = [v for v in (comparable(column, t) for t in texts) if v is not None]
        statement = statement.where(column.in_(values))
    order = (table.c.created_at, table.c.id) if "created_at" in table.c else table.c.id
    columns = order if isinstance(order, tuple) else (order,)
    rows = session.execute(statement.order_by(*columns)).mappings()
    return [dict(row) for row in rows]


def filterable(column: sa.Column) -> bool:
    """Whether the column holds plain values that a caller may compare."""
    return column.name not in HIDDEN_COLUMNS and not isinstance(column.type, sa.JSON)


def comparable(column: sa.Column, text: Any) -> Any:
    """``text`` as a value of the column's type, or None when it cannot be one."""
    try:
        if isinstance(column.type, sa.Boolean):
            return strutils.bool_from_string(str(text), strict=True)
        if isinstance(column.type, sa.Integer):
            return int(text)
        if isinstance(column.type, sa.DateTime):
            return datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return str(text)


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
