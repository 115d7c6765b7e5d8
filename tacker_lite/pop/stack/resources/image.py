"""OS::Glance types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.resources.base import CloudObject, Made, Site, present

_DISK_FORMATS = (
    *("ami", "ari", "aki", "vhd", "vhdx", "vmdk"),
    *("raw", "qcow2", "vdi", "iso", "ploop"),
)
_CONTAINER_FORMATS = ("ami", "ari", "aki", "bare", "ovf", "ova", "docker")


class WebImage(CloudObject):
    """An image at a URL, which the lab records and never fetches."""

    TYPE = "OS::Glance::WebImage"
    SERVICE = "image"
    NOUN = "image"
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(),
        "id": Property(),
        "location": Property(required=True),
        "container_format": Property(required=True, allowed=_CONTAINER_FORMATS),
        "disk_format": Property(required=True, allowed=_DISK_FORMATS),
        "visibility": Property(
            default="private", allowed=("public", "private", "community", "shared")
        ),
        "min_disk": Property("integer", default=0, least=0, most=10000),
        "min_ram": Property("integer", default=0, least=0, most=500000),
        "protected": Property("boolean", default=False),
        "tags": Property("list", items=Property()),
        "architecture": Property(),
        "os_distro": Property(),
        "os_version": Property(),
        "extra_properties": Property("map", default={}),
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {
            **present(properties, *(set(self.PROPERTIES) - {"extra_properties"})),
            **properties["extra_properties"],
        }
        attrs.setdefault("name", site.unique_name())
        return Made(self.call(site, "create", attrs).id)
