"""Signs of life of the conductors."""

from __future__ import annotations

import sqlalchemy as sa
from oslo_utils import uuidutils
from sqlalchemy import orm

from tacker_lite.db import models, query

TABLE: sa.Table = models.Service.__table__  # type: ignore[assignment]


def list_beats(session: orm.Session) -> dict[str, str]:
    """The latest sign of life by host; it differs from any earlier one."""
    statement = sa.select(TABLE.c.host, TABLE.c.beat)
    return {row.host: row.beat for row in session.execute(statement)}


def beat(session: orm.Session, host: str) -> None:
    """Give a sign of life."""
    values = {"beat": uuidutils.generate_uuid(), "last_seen_at": query.now()}
    statement = sa.update(TABLE).where(TABLE.c.host == host).values(**values)
    if not session.execute(statement).rowcount:  # type: ignore[attr-defined]
        session.execute(sa.insert(TABLE).values(host=host, **values))


def delete(session: orm.Session, host: str) -> None:
    """Forget a conductor that was shut down in order."""
    session.execute(sa.delete(TABLE).where(TABLE.c.host == host))
