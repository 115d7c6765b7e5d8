"""Alarms of the VIM's alarm service (Aodh) on what is measured of VDUs (Gnocchi)."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from tacker_lite.tosca.model import (
    AlarmingPolicy,
    ScalingPolicy,
    Trigger,
    Vdu,
    VnfTemplate,
    is_get_input,
)
from tacker_lite.vim.openstack import checks
from tacker_lite.vim.openstack.draft import Draft
from tacker_lite.vim.openstack.parameters import references, texts

GROUP_KEY = "metering.server_group"
GROUP_ID_LENGTH = 15
READABLE_LENGTH = 6
QUERY = '{"=": {"server_group": "scaling_group_id"}}'

AGGREGATION_METHODS = {"summary": "sum", "maximum": "max", "minimum": "min"}
"""Names of the profile which the service calls otherwise."""

CONDITION_KEYS = {
    "constraint": "description",
    "granularity": "granularity",
    "evaluations": "evaluation_periods",
    "threshold": "threshold",
    "comparison_operator": "comparison_operator",
}
SCALING_OPERATORS = ("gt", "ge", "lt", "le")


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add an alarm for each trigger; put the servers they watch into their groups."""
    triggers = [
        (policy, trigger)
        for policy in template.policies_of(AlarmingPolicy)
        for trigger in policy.triggers
    ]
    for policy, trigger in triggers:
        with draft.collecting():
            _add_alarm(policy, trigger, template, draft)
    watched = {str(trigger.group) for _, trigger in triggers}
    for vdu in template.vdus:
        _add_to_group(vdu, watched, template, draft)


def _add_to_group(
    vdu: Vdu, watched: set[str], template: VnfTemplate, draft: Draft
) -> None:
    written = vdu.properties.get("metadata")
    metadata = texts(template.resolve(written))
    group = metadata.get(GROUP_KEY) if isinstance(metadata, dict) else None
    if not isinstance(group, str) or group not in watched:
        return
    kept = texts(metadata if is_get_input(written) else references(written))
    server = draft.resources[vdu.name]["properties"]
    server["metadata"] = {**kept, GROUP_KEY: group_id(group, template.vnf_id)}


def group_id(name: str, vnf_id: str) -> str:
    """What ties the servers of a group to its alarms, on the VIM.

    It is the same whenever it is asked for, and another for each VNF, group and
    length of a name: the name and the VNF's id in at most 15 characters, where a
    long name gives way to a digest.

    :param name: ``metering.server_group`` as the descriptor has it.
    :param vnf_id: UUID, or "" for no VNF in particular.
    """
    owner = vnf_id or str(uuid.UUID(int=0))
    if len(name) <= READABLE_LENGTH:
        return f"{name}-{owner}"[:GROUP_ID_LENGTH]
    digest = hashlib.sha256(f"{owner} {name}".encode()).hexdigest()
    return f"{name[:READABLE_LENGTH]}-{digest}"[:GROUP_ID_LENGTH]


def _add_alarm(
    policy: AlarmingPolicy, trigger: Trigger, template: VnfTemplate, draft: Draft
) -> None:
    condition = trigger.condition
    _check_direction(policy, trigger, template)
    properties: dict[str, Any] = {"metric": references(trigger.metric)}
    for key, wanted in CONDITION_KEYS.items():
        if condition.get(key) is not None:
            properties[wanted] = references(condition[key])
    method = condition.get("aggregation_method") or "mean"
    if isinstance(method, str):
        method = AGGREGATION_METHODS.get(method, method)
    properties["aggregation_method"] = references(method)
    properties["resource_type"] = references(
        condition.get("resource_type") or "instance"
    )
    properties["query"] = {
        "str_replace": {
            "template": QUERY,
            "params": {
                "scaling_group_id": group_id(str(trigger.group), template.vnf_id)
            },
        }
    }
    properties.update(actions(trigger.name, template))
    draft.add(trigger.name, "OS::Aodh::GnocchiAggregationByResourcesAlarm", properties)


def actions(name: str, template: VnfTemplate) -> dict[str, Any]:
    """The property that says whom an alarm calls; none without a URL."""
    url = template.webhooks.get(name)
    return {"alarm_actions": [url]} if url else {}


def _check_direction(
    policy: AlarmingPolicy, trigger: Trigger, template: VnfTemplate
) -> None:
    """An alarm that scales must say where to."""
    scaled = {each.name for each in template.policies_of(ScalingPolicy)}
    operator = trigger.condition.get("comparison_operator")
    if is_get_input(operator) or operator in SCALING_OPERATORS:
        return
    for action in trigger.actions:
        if action in scaled:
            raise checks.invalid_policy(
                policy.name,
                f'trigger "{trigger.name}": comparison_operator must be gt or ge for '
                f'"{action}" to add copies, lt or le for it to remove some',
                path=("triggers", trigger.name, "condition"),
            )
