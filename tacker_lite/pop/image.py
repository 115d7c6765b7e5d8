"""Images of a PoP."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from tacker_lite.pop import (
    attributes,
    identifiers,
    image_attributes,
    image_sources,
    records,
)
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict, Forbidden, NotFound
from tacker_lite.pop.image_data import ImageData
from tacker_lite.pop.image_sharing import ImageSharing
from tacker_lite.pop.runtime.base import ImageSource

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


class ImageService(ImageSharing):
    """What the image API offers, as Glance behaves.

    An interrupted upload leaves the image queued, as if it had not begun.
    """

    def __init__(self, cloud: Cloud):
        super().__init__(cloud)
        place = ("images", identifiers.file_name(cloud.pop.name))
        self.files = ImageData(os.path.join(cloud.store.directory, *place))

    def open(self) -> None:
        """Make the topology's images; clean up after interrupted uploads."""
        self._seed()
        for image in self.images:
            if image.status == "saving":
                if image.of_server:
                    self.images.delete(image.id)
                else:
                    self.images.change(image.id, status="queued")
        self.files.keep_only([row.id for row in self.images if row.status != "queued"])

    def _seed(self) -> None:
        pop = self.cloud.pop
        lab = self.cloud.lab.topology.name
        for entry in pop.images:
            ident = identifiers.of_topology(lab, pop.name, "image", entry.name)
            if ident in self.images:
                continue
            if not image_sources.wanted(entry, pop.name, self.cloud.runtime):
                continue
            moment = records.now()
            data: Mapping[str, Any] = {"size": 0}
            if entry.file:
                base = self.cloud.lab.topology.directory
                chunks = image_sources.read_file(entry, pop.name, base)
                data = self.files.save(ident, chunks)
            self.images.put(
                records.Image(
                    id=ident,
                    project_id=self.cloud.identity.project_named("admin"),
                    name=entry.name,
                    status="active",
                    visibility="public",
                    disk_format="raw",
                    created_at=moment,
                    updated_at=moment,
                    **image_sources.described(entry),
                    **data,
                )
            )

    def create_image(self, project_id: str | None, attrs: Attrs) -> records.Image:
        """A queued image; an active one when the body says where its data is.

        A ``location``, the URL of a web image, is only recorded; ``docker_image`` is
        what a container's files are pulled by.

        :raises Conflict: when the demanded id is taken.
        """
        if not isinstance(attrs, Mapping):
            raise BadRequest("The body must be an object")
        for key in attrs:
            if key in image_attributes.FIXED and key != "id":
                raise Forbidden(f"Attribute '{key}' is read-only.")
        owned = {**attrs, "project_id": attrs.get("owner")}
        moment = records.now()
        image = records.Image(
            id=image_attributes.checked_id(attrs) or records.new_id(),
            project_id=attributes.owner(
                project_id, owned, self.cloud.identity.project_named("admin")
            ),
            created_at=moment,
            updated_at=moment,
        )
        values = {k: v for k, v in attrs.items() if k not in ("id", "owner")}
        image = image_attributes.described(project_id, image, values)
        if image_sources.is_elsewhere(image):
            image = dataclasses.replace(image, status="active", size=0)
        with self.cloud.lock:
            if image.id in self.images:
                raise Conflict(f"Image ID {image.id} already exists!")
            return self.images.put(image)

    def upload(
        self, project_id: str | None, ident: str, chunks: Iterable[bytes]
    ) -> records.Image:
        """Take an image's data and make it active.

        :raises BadRequest: when its formats are not set.
        :raises Conflict: when it has data already.
        :raises StorageFull: when this machine's disk has no room for it.
        """
        with self.cloud.lock:
            image = self.own(project_id, ident)
            unset = [key for key in image_attributes.FORMATS if not getattr(image, key)]
            if unset:
                raise BadRequest(
                    f"Properties {', '.join(unset)} must be set prior to saving data."
                )
            if image.status != "queued":
                raise Conflict(
                    f"Image status transition from {image.status} to saving is not"
                    " allowed"
                )
            self.images.change(ident, status="saving")
        try:
            values = self.files.save(ident, chunks)
        except BaseException:
            with self.cloud.lock:
                if ident in self.images:
                    self.images.change(ident, status="queued")
            raise
        return self._completed(ident, values)

    def _completed(self, ident: str, values: Mapping[str, Any]) -> records.Image:
        with self.cloud.lock:
            if ident not in self.images:
                self.files.remove(ident)
                raise NotFound("image", ident, f"No image found with ID {ident}")
            moment = records.now()
            return self.images.change(
                ident, status="active", updated_at=moment, **values
            )

    def data(self, project_id: str | None, ident: str) -> IO[bytes]:
        """The data as an open file, for the caller to close.

        :raises Forbidden: when the image is deactivated and the caller no
            administrator.
        :raises NotFound: when the image has none.
        """
        image = self.get_image(project_id, ident)
        if image.status == "deactivated" and project_id is not None:
            raise Forbidden(
                "The requested image has been deactivated. Image data"
                " download is forbidden."
            )
        found = None
        if image.status in ("active", "deactivated"):
            found = self.files.open(image.id)
        if found is None:
            raise NotFound("image data", ident)
        return found

    def update_image(
        self, project_id: str | None, ident: str, changes: list[dict[str, Any]]
    ) -> records.Image:
        """Apply JSON patch operations: add, replace or remove a property.

        :raises Conflict: when a property to replace or remove is not there.
        """
        if not isinstance(changes, list):
            raise BadRequest("Request body must be a JSON array of operation objects.")
        with self.cloud.lock:
            image = self.own(project_id, ident)
            for change in changes:
                image = image_attributes.patched(project_id, image, change)
            image = dataclasses.replace(image, updated_at=records.now())
            if image_sources.is_elsewhere(image) and image.status == "queued":
                image = dataclasses.replace(image, status="active", size=0)
            return self.images.put(image)

    def set_active(self, project_id: str | None, ident: str, active: bool) -> None:
        """Deactivate an image, so that only administrators get its data, or reactivate.

        :raises Forbidden: unless it is active or deactivated.
        """
        with self.cloud.lock:
            image = self.own(project_id, ident)
            verb = "reactivate" if active else "deactivate"
            if image.status not in ("active", "deactivated"):
                raise Forbidden(
                    f"Not allowed to {verb} image in status '{image.status}'"
                )
            status = "active" if active else "deactivated"
            self.images.change(ident, status=status, updated_at=records.now())

    def delete_image(self, project_id: str | None, ident: str) -> None:
        """Remove an image with its data.

        :raises Forbidden: when it is protected.
        """
        with self.cloud.lock, self.cloud.store.transaction():
            image = self.own(project_id, ident)
            if image.protected:
                raise Forbidden(f"Image {ident} is protected and cannot be deleted.")
            self.images.delete(ident)
            for member in self.members:
                if member.image_id == ident:
                    self.members.delete(member.id)
        self.files.remove(ident)
        self.cloud.runtime.forget_image(ident)

    # Copies of servers' disks

    def begin_snapshot(
        self, server: records.Server, name: str, metadata: Mapping[str, str]
    ) -> records.Image:
        """An image that waits for what the runtime saves of a server's disk."""
        moment = records.now()
        base = self.images.get(server.image_id)
        return self.images.put(
            records.Image(
                id=records.new_id(),
                project_id=server.project_id,
                name=name,
                status="saving",
                visibility="private",
                disk_format="raw",
                container_format="bare",
                min_disk=server.flavor.disk,
                min_ram=base.min_ram if base else 0,
                of_server=True,
                properties={
                    **metadata,
                    "image_type": "snapshot",
                    "base_image_ref": server.image_id,
                    "instance_uuid": server.id,
                    "user_id": server.user_id,
                    "owner_id": server.project_id,
                },
                created_at=moment,
                updated_at=moment,
            )
        )

    def complete_snapshot(self, ident: str, write: Callable[[str], None]) -> None:
        """Have a server's disk saved as an image's data.

        :param write: gets the path of the file to make.
        :raises NotFound: when the image was removed meanwhile.
        """
        self._completed(ident, self.files.fill(ident, write))

    def end_snapshot(self, ident: str) -> None:
        """Forget a copy that was not completed; one that was, or is none, stays."""
        with self.cloud.changed:
            image = self.images.get(ident)
            if image is not None and image.of_server and image.status == "saving":
                self.images.delete(ident)
                self.cloud.changed.notify_all()

    def source(self, ident: str) -> ImageSource | None:
        """What a container of an image is made of; None: the image is gone."""
        return image_sources.source(self.images.get(ident), self.files)

    def snapshot_path(self, ident: str) -> str:
        """The file that a server's disk was saved to; empty: the image is no copy."""
        image = self.images.get(ident)
        known = image is not None and image.of_server and self.files.exists(ident)
        return self.files.path(ident) if known else ""
