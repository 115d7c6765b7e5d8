"""Asking about a PoP's stacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import errors
from tacker_lite.pop.stack.blueprint import (
    Blueprint,
    StackIdentity,
    build,
    output_value,
)
from tacker_lite.pop.stack.errors import (
    EntityNotFound,
    OutputNotFound,
    ResourceNotFound,
)
from tacker_lite.pop.stack.ledger import Ledger
from tacker_lite.pop.stack.live import LiveScope, attributes_of
from tacker_lite.pop.stack.records import Definition, Event, Resource, Stack
from tacker_lite.pop.stack.resources import kind_of
from tacker_lite.pop.stack.resources.waiting import is_key

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


@dataclass(frozen=True)
class Detail:
    """A stack with what its template means, for showing."""

    stack: Stack
    blueprint: Blueprint | None


class StackQueries:
    """The stacks of one PoP, for reading."""

    def __init__(self, cloud: Cloud):
        self._cloud = cloud
        self._ledger = Ledger(cloud)
        self._blueprints: dict[str, tuple[Definition, Blueprint]] = {}

    def list_stacks(self, project_id: str | None, nested: bool = False) -> list[Stack]:
        """Stacks of a project, or of all with None; newest first.

        :param nested: also those that are resources of others.
        """
        stacks = self._ledger.stacks()
        stacks.reverse()
        if not nested:
            stacks = [s for s in stacks if not s.outer_id]
        return [s for s in stacks if project_id in (None, s.project_id)]

    def get_stack(self, project_id: str | None, ident: str) -> Stack:
        """A stack by id or name.

        :param project_id: whose; None: any project's, by id.
        :raises EntityNotFound: there is none, or it is another project's.
        """
        stack = self._ledger.find(ident)
        if stack is None:
            stack = self._ledger.find_named(project_id or "", ident)
        if stack is None or project_id not in (None, stack.project_id):
            raise EntityNotFound("Stack", ident)
        return stack

    def detail(self, stack: Stack) -> Detail:
        """The stack with its blueprint, if that can (still) be built."""
        try:
            return Detail(stack, self.blueprint_of(stack))
        except errors.PopError:
            return Detail(stack, None)

    def outputs(self, stack: Stack, name: str | None = None) -> list[dict[str, Any]]:
        """Outputs with their values, or the one of a name.

        :raises EntityNotFound: there is no output of that name.
        """
        blueprint = self.blueprint_of(stack)
        declared = blueprint.template.outputs
        if name is not None and name not in declared:
            raise OutputNotFound(name)
        scope = self.scope_of(stack)
        return [
            self._output(blueprint, scope, key)
            for key in declared
            if name in (None, key)
        ]

    def scope_of(self, stack: Stack) -> LiveScope:
        """Answers functions from a stack's resources."""
        return LiveScope(self.blueprint_of(stack), self._cloud, self._ledger, stack)

    def _output(
        self, blueprint: Blueprint, scope: LiveScope, name: str
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "output_key": name,
            "output_value": None,
            "description": blueprint.template.outputs[name].description
            or "No description given",
        }
        try:
            shown["output_value"] = output_value(blueprint, scope, name)
        except errors.PopError as error:
            shown["output_error"] = str(error)
        return shown

    def list_resources(self, stack: Stack) -> list[Resource]:
        """Resources made, being made, and those that the template still waits for."""
        made = {r.name: r for r in self._ledger.resources(stack.id) if r.replaced}
        made |= {r.name: r for r in self._ledger.resources(stack.id) if not r.replaced}
        blueprint = self.detail(stack).blueprint
        if blueprint is None or stack.action in ("DELETE", "ROLLBACK"):
            return list(made.values())
        for name, definition in blueprint.resources.items():
            if name not in made:
                made[name] = Resource(
                    id="",
                    stack_id=stack.id,
                    name=name,
                    type=definition.type,
                    requires=blueprint.requires[name],
                    created_at=stack.created_at,
                    updated_at=stack.created_at,
                )
        return list(made.values())

    def get_resource(self, stack: Stack, name: str) -> Resource:
        """One of them.

        :raises EntityNotFound: the stack has none of that name.
        """
        for resource in self.list_resources(stack):
            if resource.name == name:
                return resource
        raise ResourceNotFound(name, stack.name)

    def attributes(self, stack: Stack, resource: Resource) -> dict[str, Any]:
        """Attributes of a resource; empty before it is made."""
        if not resource.physical_id:
            return {}
        return attributes_of(self._cloud, stack, resource)

    def inner_stack(self, resource: Resource) -> Stack | None:
        """The stack behind a resource, if there is one."""
        nested = kind_of(resource.type).NESTED and resource.physical_id
        return self._ledger.find(resource.physical_id) if nested else None

    def made(self, kind: str, physical_id: str) -> Resource | None:
        """The resource of a type behind an id, in whatever stack."""
        for stack in self._ledger.stacks():
            for resource in self._ledger.resources(stack.id):
                if (resource.type, resource.physical_id) == (kind, physical_id):
                    return resource
        return None

    def description_of(self, stack: Stack, name: str) -> str:
        """What the template says of a resource."""
        blueprint = self.detail(stack).blueprint
        known = blueprint.resources if blueprint else {}
        return known[name].description if name in known else ""

    def is_signal_key(self, stack_id: str, name: str, key: str) -> bool:
        """Tell whether a key is the one by which a resource may be signalled."""
        stack = self._ledger.find(stack_id)
        resource = self._ledger.current(stack_id, name) if stack else None
        return resource is not None and is_key(resource, key)

    def list_events(self, stack: Stack) -> list[Event]:
        """The stack's history, oldest first."""
        return list(self._ledger.events(stack.id))

    def blueprint_of(self, stack: Stack) -> Blueprint:
        """What was checked when it was asked for: not asked of the cloud again."""
        cached = self._blueprints.get(stack.id)
        if cached is not None and cached[0] is stack.definition:
            return cached[1]
        blueprint = build(stack.definition, identity_of(stack), accept)
        self._blueprints[stack.id] = (stack.definition, blueprint)
        return blueprint


def accept(name: str, value: Any) -> str:
    """A custom check for what was checked when it was asked for."""
    return ""


def identity_of(stack: Stack) -> StackIdentity:
    """What the stack's pseudo parameters tell."""
    return StackIdentity(
        stack.id, stack.name, stack.project_id, stack.is_admin, bool(stack.outer_id)
    )
