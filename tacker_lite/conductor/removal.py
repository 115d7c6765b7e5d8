"""The steps that remove a VNF from its VIM."""

from __future__ import annotations

import time
from dataclasses import dataclass

from oslo_log import log
from sqlalchemy import orm

from tacker_lite import exceptions
from tacker_lite.conductor.drivers import Row
from tacker_lite.conductor.vnf_records import Records, resource, vim_name
from tacker_lite.db import base
from tacker_lite.db import vnf as vnf_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.vim.base import Phase, Status

LOG = log.getLogger(__name__)

SECONDS_BETWEEN_REMOVALS = 2.0
"""How long a VIM may go on showing a failure after it was told to remove something."""

MOST_REMOVALS = 2


@dataclass(frozen=True)
class Attempt:
    """How often a VIM was told to remove a VNF, and when last.

    :ivar told_at: by the monotonic clock.
    """

    times: int
    told_at: float


class Removal:
    """Removes VNFs, and knows how often their VIMs were told to."""

    def __init__(self, records: Records):
        self._records = records
        self._attempts: dict[str, Attempt] = {}

    def forget(self, vnf_id: str) -> None:
        """Drop what is kept in memory for a VNF."""
        self._attempts.pop(vnf_id, None)

    def remove_from_vim(self, row: Row) -> str | None:
        """Tell the VIM to remove what it made for a VNF.

        :returns: the handle of what is being removed, or None when there is nothing.
        """
        driver, vim = self._records.site(row)
        handle = row["handle"] or driver.find(vim, vim_name(row))
        if handle is not None:
            driver.delete(vim, handle)
        return handle

    def start(self, row: Row) -> None:
        """Tell the VIM, unless it has nothing."""
        handle = self.remove_from_vim(row)
        if handle is None:
            self.end(row)
            return
        told = self._attempts.get(row["id"])
        times = told.times + 1 if told else 1
        self._attempts[row["id"]] = Attempt(times, time.monotonic())
        self._records.write(row, handle=handle, next_step=vnf_table.ASK)

    def settle(self, row: Row, answer: Status) -> bool:
        """Move a row on by what its VIM says.  False: ask again later."""
        if answer.phase == Phase.GONE:
            self.end(row)
        elif answer.phase != Phase.FAILED:
            return self._records.put_off(row, "the VIM still removes it")
        else:
            return self._retry(row, answer.reason)
        return True

    def _retry(self, row: Row, reason: str) -> bool:
        """Tell the VIM once more after a while, then give up.

        The failure that it shows may be that of an earlier operation, or pass.
        """
        now = time.monotonic()
        # A process before this one may have told it: when is not known.
        told = self._attempts.setdefault(row["id"], Attempt(1, now))
        if now - told.told_at < SECONDS_BETWEEN_REMOVALS:
            return self._records.put_off(row, f"the VIM failed to remove it: {reason}")
        if told.times >= MOST_REMOVALS:
            self.forget(row["id"])
            self._records.fail(row, reason)
            return True
        self._records.write(row, next_step=vnf_table.APPLY)
        return False

    def end(self, row: Row, details: str = "") -> None:
        """Remove the row of a VNF in PENDING_DELETE, and its inline descriptor."""
        with self._records.database.writer() as session:
            base.transition(session, "vnf", row, "done", details)
            remove_inline_vnfd(session, row["vnfd_id"])
        self.forget(row["id"])
        LOG.info("VNF %s is gone", row["name"], resource=resource(row))


def remove_inline_vnfd(session: orm.Session, vnfd_id: str) -> None:
    """Remove a descriptor that came with a VNF, unless another VNF uses it too."""
    vnfd = vnfd_table.get(session, vnfd_id)
    if vnfd["template_source"] != "inline":
        return
    try:
        vnfd_table.delete(session, vnfd_id)
    except exceptions.InUse:
        LOG.debug("Inline VNFD %s has another user", vnfd_id)
