"""One thread of a lab that looks at all its instances, about every second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tacker_lite.pop.errors import NotFound
from tacker_lite.pop.metrics.series import Sample, Series
from tacker_lite.pop.runtime.base import RuntimeFault, Usage

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Lab

LOG = logging.getLogger(__name__)
#: Seconds from one look to the next while somebody wants the numbers, and while not.
WATCHED_SECONDS = 1.0
IDLE_SECONDS = 5.0
#: How long the interest of a reader lasts, in seconds.
INTEREST_SECONDS = 30.0
#: A look may take this share of one processor; with many instances it comes less often.
_SHARE = 0.05
#: Shortest time that samples are kept for, in seconds, and the longest.
HORIZON_SECONDS = 300.0
LONGEST_HORIZON_SECONDS = 4 * 3600.0
#: The present rate of something is that of the last seconds.
RATE_SECONDS = 2.5


@dataclass(frozen=True)
class Rates:
    """What an instance does now.

    :ivar cpu: share of one processor; 1 is all of one, 2 all of two.
    :ivar rx: in bytes a second, as ``tx``; seen from the instance.
    """

    cpu: float = 0.0
    rx: float = 0.0
    tx: float = 0.0


class Sampler:
    """Asks the runtime for the usage of all instances and keeps short histories.

    On a runtime that runs nothing there is nothing to ask, and no thread.
    """

    def __init__(self, lab: Lab):
        self._lab = lab
        self._lock = threading.Lock()
        self._series: dict[str, Series] = {}
        self._usage: Mapping[str, Usage] = {}
        self._moment = 0.0
        self._wanted_until = 0.0
        self._wake = threading.Event()
        self._closed = False
        self._failed = False
        self._horizon: Callable[[], float] = lambda: 0.0
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)

    @property
    def measures(self) -> bool:
        """Whether there are real instances to measure."""
        return not self._lab.runtime.simulated

    def open(self, horizon: Callable[[], float]) -> None:
        """Begin to look.

        :param horizon: gives the seconds that alarms look back; 0: there are none.
        """
        self._horizon = horizon
        if self.measures:
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def want(self) -> None:
        """Somebody looks at the numbers: take them more often for a while."""
        idle = time.monotonic() > self._wanted_until
        self._wanted_until = time.monotonic() + INTEREST_SECONDS
        if idle:
            self._wake.set()

    def _run(self) -> None:
        pause = 0.0
        while True:
            self._wake.wait(pause)
            self._wake.clear()
            if self._closed:
                return
            begun = time.thread_time()
            try:
                self.look()
            except Exception:  # noqa: BLE001 (worker loop)
                LOG.exception("Looking at what instances use failed")
            cost = time.thread_time() - begun
            wanted = time.monotonic() < self._wanted_until or self._horizon()
            pause = WATCHED_SECONDS if wanted else IDLE_SECONDS
            pause = max(pause - cost, cost / _SHARE)

    def look(self) -> None:
        """Take the usage of all instances now."""
        try:
            usage = self._lab.runtime.usage.all()
        except RuntimeFault as fault:
            if not self._failed:
                LOG.warning("What instances use cannot be told: %s", fault)
            self._failed = True
            return
        self._failed = False
        moment = time.monotonic()
        horizon = min(
            max(HORIZON_SECONDS, self._horizon()),
            LONGEST_HORIZON_SECONDS,
        )
        with self._lock:
            ended = set(self._usage) - set(usage)
            for ident in set(self._series) - set(usage):
                del self._series[ident]
            for ident, used in usage.items():
                series = self._series.setdefault(ident, Series())
                series.append(Sample.of(moment, used), horizon)
            self._usage, self._moment = usage, moment
        for ident in ended:
            self._observe(ident)

    def _observe(self, ident: str) -> None:
        """Have the record of a server say that it has ended, if it has."""
        for cloud in self._lab.clouds.values():
            if ident in cloud.compute.servers:
                try:
                    cloud.compute.get_server(None, ident)
                except NotFound:
                    LOG.debug("Server %s was deleted meanwhile", ident)

    def usage(self) -> Mapping[str, Usage]:
        """The usage of each instance at the last look."""
        return self._usage

    def fresh_usage(self) -> Mapping[str, Usage]:
        """The usage of each instance, at most a moment ago."""
        if self.measures and time.monotonic() - self._moment > WATCHED_SECONDS:
            self.look()
        return self._usage

    def rates(self, ident: str) -> Rates:
        """What an instance does now; nothing while too little is known."""
        end = self._moment
        with self._lock:
            series = self._series.get(ident)
            if series is None:
                return Rates()
            found = [
                series.rate(field, end - RATE_SECONDS, end) or 0.0
                for field in ("cpu_seconds", "rx_bytes", "tx_bytes")
            ]
        return Rates(*found)

    def rate(self, ident: str, field: str, start: float, end: float) -> float | None:
        """How much a counter of an instance grew in a second; None: not known.

        :param field: of :class:`.Sample`.
        :param start: in seconds of the monotonic clock, as ``end``.
        """
        with self._lock:
            series = self._series.get(ident)
            return series.rate(field, start, end) if series else None

    def values(self, ident: str, field: str, start: float, end: float) -> list[float]:
        """Values of a field of an instance after one moment and up to another."""
        with self._lock:
            series = self._series.get(ident)
            return series.values(field, start, end) if series else []
