"""OS::Heat::ResourceGroup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Definition, Resource
from tacker_lite.pop.stack.resources.base import Site
from tacker_lite.pop.stack.resources.nested import Group, check_number, group_template

#: An attribute of one member is asked for as ``resource.<index>.<attribute>``.
_ONE = "resource."


class ResourceGroup(Group):
    """Resources that are all alike, but for their index in texts."""

    TYPE = "OS::Heat::ResourceGroup"
    ANY_ATTRIBUTE: ClassVar[bool] = True
    PROPERTIES: ClassVar[Schema] = {
        "count": Property("integer", default=1, least=0, update=True),
        "index_var": Property(default="%index%"),
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
    }

    def validate(self, properties: Mapping[str, Any]) -> None:
        if len(properties["index_var"]) < 3:
            raise ValueError("index_var has fewer than 3 characters")

    def inner(self, outer: Definition, properties: Mapping[str, Any]) -> Definition:
        wanted = properties["resource_def"]
        given = {k: v for k, v in wanted.items() if v is not None}
        count = properties["count"]
        # One member stands for a number that is known only later.
        numbers = range(count if isinstance(count, int) else 1)
        check_number(len(numbers))
        members = {
            str(number): _indexed(given, properties["index_var"], str(number))
            for number in numbers
        }
        return replace(outer, template=group_template(members), parameters={})

    def attribute_at(self, site: Site, resource: Resource, path: Sequence[Any]) -> Any:
        name, inside = str(path[0]), path[1:]
        if name.startswith(_ONE):
            index, _, attribute = name.removeprefix(_ONE).partition(".")
            if not attribute:
                return self.references(site, resource).get(index)
            return self.collect(site, resource, (attribute, *inside)).get(index)
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
