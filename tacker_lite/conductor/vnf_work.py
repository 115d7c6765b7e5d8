"""What workers do for VNFs with an operation in hand, one step at a time.

A step reads the row, asks the VIM's driver for one thing, and writes what came of
it.  It never waits for a VIM's work: the reconcile loop comes back.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import orm

from tacker_lite import exceptions, states
from tacker_lite.conductor import configuration, scaling
from tacker_lite.conductor.configuration import Configuration, MgmtDrivers
from tacker_lite.conductor.drivers import Row
from tacker_lite.conductor.removal import Removal
from tacker_lite.conductor.vnf_records import (
    Records,
    exists,
    replaced,
    resource,
    vim_name,
)
from tacker_lite.db import event
from tacker_lite.db import vnf as vnf_table
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.base import Phase, Status

LOG = log.getLogger(__name__)

UNEXPECTED = "An unexpected error occurred: see the log of conductor {host}"
GONE = "The VIM has nothing any more of what it made"


class VnfWork:
    """The steps.  Callers see to it that a VNF is worked on once at a time."""

    def __init__(self, conf: cfg.ConfigOpts, records: Records, mgmt: MgmtDrivers):
        self._host = conf.host
        self._records = records
        self._configuration = Configuration(conf, records, mgmt)
        self._templates: dict[str, VnfTemplate] = {}
        self.removal = Removal(records)

    def remember(self, vnf_id: str, template: VnfTemplate) -> None:
        """Keep a template that was loaded to check it, for the step that follows."""
        self._templates[vnf_id] = template

    def forget(self, vnf_id: str) -> None:
        """Drop what is kept in memory for a VNF."""
        self._templates.pop(vnf_id, None)
        self.removal.forget(vnf_id)

    def step(self, vnf_id: str) -> bool:
        """Do what the operation in hand needs next.

        :returns: False when it has to be tried again later.
        """
        row = self._read(vnf_id)
        if row is None:
            return True
        try:
            return self._step(row)
        except exceptions.TemporaryVimError as error:
            return self._records.put_off(row, error.message)
        except db_exception.DBError:
            raise  # The VNF is not to blame: the caller tries again.
        except Exception as error:  # noqa: BLE001 - marks the row and goes on
            self._fail(row, error)
        return True

    def ask(self, vnf_ids: Sequence[str]) -> dict[str, bool]:
        """Ask a VIM how its work for several VNFs stands, and move them on.

        :param vnf_ids: all of one VIM and region.
        :returns: by VNF id: False when it has to be asked about again later.
        """
        rows = [row for row in map(self._read, vnf_ids) if row]
        rows = [row for row in rows if row["next_step"] == vnf_table.ASK]
        moved = dict.fromkeys(vnf_ids, True)
        if not rows:
            return moved
        driver, vim = self._records.site(rows[0])
        try:
            answers = driver.statuses(vim, [row["handle"] for row in rows])
        except exceptions.TemporaryVimError as error:
            put_off = self._records.put_off
            return moved | {r["id"]: put_off(r, error.message) for r in rows}
        except Exception as error:  # noqa: BLE001 - marks the row and goes on
            if len(rows) > 1:
                # Find out which of them the error is about.
                for row in rows:
                    moved |= self.ask([row["id"]])
            else:
                self._fail(rows[0], error)
            return moved
        for row in rows:
            moved[row["id"]] = self._settle(row, answers.get(row["handle"]))
        return moved

    def _fail(self, row: Row, error: Exception) -> None:
        """End the operation in hand with what a driver raised."""
        if isinstance(error, exceptions.TackerLiteError):
            reason = error.message
        else:
            LOG.error("Work on VNF failed", exc_info=error, resource=resource(row))
            reason = UNEXPECTED.format(host=self._host)
        self.forget(row["id"])
        self._records.fail(row, reason)

    def _read(self, vnf_id: str) -> Row | None:
        """The row, when there is something to do for it and that is ours."""
        try:
            return self._records.read(vnf_id)
        except exceptions.NotFound:
            self.forget(vnf_id)
            return None

    def _step(self, row: Row) -> bool:
        step = row["next_step"]
        if row["status"] == states.ACTIVE:
            self._configuration.begin(row)
        elif step == vnf_table.FINISH:
            self._records.done(row)
        elif step == vnf_table.MEASURE:
            return self._measure(row)
        elif step == vnf_table.CONFIGURE:
            self._configuration.apply(row)
        elif step == vnf_table.APPLY and row["status"] == states.PENDING_DELETE:
            self.removal.start(row)
        elif step == vnf_table.APPLY:
            self._start_apply(row)
        return True

    def _measure(self, row: Row) -> bool:
        """Find out which sizes there are to be, and note them.

        Noted before the VIM is told, so that a repetition adds nothing.  Whoever has
        changed a size on the VIM itself is not undone.
        """
        driver, vim = self._records.site(row)
        answer = driver.status(vim, row["handle"])
        if answer.phase == Phase.BUILDING:
            return self._records.put_off(row, "the VIM works on something else of it")
        if answer.phase == Phase.GONE:
            self._records.fail(row, GONE)
            return True
        template = self._records.template(row)
        actual = scaling.actual_sizes(template, row, answer.sizes)
        sizes = scaling.wanted_sizes(template, row, actual)
        if sizes == actual and scaling.changes_of(row):
            told = scaling.outcome(row, sizes, moved=False)
            self._records.done(row, told, **seen(row, answer))
            return True
        template = dataclasses.replace(template, sizes=sizes)
        values: Row = {"sizes": sizes, "attributes": driver.check(template)}
        operation = row["operation"]
        if scaling.changes_of(row):
            operation = {**operation, **replaced(row, values)}
        values["attributes"] = {**row["attributes"], **values["attributes"]}
        self._records.write(
            row, next_step=vnf_table.APPLY, operation=operation, **values
        )
        return True

    def _start_apply(self, row: Row) -> None:
        driver, vim = self._records.site(row)
        template = self._templates.pop(row["id"], None)
        if template is None or row["status"] != states.PENDING_CREATE:
            template = self._records.template(row)
        handle = driver.apply(vim, vim_name(row), template, row["handle"])
        with self._records.database.writer() as session:
            kept = self._keep_handle(session, row, handle)
            gone = not kept and not exists(session, row["id"])
        if gone:
            LOG.info("VNF was removed meanwhile", resource=resource(row))
            driver.delete(vim, handle)

    def _keep_handle(self, session: orm.Session, row: Row, handle: str) -> bool:
        known = {"handle": handle, "next_step": vnf_table.ASK}
        if vnf_table.set_values(session, row, same_operation=True, **known):
            if row["status"] == states.PENDING_CREATE:
                text = f"The VIM knows it as {handle}"
                event.insert(session, "vnf", row, event.CREATE, row["status"], text)
            return True
        # Its deletion was asked for meanwhile: it needs the handle for that.
        return vnf_table.set_values(session, row, handle=handle)

    def _settle(self, row: Row, answer: Status | None) -> bool:
        """Move a row on by what its VIM says.  False: ask again later."""
        if answer is None:
            return self._records.put_off(row, "the VIM gave no answer about it")
        if row["status"] == states.PENDING_DELETE:
            return self.removal.settle(row, answer)
        if answer.phase == Phase.READY:
            self._ready(row, answer)
        elif answer.phase == Phase.FAILED:
            self._records.fail(row, answer.reason)
        elif answer.phase == Phase.GONE:
            self._records.fail(row, GONE)
        else:
            return self._records.put_off(row, "the VIM still works on it")
        self._templates.pop(row["id"], None)
        return True

    def _ready(self, row: Row, answer: Status) -> None:
        """The VIM has done its part."""
        values = seen(row, answer)
        if row["status"] == states.PENDING_CREATE:
            values |= self._configuration.when_created(row)
        elif configuration.is_asked_for(row):
            self._records.write(row, next_step=vnf_table.CONFIGURE, **values)
            return
        details = ""
        if scaling.changes_of(row):
            sizes = values.get("sizes") or row["sizes"]
            details = scaling.outcome(row, sizes, moved=True)
            values["cooldowns"] = scaling.cooldowns(row)
        self._records.done(row, details, **values)


def seen(row: Row, status: Status) -> Row:
    """What a VIM says of a VNF, as columns of its row."""
    values: Row = {"mgmt_ip_address": addresses(status)}
    if status.sizes:
        values["sizes"] = {**(row["sizes"] or {}), **status.sizes}
    return values


def addresses(status: Status) -> str | None:
    """Management addresses as JSON text: one by VDU, or a list for a scaled VDU."""
    found = {
        vdu.name: list(vdu.addresses) if vdu.scaled else vdu.addresses[0]
        for vdu in status.vdus
        if vdu.addresses
    }
    return json.dumps(found) if found else None
