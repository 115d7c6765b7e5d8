"""Events: records of what happened, never changed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from tacker_lite.db import models, query
from tacker_lite.db.page import Page
from tacker_lite.db.query import Filters, Row

TABLE: sa.Table = models.Event.__table__  # type: ignore[assignment]

CREATE = "CREATE"
UPDATE = "UPDATE"
DELETE = "DELETE"
SCALE = "SCALE"
MONITOR = "MONITOR"
HEAL = "HEAL"

ONBOARDED = "OnBoarded"
NOT_APPLICABLE = "Not Applicable"


def list_rows(
    session: orm.Session,
    project_id: str | None = None,
    filters: Filters | None = None,
    page: Page | None = None,
) -> list[Row]:
    """Events in order; events have no name, so a name matches none of them.

    See :func:`tacker_lite.db.query.list_rows` for the arguments.
    """
    if (filters or {}).get("name"):
        return []
    return query.list_rows(session, TABLE, project_id, filters, page)


def get(session: orm.Session, ident: int, project_id: str | None = None) -> Row:
    """One event.

    :raises NotFound: when there is none.
    """
    return query.get(session, TABLE, "event", ident, project_id)


def insert(
    session: orm.Session,
    kind: str,
    resource: Row,
    event_type: str,
    state: str,
    details: str = "",
) -> None:
    """Record what happened to a row.

    :param kind: ``vim``, ``vnfd`` or ``vnf``.
    :param resource: the row, of which id and project_id are used.
    :param state: its status now, or ``OnBoarded`` or ``Not Applicable``.
    """
    session.execute(
        sa.insert(TABLE).values(
            project_id=resource["project_id"],
            resource_id=resource["id"],
            resource_type=kind,
            resource_state=state,
            event_type=event_type,
            timestamp=query.now(),
            details=details,
        )
    )


def delete_of(session: orm.Session, resource_ids: Sequence[str]) -> None:
    """Remove the events of resources whose making was taken back at once."""
    session.execute(sa.delete(TABLE).where(TABLE.c.resource_id.in_(resource_ids)))
