"""What policies need beyond their form: sizes, targets, triggers that make sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tacker_lite.tosca import alarm_checks, policies
from tacker_lite.tosca.policies import ALARMING, PLACEMENT, RESERVATION, SCALING
from tacker_lite.tosca.survey import VDU, Survey
from tacker_lite.tosca.values import Values

SIZES = (
    "increment",
    "min_instances",
    "max_instances",
    "default_instances",
    "cooldown",
)
SCALING_KEYS = (*SIZES, "target_cpu_utilization_percentage", "targets")
PLACEMENTS = ("affinity", "anti-affinity")


def check(survey: Survey) -> None:
    """Check every policy whose form is right."""
    found = list(survey.policies())
    scalings = [name for name, policy, _ in found if policy["type"] == SCALING]
    groups = alarm_checks.groups(survey)
    scaled: dict[str, str] = {}
    for name, content, path in found:
        policy = Values(survey, content, path, f'policy "{name}"')
        _check_targets(policy)
        kind = content["type"]
        if kind == SCALING:
            _check_scaling(policy, name, scaled)
        elif kind == PLACEMENT:
            _check_placement(policy.mapping("properties"))
        elif kind == ALARMING:
            alarm_checks.check_triggers(policy.mapping("triggers"), scalings, groups)
        elif kind == RESERVATION:
            alarm_checks.check_reservation(policy.mapping("reservation"), scalings)
    _check_names(found, survey)


def _check_targets(policy: Values) -> None:
    vdus = [*policy.survey.names(VDU), *policy.survey.unknown()]
    targets = policy.names("targets", vdus, "VDUs")
    if policy.given["type"] != SCALING:
        return
    inner = policy.mapping("properties").names("targets", vdus, "VDUs")
    if targets and inner and set(targets) != set(inner):
        policy.survey.add(
            f"{policy.what}: targets and targets in its properties differ; leave one "
            "of them out",
            (*policy.path, "properties", "targets"),
        )


def _check_scaling(policy: Values, name: str, scaled: dict[str, str]) -> None:
    given = policy.mapping("properties")
    given.keys(SCALING_KEYS)
    needed: Sequence[str] = ("min_instances", "max_instances")
    # A cluster that measures for itself decides on the number of copies.
    if given.given.get("target_cpu_utilization_percentage") is None:
        needed = ("increment", *needed, "default_instances")
    given.needs(*needed)
    given.number("increment", minimum=1)
    given.number("cooldown", minimum=0)
    given.number("target_cpu_utilization_percentage", minimum=1)
    least = given.number("min_instances", minimum=0)
    most = given.number("max_instances", minimum=1)
    initial = given.number("default_instances", minimum=0)
    if least is not None and most is not None and least > most:
        policy.survey.add(
            f"{given.what}: min_instances is more than max_instances; swap them",
            (*given.path, "min_instances"),
        )
    elif initial is not None and (
        (least is not None and initial < least) or (most is not None and initial > most)
    ):
        policy.survey.add(
            f"{given.what}: default_instances must lie between min_instances and "
            "max_instances",
            (*given.path, "default_instances"),
        )
    _check_scaled_once(policy, name, scaled)


def _check_scaled_once(policy: Values, name: str, scaled: dict[str, str]) -> None:
    survey = policy.survey
    named = policies.targets_of(policy.given, survey.inputs)
    told = {name}
    for vdu in named or survey.names(VDU):
        first = scaled.setdefault(vdu, name)
        if first not in told:
            told.add(first)
            survey.add(
                f'{policy.what} scales "{vdu}", which policy "{first}" scales already; '
                "name different VDUs in the targets of the two",
                (*policy.path, "targets"),
            )


def _check_placement(given: Values) -> None:
    given.keys(("policy", "strict"))
    given.choice("policy", PLACEMENTS)
    given.boolean("strict")


def _check_names(
    found: Sequence[tuple[str, Mapping[str, Any], tuple[Any, ...]]], survey: Survey
) -> None:
    """What is made for policies must not share a name with a node or each other."""
    taken: dict[str, str] = {
        name: f'node "{name}"'
        for name in survey.document["topology_template"]["node_templates"]
    }
    for name, policy, path in found:
        for made, place in _names_made(name, policy):
            here = f'policy "{name}"'
            owner = taken.setdefault(made, here)
            if owner != here:
                survey.add(
                    f'{here} makes "{made}", a name which {owner} has; rename one',
                    (*path, *place),
                )


def _names_made(
    name: str, policy: Mapping[str, Any]
) -> list[tuple[str, tuple[str, ...]]]:
    """Names of what a policy makes, each with the keys to what is named so."""
    kind = policy["type"]
    if kind == SCALING:
        return [
            (f"{name}_{suffix}", ()) for suffix in ("group", "scale_out", "scale_in")
        ]
    if kind == PLACEMENT:
        return [(name, ())]
    if kind == ALARMING:
        return [(each, ("triggers", each)) for each in policy["triggers"]]
    if kind == RESERVATION:
        return [(each, ("reservation", each)) for each in alarm_checks.MOMENTS]
    return []
