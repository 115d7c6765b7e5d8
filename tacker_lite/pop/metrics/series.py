"""What one instance used lately: every look of the last minute, fewer of before."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass

from tacker_lite.pop.runtime.base import Usage

#: Seconds for which every sample is kept; older ones stay this far apart.
FINE_SECONDS = 75.0
COARSE_SECONDS = 10.0


@dataclass(frozen=True)
class Sample:
    """One look at an instance.

    :ivar moment: in seconds of the machine's monotonic clock.
    """

    moment: float
    cpu_seconds: float
    memory_bytes: float
    rx_bytes: float
    tx_bytes: float
    rx_packets: float
    tx_packets: float

    @classmethod
    def of(cls, moment: float, usage: Usage) -> Sample:
        """What a runtime said of an instance at a moment; its ports are summed."""
        ports = usage.ports.values()
        return cls(
            moment,
            usage.cpu_seconds,
            usage.memory_bytes,
            sum(port.rx_bytes for port in ports),
            sum(port.tx_bytes for port in ports),
            sum(port.rx_packets for port in ports),
            sum(port.tx_packets for port in ports),
        )


FIELDS = tuple(Sample.__dataclass_fields__)


class Series:
    """Samples of one instance, oldest first; some kilobytes whatever its age."""

    def __init__(self) -> None:
        self._columns = {name: array("d") for name in FIELDS}
        self._moments = self._columns["moment"]
        self._coarse = 0

    def __len__(self) -> int:
        return len(self._moments)

    def append(self, sample: Sample, horizon: float) -> None:
        """Add the newest sample and forget what is too old.

        :param horizon: how long samples are kept, in seconds.
        """
        if self and sample.cpu_seconds < self._columns["cpu_seconds"][-1]:
            # It was started anew: its counters began again.
            self._drop(0, len(self))
            self._coarse = 0
        for name, column in self._columns.items():
            column.append(getattr(sample, name))
        while self._moments[self._coarse] < sample.moment - FINE_SECONDS:
            at = self._coarse
            near = at and self._moments[at] - self._moments[at - 1] < COARSE_SECONDS
            if near:
                self._drop(at, at + 1)
            else:
                self._coarse += 1
        if self._moments[0] < sample.moment - horizon:
            self._drop(0, 1)
            self._coarse = max(0, self._coarse - 1)

    def _drop(self, start: int, end: int) -> None:
        for column in self._columns.values():
            del column[start:end]

    def values(self, field: str, start: float, end: float) -> list[float]:
        """Values of a field after ``start`` and up to ``end``."""
        first = bisect_right(self._moments, start)
        last = bisect_right(self._moments, end)
        return list(self._columns[field][first:last])

    def rate(self, field: str, start: float, end: float) -> float | None:
        """How much a counter grew in a second between two moments.

        It is what the samples nearest to them tell, or None if those are too few.
        """
        last = bisect_right(self._moments, end) - 1
        first = max(0, bisect_right(self._moments, start) - 1)
        if last <= first or self._moments[last] <= start:
            return None
        column = self._columns[field]
        elapsed = self._moments[last] - self._moments[first]
        return (column[last] - column[first]) / elapsed
