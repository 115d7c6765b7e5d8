"""Resources that are stacks: a template among the files, and what groups share."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from tacker_lite.pop.stack.errors import ResourceFailure, StackValidationFailed
from tacker_lite.pop.stack.parameters import Parameter
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import FAILED, Definition, Resource, Stack
from tacker_lite.pop.stack.resources.base import (
    UNTIL_CHANGED,
    Made,
    ResourceType,
    Site,
)
from tacker_lite.pop.stack.resources.batches import Batches
from tacker_lite.pop.stack.template import load_yaml, parse_template

#: How the name of a file ends that is a resource type.
ENDINGS = (".yaml", ".yml", ".template", ".json")

_MOST_MEMBERS = 5000
_PROPERTY_TYPES = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "json": "any",
    "comma_delimited_list": "list",
}


class NestedStack(ResourceType):
    """Base of the types whose object is a stack; :meth:`inner` must be written."""

    NESTED: ClassVar[bool] = True

    def wanted(self, site: Site, properties: Mapping[str, Any]) -> Definition:
        """What the stack is to be."""
        definition = self.inner(site.outer.definition, properties)
        assert definition is not None
        return definition

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        definition = self.wanted(site, properties)
        return Made(site.cloud.stacks.begin_nested(site, definition).id)

    def progress(self, site: Site, resource: Resource) -> float | None:
        stack = site.cloud.stacks.get_nested(resource)
        if stack.status == FAILED:
            raise ResourceFailure(stack.reason)
        return UNTIL_CHANGED if stack.busy else None

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        stack = site.cloud.stacks.get_nested(resource)
        definition = self.wanted(site, properties)
        site.cloud.stacks.change_nested(stack, definition, site.outer.deadline)
        return resource.data

    def must_replace(self, site: Site, resource: Resource) -> bool:
        # A check that found something within it is answered within it.
        stack = site.cloud.stacks.find_nested(resource.physical_id)
        return stack is None or stack.state != "CHECK_FAILED"

    def cancel(self, site: Site, resource: Resource, reason: str) -> None:
        if resource.physical_id:
            site.cloud.stacks.cancel_nested(resource.physical_id, reason)

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.stacks.remove(resource.physical_id)

    def gone(self, site: Site, resource: Resource) -> float | None:
        stack = site.cloud.stacks.find_nested(resource.physical_id)
        if stack is None:
            return None
        if stack.state == "DELETE_FAILED":
            raise ResourceFailure(stack.reason)
        return UNTIL_CHANGED

    def suspend(self, site: Site, resource: Resource) -> None:
        stack = site.cloud.stacks.get_nested(resource)
        if stack.state not in ("SUSPEND_IN_PROGRESS", "SUSPEND_COMPLETE"):
            site.cloud.stacks.begin_rest(stack, "SUSPEND")

    def suspended(self, site: Site, resource: Resource) -> float | None:
        return NestedStack.progress(self, site, resource)

    def resume(self, site: Site, resource: Resource) -> None:
        stack = site.cloud.stacks.get_nested(resource)
        if stack.action == "SUSPEND":
            site.cloud.stacks.begin_rest(stack, "RESUME")

    resumed = suspended

    def check(self, site: Site, resource: Resource) -> None:
        site.cloud.stacks.check_nested(site.cloud.stacks.get_nested(resource))


class TemplateFile(NestedStack):
    """The type that a template among the files sent with a stack is.

    Its properties are the template's parameters, its attributes the outputs.

    :param name: of the file.
    :param outer: what the files came with; None for a resource made already.
    """

    def __init__(self, name: str, outer: Definition | None = None):
        self._name = name
        self._schema: Schema = {}
        self._attributes: Mapping[str, str] = {}
        if outer is not None:
            template = parse_template(self._content(outer))
            defaults = outer.parameter_defaults
            self._schema = {
                key: _property(parameter, key in defaults)
                for key, parameter in template.parameters.items()
            }
            self._attributes = {
                key: output.description for key, output in template.outputs.items()
            }

    @property
    def name(self) -> str:
        return self._name

    @property
    def schema(self) -> Schema:
        return self._schema

    @property
    def attributes(self) -> Mapping[str, str]:
        return self._attributes

    def _content(self, outer: Definition) -> dict[str, Any]:
        return load_yaml(outer.files[self._name], self._name)

    def inner(self, outer: Definition, properties: Mapping[str, Any]) -> Definition:
        return replace(outer, template=self._content(outer), parameters=properties)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        stack = site.cloud.stacks.get_nested(resource)
        if name == "show":
            return {"id": stack.id, "stack_name": stack.name, "status": stack.state}
        (output,) = site.cloud.stacks.outputs(stack, name)
        return output["output_value"]

    def attribute_names(self, site: Site, resource: Resource) -> Iterable[str]:
        stack = site.cloud.stacks.get_nested(resource)
        return site.cloud.stacks.blueprint_of(stack).template.outputs


def _property(parameter: Parameter, has_default: bool) -> Property:
    return Property(
        _PROPERTY_TYPES[parameter.type],
        required=not (parameter.has_default or has_default),
        update=True,
        description=parameter.description,
    )


class Group(NestedStack):
    """Base of the types whose object is a stack of resources that are all alike.

    The stack's template names them, oldest first.  A change may come in batches: the
    stack then has several updates, and the resource remembers what they lead to.
    """

    def batches(
        self, properties: Mapping[str, Any], policy: Mapping[str, Any], making: bool
    ) -> Batches | None:
        """How many members change at a time; None: all.

        :param policy: the resource's update policy.
        :param making: whether the group is being made.
        """
        rule = policy.get("batch_create" if making else "rolling_update")
        return Batches.of(rule) if rule else None

    def plan(
        self,
        site: Site,
        properties: Mapping[str, Any],
        data: Mapping[str, Any],
        former: Stack | None,
    ) -> Mapping[str, Any]:
        """What to remember of a change that begins.

        :param former: the stack as it is; None: it is being made.
        """
        return {}

    def goal(
        self, outer: Definition, properties: Mapping[str, Any], data: Mapping[str, Any]
    ) -> Definition:
        """What the group's stack is to be in the end."""
        definition = self.inner(outer, properties)
        assert definition is not None
        return definition

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        data = dict(self.plan(site, properties, {}, None))
        goal = self.goal(site.outer.definition, properties, data)
        batches = self.batches(properties, site.update_policy, making=True)
        first = self._next(site, None, goal, batches)
        return Made(site.cloud.stacks.begin_nested(site, first).id, data)

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        if not changed and resource.state == "UPDATE_IN_PROGRESS":
            # A killed lab goes on with the change that it began.
            return resource.data
        stack = site.cloud.stacks.get_nested(resource)
        planned = self.plan(site, properties, resource.data, stack)
        data = {**resource.data, **planned, "next_at": None}
        goal = self.goal(site.outer.definition, properties, data)
        batches = self.batches(properties, site.update_policy, making=False)
        first = self._next(site, stack, goal, batches)
        site.cloud.stacks.change_nested(stack, first, site.outer.deadline)
        return data

    def _next(
        self, site: Site, stack: Stack | None, goal: Definition, batches: Batches | None
    ) -> Definition:
        """What the group's stack is to be next."""
        wanted = goal.template["resources"]
        present = stack.definition.template["resources"] if stack else {}
        alike = all(present[n] == wanted[n] for n in wanted if n in present)
        if batches is None or (alike and present):
            return goal
        try:
            seconds = site.outer.deadline - time.time()
            batches.check_pauses(len(wanted), seconds)
        except ValueError as error:
            raise ResourceFailure(str(error), "ValueError") from None
        return replace(goal, template=group_template(batches.next(present, wanted)))

    def progress(self, site: Site, resource: Resource) -> float | None:
        left = super().progress(site, resource)
        goal = self.goal(site.outer.definition, resource.properties, resource.data)
        stack = site.cloud.stacks.get_nested(resource)
        if left is not None or stack.definition.template == goal.template:
            return left
        making = resource.action == "CREATE"
        batches = self.batches(resource.properties, resource.update_policy, making)
        moment = resource.data.get("next_at")
        if moment is None and batches is not None and batches.pause:
            then = {"next_at": time.time() + batches.pause}
            site.cloud.stacks.remember(resource, {**resource.data, **then})
            return batches.pause
        if moment is not None and moment > time.time():
            return float(moment - time.time())
        site.cloud.stacks.remember(resource, {**resource.data, "next_at": None})
        coming = self._next(site, stack, goal, batches)
        site.cloud.stacks.change_nested(stack, coming, site.outer.deadline)
        return UNTIL_CHANGED

    def members(self, site: Site, resource: Resource) -> Sequence[str]:
        """Names of the members that are made and well."""
        stack = site.cloud.stacks.get_nested(resource)
        made = {
            member.name: member
            for member in site.cloud.stacks.list_resources(stack)
            if member.physical_id and member.status != FAILED and not member.replaced
        }
        return [name for name in names_of(stack.definition) if name in made]

    def collect(
        self, site: Site, resource: Resource, path: Sequence[Any]
    ) -> dict[str, Any]:
        """What a path into an attribute leads to in each member, by its name."""
        scope = site.cloud.stacks.scope_of(site.cloud.stacks.get_nested(resource))
        return {
            name: scope.attribute(name, path) for name in self.members(site, resource)
        }

    def references(self, site: Site, resource: Resource) -> dict[str, Any]:
        """What ``get_resource`` would give for each member, by its name."""
        scope = site.cloud.stacks.scope_of(site.cloud.stacks.get_nested(resource))
        return {name: scope.reference(name) for name in self.members(site, resource)}


def check_number(members: int) -> None:
    """:raises StackValidationFailed: they are more than a group may have."""
    if members > _MOST_MEMBERS:
        raise StackValidationFailed(
            f"Maximum resources per stack exceeded: a group of the lab has at most "
            f"{_MOST_MEMBERS} members, not {members}"
        )


def names_of(definition: Definition) -> list[str]:
    """Names of the resources of a template, in its order."""
    return list(definition.template["resources"])


def group_template(members: Mapping[str, Any]) -> dict[str, Any]:
    """A template of nothing but members.

    :param members: their definitions by name.
    """
    return {"heat_template_version": "2021-04-16", "resources": dict(members)}
