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
    known = session.scalar(sa.select(TABLE.c.host).where(TABLE.c.host == host))
    # An update that finds no row would lock the gap which another new conductor fills.
    if known is None:
        session.execute(sa.insert(TABLE).values(host=host, **values))
    else:
        session.execute(sa.update(TABLE).where(TABLE.c.host == host).values(**values))


def delete(session: orm.Session, host: str) -> None:
    """Forget a conductor that was shut down in order."""
    session.execute(sa.delete(TABLE).where(TABLE.c.host == host))
