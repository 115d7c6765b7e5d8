"""VNFs.  Only the conductor writes them.

An operation in hand goes through steps: ``MEASURE``, the sizes that a change of size
leads to are not known yet; ``APPLY``, the VIM has yet to be told of it; ``ASK``, the
VIM works on it; ``CONFIGURE``, the VDUs have yet to be configured, when
``configure_at`` has come; ``FINISH``, nothing is left to do.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import orm

from tacker_lite import states
from tacker_lite.db import event, models, query
from tacker_lite.db.page import Page
from tacker_lite.db.query import Filters, Row

TABLE: sa.Table = models.Vnf.__table__  # type: ignore[assignment]

MEASURE: Final = "measure"
APPLY: Final = "apply"
ASK: Final = "ask"
CONFIGURE: Final = "configure"
FINISH: Final = "finish"

NAMED_USERS: Final = 3
"""VNFs that a message about a used VIM or VNFD names."""


def list_rows(
    session: orm.Session,
    project_id: str | None = None,
    filters: Filters | None = None,
    page: Page | None = None,
) -> list[Row]:
    """VNFs in the order they were made.

    See :func:`tacker_lite.db.query.list_rows` for the arguments.
    """
    return query.list_rows(session, TABLE, project_id, filters, page)


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


def users(session: orm.Session, column: str, row: Row) -> str:
    """The VNFs that need a VIM or VNFD, for a message.

    :param column: ``vim_id`` or ``vnfd_id``.
    :param row: of the VIM or VNFD.
    :returns: the first names, and how many more there are; ``""`` for no VNF.
        A VNF of another project is given by its id: its name is not the owner's
        to see.
    """
    found = session.execute(
        sa.select(TABLE.c.id, TABLE.c.name, TABLE.c.project_id)
        .where(TABLE.c[column] == row["id"])
        .order_by(TABLE.c.created_at, TABLE.c.id)
    ).all()
    named = [
        vnf.name if vnf.project_id == row["project_id"] else vnf.id
        for vnf in found[:NAMED_USERS]
    ]
    more = len(found) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def configuration_is_due(row: Row) -> bool:
    """Whether the time has come to configure a VNF, if it is to be configured."""
    return row["configure_at"] is None or row["configure_at"] <= query.now()


def list_pending(session: orm.Session) -> list[Row]:
    """What is known of VNFs with something to do now, without reading much.

    These are the VNFs with an operation in hand, but for those that wait for the time
    to be configured, and the active ones for which that time has come.

    :returns: rows of id, owner, vim_id, next_step, region.
    """
    names = ("id", "owner", "vim_id", "status", "next_step", "configure_at")
    columns = [TABLE.c[name] for name in (*names, "placement_attr")]
    statement = sa.select(*columns).where(
        TABLE.c.status.in_(states.PENDING_STATUSES)
        | ((TABLE.c.status == states.ACTIVE) & (TABLE.c.configure_at <= query.now()))
    )
    found = []
    for row in session.execute(statement.order_by(TABLE.c.operation_started_at)):
        seen = row._asdict()
        if seen.pop("status") == states.ACTIVE:
            seen["next_step"] = CONFIGURE
        if seen["next_step"] == CONFIGURE and not configuration_is_due(seen):
            continue
        region = seen.pop("placement_attr").get("region_name")
        found.append({**seen, "region": region})
    return found


def get_webhooks(session: orm.Session, ident: str) -> Row:
    """The ``project_id`` and ``webhooks`` of one VNF, without reading more.

    :returns: empty when there is no such VNF.
    """
    statement = sa.select(TABLE.c.project_id, TABLE.c.webhooks)
    row = session.execute(statement.where(TABLE.c.id == ident)).mappings().first()
    return dict(row) if row else {}


def insert(session: orm.Session, row: Row) -> Row:
    """Add a VNF that is to be created, and its event.

    :raises AlreadyExists: when the project has one of this name.
    """
    values = {**row, "status": states.PENDING_CREATE}
    values.setdefault("operation_started_at", query.now())
    values.setdefault("next_step", APPLY)
    made = query.insert(session, TABLE, "vnf", values)
    event.insert(session, "vnf", made, event.CREATE, made["status"])
    return made


def set_values(
    session: orm.Session, row: Row, *, same_operation: bool = False, **values: Any
) -> bool:
    """Write columns other than the status of a VNF that its owner works on.

    :param row: as it was seen; its owner must still be that.
    :param same_operation: the operation in hand must still be that of ``row``, too.
    :returns: False, having written nothing, when that was not so.
    """
    statement = sa.update(TABLE).where(
        TABLE.c.id == row["id"], TABLE.c.owner == row["owner"]
    )
    if same_operation:
        statement = statement.where(
            TABLE.c.status == row["status"],
            TABLE.c.operation_started_at == row["operation_started_at"],
        )
    result: Any = session.execute(statement.values(**values))
    return bool(result.rowcount)


def delete(session: orm.Session, ident: str) -> None:
    """Remove a VNF; its events stay.

    :raises NotFound: when it is gone already.
    """
    query.delete(session, TABLE, "vnf", ident)
