"""Policy types: which ones are known and what each means.

A policy is NFV behaviour in a descriptor.  To add a type: its definition in
``definitions/`` and a builder in :data:`BUILDERS`.  One that is not here is refused
by name, so that nobody counts on behaviour which does not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca import functions, model, nodes
from tacker_lite.tosca.model import is_get_input, substitute
from tacker_lite.tosca.problems import Problems, expect_keys, expect_mapping, kind

PATH = ("topology_template", "policies")
SCALING = "tosca.policies.tacker.Scaling"
PLACEMENT = "tosca.policies.tacker.Placement"
ALARMING = "tosca.policies.tacker.Alarming"
RESERVATION = "tosca.policies.tacker.Reservation"
MONITORING = "tosca.policies.tacker.Monitoring"
NO_MONITORING = "noop"

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

SECTIONS = ("type", "description", "metadata", "targets", "properties")
OWN_SECTION = {ALARMING: "triggers", RESERVATION: "reservation"}
MAX_NAME = 200
FALSE_TEXTS = ("false", "no", "off", "0")

Vdus = Sequence[model.Vdu]
Inputs = Mapping[str, Any]


def scaling(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.ScalingPolicy:
    """Builds a scaling policy; a size whose input has no value yet is left at one."""
    properties = _resolved(policy.get("properties"), inputs)
    targets = targets_of(policy, inputs)
    sizes = {
        field: _whole(properties[field])
        for field in ("increment", "min_instances", "max_instances", "cooldown")
        if not is_get_input(properties.get(field, {"get_input": ""}))
    }
    initial = properties.get("default_instances", sizes.get("min_instances", 1))
    if not is_get_input(initial):
        sizes["default_instances"] = _whole(initial)
    return model.ScalingPolicy(
        name,
        policy["type"],
        targets or tuple(vdu.name for vdu in vdus),
        properties,
        **sizes,
    )


def placement(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.PlacementPolicy:
    """Builds a placement policy."""
    properties = _resolved(policy.get("properties"), inputs)
    given = properties.get("policy", "affinity")
    return model.PlacementPolicy(
        name,
        policy["type"],
        targets_of(policy, inputs),
        properties,
        policy="affinity" if is_get_input(given) else given,
        strict=_truth(properties.get("strict", True)),
    )


def alarming(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.AlarmingPolicy:
    """Builds an alarming policy."""
    return model.AlarmingPolicy(
        name,
        policy["type"],
        targets_of(policy, inputs),
        triggers=tuple(
            model.Trigger(
                trigger,
                metric=given["metric"],
                group=given["metadata"],
                condition=given["condition"],
                actions=_names(given.get("action")),
            )
            for trigger, given in _resolved(policy["triggers"], inputs).items()
        ),
    )


def reservation(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.ReservationPolicy:
    """Builds a reservation policy."""
    given = _resolved(policy["reservation"], inputs)
    return model.ReservationPolicy(
        name,
        policy["type"],
        targets_of(policy, inputs),
        given["properties"],
        lease_id=lease_id(given["properties"], inputs),
        start_actions=_names(given["start_actions"]),
        before_end_actions=_names(given["before_end_actions"]),
        end_actions=_names(given["end_actions"]),
    )


def lease_id(properties: Mapping[str, Any], inputs: Inputs) -> Any:
    """The lease of a reservation; an input called ``lease_id`` comes first."""
    return inputs.get("lease_id") or substitute(properties["lease_id"], inputs)


def without_effect(
    name: str, policy: Mapping[str, Any], vdus: Vdus, inputs: Inputs
) -> model.Policy:
    """Keeps a policy that nothing follows from."""
    return model.Policy(
        name,
        policy["type"],
        targets_of(policy, inputs),
        dict(policy.get("properties") or {}),
    )


BUILDERS: dict[str, Callable[[str, Mapping[str, Any], Vdus, Inputs], model.Policy]] = {
    SCALING: scaling,
    PLACEMENT: placement,
    ALARMING: alarming,
    RESERVATION: reservation,
    **dict.fromkeys(WITHOUT_EFFECT, without_effect),
}


def check(
    found: Any, own_types: Any, inputs: Mapping[str, Any], problems: Problems
) -> None:
    """Check the form of ``topology_template.policies``.

    :param own_types: the descriptor's ``policy_types``, or None.
    :param inputs: the declarations of the inputs.
    """
    if found is not None and not isinstance(found, list):
        problems.add(
            f'policies must be a list, not {kind(found)}; begin each with "- "', PATH
        )
        return
    seen: set[Any] = set()
    for index, item in enumerate(found or []):
        path: tuple[Any, ...] = (*PATH, index)
        if not isinstance(item, dict) or len(item) != 1:
            problems.add("each policy must be a mapping of one key, its name", path)
            continue
        name, policy = next(iter(item.items()))
        path = (*path, name)
        if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or "/" in name:
            problems.add(
                f"the name of a policy is text of 1 to {MAX_NAME} characters without "
                f"a slash, not {name}",
                path,
            )
            continue
        if name in seen:
            problems.add(f'policy "{name}" stands twice; rename one', path, minor=True)
        seen.add(name)
        _check_form(name, policy, path, own_types, problems)
        functions.check(policy, path, inputs, problems)


def _check_form(
    name: str,
    policy: Any,
    path: tuple[Any, ...],
    own_types: Any,
    problems: Problems,
) -> None:
    if not isinstance(policy, dict):
        problems.add(f'policy "{name}" must be a mapping, not {kind(policy)}', path)
        return
    given = policy.get("type")
    if not isinstance(given, str) or given not in BUILDERS:
        base = nodes.supported(given, own_types, BUILDERS)
        told = "" if base is None else f": only {base}, which it derives from, is known"
        problems.add(
            f'policy "{name}": type {given} is not supported{told}'
            f"{problems.near(str(given), BUILDERS)}; use one of "
            f"{', '.join((SCALING, PLACEMENT, ALARMING, RESERVATION))}, or leave it "
            "out",
            (*path, "type"),
            error=exceptions.UnsupportedNodeType,
        )
        return
    own = OWN_SECTION.get(given)
    known = (*SECTIONS, own) if own else SECTIONS
    expect_keys(problems, policy, known, path, f'policy "{name}"')
    if own and not policy.get(own):
        problems.add(f'policy "{name}": {own} is missing', path)
    for section in ("properties", own) if own else ("properties",):
        what = f'{section} of policy "{name}"'
        expect_mapping(problems, policy.get(section), (*path, section), what)


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
        monitoring = substitute(vdu.properties.get("monitoring_policy"), inputs)
        if isinstance(monitoring, dict) and monitoring.get("name") != NO_MONITORING:
            given = _monitoring(monitoring)
            found.append(model.Policy(vdu.name, MONITORING, (vdu.name,), given))
    return tuple(found)


def _monitoring(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """A monitoring policy with its actions beside its parameters, not among them."""
    parameters = given.get("parameters")
    if not isinstance(parameters, dict) or parameters.get("actions") is None:
        return given
    kept = {key: value for key, value in parameters.items() if key != "actions"}
    return {**given, "parameters": kept, "actions": parameters["actions"]}


def targets_of(policy: Mapping[str, Any], inputs: Inputs) -> tuple[str, ...]:
    """What a policy is about; scaling policies may say so in their properties."""
    properties = policy.get("properties") or {}
    return _names(
        substitute(policy.get("targets") or properties.get("targets"), inputs)
    )


def _resolved(value: Any, inputs: Inputs) -> dict[str, Any]:
    """What is given; a key without a value is as good as none."""
    given = substitute(dict(value or {}), inputs)
    return {key: item for key, item in given.items() if item is not None}


def _whole(value: Any) -> int:
    """A whole number that was checked; text may have it as ``2.0``."""
    return value if isinstance(value, int) else int(float(value))


def _names(value: Any) -> tuple[str, ...]:
    """Names in a list; none when the list is that of an input without value."""
    found = value if isinstance(value, list) else []
    return tuple(each for each in found if isinstance(each, str))


def _truth(value: Any) -> bool:
    """A boolean, also where an input gives it as text; true when it is not known."""
    return value is not False and str(value).strip().lower() not in FALSE_TEXTS
