"""Faults that people put into a lab to test orchestrators.

A fault is stored before it takes effect, so that it is there again after a restart,
and says of everything it does that it was a fault: in the answer, the log or the
events.  What is drawn at random comes from a seed, one row of numbers for each fault.
"""

from __future__ import annotations

import functools
import logging
import random
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.faults_boots import BootFaults
from tacker_lite.pop.faults_clock import Clock
from tacker_lite.pop.faults_deaths import Deaths
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.store import Table
from tacker_lite.pop.topology import FaultEntry

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Lab

LOG = logging.getLogger(__name__)
_SEEDED = "fault_seeding"
#: Seconds until the machine is asked again to let packets pass.
_AGAIN = 5.0


@dataclass(frozen=True)
class Fault:
    """A fault that is in the lab.

    :ivar id: its name.
    :ivar pop: where it is; empty: in all PoPs.
    :ivar settings: by the names of the topology file.
    :ivar until: in seconds since 1970; None: until it is cleared.
    """

    id: str
    kind: str
    pop: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    until: float | None = None
    created_at: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.settings.get(name, DEFAULTS.get(name))


#: Of settings that a fault does not name.
DEFAULTS: Mapping[str, Any] = {
    "service": "",
    "method": "",
    "path": "",
    "jitter_ms": 0,
    "percent": 100,
    "status": 503,
    "mode": "reset",
    "cut_links": False,
    "jitter_seconds": 0,
}


class Faults:
    """The faults of a lab; safe to use from any thread.

    :ivar boots: what they do to servers that are being made.
    :ivar deaths: how they kill those that run.
    :ivar clock: does later what is to be done then.
    """

    def __init__(self, lab: Lab):
        self._lab = lab
        # Faults change one at a time; while the machine is told, requests go on, which
        # look at them by the lock only.
        self._turn = threading.RLock()
        self._lock = threading.RLock()
        self._faults: Table[Fault] = Table(lab.store, "", "fault", Fault)
        self._random: dict[str, random.Random] = {}
        self.clock = Clock("faults")
        self.boots = BootFaults(self)
        self.deaths = Deaths(lab, self)

    def seed(self) -> None:
        """Put in what the topology file asks for, at the lab's first start.

        Links are cut as they are to be; the rest begins with :meth:`open`.
        """
        with self._turn, self._lab.store.transaction():
            if not self._lab.store.load("", _SEEDED):
                for entry in self._lab.topology.faults:
                    self._put(self._fault(entry))
                self._lab.store.put("", _SEEDED, "done", True)
            now = time.time()
            for fault in self._faults:
                if fault.until is not None and fault.until <= now:
                    self._delete(fault)
            self._lab.links.cut(self._cut_pops(), on_machine=False)

    def open(self) -> None:
        """Let faults take effect that need a clock."""
        with self._turn:
            for fault in self._faults:
                self._wind(fault)

    def close(self) -> None:
        """Do nothing more."""
        self.clock.close()

    def all(self) -> list[Fault]:
        """All faults, the oldest first."""
        now = time.time()
        with self._lock:
            return [f for f in self._faults if f.until is None or f.until > now]

    def has(self, fault: Fault) -> bool:
        """Whether this very fault is still there, not one set anew in its place."""
        return self._faults.get(fault.id) is fault

    def active(self, pop: str, *kinds: str) -> list[Fault]:
        """The faults of these kinds that a PoP has now."""
        if not len(self._faults):
            return []
        now = time.time()
        with self._lock:
            return [
                fault
                for fault in self._faults
                if fault.kind in kinds
                and fault.pop in ("", pop)
                and (fault.until is None or fault.until > now)
            ]

    def set(self, entry: FaultEntry) -> Fault:
        """Put a fault in, in place of one of the same name.

        :raises NotFound: when there is no such PoP.
        :raises Unavailable: when this machine cannot do it; then nothing has changed.
        """
        if entry.pop and entry.pop not in self._lab.clouds:
            raise errors.NotFound("PoP", entry.pop)
        with self._turn:
            fault = self._fault(entry)
            old = self._faults.get(fault.id)
            self._put(fault)
            try:
                self._lab.links.cut(self._cut_pops())
            except RuntimeFault as reason:
                self._delete(fault)
                if old is not None:
                    self._put(old)
                raise errors.Unavailable(str(reason)) from reason
            self._wind(fault)
        if old is not None:
            self.boots.release(old.id)
        self.tell(fault.pop, "fault", fault.id, f"set: {in_words(fault)}")
        return fault

    def clear(self, name: str = "") -> None:
        """Take a fault out; all, when none is named.

        :raises NotFound: when there is no such fault.
        :raises Unavailable: when this machine refuses; the fault is still there.
        """
        with self._lock:
            if name and name not in self._faults:
                raise errors.NotFound("fault", name)
            gone = [fault for fault in self._faults if name in ("", fault.id)]
        for fault in gone:
            try:
                self._remove(fault, "cleared")
            except RuntimeFault as reason:
                raise errors.Unavailable(str(reason)) from reason

    def _expire(self, fault: Fault) -> None:
        try:
            self._remove(fault, "over")
        except RuntimeFault as reason:
            LOG.warning("Fault %s stays for now: %s", fault.id, reason)
            self.clock.after(_AGAIN, functools.partial(self._expire, fault))

    def _remove(self, fault: Fault, why: str) -> None:
        with self._turn:
            if not self.has(fault):
                return
            # It is on file as long as it may be in force.
            self._lab.links.cut(self._cut_pops(fault))
            self._delete(fault)
        self.boots.release(fault.id)
        self.tell(fault.pop, "fault", fault.id, why)

    def _fault(self, entry: FaultEntry) -> Fault:
        name = entry.name
        number = 1
        while not name or (not entry.name and name in self._faults):
            name = f"{entry.kind}-{number}"
            number += 1
        until = time.time() + entry.for_seconds if entry.for_seconds else None
        return Fault(
            name, entry.kind, entry.pop, dict(entry.settings), until, records.now()
        )

    def _put(self, fault: Fault) -> None:
        with self._lock:
            self._faults.put(fault)
            self._random.pop(fault.id, None)

    def _delete(self, fault: Fault) -> None:
        with self._lock:
            self._faults.delete(fault.id)
            self._random.pop(fault.id, None)

    def _cut_pops(self, without: Fault | None = None) -> Collection[str]:
        """PoPs whose links let nothing pass, but for one fault."""
        cut: set[str] = set()
        for fault in self._faults:
            if fault is without or fault.kind != "unreachable":
                continue
            if fault["cut_links"]:
                cut.update([fault.pop] if fault.pop else self._lab.clouds)
        return cut

    def _wind(self, fault: Fault) -> None:
        if fault.until is not None:
            expire = functools.partial(self._expire, fault)
            self.clock.after(max(fault.until - time.time(), 0), expire)
        if fault.kind == "death":
            self.deaths.wind(fault)

    def strikes(self, fault: Fault) -> bool:
        """Draw whether a fault of some percent takes effect this time."""
        with self._lock:
            return self.drawn(fault).uniform(0, 100) < fault["percent"]

    def spread(self, fault: Fault, value: str, jitter: str) -> float:
        """Draw a value of a fault, as far from it as its jitter at most."""
        with self._lock:
            off = self.drawn(fault).uniform(-1, 1) * fault[jitter]
        return float(max(fault[value] + off, 0))

    def drawn(self, fault: Fault) -> random.Random:
        """Where a fault draws its numbers from."""
        if fault.id not in self._random:
            seed = f"{self._lab.topology.fault_seed}/{fault.id}"
            self._random[fault.id] = random.Random(seed)
        return self._random[fault.id]

    def tell(
        self, pop: str, kind: str, name: str, text: str, resource_id: str = ""
    ) -> None:
        """Say what a fault did, in the log and the events."""
        LOG.info("Fault injection: %s %s %s: %s", pop or "lab", kind, name, text)
        self._lab.events.record(pop, kind, name, text, resource_id=resource_id)


def in_words(fault: Fault) -> str:
    """What a fault does, for people."""
    settings = " ".join(f"{key}={value}" for key, value in fault.settings.items())
    return " ".join(filter(None, (fault.kind, settings)))
