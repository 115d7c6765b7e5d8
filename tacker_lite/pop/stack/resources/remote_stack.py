"""OS::Heat::Stack: a stack whose template is a property."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Definition, Resource
from tacker_lite.pop.stack.resources.base import Site
from tacker_lite.pop.stack.resources.nested import NestedStack
from tacker_lite.pop.stack.snippets import UNKNOWN
from tacker_lite.pop.stack.template import load_yaml

_CONTEXT: Schema = {
    "region_name": Property(),
    "credential_secret_id": Property(),
    "ca_cert": Property(),
    "insecure": Property("boolean", default=False),
}


class RemoteStack(NestedStack):
    """A stack of its own template; in a lab always in the same PoP, as a nested one."""

    TYPE = "OS::Heat::Stack"
    PROPERTIES: ClassVar[Schema] = {
        "template": Property(required=True, update=True),
        "parameters": Property("map", default={}, update=True),
        "timeout": Property("integer", least=1, update=True),
        "context": Property("map", fields=_CONTEXT, update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "stack_name": "Name of the stack.",
        "outputs": "Its outputs, by name.",
    }

    def inner(
        self, outer: Definition, properties: Mapping[str, Any]
    ) -> Definition | None:
        if properties["template"] is UNKNOWN:
            return None
        template = load_yaml(properties["template"], "template")
        return replace(outer, template=template, parameters=properties["parameters"])

    def wanted(self, site: Site, properties: Mapping[str, Any]) -> Definition:
        context = properties.get("context") or {}
        own = site.cloud.pop.region
        if context.get("region_name") not in (None, own):
            raise ResourceFailure(
                f"context.region_name: a stack of the lab is in its PoP's region, {own}"
            )
        if context.get("credential_secret_id"):
            raise ResourceFailure("context.credential_secret_id: the lab keeps none")
        return super().wanted(site, properties)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        stack = site.cloud.stacks.get_nested(resource)
        if name == "stack_name":
            return stack.name
        outputs = {
            output["output_key"]: output["output_value"]
            for output in site.cloud.stacks.outputs(stack)
        }
        if name == "outputs":
            return outputs
        return {"id": stack.id, "stack_name": stack.name, "outputs": outputs}
