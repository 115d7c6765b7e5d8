"""Counts of how long things took, and of what the lab's APIs answered."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: Upper bounds in seconds.
REQUEST_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
BOOT_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True)
class Counts:
    """A histogram at one moment.

    :ivar buckets: how many took at most each bound, and last how many there were.
    :ivar total: sum of all, in seconds.
    """

    bounds: Sequence[float]
    buckets: Sequence[int]
    total: float


class Histogram:
    """How long things took, in seconds; any thread may add."""

    def __init__(self, bounds: Sequence[float]):
        self._bounds = bounds
        self._lock = threading.Lock()
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def add(self, seconds: float) -> None:
        """Count one more."""
        with self._lock:
            self._counts[bisect_left(self._bounds, seconds)] += 1
            self._total += seconds

    def counts(self) -> Counts:
        """What has been counted so far."""
        with self._lock:
            counts, total = list(self._counts), self._total
        for at in range(1, len(counts)):
            counts[at] += counts[at - 1]
        return Counts(self._bounds, counts, total)


class Requests:
    """What the lab's services answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[tuple[str, str, str, int]] = Counter()
        self._durations: dict[str, Histogram] = {}

    def add(
        self, pop: str, service: str, method: str, status: int, seconds: float
    ) -> None:
        """Count one more answer.

        :param service: of the PoP, such as ``network``.
        :param seconds: how long it took.
        """
        with self._lock:
            self._answers[pop, service, method, status] += 1
            if service not in self._durations:
                self._durations[service] = Histogram(REQUEST_BOUNDS)
            durations = self._durations[service]
        durations.add(seconds)

    def answers(self) -> dict[tuple[str, str, str, int], int]:
        """How many there were by PoP, service, method and status."""
        with self._lock:
            return dict(self._answers)

    def durations(self) -> dict[str, Counts]:
        """How long each service took."""
        with self._lock:
            durations = dict(self._durations)
        return {service: found.counts() for service, found in durations.items()}


class Boots:
    """How long servers took from being wanted to running."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._histogram = Histogram(BOOT_BOUNDS)

    def begin(self, server_id: str, moment: float) -> None:
        """A server is wanted.

        :param moment: in seconds of the monotonic clock.
        """
        self._begun[server_id] = moment

    def end(self, server_id: str, moment: float) -> None:
        """A server runs; one that was not wanted in this run of the lab is let go."""
        begun = self._begun.pop(server_id, None)
        if begun is not None:
            self._histogram.add(moment - begun)

    def forget(self, server_id: str) -> None:
        """A server will not run."""
        self._begun.pop(server_id, None)

    def counts(self) -> Counts:
        """What has been counted so far."""
        return self._histogram.counts()
