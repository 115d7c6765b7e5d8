"""OS::Nova::ServerGroup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tacker_lite.pop.compute.server_group import POLICIES
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.resources.base import CloudObject, Made, Site, present


class ServerGroup(CloudObject):
    """Servers that are to stand on one host or on different ones."""

    TYPE = "OS::Nova::ServerGroup"
    SERVICE = "compute"
    NOUN = "server_group"
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(),
        "policies": Property(
            "list", items=Property(allowed=POLICIES), default=["anti-affinity"]
        ),
        "rules": Property(
            "map", fields={"max_server_per_host": Property("integer", least=1)}
        ),
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = present(properties, "name", "policies", "rules")
        attrs.setdefault("name", site.unique_name())
        return Made(self.call(site, "create", attrs, site.owner.user_id).id)
