"""OS::Cinder::Volume, VolumeAttachment and VolumeType."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from tacker_lite.pop import errors
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import (
    CloudObject,
    Made,
    ResourceType,
    Site,
    not_found,
    present,
    shown_fields,
)

_OWN = ("name", "description", "metadata")


class Volume(CloudObject):
    """A volume, which holds no data."""

    TYPE = "OS::Cinder::Volume"
    SERVICE = "volume"
    NOUN = "volume"
    PROPERTIES: ClassVar[Schema] = {
        "size": Property("integer", least=1, update=True),
        "name": Property(update=True),
        "description": Property(update=True),
        "metadata": Property("map", update=True),
        "volume_type": Property(),
        "image": Property(custom="glance.image"),
        "availability_zone": Property(),
        "multiattach": Property("boolean"),
        "snapshot_id": Property(),
        "source_volid": Property(),
        "backup_id": Property(),
        "scheduler_hints": Property("map"),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "size": "Size in GiB.",
        "status": "Status.",
        "volume_type": "Its type.",
        "metadata": "Its metadata.",
        "attachments": "The servers it is attached to.",
        "attachments_list": "The servers it is attached to.",
        "bootable": "Whether a server may start from it.",
        "display_name": "Its name.",
        "display_description": "Its description.",
        "multiattach": "Whether several servers may have it.",
        "created_at": "When it was made.",
        "availability_zone": "Its zone.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        if properties.get("size") is None:
            raise ResourceFailure("A volume of a lab needs its size, in GiB")
        attrs = {
            **self.attrs(site, properties),
            **present(
                properties,
                *("size", "volume_type", "availability_zone", "multiattach"),
                *("snapshot_id", "source_volid", "backup_id"),
            ),
        }
        attrs.setdefault("name", site.unique_name())
        if properties.get("image"):
            attrs["imageRef"] = site.find_id("glance.image", properties["image"])
        service, owner = site.cloud.volume, site.owner
        volume = service.create_volume(owner.project_id, attrs, owner.user_id)
        return Made(volume.id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = present(properties, *_OWN)
        if "metadata" in attrs:
            attrs["metadata"] = {str(k): str(v) for k, v in attrs["metadata"].items()}
        return attrs

    def replaces(self, resource: Resource, properties: Mapping[str, Any]) -> bool:
        # A volume can only grow.
        return bool(properties["size"] < resource.properties["size"])

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        if "size" in changed:
            site.cloud.volume.extend_volume(
                site.owner.project_id, resource.physical_id, properties["size"]
            )
        return super().update(site, resource, properties, changed)

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        return {
            **shown_fields(record),
            "display_name": record.name,
            "display_description": record.description,
            "attachments_list": record.attachments,
            "availability_zone": "nova",
        }


class VolumeAttachment(ResourceType):
    """That a server has a volume."""

    TYPE = "OS::Cinder::VolumeAttachment"
    EXCLUSIVE = True
    PROPERTIES: ClassVar[Schema] = {
        "instance_uuid": Property(required=True, custom="nova.server"),
        "volume_id": Property(required=True, custom="cinder.volume"),
        "mountpoint": Property(),
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        server_id = site.find_id("nova.server", properties["instance_uuid"])
        volume_id = site.find_id("cinder.volume", properties["volume_id"])
        wanted = {"volumeId": volume_id}
        # As Cinder does, a path that is no device is left to the service.
        if str(properties.get("mountpoint", "")).startswith("/dev/"):
            wanted["device"] = properties["mountpoint"]
        entry = site.cloud.volume.attach(site.owner.project_id, server_id, wanted)
        return Made(entry["id"], {"server_id": server_id, "volume_id": volume_id})

    def delete(self, site: Site, resource: Resource) -> None:
        try:
            site.cloud.volume.detach(
                site.owner.project_id,
                resource.data["server_id"],
                resource.data["volume_id"],
            )
        except errors.PopError as error:
            if not not_found(error):
                raise

    def check(self, site: Site, resource: Resource) -> None:
        server_id, volume_id = resource.data["server_id"], resource.data["volume_id"]
        attached = site.cloud.volume.attached_to(server_id)
        if volume_id not in [volume.id for volume, _ in attached]:
            raise errors.NotFound("volume_attachment", volume_id)


class VolumeType(CloudObject):
    """A kind of volumes; all are simulated alike."""

    TYPE = "OS::Cinder::VolumeType"
    SERVICE = "volume"
    NOUN = "volume_type"
    EXCLUSIVE = True
    ADMIN_ONLY = True
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(required=True),
        "description": Property(),
        "is_public": Property("boolean", default=True),
        "metadata": Property("map"),
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = present(properties, "name", "description")
        attrs["os-volume-type-access:is_public"] = properties["is_public"]
        specs = properties.get("metadata") or {}
        attrs["extra_specs"] = {str(k): str(v) for k, v in specs.items()}
        return Made(site.cloud.volume.create_volume_type(attrs).id)

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.volume.delete_volume_type(resource.physical_id)


TYPES = (Volume, VolumeAttachment, VolumeType)
