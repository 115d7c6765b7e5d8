"""Reading and ending what is in hand for VNFs: what all their steps share."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from oslo_config import cfg
from oslo_log import log
from sqlalchemy import orm

from tacker_lite import exceptions, states
from tacker_lite.conductor.drivers import Drivers, Row
from tacker_lite.db import base, query
from tacker_lite.db import vim as vim_table
from tacker_lite.db import vnf as vnf_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.tosca import loader
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.base import Vim, VimDriver

LOG = log.getLogger(__name__)


class Records:
    """The rows of VNFs with an operation in hand, and what belongs to them."""

    def __init__(self, conf: cfg.ConfigOpts, database: base.Database, drivers: Drivers):
        self._host = conf.host
        self._limit = datetime.timedelta(seconds=conf.conductor.operation_timeout)
        self._drivers = drivers
        self.database = database

    def read(self, vnf_id: str) -> Row | None:
        """The row, when there is something to do for it and that is ours.

        :raises NotFound: when there is no such VNF.
        """
        with self.database.reader() as session:
            row = vnf_table.get(session, vnf_id)
        is_due = row["configure_at"] and vnf_table.configuration_is_due(row)
        busy = row["status"] in states.PENDING_STATUSES
        if row["owner"] != self._host:
            return None
        return row if busy or (row["status"] == states.ACTIVE and is_due) else None

    def site(self, row: Row) -> tuple[VimDriver, Vim]:
        """The VIM of a VNF, and its driver."""
        with self.database.reader() as session:
            vim = vim_table.get(session, row["vim_id"])
        region = row["placement_attr"].get("region_name")
        return self._drivers.get(vim["type"]), self._drivers.vim(vim, region)

    def template(self, row: Row) -> VnfTemplate:
        """What the VIM is to make of a VNF."""
        with self.database.reader() as session:
            vnfd = vnfd_table.get(session, row["vnfd_id"])
        return load(row, vnfd, loader.read_stored(vnfd["template"]))

    def put_off(self, row: Row, why: str) -> bool:
        """False, for another try later; or the end, when there was time enough."""
        if query.now() - row["operation_started_at"] < self._limit:
            LOG.debug("VNF waits: %s", why, resource=resource(row))
            return False
        seconds = int(self._limit.total_seconds())
        self.fail(row, f"Not done after {seconds} seconds: {why}")
        return True

    def write(self, row: Row, **values: Any) -> bool:
        """Write columns while the operation in hand is still that of ``row``."""
        with self.database.writer() as session:
            return vnf_table.set_values(session, row, same_operation=True, **values)

    def done(self, row: Row, details: str = "", **values: Any) -> None:
        """End the operation in hand, unless another was asked for meanwhile.

        :param details: what came of it, for its event.
        """
        self._end(row, "done", details, reason=None, **values)

    def fail(self, row: Row, reason: str) -> None:
        """End the operation in hand with what went wrong.

        What the operation replaced is wanted again: a corrected one starts there.
        """
        values = {"configure_at": None, **restored(row)}
        self._end(row, "fail", reason, reason=reason, **values)

    def _end(self, row: Row, outcome: str, details: str, **values: Any) -> None:
        try:
            with self.database.writer() as session:
                moved = base.transition(
                    session, "vnf", row, outcome, details, operation=None, **values
                )
        except exceptions.InvalidState:
            LOG.debug("VNF changed meanwhile", resource=resource(row))
            return
        level = LOG.warning if outcome == "fail" else LOG.info
        level("VNF is %s %s", moved["status"], details, resource=resource(row))


def load(row: Row, vnfd: Row, document: Mapping[str, Any]) -> VnfTemplate:
    """The template of a VNF, with everything that only its own row says.

    :param row: id, param_values, webhooks and sizes are used.
    :param vnfd: the row of its descriptor, of which files is used.
    :param document: the descriptor.
    :raises InvalidTemplate: for values that the descriptor does not accept.
    """
    template = loader.load(document, row["param_values"], files=vnfd["files"])
    return dataclasses.replace(
        template,
        vnf_id=row["id"],
        webhooks=row["webhooks"] or {},
        sizes=row["sizes"] or {},
    )


def replaced(row: Row, values: Row) -> Row:
    """What columns and attributes of a row are before ``values`` replace them.

    :returns: as ``operation`` keeps it; an attribute that was not there is None.
    """
    old: Row = {name: row[name] for name in ("param_values", "sizes") if name in values}
    old["attributes"] = {
        name: row["attributes"].get(name)
        for name, text in values.get("attributes", {}).items()
        if row["attributes"].get(name) != text
    }
    return {"replaced": old}


def restored(row: Row) -> Row:
    """The columns with which a row is again what it was before the operation."""
    old = dict((row["operation"] or {}).get("replaced") or {})
    if not old:
        return {}
    attributes = {**row["attributes"], **old.pop("attributes")}
    kept = {name: text for name, text in attributes.items() if text is not None}
    return {**old, "attributes": kept}


def exists(session: orm.Session, vnf_id: str) -> bool:
    """Whether the VNF still has a row."""
    return bool(vnf_table.list_rows(session, None, {"id": [vnf_id]}))


def resource(row: Mapping[str, Any]) -> dict[str, str]:
    """What log lines name a VNF by."""
    return {"type": "vnf", "id": row["id"]}


def vim_name(row: Row) -> str:
    """What a VNF is called on its VIM: found again by it when the handle is lost."""
    return f"{row['name']}_{row['id']}"
