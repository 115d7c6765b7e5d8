"""The metrics that alarms may look at, by the names of the telemetry services.

Source of names and units: the Ceilometer documentation, "Measurements".
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tacker_lite.pop.metrics.service import LabMetrics
from tacker_lite.pop.records import Server

MIB = 1024 * 1024


@dataclass(frozen=True)
class Window:
    """A stretch of time, in seconds of the monotonic clock."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


#: The values of a server's metric in a window; empty: not known.
Meter = Callable[[LabMetrics, Server, Window], Sequence[float]]


def _rate(field: str, factor: Callable[[Server, Window], float]) -> Meter:
    def values(metrics: LabMetrics, server: Server, window: Window) -> list[float]:
        rate = metrics.sampler.rate(server.id, field, window.start, window.end)
        return [] if rate is None else [rate * factor(server, window)]

    return values


def _memory(metrics: LabMetrics, server: Server, window: Window) -> list[float]:
    found = metrics.sampler.values(server.id, "memory_bytes", window.start, window.end)
    return [value / MIB for value in found]


def _one(server: Server, window: Window) -> float:
    return 1.0


#: ``cpu_util`` is in percent of all of a server's processors, memory in MiB, rates are
#: in bytes or packets a second.
METERS: Mapping[str, Meter] = {
    "cpu_util": _rate("cpu_seconds", lambda s, w: 100.0 / max(1, s.flavor.vcpus)),
    "memory.usage": _memory,
    "network.incoming.bytes.rate": _rate("rx_bytes", _one),
    "network.outgoing.bytes.rate": _rate("tx_bytes", _one),
    "network.incoming.packets.rate": _rate("rx_packets", _one),
    "network.outgoing.packets.rate": _rate("tx_packets", _one),
}
#: Counters, which alarms look at with an aggregation method ``rate:...``: how much they
#: grew in a granularity; ``cpu`` in nanoseconds.
COUNTERS: Mapping[str, Meter] = {
    "cpu": _rate("cpu_seconds", lambda s, w: 1e9 * w.seconds),
    "network.incoming.bytes": _rate("rx_bytes", lambda s, w: w.seconds),
    "network.outgoing.bytes": _rate("tx_bytes", lambda s, w: w.seconds),
    "network.incoming.packets": _rate("rx_packets", lambda s, w: w.seconds),
    "network.outgoing.packets": _rate("tx_packets", lambda s, w: w.seconds),
}
METHODS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "mean": statistics.fmean,
    "max": max,
    "min": min,
    "sum": sum,
    "count": len,
    "median": statistics.median,
    "std": lambda values: statistics.stdev(values) if len(values) > 1 else 0.0,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}
RATE = "rate:"


def check(metric: str, method: str) -> str:
    """Why there will never be numbers of a metric; empty when there may be."""
    plain = method.removeprefix(RATE)
    if plain not in METHODS:
        return f"the lab has no aggregation method {method}; it has {_list(METHODS)}"
    if method.startswith(RATE):
        if metric in COUNTERS:
            return ""
        return f"the lab has no counter {metric}; it has {_list(COUNTERS)}"
    if metric in COUNTERS:
        return f"{metric} is a counter: use the aggregation method {RATE}{plain}"
    if metric in METERS:
        return ""
    return f"the lab does not measure {metric}; it measures {_list(METERS)}"


def _list(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names))


def measured(
    metrics: LabMetrics, server: Server, metric: str, method: str, window: Window
) -> float | None:
    """The value of a server's metric in a window, or None when it is not known."""
    meters = COUNTERS if method.startswith(RATE) else METERS
    if metric not in meters:
        return None
    values = meters[metric](metrics, server, window)
    return METHODS[method.removeprefix(RATE)](values) if values else None
