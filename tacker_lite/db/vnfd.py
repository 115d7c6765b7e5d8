"""Descriptors.  They have no lifecycle, so the API writes them itself."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import orm

from tacker_lite import exceptions
from tacker_lite.db import event, models, query, vnf
from tacker_lite.db.page import Page
from tacker_lite.db.query import Filters, Row

TABLE: sa.Table = models.Vnfd.__table__  # type: ignore[assignment]


def list_rows(
    session: orm.Session,
    project_id: str | None = None,
    filters: Filters | None = None,
    page: Page | None = None,
) -> list[Row]:
    """Descriptors in the order they were made.

    ``template_source`` ``all`` means no filter.  See
    :func:`tacker_lite.db.query.list_rows` for the arguments.
    """
    wanted = dict(filters or {})
    if "all" in wanted.get("template_source", ()):
        del wanted["template_source"]
    return query.list_rows(session, TABLE, project_id, wanted, page)


def get(session: orm.Session, ident: str, project_id: str | None = None) -> Row:
    """One descriptor by id.

    :raises NotFound: when there is none.
    """
    return query.get(session, TABLE, "vnfd", ident, project_id)


def find(session: orm.Session, ident: str, project_id: str | None = None) -> Row:
    """One descriptor by id or name.

    :raises NotFound: when there is none.
    :raises AmbiguousName: when several projects have that name.
    """
    return query.find(session, TABLE, "vnfd", ident, project_id)


def insert(session: orm.Session, row: Row) -> Row:
    """Add a descriptor and its event.

    :param row: project_id, name, description, template (YAML text), service_types
        (list of strings), mgmt_driver, template_source, files (text by path).
    :returns: the whole row.
    :raises AlreadyExists: when the project has one of this name.
    """
    made = query.insert(session, TABLE, "vnfd", row)
    event.insert(session, "vnfd", made, event.CREATE, event.ONBOARDED)
    return made


def update(session: orm.Session, ident: str, values: Row) -> Row:
    """Change name or description.

    :raises NotFound: when it is gone.
    :raises AlreadyExists: when the new name is taken.
    """
    row = query.update(session, TABLE, "vnfd", ident, values)
    event.insert(session, "vnfd", row, event.UPDATE, event.NOT_APPLICABLE)
    return row


def delete(session: orm.Session, ident: str) -> None:
    """Remove a descriptor.

    :raises NotFound: when it is gone already.
    :raises InUse: while a VNF was made from it.
    """
    row = get(session, ident)
    users = vnf.users(session, "vnfd_id", row)
    if users:
        raise exceptions.InUse(
            kind="VNFD", ident=ident, user=f"VNF {users}", public_type="VNFDInUse"
        )
    query.delete(session, TABLE, "vnfd", ident)
    event.insert(session, "vnfd", row, event.DELETE, event.NOT_APPLICABLE)
