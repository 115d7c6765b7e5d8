"""Groups that change their size: OS::Heat::AutoScalingGroup and its policies."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from tacker_lite.pop import errors
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Definition, Resource, Stack
from tacker_lite.pop.stack.resources.base import (
    Made,
    ResourceType,
    Site,
    fresh_name,
)
from tacker_lite.pop.stack.resources.batches import ROLLING, Batches
from tacker_lite.pop.stack.resources.nested import (
    Group,
    check_number,
    group_template,
    names_of,
)
from tacker_lite.pop.stack.resources.waiting import signal_url

_SECONDS = Property("integer", least=0, update=True)
_PERCENT = "percent_change_in_capacity"


class AutoScalingGroup(Group):
    """Resources that are all alike, as many as policies and updates ask for."""

    TYPE = "OS::Heat::AutoScalingGroup"
    PROPERTIES: ClassVar[Schema] = {
        "resource": Property(
            "map",
            required=True,
            update=True,
            fields={
                "type": Property(required=True),
                "properties": Property("map"),
                "metadata": Property("map"),
            },
        ),
        "min_size": Property("integer", required=True, least=0, update=True),
        "max_size": Property("integer", required=True, least=0, update=True),
        "desired_capacity": Property("integer", least=0, update=True),
        "cooldown": _SECONDS,
        "rolling_updates": Property(
            "map",
            update=True,
            fields=ROLLING,
            default={"min_in_service": 0, "max_batch_size": 1, "pause_time": 0},
        ),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "current_size": "How many members there are.",
        "outputs": "An attribute of each member, by its name: add the attribute's.",
        "outputs_list": "An attribute of each member: add the attribute's name.",
        "refs": "References to the members.",
        "refs_map": "References to the members, by their names.",
    }

    def validate(self, properties: Mapping[str, Any]) -> None:
        least, most = properties["min_size"], properties["max_size"]
        if least > most:
            raise ValueError(f"min_size ({least}) is above max_size ({most})")
        desired = properties.get("desired_capacity")
        if desired is not None and not least <= desired <= most:
            raise ValueError(
                f"desired_capacity ({desired}) is not from min_size ({least}) to "
                f"max_size ({most})"
            )

    def inner(self, outer: Definition, properties: Mapping[str, Any]) -> Definition:
        return self._of(outer, properties, ["member"])

    def _of(
        self, outer: Definition, properties: Mapping[str, Any], names: Sequence[str]
    ) -> Definition:
        wanted = properties["resource"]
        member = {k: v for k, v in wanted.items() if v is not None}
        template = group_template(dict.fromkeys(names, member))
        return replace(outer, template=template, parameters={})

    def batches(
        self, properties: Mapping[str, Any], policy: Mapping[str, Any], making: bool
    ) -> Batches | None:
        return None if making else Batches.of(properties["rolling_updates"])

    def plan(
        self,
        site: Site,
        properties: Mapping[str, Any],
        data: Mapping[str, Any],
        former: Stack | None,
    ) -> Mapping[str, Any]:
        size = properties.get("desired_capacity")
        if former is not None and not size:
            # Heat takes 0 for nothing said here; only max_size empties a group.
            size = len(self._names(former, data))
        return self.sized(site, data, former, within(properties, size or 0))

    def _names(self, stack: Stack | None, data: Mapping[str, Any]) -> list[str]:
        """Names of the members, without those that only help in an update."""
        present = names_of(stack.definition) if stack else []
        meant = data.get("names", present)
        return [name for name in present if name in meant]

    def sized(
        self, site: Site, data: Mapping[str, Any], former: Stack | None, size: int
    ) -> Mapping[str, Any]:
        """What to remember of a group that is to have a number of members.

        Members that failed go first, then the oldest.
        """
        check_number(size)
        names = self._names(former, data)
        failed = site.cloud.stacks.failed_in(former.id) if former else set()
        leaving = sorted(names, key=lambda name: name not in failed)
        leaving = leaving[: max(0, len(names) - size)]
        names = [name for name in names if name not in leaving]
        names += [fresh_name() for _ in range(size - len(names))]
        return {"names": names}

    def goal(
        self, outer: Definition, properties: Mapping[str, Any], data: Mapping[str, Any]
    ) -> Definition:
        return self._of(outer, properties, data["names"])

    def attribute_at(self, site: Site, resource: Resource, path: Sequence[Any]) -> Any:
        name, inside = path[0], path[1:]
        if name in ("outputs", "outputs_list") and inside:
            collected = self.collect(site, resource, inside)
            return collected if name == "outputs" else list(collected.values())
        return super().attribute_at(site, resource, path)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        if name in ("outputs", "outputs_list"):
            return self.attribute_at(site, resource, (name, "show"))
        if name == "current_size":
            return self.size(site, resource)
        references = self.references(site, resource)
        if name == "show":
            return {"current_size": len(references), "refs_map": references}
        return references if name == "refs_map" else list(references.values())

    def size(self, site: Site, resource: Resource) -> int:
        """How many members there are, or are to be, that have not failed."""
        stack = site.cloud.stacks.get_nested(resource)
        failed = site.cloud.stacks.failed_in(stack.id)
        return len([n for n in names_of(stack.definition) if n not in failed])


def within(properties: Mapping[str, Any], size: int) -> int:
    """A size brought between a group's bounds."""
    return max(properties["min_size"], min(size, properties["max_size"]))


class ScalingPolicy(ResourceType):
    """Changes a group's size whenever it is signalled."""

    TYPE = "OS::Heat::ScalingPolicy"
    PROPERTIES: ClassVar[Schema] = {
        "auto_scaling_group_id": Property(required=True),
        "adjustment_type": Property(
            required=True,
            allowed=("change_in_capacity", "exact_capacity", _PERCENT),
            update=True,
        ),
        "scaling_adjustment": Property("number", required=True, update=True),
        "min_adjustment_step": Property("integer", least=0, update=True),
        "cooldown": _SECONDS,
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "alarm_url": "Where a POST scales, without any token.",
        "signal_url": "The same.",
    }

    def validate(self, properties: Mapping[str, Any]) -> None:
        step = properties.get("min_adjustment_step")
        if step is not None and properties["adjustment_type"] != _PERCENT:
            raise ValueError(f"min_adjustment_step is for adjustment_type {_PERCENT}")

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        ident = properties["auto_scaling_group_id"]
        if site.cloud.stacks.outer_resource(ident) is None:
            raise ResourceFailure(f"The group ({ident}) could not be found")
        return Made(site.unique_name(), {"key": secrets.token_urlsafe(24)})

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        url = signal_url(site, resource.data["key"])
        return {"signal_url": url} if name == "show" else url

    def signal(self, site: Site, resource: Resource, details: Any) -> str:
        properties = resource.properties
        group = site.cloud.stacks.outer_resource(properties["auto_scaling_group_id"])
        if group is None:
            raise errors.Conflict("The policy's group is gone")
        stack = site.cloud.stacks.get_nested(group)
        if stack.busy or _cooling(resource) or _cooling(group):
            return ""
        kind = AutoScalingGroup()
        group_site = replace(site, stack_id=group.stack_id, name=group.name)
        size = kind.size(group_site, group)
        wanted = within(group.properties, adjusted(size, properties))
        if wanted == size and not site.cloud.stacks.failed_in(stack.id):
            return ""
        planned = kind.sized(group_site, group.data, stack, wanted)
        outer = group_site.outer.definition
        definition = kind.goal(outer, group.properties, planned)
        site.cloud.stacks.change_nested(stack, definition)
        moment = {"scaled_at": time.time()}
        site.cloud.stacks.remember(resource, {**resource.data, **moment})
        site.cloud.stacks.remember(group, {**group.data, **planned, **moment})
        return f"Signal: from {size} to {wanted} members"


def _cooling(resource: Resource) -> bool:
    """Tell whether a resource has scaled less than its cooldown ago."""
    cooldown = resource.properties.get("cooldown") or 0
    return time.time() < resource.data.get("scaled_at", 0.0) + cooldown


def adjusted(size: int, properties: Mapping[str, Any]) -> int:
    """The size that a policy asks for of a group that has one, bounds aside.

    A percentage is rounded towards the present size, but never to no change at all.
    """
    change = properties["scaling_adjustment"]
    if properties["adjustment_type"] == "exact_capacity":
        return int(change)
    if properties["adjustment_type"] == "change_in_capacity":
        return size + int(change)
    exact = size * change / 100
    amount = math.ceil(abs(exact)) if abs(exact) < 1 else math.floor(abs(exact))
    if amount:
        amount = max(amount, properties.get("min_adjustment_step") or 0)
    return size + int(math.copysign(amount, exact))
