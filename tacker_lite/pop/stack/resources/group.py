"""OS::Heat::ResourceGroup."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Definition, Resource, Stack
from tacker_lite.pop.stack.resources.base import Site
from tacker_lite.pop.stack.resources.batches import BATCH_CREATE, ROLLING
from tacker_lite.pop.stack.resources.nested import (
    Group,
    check_number,
    group_template,
    names_of,
)

#: An attribute of one member is asked for as ``resource.<index>.<attribute>``.
_ONE = "resource."


class ResourceGroup(Group):
    """Resources that are all alike, but for their index in texts."""

    TYPE = "OS::Heat::ResourceGroup"
    ANY_ATTRIBUTE: ClassVar[bool] = True
    PROPERTIES: ClassVar[Schema] = {
        "count": Property("integer", default=1, least=0, update=True),
        "index_var": Property(default="%index%"),
        "removal_policies": Property(
            "list",
            default=[],
            update=True,
            items=Property(
                "map",
                fields={
                    "resource_list": Property("list", items=Property(), default=[])
                },
            ),
        ),
        "removal_policies_mode": Property(
            default="append", allowed=("append", "update"), update=True
        ),
        "resource_def": Property(
            "map",
            required=True,
            update=True,
            fields={
                "type": Property(required=True),
                "properties": Property("map"),
                "metadata": Property("map"),
            },
        ),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "attributes": "An attribute of each member, by its index: add its name.",
        "refs": "References to the members.",
        "refs_map": "References to the members, by their indexes.",
        "removed_rsrc_list": "Indexes that removal policies took out of use.",
    }
    UPDATE_POLICY: ClassVar[Schema] = {
        "rolling_update": Property("map", fields=ROLLING),
        "batch_create": Property("map", fields=BATCH_CREATE),
    }

    def validate(self, properties: Mapping[str, Any]) -> None:
        if len(properties["index_var"]) < 3:
            raise ValueError("index_var has fewer than 3 characters")

    def inner(self, outer: Definition, properties: Mapping[str, Any]) -> Definition:
        return self.goal(outer, properties, {})

    def goal(
        self, outer: Definition, properties: Mapping[str, Any], data: Mapping[str, Any]
    ) -> Definition:
        wanted = properties["resource_def"]
        given = {k: v for k, v in wanted.items() if v is not None}
        count = properties["count"]
        # One member stands for a number that is known only later.
        size = count if isinstance(count, int) else 1
        check_number(size)
        removed = data.get("removed", ())
        free = (name for name in map(str, itertools.count()) if name not in removed)
        members = {
            name: _indexed(given, properties["index_var"], name)
            for name in itertools.islice(free, size)
        }
        return replace(outer, template=group_template(members), parameters={})

    def plan(
        self,
        site: Site,
        properties: Mapping[str, Any],
        data: Mapping[str, Any],
        former: Stack | None,
    ) -> Mapping[str, Any]:
        """The indexes out of use: those before, and those of members named now."""
        before = list(data.get("removed", ()))
        named = [
            str(entry)
            for policy in properties["removal_policies"]
            for entry in policy["resource_list"]
        ]
        if properties["removal_policies_mode"] == "update":
            removed = [name for name in before if name in named]
        else:
            removed = before
        known = self._known(site, former) if former else {}
        found = [known[entry] for entry in named if entry in known]
        return {"removed": list(dict.fromkeys([*removed, *found]))}

    def _known(self, site: Site, stack: Stack) -> dict[str, str]:
        """Indexes of the members by what a removal policy may call them."""
        names: dict[str, str] = {}
        scope = site.cloud.stacks.scope_of(stack)
        for name in names_of(stack.definition):
            names[name] = name
            reference = scope.reference(name)
            if reference is not None:
                names[str(reference)] = name
        return names

    def attribute_at(self, site: Site, resource: Resource, path: Sequence[Any]) -> Any:
        name, inside = str(path[0]), path[1:]
        if name.startswith(_ONE):
            index, _, attribute = name.removeprefix(_ONE).partition(".")
            if not attribute:
                return self.references(site, resource).get(index)
            return self.collect(site, resource, (attribute, *inside)).get(index)
        if name == "removed_rsrc_list":
            return list(resource.data.get("removed", ()))
        if name == "attributes" and inside:
            return self.collect(site, resource, inside)
        if name in ("refs", "refs_map", "show", "attributes"):
            references = self.references(site, resource)
            return list(references.values()) if name == "refs" else references
        return list(self.collect(site, resource, path).values())

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        return self.attribute_at(site, resource, (name,))


def _indexed(value: Any, variable: str, index: str) -> Any:
    """A definition with an index in place of its variable, in keys' values only."""
    if isinstance(value, str):
        return value.replace(variable, index)
    if isinstance(value, Mapping):
        return {key: _indexed(entry, variable, index) for key, entry in value.items()}
    if isinstance(value, list):
        return [_indexed(entry, variable, index) for entry in value]
    return value
