"""Volumes, their types, and servers they are attached to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tacker_lite.pop import attributes, identifiers
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound, PopError
from tacker_lite.pop.records import new_id, now
from tacker_lite.pop.store import Table
from tacker_lite.pop.volume import records

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

#: The type of volumes whose creator names none: it says what they are.
DEFAULT_TYPE = "simulated"
DEFAULT_DESCRIPTION = "Records only: volumes of a lab hold no data"
_MAX_GIB = 2**20
_KEYS = (
    *("size", "name", "description", "volume_type", "imageRef", "metadata"),
    *("availability_zone", "multiattach", "project_id", "source_volid"),
    *("snapshot_id", "backup_id", "consistencygroup_id", "group_id"),
    *("OS-SCH-HNT:scheduler_hints", "scheduler_hints"),
)
_NO_SOURCES = (
    *("source_volid", "snapshot_id", "backup_id", "consistencygroup_id"),
    "group_id",
)


class NoSpace(PopError):
    """The PoP's disk is too small for it."""

    status = 413


class VolumeService:
    """What the block-storage API offers, as Cinder behaves.

    Every method takes the caller's project (None: an administrator, who sees all) and
    the keys of the request body, and returns records.
    """

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        place = (cloud.store, cloud.pop.name)
        self.volumes = Table(*place, "volume", records.Volume)
        self.types = Table(*place, "volume_type", records.VolumeType)

    def seed(self) -> None:
        """Make the default type."""
        lab = self.cloud.lab.topology.name
        ident = identifiers.of_topology(
            lab, self.cloud.pop.name, "volume_type", DEFAULT_TYPE
        )
        if ident not in self.types:
            self.types.put(records.VolumeType(ident, DEFAULT_TYPE, DEFAULT_DESCRIPTION))

    @property
    def used_gib(self) -> int:
        """What all volumes take together."""
        return sum(volume.size for volume in self.volumes)

    def create_volume(
        self, project_id: str | None, attrs: Attrs, user_id: str = ""
    ) -> records.Volume:
        """A volume.

        :raises BadRequest: when size, type or image are wrong.
        :raises NoSpace: when the PoP's disk has no room for it.
        """
        attributes.refuse_unknown(attrs, _KEYS)
        for key in _NO_SOURCES:
            if attrs.get(key):
                raise BadRequest(f"A lab makes no volumes from a {key}")
        zone = attributes.text(attrs, "availability_zone", "nova")
        if zone != "nova":
            raise BadRequest(f"Availability zone '{zone}' is invalid; there is nova")
        size = attributes.integer(attrs, "size", None, 1, _MAX_GIB)
        if size is None:
            raise BadRequest("Invalid input received: size must be given, in GiB")
        owner = attributes.owner(
            project_id, attrs, self.cloud.identity.project_named("admin")
        )
        volume = records.Volume(
            id=new_id(),
            project_id=owner,
            user_id=user_id,
            size=size,
            volume_type=self._type_named(attrs),
            name=attributes.text(attrs, "name"),
            description=attributes.text(attrs, "description"),
            multiattach=attributes.flag(attrs, "multiattach", False),
            metadata=attributes.text_mapping(attrs, "metadata"),
            image_id=self._image_id(project_id, attrs, size),
            created_at=now(),
        )
        volume = dataclasses.replace(volume, bootable=bool(volume.image_id))
        with self.cloud.lock:
            self._check_room(size)
            return self.volumes.put(volume)

    def _type_named(self, attrs: Attrs) -> str:
        wanted = attributes.text(attrs, "volume_type", None) or DEFAULT_TYPE
        for row in self.types:
            if wanted in (row.id, row.name):
                return row.name
        raise BadRequest(
            f"Volume type {wanted} could not be found; there are "
            + ", ".join(row.name for row in self.types),
            type="VolumeTypeNotFound",
        )

    def _image_id(self, project_id: str | None, attrs: Attrs, size: int) -> str:
        ident = attributes.text(attrs, "imageRef")
        if not ident:
            return ""
        try:
            image = self.cloud.image.get_image(project_id, ident)
        except NotFound as error:
            raise BadRequest(error.message) from None
        if size < image.min_disk:
            raise invalid("size", f"the image needs {image.min_disk} GiB")
        return image.id

    def _check_room(self, more: int) -> None:
        capacity = self.cloud.pop.capacity.disk_gib
        used = self.used_gib + self.cloud.compute.servers.used["disk"]
        if used + more > capacity:
            raise NoSpace(
                f"Requested volume exceeds the disk of the PoP: {more} GiB wanted, "
                f"{used} of {capacity} GiB in use.",
                type="VolumeSizeExceedsAvailableQuota",
            )

    def update_volume(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Volume:
        """Change name, description or metadata."""
        attributes.refuse_unknown(attrs, ("name", "description", "metadata"))
        with self.cloud.lock:
            old = self._find(project_id, ident)
            metadata = old.metadata
            if "metadata" in attrs:
                metadata = attributes.text_mapping(attrs, "metadata")
            return self.volumes.change(
                ident,
                name=attributes.text(attrs, "name", old.name),
                description=attributes.text(attrs, "description", old.description),
                metadata=metadata,
                updated_at=now(),
            )

    def extend_volume(
        self, project_id: str | None, ident: str, size: int
    ) -> records.Volume:
        """Make a volume larger.

        :param size: in GiB.
        :raises BadRequest: when it would not be larger.
        :raises NoSpace: when the PoP's disk has no room for it.
        """
        with self.cloud.lock:
            old = self._find(project_id, ident)
            if size <= old.size:
                raise BadRequest(
                    f"New size for extend must be greater than {old.size} GiB"
                )
            self._check_room(size - old.size)
            return self.volumes.change(ident, size=size, updated_at=now())

    def set_bootable(self, project_id: str | None, ident: str, bootable: bool) -> None:
        """Say whether a server may start from it."""
        with self.cloud.lock:
            self._find(project_id, ident)
            self.volumes.change(ident, bootable=bootable, updated_at=now())

    def delete_volume(self, project_id: str | None, ident: str) -> None:
        """Remove a volume.

        :raises BadRequest: while it is attached.
        """
        with self.cloud.lock:
            volume = self._find(project_id, ident)
            if volume.attachments:
                raise BadRequest(
                    "Invalid volume: Volume status must be available or error, but "
                    f"current status is: {volume.status}.",
                    type="InvalidVolume",
                )
            self.volumes.delete(ident)

    def get_volume(self, project_id: str | None, ident: str) -> records.Volume:
        """By id.

        :raises NotFound: when the project sees no such volume.
        """
        with self.cloud.lock:
            return self._find(project_id, ident)

    def list_volumes(self, project_id: str | None) -> list[records.Volume]:
        """Those of the project, newest first."""
        with self.cloud.lock:
            rows = [row for row in self.volumes if project_id in (None, row.project_id)]
        rows.reverse()
        return rows

    def _find(self, project_id: str | None, ident: str) -> records.Volume:
        volume = self.volumes.get(ident)
        if volume is None or project_id not in (None, volume.project_id):
            raise NotFound("volume", ident)
        return volume

    # Attachments: a volume's id is that of its attachment, as the compute API has it

    def attach(
        self, project_id: str | None, server_id: str, attrs: Attrs
    ) -> dict[str, str]:
        """Attach a volume to a server; returns the attachment.

        :raises Conflict: when it is attached to one already.
        """
        known = ("volumeId", "device", "tag", "delete_on_termination")
        attributes.refuse_unknown(attrs, known)
        ident = attributes.required_text(attrs, "volumeId")
        with self.cloud.lock:
            server = self.cloud.compute.find_server(project_id, server_id)
            volume = self._find(project_id, ident)
            if volume.attachments and not (
                volume.multiattach
                and all(a["server_id"] != server.id for a in volume.attachments)
            ):
                raise Conflict(
                    f"Invalid volume: volume {ident} is already attached to an instance"
                )
            device = attributes.text(attrs, "device") or self._free_device(server.id)
            entry = {
                "id": new_id(),
                "server_id": server.id,
                "device": device,
                "attached_at": now(),
            }
            attachments = [*volume.attachments, entry]
            self.volumes.change(ident, attachments=attachments, status="in-use")
            return entry

    def _free_device(self, server_id: str) -> str:
        taken = {entry["device"] for _, entry in self.attached_to(server_id)}
        letters = "bcdefghijklmnopqrstuvwxyz"
        for letter in letters:
            if f"/dev/vd{letter}" not in taken:
                return f"/dev/vd{letter}"
        raise Conflict(
            f"Server {server_id} has {len(letters)} volumes: there is no room"
        )

    def detach(self, project_id: str | None, server_id: str, ident: str) -> None:
        """Take a volume from a server.

        :raises NotFound: when it is not attached to it.
        """
        with self.cloud.lock:
            self.cloud.compute.find_server(project_id, server_id)
            volume = self._find(project_id, ident)
            if all(entry["server_id"] != server_id for entry in volume.attachments):
                raise NotFound("volume_attachment", ident)
            self._without(volume, server_id)

    def _without(self, volume: records.Volume, server_id: str) -> None:
        rest = [
            entry for entry in volume.attachments if entry["server_id"] != server_id
        ]
        status = "in-use" if rest else "available"
        self.volumes.change(volume.id, attachments=rest, status=status)

    def attached_to(
        self, server_id: str
    ) -> list[tuple[records.Volume, dict[str, str]]]:
        """The volumes of a server with their attachments."""
        with self.cloud.lock:
            return [
                (volume, entry)
                for volume in self.volumes
                for entry in volume.attachments
                if entry["server_id"] == server_id
            ]

    def server_gone(self, server_id: str) -> None:
        """A server is removed: its volumes are available again."""
        for volume, _ in self.attached_to(server_id):
            self._without(volume, server_id)

    # Types

    def create_volume_type(self, attrs: Attrs) -> records.VolumeType:
        """A further type; its volumes are simulated too.

        :raises Conflict: when there is one of that name.
        """
        known = ("name", "description", "os-volume-type-access:is_public")
        attributes.refuse_unknown(attrs, (*known, "extra_specs"))
        name = attributes.required_text(attrs, "name")
        with self.cloud.lock:
            if any(row.name == name for row in self.types):
                raise Conflict(f"Volume Type {name} already exists.")
            public = attributes.flag(attrs, "os-volume-type-access:is_public", True)
            row = records.VolumeType(
                id=new_id(),
                name=name,
                description=attributes.text(attrs, "description"),
                is_public=public,
                extra_specs=attributes.text_mapping(attrs, "extra_specs"),
            )
            return self.types.put(row)

    def delete_volume_type(self, ident: str) -> None:
        """Remove a type.

        :raises BadRequest: while volumes are of it, and the default one.
        """
        with self.cloud.lock:
            row = self.get_volume_type(None, ident)
            used = any(volume.volume_type == row.name for volume in self.volumes)
            if used or row.name == DEFAULT_TYPE:
                raise BadRequest(
                    f"The volume type {row.name} is in use, or the default one."
                )
            self.types.delete(ident)

    def get_volume_type(self, project_id: str | None, ident: str) -> records.VolumeType:
        """By id.

        :raises NotFound: when there is none.
        """
        with self.cloud.lock:
            return self.types.find("volume type", ident)

    def list_volume_types(self, project_id: str | None) -> list[records.VolumeType]:
        """All of them, oldest first."""
        with self.cloud.lock:
            return list(self.types)
