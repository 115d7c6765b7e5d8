"""The loop that moves pending rows: it finds what is due and has workers do it.

A VNF is in the hands of one worker at most, of the conductor that owns its row.
The row says what comes next; memory holds only when to look again.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import futurist
from oslo_config import cfg
from oslo_context import context as current
from oslo_log import log

from tacker_lite import context, exceptions
from tacker_lite.conductor.drivers import Row
from tacker_lite.conductor.liveness import Liveness
from tacker_lite.conductor.vnf_work import VnfWork
from tacker_lite.conductor.workers import Workers
from tacker_lite.db import base
from tacker_lite.db import vnf as vnf_table

LOG = log.getLogger(__name__)

FIRST_INTERVAL = 0.2
"""Seconds until a VIM is first asked about new work."""

Site = tuple[str, "str | None"]


@dataclass
class Turn:
    """When a pending VNF is looked at again.

    :ivar due: by the monotonic clock.
    :ivar interval: seconds, doubled whenever nothing has moved.
    :ivar step: the step last seen, or ``""``: look at once.
    """

    due: float = 0.0
    interval: float = FIRST_INTERVAL
    step: str = ""
    in_hand: bool = False


class Reconciler:
    """Finds due rows and hands them to a bounded pool of workers."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: base.Database,
        liveness: Liveness,
        work: VnfWork,
    ):
        self._host = conf.host
        self._options = conf.conductor
        self._database = database
        self._liveness = liveness
        self._work = work
        self._workers = Workers(self._options.workers, self._options.max_queued)
        self._lock = threading.Lock()
        self._turns: dict[str, Turn] = collections.defaultdict(Turn)
        self._asking: set[Site] = set()
        self._news = threading.Event()
        self._stopping = threading.Event()

    def hold(self, vnf_id: str) -> None:
        """Keep the loop from a row that is about to be written."""
        with self._lock:
            self._turns[vnf_id].in_hand = True

    def start(self, vnf_id: str, vim_id: str) -> None:
        """Hand a held row to a worker.

        :raises NoWorker: when too many operations on its VIM wait already.
        """
        with self._lock:
            self._turns[vnf_id].step = vnf_table.APPLY
        self._workers.submit(vim_id, self._step, vnf_id, current.get_current())

    def release(self, vnf_id: str) -> None:
        """End a hold that did not lead to a start."""
        with self._lock:
            self._turns.pop(vnf_id, None)

    def wake(self, vnf_id: str) -> None:
        """Have a row looked at now: something was asked of it."""
        with self._lock:
            if vnf_id in self._turns:
                self._turns[vnf_id].step = ""
        self._news.set()

    def try_once(
        self, vim_id: str, function: Callable[..., Any], *args: Any
    ) -> futurist.Future:
        """Have a worker call a function; a full queue is an error of the result."""
        try:
            return self._workers.submit(vim_id, function, *args)
        except exceptions.NoWorker as error:
            refused: futurist.Future = futurist.Future()
            refused.set_exception(error)
            return refused

    def run(self) -> None:
        """The loop, until :meth:`stop`."""
        context.service_context().update_store()
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception:  # noqa: BLE001 - the loop outlives any single pass
                LOG.exception("Reconciling failed; it goes on")
            self._news.wait(self._pause())
            self._news.clear()

    def stop(self) -> None:
        """Start no more work; what workers have begun they end."""
        self._stopping.set()
        self._news.set()
        self._workers.close()

    @property
    def idle(self) -> bool:
        """Whether no worker is at work."""
        return self._workers.idle

    def look(self) -> None:
        """One pass: hand what is due to workers."""
        with self._database.reader() as session:
            rows = vnf_table.list_pending(session)
        silent = self._liveness.silent({row["owner"] for row in rows})
        ours = [
            row
            for row in rows
            if row["owner"] == self._host
            or (row["owner"] in silent and self._adopt(row))
        ]
        steps, questions = self._take_due(ours)
        for row in steps:
            self._submit(row["vim_id"], [row["id"]], self._step, row["id"], None)
        for site, vnf_ids in questions.items():
            self._submit(site[0], vnf_ids, self._ask, site, vnf_ids)

    def _take_due(self, rows: list[Row]) -> tuple[list[Row], dict[Site, list[str]]]:
        """Mark what is due as in hand: single steps, and questions by site."""
        now = time.monotonic()
        steps: list[Row] = []
        questions: dict[Site, list[str]] = collections.defaultdict(list)
        with self._lock:
            self._forget_others({row["id"] for row in rows})
            for row in rows:
                turn = self._turns[row["id"]]
                if turn.in_hand:
                    continue
                if turn.step != row["next_step"]:
                    if turn.step == "" or row["next_step"] != vnf_table.ASK:
                        turn.due = now
                    turn.step, turn.interval = row["next_step"], FIRST_INTERVAL
                site = (row["vim_id"], row["region"])
                if turn.due > now:
                    continue
                if row["next_step"] != vnf_table.ASK:
                    steps.append(row)
                elif site in self._asking:
                    turn.due = now + self._options.reconcile_interval
                    continue
                else:
                    questions[site].append(row["id"])
                turn.in_hand = True
            self._asking.update(questions)
        return steps, questions

    def _forget_others(self, vnf_ids: set[str]) -> None:
        for vnf_id, turn in list(self._turns.items()):
            if vnf_id not in vnf_ids and not turn.in_hand:
                del self._turns[vnf_id]

    def _submit(
        self,
        vim_id: str,
        vnf_ids: list[str],
        function: Callable[..., None],
        *args: Any,
    ) -> None:
        try:
            self._workers.submit(vim_id, function, *args)
        except exceptions.NoWorker:
            LOG.debug("No worker for %d VNFs now", len(vnf_ids))
            if function == self._ask:
                with self._lock:
                    self._asking.discard(args[0])
            self._put_back(dict.fromkeys(vnf_ids, False))

    def _step(self, vnf_id: str, asked_by: Any) -> None:
        """A worker's step of one VNF."""
        (asked_by or context.service_context()).update_store()
        moved = False
        try:
            if not self._stopping.is_set():
                moved = self._work.step(vnf_id)
        except Exception:  # noqa: BLE001 - the database may fail; a later pass retries
            LOG.exception("Work on VNF %s failed; it is tried again", vnf_id)
        finally:
            self._put_back({vnf_id: moved})

    def _ask(self, site: Site, vnf_ids: list[str]) -> None:
        """A worker's question to one VIM about several VNFs."""
        context.service_context().update_store()
        moved = dict.fromkeys(vnf_ids, False)
        try:
            if not self._stopping.is_set():
                moved |= self._work.ask(vnf_ids)
        except Exception:  # noqa: BLE001 - the database may fail; a later pass retries
            LOG.exception("Asking VIM %s failed; it is tried again", site[0])
        finally:
            with self._lock:
                self._asking.discard(site)
            self._put_back(moved)

    def _put_back(self, moved: dict[str, bool]) -> None:
        now = time.monotonic()
        with self._lock:
            for vnf_id, has_moved in moved.items():
                turn = self._turns[vnf_id]
                turn.in_hand = False
                if has_moved:
                    turn.interval = FIRST_INTERVAL
                turn.due = now + turn.interval
                if not has_moved:
                    longest = self._options.max_poll_interval
                    turn.interval = min(turn.interval * 2, longest)
        self._news.set()

    def _pause(self) -> float:
        """Seconds until something known is due, within the interval of passes."""
        with self._lock:
            due: Iterable[float] = [
                turn.due for turn in self._turns.values() if not turn.in_hand
            ]
        earliest = min(due, default=float("inf")) - time.monotonic()
        return max(0.02, min(earliest, self._options.reconcile_interval))

    def _adopt(self, row: Row) -> bool:
        """Take over a silent conductor's row, unless another was quicker."""
        with self._database.writer() as session:
            ours = vnf_table.set_values(session, row, owner=self._host)
        if ours:
            LOG.info(
                "Taken over from %s",
                row["owner"],
                resource={"type": "vnf", "id": row["id"]},
            )
        return ours
