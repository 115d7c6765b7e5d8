"""Scaling: what is copied moves into one nested template for each policy.

The main template keeps what is made once (networks, flavors, server groups ...).  A
group in it makes copies of the nested one, which learns through parameters of what is
made once and of the inputs it uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tacker_lite.tosca.model import ScalingPolicy, VnfTemplate
from tacker_lite.vim.openstack import (
    checks,
    dependencies,
    owners,
    parameters,
    references,
)
from tacker_lite.vim.openstack.draft import Draft

SIZE_OUTPUT = "size-"


@dataclass
class Unit:
    """What one policy copies.

    :ivar parameters: declarations in the nested template.
    :ivar passed: what the group passes for each.
    :ivar needed: resources of the main template that must be there before.
    """

    policy: ScalingPolicy
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    passed: dict[str, Any] = field(default_factory=dict)
    needed: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """Name of the group's resource."""
        return f"{self.policy.name}_group"

    @property
    def file(self) -> str:
        """Name of the nested template."""
        return f"{self.policy.name}_res.yaml"


def apply(
    template: VnfTemplate, draft: Draft, declared: Mapping[str, Any]
) -> dict[str, Unit]:
    """Take the resources of scaled VDUs out of the draft, into units.

    The draft then has a group and two scaling policies in their place.

    :param declared: the parameters of the main template.
    :returns: units by policy name.  What cannot be is in the draft's findings.
    """
    units = {
        policy.name: Unit(policy) for policy in template.policies_of(ScalingPolicy)
    }
    if not units:
        return units
    unit_of = _divide(template, draft, units)
    border = _Border(template, draft, declared, units, unit_of)
    for unit in units.values():
        border.cross(unit)
    for name, resource in draft.resources.items():
        border.look_inward(name, resource)
    _move_outputs(draft, units, unit_of)
    for unit in units.values():
        with draft.collecting():
            _add_group(template, draft, unit)
    if any(unit.needed for unit in units.values()):
        starts = {unit.group: next(iter(unit.resources), "") for unit in units.values()}
        dependencies.refuse_circles(draft, starts)
    return units


def _divide(
    template: VnfTemplate, draft: Draft, units: Mapping[str, Unit]
) -> dict[str, Unit]:
    """The unit by name of each resource that is copied, now out of the draft."""
    policies = owners.policies(template)
    unit_of: dict[str, Unit] = {}
    for name in list(draft.resources):
        policy = policies.get(draft.vdu_of.get(name, ""))
        if policy is not None:
            unit_of[name] = units[policy.name]
            unit_of[name].resources[name] = draft.resources.pop(name)
    return unit_of


class _Border:
    """Turns references between the main template and the units into parameters."""

    def __init__(
        self,
        template: VnfTemplate,
        draft: Draft,
        declared: Mapping[str, Any],
        units: Mapping[str, Unit],
        unit_of: Mapping[str, Unit],
    ):
        self._nodes = template.document["topology_template"]["node_templates"]
        self._draft = draft
        self._declared = declared
        self._units = units
        self._unit_of = unit_of
        self._subnets: dict[str, list[str]] = {}
        for name, resource in draft.resources.items():
            if resource["type"] == "OS::Neutron::Subnet":
                network = references.of(resource["properties"].get("network"))
                self._subnets.setdefault(network or "", []).append(name)

    def cross(self, unit: Unit) -> None:
        """Let a unit stand in a template of its own."""
        for name, resource in unit.resources.items():
            with self._draft.collecting():
                unit.resources[name] = self._moved(unit, name, resource)

    def look_inward(self, name: str, resource: dict[str, Any]) -> None:
        """Nothing made once can refer to one of several copies; it can wait."""
        with self._draft.collecting():
            for target in references.names({"properties": resource["properties"]}):
                if target in self._unit_of:
                    raise self._refusal(name, target)
        waiting = [
            self._unit_of[each].group if each in self._unit_of else each
            for each in resource.get("depends_on") or ()
        ]
        if waiting:
            resource["depends_on"] = list(dict.fromkeys(waiting))

    def _moved(
        self, unit: Unit, name: str, resource: Mapping[str, Any]
    ) -> dict[str, Any]:
        def replace(target: str, reference: Any) -> Any:
            if target in unit.resources:
                return reference
            if target in self._unit_of:
                raise self._refusal(name, target)
            return {"get_param": self._pass(unit, target, reference)}

        properties = references.replaced(resource["properties"], replace)
        for parameter in parameters.used(properties):
            if parameter in self._declared and parameter not in unit.passed:
                schema = dict(self._declared[parameter])
                schema.pop("default", None)
                schema.pop("constraints", None)
                unit.parameters[parameter] = schema
                unit.passed[parameter] = {"get_param": parameter}
        moved = {**resource, "properties": properties}
        inside = []
        for needed in resource.get("depends_on") or ():
            if needed in unit.resources:
                inside.append(needed)
            elif needed in self._unit_of:
                self._need(unit, self._unit_of[needed].group)
            else:
                self._need(unit, needed)
        moved.pop("depends_on", None)
        if inside:
            moved["depends_on"] = inside
        return moved

    def _pass(self, unit: Unit, target: str, reference: Any) -> str:
        """The nested parameter that stands for a reference to what is made once."""
        path = reference.get("get_attr") or [target]
        name = "_".join(str(step) for step in path)
        while name in self._declared or unit.passed.get(name, reference) != reference:
            name += "_"
        if name not in unit.passed:
            unit.parameters[name] = {"type": "string"}
            unit.passed[name] = reference
        # A port takes its address from the subnet, which it does not name.
        for subnet in self._subnets.get(target, ()):
            self._need(unit, subnet)
        return name

    def _need(self, unit: Unit, name: str) -> None:
        if name not in unit.needed:
            unit.needed.append(name)

    def _refusal(self, name: str, target: str) -> Exception:
        """``name`` refers to ``target``, of which there are several."""
        policy = self._unit_of[target].policy.name
        vdu = self._draft.vdu_of[target]
        return checks.invalid(
            self._node(name),
            f'it needs "{self._node(target)}", of which the scaling policy "{policy}" '
            f'makes copies with VDU "{vdu}"; let it scale by the same policy, or take '
            "the VDU out of the policy's targets",
        )

    def _node(self, resource: str) -> str:
        """The node that a resource was made for."""
        fitting = [
            name
            for name in self._nodes
            if resource == name or resource.startswith(f"{name}_")
        ]
        return max(fitting, key=len, default=resource)


def _move_outputs(
    draft: Draft, units: Mapping[str, Unit], unit_of: Mapping[str, Unit]
) -> None:
    """What a unit puts out becomes a list, one entry for each copy."""
    for name, output in draft.outputs.items():
        target = references.of(output["value"])
        if target is not None and target in unit_of:
            unit = unit_of[target]
            unit.outputs[name] = output
            draft.outputs[name] = {
                "value": {"get_attr": [unit.group, "outputs_list", name]}
            }
    for policy, unit in units.items():
        draft.outputs[SIZE_OUTPUT + policy] = {
            "value": {"get_attr": [unit.group, "current_size"]}
        }


def _add_group(template: VnfTemplate, draft: Draft, unit: Unit) -> None:
    policy = unit.policy
    size = template.sizes.get(policy.name, policy.default_instances)
    copied: dict[str, Any] = {"type": unit.file}
    if unit.passed:
        copied["properties"] = unit.passed
    draft.add(
        unit.group,
        "OS::Heat::AutoScalingGroup",
        {
            "min_size": policy.min_instances,
            # A group that is told to become empty keeps its size, but for this.
            "max_size": policy.max_instances if size else 0,
            "desired_capacity": size,
            "cooldown": policy.cooldown,
            "resource": copied,
        },
        depends_on=unit.needed,
    )
    for direction, sign in (("out", 1), ("in", -1)):
        draft.add(
            f"{policy.name}_scale_{direction}",
            "OS::Heat::ScalingPolicy",
            {
                "auto_scaling_group_id": {"get_resource": unit.group},
                "adjustment_type": "change_in_capacity",
                "scaling_adjustment": sign * policy.increment,
                "cooldown": policy.cooldown,
            },
        )
