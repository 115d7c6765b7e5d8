"""What workers do for VNFs with an operation in hand, one step at a time.

A step reads the row, asks the VIM's driver for one thing, and writes what came of
it.  It never waits for a VIM's work: the reconcile loop comes back.
"""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_log import log
from sqlalchemy import orm

from tacker_lite import exceptions, states
from tacker_lite.conductor.drivers import Drivers, Row
from tacker_lite.db import base, event, query
from tacker_lite.db import vim as vim_table
from tacker_lite.db import vnf as vnf_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.tosca import loader
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.base import Phase, Status, Vim, VimDriver

LOG = log.getLogger(__name__)

SECONDS_BETWEEN_REMOVALS = 2.0
"""How long a VIM may go on showing a failure after it was told to remove something."""

MOST_REMOVALS = 2

UNEXPECTED = "An unexpected error occurred: see the log of conductor {host}"


@dataclass(frozen=True)
class Removal:
    """How often a VIM was told to remove a VNF, and when last.

    :ivar told_at: by the monotonic clock.
    """

    times: int
    told_at: float


class VnfWork:
    """The steps.  Callers see to it that a VNF is worked on once at a time."""

    def __init__(self, conf: cfg.ConfigOpts, database: base.Database, drivers: Drivers):
        self._host = conf.host
        self._limit = datetime.timedelta(seconds=conf.conductor.operation_timeout)
        self._database = database
        self._drivers = drivers
        self._templates: dict[str, VnfTemplate] = {}
        self._removals: dict[str, Removal] = {}

    def remember(self, vnf_id: str, template: VnfTemplate) -> None:
        """Keep a template that was loaded to check it, for the step that follows."""
        self._templates[vnf_id] = template

    def forget(self, vnf_id: str) -> None:
        """Drop what is kept in memory for a VNF."""
        self._templates.pop(vnf_id, None)
        self._removals.pop(vnf_id, None)

    def step(self, vnf_id: str) -> bool:
        """Do what the operation in hand needs next.

        :returns: False when it has to be tried again later.
        """
        row = self._read(vnf_id)
        if row is None:
            return True
        try:
            self._step(row)
        except exceptions.TemporaryVimError as error:
            return self._put_off(row, error.message)
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
        driver, vim = self._site(rows[0])
        try:
            answers = driver.statuses(vim, [row["handle"] for row in rows])
        except exceptions.TemporaryVimError as error:
            return moved | {r["id"]: self._put_off(r, error.message) for r in rows}
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
        self._end(row, "fail", reason)

    def remove_from_vim(self, row: Row) -> str | None:
        """Tell the VIM to remove what it made for a VNF.

        :returns: the handle of what is being removed, or None when there is nothing.
        """
        driver, vim = self._site(row)
        handle = row["handle"] or driver.find(vim, vim_name(row))
        if handle is not None:
            driver.delete(vim, handle)
        return handle

    def end_delete(self, row: Row, details: str = "") -> None:
        """Remove the row of a VNF in PENDING_DELETE, and its inline descriptor."""
        with self._database.writer() as session:
            base.transition(session, "vnf", row, "done", details)
            remove_inline_vnfd(session, row["vnfd_id"])
        self.forget(row["id"])
        LOG.info("VNF %s is gone", row["name"], resource=resource(row))

    def _read(self, vnf_id: str) -> Row | None:
        """The row, when there is an operation in hand that is ours."""
        with self._database.reader() as session:
            try:
                row = vnf_table.get(session, vnf_id)
            except exceptions.NotFound:
                self.forget(vnf_id)
                return None
        if row["owner"] != self._host or row["status"] not in states.PENDING_STATUSES:
            return None
        return row

    def _step(self, row: Row) -> None:
        if row["next_step"] == vnf_table.FINISH:
            self._end(row, "done")
        elif row["next_step"] != vnf_table.APPLY:
            return
        elif row["status"] == states.PENDING_DELETE:
            self._start_delete(row)
        else:
            self._start_apply(row)

    def _start_apply(self, row: Row) -> None:
        driver, vim = self._site(row)
        template = self._templates.pop(row["id"], None)
        if template is None or row["status"] != states.PENDING_CREATE:
            template = self._load(row)
        handle = driver.apply(vim, vim_name(row), template, row["handle"])
        with self._database.writer() as session:
            kept = self._keep_handle(session, row, handle)
            gone = not kept and not exists(session, row["id"])
        if gone:
            LOG.info("VNF was removed meanwhile", resource=resource(row))
            driver.delete(vim, handle)

    def _keep_handle(self, session: orm.Session, row: Row, handle: str) -> bool:
        known = {"handle": handle, "next_step": vnf_table.ASK}
        if vnf_table.set_values(session, row, same_status=True, **known):
            if row["status"] == states.PENDING_CREATE:
                text = f"The VIM knows it as {handle}"
                event.insert(session, "vnf", row, event.CREATE, row["status"], text)
            return True
        # Its deletion was asked for meanwhile: it needs the handle for that.
        return vnf_table.set_values(session, row, handle=handle)

    def _start_delete(self, row: Row) -> None:
        handle = self.remove_from_vim(row)
        if handle is None:
            self.end_delete(row)
            return
        told = self._removals.get(row["id"])
        times = told.times + 1 if told else 1
        self._removals[row["id"]] = Removal(times, time.monotonic())
        known = {"handle": handle, "next_step": vnf_table.ASK}
        with self._database.writer() as session:
            vnf_table.set_values(session, row, same_status=True, **known)

    def _settle(self, row: Row, answer: Status | None) -> bool:
        """Move a row on by what its VIM says.  False: ask again later."""
        if answer is None:
            return self._put_off(row, "the VIM gave no answer about it")
        if row["status"] == states.PENDING_DELETE:
            return self._settle_delete(row, answer)
        if answer.phase == Phase.READY:
            self._end(row, "done", mgmt_ip_address=addresses(answer))
        elif answer.phase == Phase.FAILED:
            self._end(row, "fail", answer.reason)
        elif answer.phase == Phase.GONE:
            self._end(row, "fail", "The VIM has nothing any more of what it made")
        else:
            return self._put_off(row, "the VIM still works on it")
        return True

    def _settle_delete(self, row: Row, answer: Status) -> bool:
        if answer.phase == Phase.GONE:
            self.end_delete(row)
        elif answer.phase != Phase.FAILED:
            return self._put_off(row, "the VIM still removes it")
        else:
            return self._retry_delete(row, answer.reason)
        return True

    def _retry_delete(self, row: Row, reason: str) -> bool:
        """Tell the VIM once more after a while, then give up.

        The failure that it shows may be that of an earlier operation, or pass.
        """
        now = time.monotonic()
        # A process before this one may have told it: when is not known.
        told = self._removals.setdefault(row["id"], Removal(1, now))
        if now - told.told_at < SECONDS_BETWEEN_REMOVALS:
            return self._put_off(row, f"the VIM failed to remove it: {reason}")
        if told.times >= MOST_REMOVALS:
            self._end(row, "fail", reason)
            return True
        with self._database.writer() as session:
            vnf_table.set_values(
                session, row, same_status=True, next_step=vnf_table.APPLY
            )
        return False

    def _put_off(self, row: Row, why: str) -> bool:
        """False, for another try later; or the end, when there was time enough."""
        if query.now() - row["operation_started_at"] < self._limit:
            LOG.debug("VNF waits: %s", why, resource=resource(row))
            return False
        seconds = int(self._limit.total_seconds())
        self._end(row, "fail", f"Not done after {seconds} seconds: {why}")
        return True

    def _end(self, row: Row, outcome: str, reason: str = "", **values: Any) -> None:
        """End the operation in hand, unless another was asked for meanwhile."""
        self.forget(row["id"])
        try:
            with self._database.writer() as session:
                moved = base.transition(
                    session,
                    "vnf",
                    row,
                    outcome,
                    reason,
                    reason=reason or None,
                    **values,
                )
        except exceptions.InvalidState:
            LOG.debug("VNF changed meanwhile", resource=resource(row))
            return
        level = LOG.warning if reason else LOG.info
        level("VNF is %s %s", moved["status"], reason, resource=resource(row))

    def _site(self, row: Row) -> tuple[VimDriver, Vim]:
        with self._database.reader() as session:
            vim = vim_table.get(session, row["vim_id"])
        region = row["placement_attr"].get("region_name")
        return self._drivers.get(vim["type"]), self._drivers.vim(vim, region)

    def _load(self, row: Row) -> VnfTemplate:
        with self._database.reader() as session:
            vnfd = vnfd_table.get(session, row["vnfd_id"])
        return loader.load(loader.read_stored(vnfd["template"]), row["param_values"])


def resource(row: Mapping[str, Any]) -> dict[str, str]:
    """What log lines name a VNF by."""
    return {"type": "vnf", "id": row["id"]}


def vim_name(row: Row) -> str:
    """What a VNF is called on its VIM: found again by it when the handle is lost."""
    return f"{row['name']}_{row['id']}"


def addresses(status: Status) -> str | None:
    """Management addresses as JSON text: one by VDU, or a list for a scaled VDU."""
    found = {
        vdu.name: list(vdu.addresses) if vdu.scaled else vdu.addresses[0]
        for vdu in status.vdus
        if vdu.addresses
    }
    return json.dumps(found) if found else None


def exists(session: orm.Session, vnf_id: str) -> bool:
    """Whether the VNF still has a row."""
    return bool(vnf_table.list_rows(session, None, {"id": [vnf_id]}))


def remove_inline_vnfd(session: orm.Session, vnfd_id: str) -> None:
    """Remove a descriptor that came with a VNF, unless another VNF uses it too."""
    vnfd = vnfd_table.get(session, vnfd_id)
    if vnfd["template_source"] != "inline":
        return
    try:
        vnfd_table.delete(session, vnfd_id)
    except exceptions.InUse:
        LOG.debug("Inline VNFD %s has another user", vnfd_id)
