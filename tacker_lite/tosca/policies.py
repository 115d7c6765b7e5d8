"""Policy types: which ones are known and what each means.

A policy is NFV behaviour in a descriptor.  To add a type: its definition in
``definitions/`` and a builder in :data:`BUILDERS`.  One that is not here is refused
by name, so that nobody counts on behaviour which does not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca import model
from tacker_lite.tosca.model import substitute
from tacker_lite.tosca.problems import Problems, kind

MONITORING = "tosca.policies.tacker.Monitoring"

WITHOUT_EFFECT = (
    MONITORING,
    f"{MONITORING}.NoOp",
    f"{MONITORING}.Ping",
    f"{MONITORING}.HttpPing",
    f"{MONITORING}.Zabbix",
    "tosca.policies.tacker.AppMonitoring",
    "tosca.policies.tacker.Failure",
    "tosca.policies.tacker.Failure.Respawn",
    "tosca.policies.tacker.Failure.Terminate",
    "tosca.policies.tacker.Failure.Log",
)
"""Types that are known and do nothing: monitoring is a property of a VDU."""

Vdus = Sequence[model.Vdu]
Inputs = Mapping[str, Any]


def scaling(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.ScalingPolicy:
    """Builds a scaling policy."""
    properties = substitute(dict(policy.get("properties") or {}), inputs)
    targets = policy.get("targets") or properties.get("targets")
    sizes = {
        field: properties[field]
        for field in (
            "increment",
            "min_instances",
            "max_instances",
            "default_instances",
            "cooldown",
        )
        if field in properties
    }
    return model.ScalingPolicy(
        name,
        policy["type"],
        tuple(targets or (vdu.name for vdu in vdus)),
        properties,
        **sizes,
    )


def placement(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.PlacementPolicy:
    """Builds a placement policy."""
    properties = substitute(dict(policy.get("properties") or {}), inputs)
    return model.PlacementPolicy(
        name,
        policy["type"],
        tuple(policy.get("targets") or ()),
        properties,
        policy=properties.get("policy", "affinity"),
        strict=properties.get("strict", True),
    )


def alarming(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.AlarmingPolicy:
    """Builds an alarming policy."""
    return model.AlarmingPolicy(
        name,
        policy["type"],
        tuple(policy.get("targets") or ()),
        triggers=tuple(
            model.Trigger(
                trigger,
                metric=given["metric"],
                group=given.get("metadata"),
                condition=dict(given.get("condition") or {}),
                actions=tuple(given.get("action") or ()),
            )
            for trigger, given in substitute(dict(policy["triggers"]), inputs).items()
        ),
    )


def reservation(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.ReservationPolicy:
    """Builds a reservation policy; an input called ``lease_id`` names the lease."""
    given = substitute(dict(policy["reservation"]), inputs)
    return model.ReservationPolicy(
        name,
        policy["type"],
        tuple(policy.get("targets") or ()),
        given.get("properties") or {},
        lease_id=inputs.get("lease_id") or given["properties"]["lease_id"],
        start_actions=tuple(given["start_actions"]),
        before_end_actions=tuple(given["before_end_actions"]),
        end_actions=tuple(given["end_actions"]),
    )


def without_effect(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.Policy:
    """Keeps a policy that nothing follows from."""
    return model.Policy(
        name,
        policy["type"],
        tuple(policy.get("targets") or ()),
        dict(policy.get("properties") or {}),
    )


BUILDERS: dict[str, Callable[[str, Mapping[str, Any], Vdus, Inputs], model.Policy]] = {
    "tosca.policies.tacker.Scaling": scaling,
    "tosca.policies.tacker.Placement": placement,
    "tosca.policies.tacker.Alarming": alarming,
    "tosca.policies.tacker.Reservation": reservation,
    **dict.fromkeys(WITHOUT_EFFECT, without_effect),
}


def check(name: str, policy: Any, path: Sequence[Any], problems: Problems) -> None:
    """Refuse a policy of ``topology_template.policies`` that is not known."""
    if not isinstance(policy, Mapping):
        problems.add(f'policy "{name}" must be a mapping, not {kind(policy)}', path)
        return
    policy_type = policy.get("type")
    if policy_type not in BUILDERS:
        problems.add(
            f'policy "{name}": type {policy_type} is not supported; leave it out',
            (*path, "type"),
            error=exceptions.UnsupportedNodeType,
        )


def build(
    document: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> tuple[model.Policy, ...]:
    """Policies of the descriptor and the monitoring of its VDUs."""
    found = [
        BUILDERS[policy["type"]](name, policy, vdus, inputs)
        for item in document["topology_template"].get("policies") or []
        for name, policy in item.items()
    ]
    for vdu in vdus:
        monitoring = vdu.properties.get("monitoring_policy")
        if isinstance(monitoring, Mapping):
            found.append(model.Policy(vdu.name, MONITORING, (vdu.name,), monitoring))
    return tuple(found)
