"""Faults of servers that are being made: slow boots and failing ones."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tacker_lite.pop import records
from tacker_lite.pop.runtime.base import RuntimeFault

if TYPE_CHECKING:
    from tacker_lite.pop.faults import Fault, Faults

LOG = logging.getLogger(__name__)


class BootFaults:
    """Holds back and refuses first starts of servers."""

    def __init__(self, faults: Faults):
        self._faults = faults
        self._lock = threading.Lock()
        #: What starts a held server, by its id, with the fault that holds it.
        self._held: dict[str, tuple[str, Callable[[], None]]] = {}
        self._served: set[str] = set()

    def holds(
        self, pop: str, server: records.Server, start: Callable[[], None]
    ) -> bool:
        """Whether a server is to stay in BUILD for now.

        :param start: called when its time is over.
        """
        with self._lock:
            if server.id in self._held:
                return True
            if server.id in self._served:
                return False
        fault = next(iter(self._faults.active(pop, "slow-boot")), None)
        if fault is None:
            return False
        seconds = self._faults.spread(fault, "seconds", "jitter_seconds")
        with self._lock:
            self._held[server.id] = (fault.id, start)
        text = f"boots {seconds:g} s later (fault {fault.id})"
        self._faults.tell(pop, "server", server.name, text, server.id)
        release = functools.partial(self._release, server.id)
        self._faults.clock.after(seconds, release)
        return True

    def _release(self, server_id: str) -> None:
        with self._lock:
            _, start = self._held.pop(server_id, ("", None))
            if start is not None:
                self._served.add(server_id)
        if start is not None:
            start()

    def release(self, fault_id: str) -> None:
        """Start at once what a fault held back."""
        with self._lock:
            held = [i for i, (fault, _) in self._held.items() if fault == fault_id]
        for server_id in held:
            self._release(server_id)

    def check(self, pop: str, server: records.Server) -> None:
        """:raises RuntimeFault: when a fault is to make this boot fail."""
        with self._lock:
            self._served.discard(server.id)
        for fault in self._faults.active(pop, "failing-boot"):
            if self._faults.strikes(fault):
                raise RuntimeFault(_reason(fault))


def _reason(fault: Fault) -> str:
    return f"the lab's fault {fault.id} made this server's start fail"
