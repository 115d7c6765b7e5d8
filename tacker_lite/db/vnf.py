"""VNFs.  Only the conductor writes them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from tacker_lite import states
from tacker_lite.db import event, models, query
from tacker_lite.db.query import Filters, Row

TABLE: sa.Table = models.Vnf.__table__  # type: ignore[assignment]


def list_rows(
    session: orm.Session,
    project_id: str | None = None,
    filters: Filters | None = None,
) -> list[Row]:
    """VNFs in the order they were made.

    See :func:`tacker_lite.db.query.list_rows` for the arguments.
    """
    return query.list_rows(session, TABLE, project_id, filters)


def get(session: orm.Session, ident: str, project_id: str | None = None) -> Row:
    """One VNF by id.

    :raises NotFound: when there is none.
    """
    return query.get(session, TABLE, "vnf", ident, project_id)


def find(session: orm.Session, ident: str, project_id: str | None = None) -> Row:
    """One VNF by id or name.

    :raises NotFound: when there is none.
    :raises AmbiguousName: when several projects have that name.
    """
    return query.find(session, TABLE, "vnf", ident, project_id)


def list_pending(session: orm.Session, owners: Sequence[str]) -> list[Row]:
    """VNFs with an operation in hand that belong to these conductors."""
    return list_rows(
        session, None, {"status": states.PENDING_STATUSES, "owner": owners}
    )


def insert(session: orm.Session, row: Row) -> Row:
    """Add a VNF that is to be created, and its event.

    :raises AlreadyExists: when the project has one of this name.
    """
    values = {**row, "status": states.PENDING_CREATE}
    values.setdefault("operation_started_at", query.now())
    made = query.insert(session, TABLE, "vnf", values)
    event.insert(session, "vnf", made, event.CREATE, made["status"])
    return made


def set_values(session: orm.Session, ident: str, **values: object) -> bool:
    """Write columns other than the status, whatever the status is.

    :returns: whether the row was still there.
    """
    statement = sa.update(TABLE).where(TABLE.c.id == ident).values(**values)
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def delete(session: orm.Session, ident: str) -> None:
    """Remove a VNF; its events stay.

    :raises NotFound: when it is gone already.
    """
    query.delete(session, TABLE, "vnf", ident)
