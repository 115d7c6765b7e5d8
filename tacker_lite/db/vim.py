"""Registered VIMs.  Only the conductor writes them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import orm

from tacker_lite import states
from tacker_lite.db import event, models, query
from tacker_lite.db.page import Page
from tacker_lite.db.query import Filters, Row

TABLE: sa.Table = models.Vim.__table__  # type: ignore[assignment]


def list_rows(
    session: orm.Session,
    project_id: str | None = None,
    filters: Filters | None = None,
    page: Page | None = None,
) -> list[Row]:
    """VIMs in the order they were made.

    See :func:`tacker_lite.db.query.list_rows` for the arguments.
    """
    return query.list_rows(session, TABLE, project_id, filters, page)


def get(session: orm.Session, ident: str, project_id: str | None = None) -> Row:
    """One VIM by id.

    :raises NotFound: when there is none.
    """
    return query.get(session, TABLE, "vim", ident, project_id)


def get_default(session: orm.Session, project_id: str) -> Row | None:
    """The project's default VIM, if it has one."""
    rows = list_rows(session, project_id, {"is_default": ["true"]})
    return rows[0] if rows else None


def insert(session: orm.Session, row: Row) -> Row:
    """Add a VIM, not checked yet, and its event.

    :raises AlreadyExists: when the project has one of this name.
    """
    marked = {**row, **default_mark(row, row["project_id"])}
    made = query.insert(session, TABLE, "vim", {**marked, "status": states.PENDING})
    event.insert(session, "vim", made, event.CREATE, made["status"])
    return made


def update(session: orm.Session, ident: str, values: Row) -> Row:
    """Change what a user may change.

    :raises NotFound: when it is gone.
    :raises AlreadyExists: when the new name is taken.
    """
    owner = get(session, ident)["project_id"]
    marked = {**values, **default_mark(values, owner)}
    row = query.update(session, TABLE, "vim", ident, marked)
    event.insert(session, "vim", row, event.UPDATE, row["status"])
    return row


def default_mark(values: Row, project_id: str) -> Row:
    """What keeps a project from having two default VIMs, to be written as well."""
    if "is_default" not in values:
        return {}
    return {"default_of": project_id if values["is_default"] else None}


def note_seen(session: orm.Session, ident: str) -> None:
    """Record that a check reached the VIM just now; no other column changes."""
    statement = sa.update(TABLE).where(TABLE.c.id == ident)
    session.execute(statement.values(last_seen_at=query.now()))


def note_reason(session: orm.Session, ident: str, reason: str) -> None:
    """Record why a VIM that was out of reach already is so still."""
    statement = sa.update(TABLE).where(TABLE.c.id == ident)
    session.execute(statement.values(reason=reason))


def delete(session: orm.Session, ident: str) -> None:
    """Remove a VIM; its events stay.

    :raises NotFound: when it is gone already.
    """
    row = get(session, ident)
    query.delete(session, TABLE, "vim", ident)
    event.insert(session, "vim", row, event.DELETE, row["status"])


def set_secrets(session: orm.Session, ident: str, secrets: str) -> None:
    """Replace the sealed secrets by the same ones under another key."""
    statement = sa.update(TABLE).where(TABLE.c.id == ident)
    session.execute(statement.values(secrets=secrets))
