"""Images of a PoP."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import uuid
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from tacker_lite.pop import attributes, identifiers, records
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Conflict, Forbidden, NotFound
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

_FIXED = (
    *("id", "status", "size", "checksum", "os_hash_algo", "os_hash_value", "file"),
    *("owner", "created_at", "updated_at", "schema", "self", "virtual_size"),
    *("direct_url", "locations"),
)
_VISIBILITIES = ("public", "private", "shared", "community")


class ImageService:
    """What the image API offers, as Glance behaves.

    Data is a file per image beside the store; an interrupted upload leaves the image
    queued, as if it had not begun.
    """

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        self.images = Table(cloud.store, cloud.pop.name, "image", records.Image)
        self._directory = os.path.join(
            cloud.store.directory, "images", identifiers.file_name(cloud.pop.name)
        )

    def open(self) -> None:
        """Make the topology's images; clean up after interrupted uploads."""
        self._seed()
        for image in self.images:
            if image.status == "saving":
                self.images.change(image.id, status="queued")
        if os.path.isdir(self._directory):
            for name in os.listdir(self._directory):
                owner = self.images.get(name)
                if owner is None or owner.status == "queued":
                    os.unlink(os.path.join(self._directory, name))

    def _seed(self) -> None:
        pop = self.cloud.pop
        lab = self.cloud.lab.topology.name
        for entry in pop.images:
            ident = identifiers.of_topology(lab, pop.name, "image", entry.name)
            if ident in self.images:
                continue
            moment = records.now()
            self.images.put(
                records.Image(
                    id=ident,
                    project_id=self.cloud.identity.project_named("admin"),
                    name=entry.name,
                    status="active",
                    visibility="public",
                    disk_format="raw",
                    container_format="bare",
                    size=0,
                    properties={"description": "The host's own files"},
                    created_at=moment,
                    updated_at=moment,
                )
            )

    def create_image(self, project_id: str | None, attrs: Attrs) -> records.Image:
        """A queued image; an active one when the body names a ``location``.

        A location, the URL of a web image, is only recorded.

        :raises Conflict: when the demanded id is taken.
        """
        if not isinstance(attrs, Mapping):
            raise BadRequest("The body must be an object")
        for key in attrs:
            if key in _FIXED and key not in ("id", "owner"):
                raise Forbidden(f"Attribute '{key}' is read-only.")
        owned = {**attrs, "project_id": attrs.get("owner")}
        moment = records.now()
        image = records.Image(
            id=_checked_id(attrs) or records.new_id(),
            project_id=attributes.owner(
                project_id, owned, self.cloud.identity.project_named("admin")
            ),
            created_at=moment,
            updated_at=moment,
        )
        values = {k: v for k, v in attrs.items() if k not in ("id", "owner")}
        image = _with(project_id, image, values)
        if image.location:
            image = dataclasses.replace(image, status="active", size=0)
        with self.cloud.lock:
            if image.id in self.images:
                raise Conflict(f"Image ID {image.id} already exists!")
            return self.images.put(image)

    def upload(
        self, project_id: str | None, ident: str, chunks: Iterable[bytes]
    ) -> records.Image:
        """Take an image's data and make it active.

        :raises Conflict: when it has data already.
        """
        with self.cloud.lock:
            image = self._own(project_id, ident)
            if image.status != "queued":
                raise Conflict(f"Image {ident} is {image.status}, it takes no data")
            self.images.change(ident, status="saving")
        try:
            values = self._save(ident, chunks)
        except BaseException:
            with self.cloud.lock:
                if ident in self.images:
                    self.images.change(ident, status="queued")
            raise
        with self.cloud.lock:
            if ident not in self.images:
                self._remove_data(ident)
                raise NotFound("image", ident)
            moment = records.now()
            return self.images.change(
                ident, status="active", updated_at=moment, **values
            )

    def _path(self, ident: str) -> str:
        return os.path.join(self._directory, ident)

    def _save(self, ident: str, chunks: Iterable[bytes]) -> dict[str, Any]:
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        md5 = hashlib.md5(usedforsecurity=False)
        sha512 = hashlib.sha512()
        size = 0
        try:
            with open(self._path(ident), "wb") as stream:
                for chunk in chunks:
                    stream.write(chunk)
                    md5.update(chunk)
                    sha512.update(chunk)
                    size += len(chunk)
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            self._remove_data(ident)
            raise
        return {
            "size": size,
            "checksum": md5.hexdigest(),
            "os_hash_algo": "sha512",
            "os_hash_value": sha512.hexdigest(),
        }

    def _remove_data(self, ident: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path(ident))

    def data(self, project_id: str | None, ident: str) -> IO[bytes]:
        """The data as an open file, for the caller to close.

        :raises NotFound: when the image has none.
        """
        image = self.get_image(project_id, ident)
        if image.status == "active":
            with contextlib.suppress(FileNotFoundError):
                return open(self._path(image.id), "rb")  # noqa: SIM115 (caller closes)
        raise NotFound("image data", ident)

    def update_image(
        self, project_id: str | None, ident: str, changes: list[dict[str, Any]]
    ) -> records.Image:
        """Apply JSON patch operations: add, replace or remove a property.

        :raises Conflict: when a property to replace or remove is not there.
        """
        if not isinstance(changes, list):
            raise BadRequest("Request body must be a JSON array of operation objects.")
        with self.cloud.lock:
            image = self._own(project_id, ident)
            for change in changes:
                image = self._patched(project_id, image, change)
            image = dataclasses.replace(image, updated_at=records.now())
            if image.location and image.status == "queued":
                image = dataclasses.replace(image, status="active", size=0)
            return self.images.put(image)

    def _patched(
        self, project_id: str | None, image: records.Image, change: Any
    ) -> records.Image:
        if not isinstance(change, Mapping):
            raise BadRequest("Operations must be JSON objects.")
        operation = change.get("op")
        path = str(change.get("path", ""))
        key = path[1:].replace("~1", "/").replace("~0", "~")
        if not path.startswith("/") or not key or "/" in path[1:]:
            raise BadRequest(f"Invalid JSON pointer '{path}' for an image.")
        if key in _FIXED:
            raise Forbidden(f"Attribute '{key}' is read-only.")
        if operation not in ("add", "replace", "remove"):
            raise BadRequest(f"Operation '{operation}' is not add, replace or remove.")
        own = key in _OWN_KEYS
        if operation != "add" and not own and key not in image.properties:
            raise Conflict(f"Property {key} does not exist.")
        if operation == "remove":
            if own:
                raise Forbidden(f"Property {key} may not be removed.")
            rest = {k: v for k, v in image.properties.items() if k != key}
            return dataclasses.replace(image, properties=rest)
        if "value" not in change:
            raise BadRequest(f"Operation {operation} on {path} needs a value.")
        return _with(project_id, image, {key: change["value"]})

    def delete_image(self, project_id: str | None, ident: str) -> None:
        """Remove an image with its data.

        :raises Forbidden: when it is protected.
        """
        with self.cloud.lock:
            image = self._own(project_id, ident)
            if image.protected:
                raise Forbidden(f"Image {ident} is protected and cannot be deleted.")
            self.images.delete(ident)
            self._remove_data(ident)

    def get_image(self, project_id: str | None, ident: str) -> records.Image:
        """By id.

        :raises NotFound: when the project sees no such image.
        """
        with self.cloud.lock:
            image = self.images.get(ident)
        if image is None or not (
            project_id in (None, image.project_id)
            or image.visibility in ("public", "community")
        ):
            raise NotFound("image", ident)
        return image

    def list_images(self, project_id: str | None) -> list[records.Image]:
        """Those that the project sees, newest first."""
        with self.cloud.lock:
            rows = [
                row
                for row in self.images
                if project_id in (None, row.project_id) or row.visibility == "public"
            ]
        rows.reverse()
        return rows

    def _own(self, project_id: str | None, ident: str) -> records.Image:
        image = self.get_image(project_id, ident)
        if project_id not in (None, image.project_id):
            raise Forbidden(f"Image {ident} belongs to another project")
        return image


def _checked_id(attrs: Attrs) -> str:
    """The demanded id; it names a file, so nothing but a UUID will do."""
    value = str(attributes.text(attrs, "id"))
    try:
        return str(uuid.UUID(value)) if value else ""
    except ValueError:
        raise invalid("id", f"'{value}' is not a UUID") from None


_OWN_KEYS = (
    *("name", "visibility", "disk_format", "container_format", "min_disk", "min_ram"),
    *("os_hidden", "protected", "tags", "location"),
)


def _with(
    project_id: str | None, old: records.Image, attrs: Mapping[str, Any]
) -> records.Image:
    """The image with the attributes of a body; what is not known is a property."""
    visibility = attributes.text(attrs, "visibility", old.visibility)
    if visibility not in _VISIBILITIES:
        raise invalid("visibility", f"'{visibility}' is none of {_VISIBILITIES}")
    if visibility == "public" != old.visibility and project_id is not None:
        raise Forbidden("Only an administrator may publish an image")
    properties = dict(old.properties)
    properties.update({k: v for k, v in attrs.items() if k not in _OWN_KEYS})
    return dataclasses.replace(
        old,
        **attributes.changed(
            old,
            attrs,
            name=attributes.text,
            disk_format=attributes.text,
            container_format=attributes.text,
            min_disk=attributes.integer,
            min_ram=attributes.integer,
            os_hidden=attributes.flag,
            protected=attributes.flag,
            tags=attributes.texts,
        ),
        visibility=visibility,
        location=attributes.text(attrs, "location", old.location, 2048),
        properties=properties,
    )
