"""What starts actions: alarms on measurements, and the lease of a reservation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from tacker_lite.tosca import policies
from tacker_lite.tosca.model import is_get_input
from tacker_lite.tosca.survey import VDU, Survey, shown
from tacker_lite.tosca.values import Values

ACTIONS = (
    "respawn",
    "log",
    "log_and_kill",
    "terminate",
    "notify",
    "noop",
    "vdu_autoheal",
)
TRIGGER_KEYS = (
    "description",
    "event_type",
    "event",
    "schedule",
    "metric",
    "metadata",
    "target_filter",
    "condition",
    "action",
)
CONDITION_KEYS = (
    "constraint",
    "granularity",
    "evaluations",
    "aggregation_method",
    "threshold",
    "comparison_operator",
    "resource_type",
    "state",
)
AGGREGATION_METHODS = (
    "mean",
    "median",
    "summary",
    "sum",
    "maximum",
    "max",
    "minimum",
    "min",
    "last",
    "std",
    "first",
    "count",
)
COMPARISONS = ("gt", "ge", "lt", "le", "eq", "ne")
MOMENTS = ("start_actions", "before_end_actions", "end_actions")
GROUP_KEY = "metering.server_group"

TAKEN = (
    *MOMENTS,
    "maintenance",
    "alarming_policy",
    "app_monitoring_policy",
    "config",
    "heat_template",
    "maintenance_group",
    "maintenance_url",
    "monitoring_policy",
    "param_values",
    "reservation_policy",
    "scaling_group_names",
)
"""What a VNF's attributes and the alarms that the service adds are called: the URL of
a trigger is an attribute with the trigger's name."""
TAKEN_ENDING = "_res.yaml"


def groups(survey: Survey) -> set[str] | None:
    """Names of the groups that VDUs belong to; None while some are not known."""
    vdus = dict(survey.sound(VDU))
    found: set[str] = set()
    complete = len(vdus) == len(survey.names(VDU)) and not survey.unknown()
    for vdu in vdus.values():
        metadata = survey.value((vdu.get("properties") or {}).get("metadata"))
        group = metadata.get(GROUP_KEY) if isinstance(metadata, dict) else None
        if is_get_input(metadata) or is_get_input(group):
            complete = False
        elif group is not None:
            found.add(str(group))
    return found if complete else None


def check_triggers(
    triggers: Values, scalings: Sequence[str], known: set[str] | None
) -> None:
    """Check the triggers of an alarming policy.

    :param scalings: names of the scaling policies, which may be actions.
    :param known: what :func:`groups` found.
    """
    for name in triggers.given:
        _check_trigger(triggers, name, scalings, known)


def _check_trigger(
    triggers: Values, name: str, scalings: Sequence[str], known: set[str] | None
) -> None:
    survey = triggers.survey
    trigger = triggers.mapping(name)
    given = triggers.given[name]
    if not isinstance(given, dict) or is_get_input(given):
        if given is None:
            survey.add(
                f"{trigger.what} is empty; describe it or leave it out", trigger.path
            )
        return
    if not 0 < len(name) <= policies.MAX_NAME or "/" in name:
        survey.add(
            f"{trigger.what}: the name of a trigger has 1 to {policies.MAX_NAME} "
            "characters and no slash",
            trigger.path,
        )
    if name in TAKEN or name.endswith(TAKEN_ENDING):
        survey.add(
            f"{trigger.what}: a VNF has something else of this name; call the trigger "
            "otherwise",
            trigger.path,
        )
    trigger.keys(TRIGGER_KEYS)
    trigger.needs("metric", "condition")
    metric = survey.value(trigger.given.get("metric"))
    if metric is not None and not is_get_input(metric) and not isinstance(metric, str):
        survey.add(f"{trigger.what}: metric must be text", (*trigger.path, "metric"))
    _check_condition(trigger.mapping("condition"))
    _check_group(trigger, known)
    trigger.names("action", (*ACTIONS, *scalings), _actions(scalings))


def _check_condition(condition: Values) -> None:
    if not condition.given:
        return
    condition.keys(CONDITION_KEYS)
    condition.needs("threshold")
    condition.text("constraint")
    condition.number("threshold", whole=False)
    condition.number("granularity", minimum=1)
    condition.number("evaluations", minimum=1)
    condition.choice("aggregation_method", AGGREGATION_METHODS)
    condition.choice("comparison_operator", COMPARISONS)
    condition.choice("resource_type", ("instance",), public_type="InvalidResourceType")


def _check_group(trigger: Values, known: set[str] | None) -> None:
    """An alarm watches the VDUs whose metadata names the same group."""
    given = trigger.given.get("metadata")
    group = trigger.survey.value(given)
    if is_get_input(group) or (group is not None and known is None):
        return
    if group is None or not isinstance(group, str) or group not in (known or ()):
        told = "is missing" if group is None else f"{shown(given, group)} names no VDU"
        trigger.survey.add(
            f"{trigger.what}: metadata {told}; repeat here what a VDU has in its "
            f"metadata as {GROUP_KEY}",
            (*trigger.path, "metadata"),
            public_type="MetadataNotMatched",
        )


def check_reservation(given: Values, scalings: Sequence[str]) -> None:
    """Check what follows from a lease, which starts and ends all that scales."""
    survey = given.survey
    given.keys((*MOMENTS, "properties"))
    for key in (*MOMENTS, "properties"):
        if given.given.get(key) is None:
            survey.add(
                f"{given.what}: {key} is missing; all of {', '.join(MOMENTS)} and "
                "properties are needed",
                given.path,
            )
    actions = {
        key: given.names(key, (*ACTIONS, *scalings), _actions(scalings))
        for key in MOMENTS
    }
    _check_lease(given.mapping("properties"))
    if not scalings:
        survey.add(
            f"{given.what}: needs a policy of type {policies.SCALING}, which starts "
            "and ends what uses the lease",
            given.path,
        )
    if all(found is not None for found in actions.values()):
        _check_scaled_by_lease(given, actions, scalings)


def _check_scaled_by_lease(
    given: Values, actions: Mapping[str, list[str] | None], scalings: Sequence[str]
) -> None:
    ends = {*(actions["before_end_actions"] or ()), *(actions["end_actions"] or ())}
    for name in scalings:
        for missing, keys in (
            (name not in (actions["start_actions"] or ()), "start_actions"),
            (name not in ends, "before_end_actions or end_actions"),
        ):
            if missing:
                given.survey.add(
                    f'{given.what}: name the scaling policy "{name}" in {keys}',
                    (*given.path, keys.split()[0]),
                )


def _check_lease(properties: Values) -> None:
    survey = properties.survey
    properties.keys(("lease_id",))
    if not properties.needs("lease_id"):
        return
    given = properties.given["lease_id"]
    value = policies.lease_id(properties.given, survey.inputs)
    if is_get_input(value):
        return
    try:
        uuid.UUID(str(value))
    except ValueError:
        told = shown(given, value) if value == given else "the value of its input"
        survey.add(
            f"{properties.what}: lease_id must be the UUID of a lease, {told} is none",
            (*properties.path, "lease_id"),
        )


def _actions(scalings: Sequence[str]) -> str:
    return f"actions ({', '.join(ACTIONS)}) or scaling policies ({', '.join(scalings)})"
