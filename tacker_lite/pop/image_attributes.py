"""Attributes of images: what a body may say, and changes as JSON patches."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict, Forbidden, PopError

#: Attributes that only the service itself sets.
FIXED = (
    *("id", "status", "size", "checksum", "os_hash_algo", "os_hash_value", "file"),
    *("created_at", "updated_at", "schema", "self", "virtual_size"),
    *("direct_url", "locations"),
)
_OWN_KEYS = (
    *("name", "visibility", "disk_format", "container_format", "min_disk", "min_ram"),
    *("os_hidden", "protected", "tags", "location", "owner"),
)
#: Set while an image waits for its data only.
FORMATS = ("disk_format", "container_format")
VISIBILITIES = ("public", "private", "shared", "community")
MOST = 128
_CONTAINER_FORMATS = (
    *("ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"),
)
_DISK_FORMATS = (
    *("ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso"),
    "ploop",
)


class LimitExceeded(PopError):
    """More of something than an image may have."""

    status = 413


def mismatch(reason: str) -> BadRequest:
    """The error for a body that is not as the schema of images says."""
    return BadRequest(f"Provided object does not match schema 'image': {reason}")


def checked_id(attrs: Attrs) -> str:
    """The demanded id; it names a file, so nothing but a UUID will do."""
    value = str(attributes.text(attrs, "id"))
    try:
        return str(uuid.UUID(value)) if value else ""
    except ValueError:
        raise mismatch(f"'{value}' is no UUID") from None


def described(
    project_id: str | None, old: records.Image, attrs: Mapping[str, Any]
) -> records.Image:
    """The image with the attributes of a body; what is not known is a property.

    :param project_id: the caller's; None: an administrator.
    :raises Forbidden: when another than an administrator publishes it.
    :raises LimitExceeded: when it has more properties or tags than may be.
    """
    visibility = attributes.text(attrs, "visibility", old.visibility)
    if visibility not in VISIBILITIES:
        raise mismatch(f"'{visibility}' is not one of {list(VISIBILITIES)}")
    if visibility == "public" != old.visibility and project_id is not None:
        raise Forbidden("You are not authorized to complete publicize_image action.")
    properties = dict(old.properties)
    properties.update({k: v for k, v in attrs.items() if k not in _OWN_KEYS})
    _check_schema(attrs, properties)
    values = attributes.changed(
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
    )
    values["tags"] = list(dict.fromkeys(values["tags"]))
    _check_count("image properties", len(properties))
    _check_count("image tags", len(values["tags"]))
    return dataclasses.replace(
        old,
        **values,
        visibility=visibility,
        location=attributes.text(attrs, "location", old.location, 2048),
        properties=properties,
    )


def _check_schema(attrs: Attrs, properties: Mapping[str, Any]) -> None:
    """What the schema of images says of types and values."""
    for name, value in properties.items():
        if not 0 < len(name) <= 255:
            raise mismatch(f"'{name}' is not a name of 1 to 255 characters")
        if not isinstance(value, str):
            raise mismatch(f"{value!r} is not of type 'string'")
    for name in ("min_disk", "min_ram"):
        if isinstance(attrs.get(name), int) and attrs[name] < 0:
            raise BadRequest(
                f"Invalid value '{attrs[name]}' for parameter '{name}': Cannot be a"
                " negative value"
            )
    for name in ("protected", "os_hidden"):
        if not isinstance(attrs.get(name, False), bool):
            raise mismatch(f"{attrs[name]!r} is not of type 'boolean'")
    for name, known in (
        ("disk_format", _DISK_FORMATS),
        ("container_format", _CONTAINER_FORMATS),
    ):
        if attrs.get(name) not in (None, *known):
            raise mismatch(f"{attrs[name]!r} is not one of {[None, *known]}")


def _check_count(what: str, count: int) -> None:
    if count > MOST:
        raise LimitExceeded(
            f"The limit has been exceeded on the number of allowed {what}."
            f" Attempted: {count}, Maximum: {MOST}"
        )


def patched(project_id: str | None, image: records.Image, change: Any) -> records.Image:
    """The image after one JSON patch operation.

    :raises BadRequest: when it is none that is offered.
    :raises Conflict: when a property to replace or remove is not there.
    :raises Forbidden: when the attribute is not the caller's to change.
    """
    if not isinstance(change, Mapping):
        raise BadRequest("Operations must be JSON objects.")
    operation = change.get("op")
    path = str(change.get("path", ""))
    key = path[1:].replace("~1", "/").replace("~0", "~")
    if not path.startswith("/"):
        raise BadRequest(f'Pointer `{path}` does not start with "/".')
    if not key or "/" in path[1:]:
        raise BadRequest(f"Invalid JSON pointer '{path}' for an image.")
    if key in FIXED:
        raise Forbidden(f"Attribute '{key}' is read-only.")
    if operation not in ("add", "replace", "remove"):
        raise BadRequest(
            f"Invalid operation: `{operation}`. It must be one of the following: add,"
            " remove, replace."
        )
    own = key in _OWN_KEYS
    if operation != "add" and not own and key not in image.properties:
        raise Conflict(f"Property {key} does not exist.")
    if operation == "remove":
        if own:
            raise Forbidden(f"Property {key} may not be removed.")
        rest = {k: v for k, v in image.properties.items() if k != key}
        return dataclasses.replace(image, properties=rest)
    if "value" not in change:
        raise BadRequest(f'Operation "{operation}" requires a member named "value".')
    return _replaced(project_id, image, key, change["value"])


def _replaced(
    project_id: str | None, image: records.Image, key: str, value: Any
) -> records.Image:
    if key in FORMATS and image.status != "queued" and value != getattr(image, key):
        raise Forbidden(f"Attribute {key} can be only replaced for a queued image.")
    if key == "owner":
        if project_id not in (None, value):
            raise Forbidden("Owner can't be updated by non admin.")
        owner = attributes.required_text({"owner": value}, "owner")
        return dataclasses.replace(image, project_id=owner)
    return described(project_id, image, {key: value})
