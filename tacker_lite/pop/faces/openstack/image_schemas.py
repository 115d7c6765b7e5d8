"""JSON schemas of images, which clients ask the image API for."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop.faces.openstack.request import Answer, Context

_TEXT: dict[str, Any] = {"type": ["null", "string"], "maxLength": 255}
_TIME = {"type": "string", "readOnly": True}
_KEPT_TEXT = {"type": ["null", "string"], "readOnly": True}

IMAGE: dict[str, Any] = {
    "name": "image",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": _TEXT,
        "status": {
            "type": "string",
            "enum": ["queued", "saving", "active", "deactivated"],
            "readOnly": True,
        },
        "owner": _TEXT,
        "visibility": {
            "type": "string",
            "enum": ["community", "public", "private", "shared"],
        },
        "disk_format": {"type": ["null", "string"]},
        "container_format": {"type": ["null", "string"]},
        "min_disk": {"type": "integer"},
        "min_ram": {"type": "integer"},
        "size": {"type": ["null", "integer"], "readOnly": True},
        "virtual_size": {"type": ["null", "integer"], "readOnly": True},
        "checksum": _KEPT_TEXT,
        "os_hash_algo": _KEPT_TEXT,
        "os_hash_value": _KEPT_TEXT,
        "os_hidden": {"type": "boolean"},
        "protected": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 255}},
        "created_at": _TIME,
        "updated_at": _TIME,
        "self": {"type": "string", "readOnly": True},
        "file": {"type": "string", "readOnly": True},
        "schema": {"type": "string", "readOnly": True},
        "locations": {"type": "array", "items": {"type": "object"}},
    },
    "additionalProperties": {"type": "string"},
    "links": [
        {"rel": "self", "href": "{self}"},
        {"rel": "enclosure", "href": "{file}"},
        {"rel": "describedby", "href": "{schema}"},
    ],
}

IMAGES: dict[str, Any] = {
    "name": "images",
    "properties": {
        "images": {"type": "array", "items": IMAGE},
        "schema": {"type": "string"},
        "next": {"type": "string"},
        "first": {"type": "string"},
    },
    "links": [
        {"rel": "first", "href": "{first}"},
        {"rel": "next", "href": "{next}"},
        {"rel": "describedby", "href": "{schema}"},
    ],
}


def show_image(ctx: Context) -> Answer:
    """The schema of one image."""
    return 200, IMAGE


def show_images(ctx: Context) -> Answer:
    """The schema of a list of images."""
    return 200, IMAGES


MEMBER: dict[str, Any] = {
    "name": "member",
    "properties": {
        "member_id": {"type": "string"},
        "image_id": {"type": "string", "format": "uuid"},
        "created_at": {"type": "string"},
        "updated_at": {"type": "string"},
        "status": {"type": "string", "enum": ["pending", "accepted", "rejected"]},
        "schema": {"type": "string", "readOnly": True},
    },
}

MEMBERS: dict[str, Any] = {
    "name": "members",
    "properties": {
        "members": {"type": "array", "items": MEMBER},
        "schema": {"type": "string"},
    },
    "links": [{"rel": "describedby", "href": "{schema}"}],
}


def show_member(ctx: Context) -> Answer:
    """The schema of one member of an image."""
    return 200, MEMBER


def show_members(ctx: Context) -> Answer:
    """The schema of a list of members."""
    return 200, MEMBERS
