"""OS::Nova::KeyPair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import Made, ResourceType, Site


class KeyPair(ResourceType):
    """A public key of the stack's owner."""

    TYPE = "OS::Nova::KeyPair"
    EXCLUSIVE = True
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(required=True),
        "public_key": Property(),
        "save_private_key": Property("boolean", default=False),
        "type": Property(allowed=("ssh",)),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "public_key": "The public key.",
        "private_key": "The private key, where the service made and the stack kept it.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {"name": properties["name"]}
        if properties.get("public_key"):
            attrs["public_key"] = properties["public_key"]
        owner = site.owner
        made = site.cloud.compute.create_keypair(owner.project_id, owner.user_id, attrs)
        private = getattr(made, "private_key", "")
        kept = private if properties["save_private_key"] else ""
        return Made(made.name, {"private_key": kept})

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.compute.delete_keypair(site.owner.user_id, resource.physical_id)

    def check(self, site: Site, resource: Resource) -> None:
        site.cloud.compute.get_keypair(site.owner.user_id, resource.physical_id)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        key = site.cloud.compute.get_keypair(site.owner.user_id, resource.physical_id)
        private = resource.data.get("private_key", "")
        if name == "private_key":
            return private
        return key.public_key if name == "public_key" else {"name": key.name}
