"""Judging an alarm by a threshold, as Aodh's threshold evaluator does."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tacker_lite.pop.alarm import meters, query
from tacker_lite.pop.alarm.meters import Window
from tacker_lite.pop.alarm.records import (
    ALARM,
    BY_RESOURCES,
    INSUFFICIENT,
    OK,
    Alarm,
    Verdict,
)
from tacker_lite.pop.records import Server

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
    "ge": operator.ge,
    "gt": operator.gt,
}
#: What a query may ask of a server.
ATTRIBUTES = (
    "id",
    "server_group",
    "display_name",
    "project_id",
    "user_id",
    "flavor_id",
    "flavor_name",
    "image_ref",
    "host",
)
INSTANCE = "instance"
GROUP_KEY = "metering.server_group"
GRANULARITY = 60
#: How to feed numbers, for reasons.
FEED = "PUT /lab/v1/instances/ID/metrics"


def granularity(alarm: Alarm) -> int:
    """How long a stretch each of its numbers stands for, in seconds."""
    return int(alarm.rule.get("granularity") or GRANULARITY)


def periods(alarm: Alarm) -> int:
    """How many numbers in a row decide."""
    return int(alarm.rule.get("evaluation_periods") or 1)


def windows(alarm: Alarm, now: float) -> list[Window]:
    """The stretches that count at a moment, oldest first; they do not overlap."""
    length = granularity(alarm)
    last = int(now // length)
    count = periods(alarm)
    return [
        Window((last - back - 1) * length, (last - back) * length)
        for back in reversed(range(count))
    ]


def judge(cloud: Cloud, alarm: Alarm, now: float, since: float) -> Verdict:
    """What an alarm's state should be.

    :param now: in seconds of the monotonic clock.
    :param since: when the lab began to measure; what it should know from before says
        nothing against the alarm's state.
    """
    stretches = windows(alarm, now)
    servers = _servers(cloud, alarm)
    fed = any(cloud.lab.metrics.fed.of(server.id) for server in servers)
    values = [_value(cloud, alarm, servers, window) for window in stretches]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        if stretches[0].start < since and alarm.state != INSUFFICIENT:
            return Verdict(None, "")
        missing = len(values) - len(known)
        return _unknown(missing, _why(cloud, alarm, servers))
    return _compared(alarm, known, " (fed, not measured)" if fed else "")


def _unknown(missing: int, why: str) -> Verdict:
    data = {
        "type": "threshold",
        "disposition": "unknown",
        "count": missing,
        "most_recent": None,
    }
    return Verdict(INSUFFICIENT, f"{missing} datapoints are unknown: {why}", data)


def _compared(alarm: Alarm, values: Sequence[float], note: str) -> Verdict:
    """Aodh's rule: all values decide; when they differ, an undecided alarm takes
    the last one, and any other stays.
    """
    rule = alarm.rule
    compare = OPERATORS[rule.get("comparison_operator") or "eq"]
    outside = [compare(value, float(rule["threshold"])) for value in values]
    if len(set(outside)) > 1 and alarm.state != INSUFFICIENT:
        return Verdict(None, "")
    state = ALARM if outside[-1] else OK
    disposition = "outside" if outside[-1] else "inside"
    count = outside.count(outside[-1])
    recent = round(values[-1], 3)
    data = {
        "type": "threshold",
        "disposition": disposition,
        "count": count,
        "most_recent": recent,
    }
    samples = f"{count} samples {disposition} threshold, most recent: {recent:g}{note}"
    if state == alarm.state:
        return Verdict(state, f"Remaining as {state} due to {samples}", data)
    return Verdict(state, f"Transition to {state} due to {samples}", data)


def _servers(cloud: Cloud, alarm: Alarm) -> list[Server]:
    rule = alarm.rule
    if rule.get("resource_type", INSTANCE) != INSTANCE:
        return []
    with cloud.lock:
        rows = [row for row in cloud.compute.servers if row.status != "DELETING"]
    rows = [row for row in rows if row.project_id == alarm.project_id]
    if alarm.type != BY_RESOURCES:
        return [row for row in rows if row.id == rule["resource_id"]]
    test = query.parse(rule["query"], ATTRIBUTES)
    return [row for row in rows if test(attributes_of(row))]


def attributes_of(server: Server) -> dict[str, Any]:
    """A server as queries see it."""
    return {
        "id": server.id,
        "server_group": server.metadata.get(GROUP_KEY),
        "display_name": server.name,
        "project_id": server.project_id,
        "user_id": server.user_id,
        "flavor_id": server.flavor.id,
        "flavor_name": server.flavor.name,
        "image_ref": server.image_id,
        "host": server.host,
    }


def _value(
    cloud: Cloud, alarm: Alarm, servers: Sequence[Server], window: Window
) -> float | None:
    metric = alarm.rule["metric"]
    method = alarm.rule["aggregation_method"]
    plain = method.removeprefix(meters.RATE)
    if plain not in meters.METHODS:
        return None
    metrics = cloud.lab.metrics
    values = []
    for server in servers:
        value = metrics.fed.of(server.id).get(metric)
        if value is None and metrics.sampler.measures:
            value = meters.measured(metrics, server, metric, method, window)
        if value is not None:
            values.append(value)
    return float(meters.METHODS[plain](values)) if values else None


def _why(cloud: Cloud, alarm: Alarm, servers: Sequence[Server]) -> str:
    """Why there are no numbers, for whoever wonders."""
    rule = alarm.rule
    kind = rule.get("resource_type", INSTANCE)
    if kind != INSTANCE:
        return f"the lab measures resources of type {INSTANCE}, not {kind}"
    if not servers:
        return "no server of the project is meant"
    never = meters.check(rule["metric"], rule["aggregation_method"])
    if not never and not cloud.lab.metrics.sampler.measures:
        return f"the simulated runtime measures nothing; feed numbers: {FEED}"
    return never or "the servers have not run long enough"
