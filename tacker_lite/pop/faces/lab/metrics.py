"""``GET /metrics``: what a lab measures, for Prometheus and whatever reads its format.

Units are seconds and bytes.  Counters of an instance begin at 0 with each start of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from tacker_lite.pop.faces.lab.metrics_text import CONTENT_TYPE, Exposition, Labels
from tacker_lite.pop.faces.lab.request import Answer, Context, Route
from tacker_lite.pop.runtime.base import Counters, RuntimeFault, Usage
from tacker_lite.pop.runtime.links import LinkState

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud, Lab

PREFIX = "tacker_lite_pop_"
MIB = 1024 * 1024
GIB = 1024 * MIB
Samples = Iterator[tuple[Labels, float]]


@dataclass(frozen=True)
class Instance:
    """A server or load balancer that runs, with what it uses."""

    labels: Labels
    usage: Usage

    def ports(self) -> Iterator[tuple[Labels, Counters]]:
        """Its ports, each with all labels."""
        for ident, counters in self.usage.ports.items():
            yield {**self.labels, "port": ident}, counters


def show_metrics(ctx: Context) -> Answer:
    return Response(render(ctx.lab), content_type=CONTENT_TYPE)


def render(lab: Lab) -> str:
    """All metrics of a lab as text."""
    out = Exposition(PREFIX, {"lab": lab.topology.name})
    out.gauge("info", "The lab and its runtime.", [({"runtime": lab.runtime.name}, 1)])
    _pops(out, lab)
    if lab.metrics.sampler.measures:
        instances = list(_instances(lab))
        _usage(out, instances)
        _ports(out, [pair for one in instances for pair in one.ports()])
    _links(out, lab)
    _answers(out, lab)
    return out.text()


def _instances(lab: Lab) -> Iterator[Instance]:
    usage = lab.metrics.sampler.fresh_usage()
    for name, cloud in lab.clouds.items():
        with cloud.lock:
            rows = [("server", row.id, row.name) for row in cloud.compute.servers]
            rows += [
                ("load_balancer", row.id, row.name)
                for row in cloud.load_balancer.balancers
            ]
        for kind, ident, title in rows:
            if ident in usage:
                labels = {"pop": name, "kind": kind, "id": ident, "name": title}
                yield Instance(labels, usage[ident])


def _usage(out: Exposition, instances: list[Instance]) -> None:
    def values(field: str) -> Samples:
        return ((one.labels, getattr(one.usage, field)) for one in instances)

    out.counter(
        "instance_cpu_seconds_total", "Processor time used.", values("cpu_seconds")
    )
    out.counter(
        "instance_cpu_throttled_seconds_total",
        "Time for which the processor limit held it back.",
        values("throttled_seconds"),
    )
    out.gauge("instance_memory_bytes", "Memory in use.", values("memory_bytes"))
    out.gauge(
        "instance_memory_limit_bytes",
        "Memory that it may use; left out where none is enforced.",
        (pair for pair in values("memory_limit_bytes") if pair[1]),
    )
    out.counter(
        "instance_oom_kills_total",
        "Processes ended because memory was used up.",
        values("oom_kills"),
    )
    out.gauge("instance_processes", "Processes that run.", values("processes"))


def _ports(out: Exposition, ports: list[tuple[Labels, Counters]]) -> None:
    for short, word in (("rx", "receive"), ("tx", "transmit")):
        for unit in ("bytes", "packets", "dropped"):
            field = f"{short}_{unit}"
            name = f"port_{word}_{unit}_total"
            if unit == "dropped":
                name = f"port_{word}_dropped_packets_total"
            out.counter(
                name,
                f"Counted at the port, as the instance sees it: {word}, {unit}.",
                ((labels, getattr(counters, field)) for labels, counters in ports),
            )


def _pops(out: Exposition, lab: Lab) -> None:
    clouds = lab.clouds.values()
    for name, text, values in (
        ("capacity_vcpus", "Processors that servers may use.", _vcpus),
        ("capacity_memory_bytes", "Memory that servers may use.", _memory),
        ("capacity_disk_bytes", "Disk that servers and volumes may use.", _disk),
    ):
        out.gauge(name, text, (({"pop": c.pop.name}, values(c)[0]) for c in clouds))
        out.gauge(
            name.replace("capacity", "allocated"),
            text.replace("may use", "were given"),
            (({"pop": c.pop.name}, values(c)[1]) for c in clouds),
        )
    out.gauge("servers", "Servers by status.", _counts(clouds, _server_states))
    out.gauge("stacks", "Stacks by status.", _counts(clouds, _stack_states))
    out.gauge(
        "load_balancers",
        "Load balancers by provisioning status.",
        _counts(clouds, _balancer_states),
    )
    out.gauge("alarms", "Alarms by state.", _counts(clouds, _alarm_states))


def _vcpus(cloud: Cloud) -> tuple[float, float]:
    return cloud.pop.capacity.vcpus, cloud.compute.servers.used["vcpus"]


def _memory(cloud: Cloud) -> tuple[float, float]:
    used = cloud.compute.servers.used["ram"]
    return cloud.pop.capacity.ram_mib * MIB, used * MIB


def _disk(cloud: Cloud) -> tuple[float, float]:
    used = cloud.compute.servers.used["disk"] + cloud.volume.used_gib
    return cloud.pop.capacity.disk_gib * GIB, used * GIB


def _server_states(cloud: Cloud) -> Iterable[str]:
    return (row.status for row in cloud.compute.servers)


def _stack_states(cloud: Cloud) -> Iterable[str]:
    return (stack.state for stack in cloud.stacks.list_stacks(None))


def _balancer_states(cloud: Cloud) -> Iterable[str]:
    return (row.provisioning_status for row in cloud.load_balancer.balancers)


def _alarm_states(cloud: Cloud) -> Iterable[str]:
    return (row.state for row in cloud.alarm.alarms)


def _counts(
    clouds: Iterable[Cloud], states: Callable[[Cloud], Iterable[str]]
) -> Samples:
    for cloud in clouds:
        with cloud.lock:
            found = Counter(states(cloud))
        for status, count in sorted(found.items()):
            yield {"pop": cloud.pop.name, "status": status}, count


def _links(out: Exposition, lab: Lab) -> None:
    specs = [
        ({"left": s.left, "right": s.right}, s.impairment) for s in lab.links.specs()
    ]
    out.gauge(
        "link_delay_seconds",
        "Delay that a link is to have, one way.",
        ((labels, i.delay_ms / 1000) for labels, i in specs),
    )
    out.gauge(
        "link_jitter_seconds",
        "How far the delay may be off.",
        ((labels, i.jitter_ms / 1000) for labels, i in specs),
    )
    out.gauge(
        "link_loss_ratio",
        "Share of packets that a link is to lose.",
        ((labels, i.loss_percent / 100) for labels, i in specs),
    )
    out.gauge(
        "link_rate_bits_per_second",
        "Rate that a link is to have; left out where it has none.",
        ((labels, i.rate_mbit * 1e6) for labels, i in specs if i.rate_mbit),
    )
    if not lab.metrics.sampler.measures:
        return
    try:
        states = lab.runtime.links.states()
    except RuntimeFault:
        states = []
    out.gauge(
        "link_up",
        "Whether packets pass.",
        (({"left": s.left, "right": s.right}, float(s.up)) for s in states),
    )
    _directions(out, states)


def _directions(out: Exposition, states: list[LinkState]) -> None:
    ways = [way for state in states for way in (state.forth, state.back)]

    def values(field: str) -> Samples:
        return (
            ({"source": w.source, "target": w.target}, getattr(w, field)) for w in ways
        )

    for name, text, field in _DIRECTION_COUNTERS:
        out.counter(name, text, values(field))
    out.gauge("link_queued_packets", "Packets on their way now.", values("queued"))


_DIRECTION_COUNTERS = (
    ("link_bytes_total", "What arrived over a link.", "bytes"),
    ("link_packets_total", "What arrived over a link.", "packets"),
    ("link_lost_packets_total", "Packets lost by chance, as configured.", "lost"),
    ("link_dropped_packets_total", "Packets that found the queue full.", "dropped"),
)


def _answers(out: Exposition, lab: Lab) -> None:
    requests = lab.metrics.requests
    out.counter(
        "requests_total",
        "Requests that the APIs answered.",
        (
            ({"pop": p, "service": s, "method": m, "code": str(code)}, count)
            for (p, s, m, code), count in sorted(requests.answers().items())
        ),
    )
    out.histogram(
        "request_duration_seconds",
        "How long the APIs took to answer.",
        (({"service": s}, counts) for s, counts in requests.durations().items()),
    )
    out.histogram(
        "boot_duration_seconds",
        "How long servers took from being wanted to running.",
        [({}, lab.metrics.boots.counts())],
    )


ROUTES: list[Route] = [("GET", "/metrics", show_metrics)]
