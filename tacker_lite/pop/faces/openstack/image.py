"""The image API (v2)."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file

from tacker_lite.pop import errors, image_attributes, records
from tacker_lite.pop.faces.openstack import image_schemas, image_sharing, listing
from tacker_lite.pop.faces.openstack.request import CHUNK_BYTES, Answer, Context, Route
from tacker_lite.pop.image_sharing import MEMBER_STATUSES

SERVICE = "image"

_PATCH_TYPES = (
    "application/openstack-images-v2.1-json-patch",
    "application/openstack-images-v2.0-json-patch",
)
_SORT_KEYS = (
    *("name", "status", "container_format", "disk_format", "size", "id"),
    *("created_at", "updated_at", "min_disk", "min_ram", "owner", "visibility"),
)
_PAGE = 25
_LONGEST_PAGE = 1000


class WrongMediaType(errors.PopError):
    """The body has another media type than the call takes."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def show_versions(ctx: Context) -> Answer:
    """The versions there are, for discovery."""
    link = {"rel": "self", "href": f"{ctx.service_url}/v2/"}
    versions = [
        {
            "id": f"v2.{minor}",
            "status": "CURRENT" if minor == 9 else "SUPPORTED",
            "links": [link],
        }
        for minor in (9, 7, 6, 5, 4, 3, 2, 1, 0)
    ]
    return 300, {"versions": versions}


# Images


def list_images(ctx: Context) -> Answer:
    """The images that the caller sees and the query asks for, newest first."""
    _check_query(ctx)
    images = ctx.cloud.image.list_images(
        ctx.reach,
        ctx.query.get("visibility"),
        ctx.query.get("member_status", "accepted"),
    )
    items = [_view(image) for image in images if _wanted(ctx, image)]
    if not ctx.query.getlist("sort_key") and not ctx.query.get("sort"):
        items.sort(key=lambda item: item["created_at"], reverse=True)
    skip = ("id", "name", "visibility", "os_hidden", "member_status", "tag")
    found = listing.filtered(ctx, items, skip)
    items = _sorted(ctx, _sized(ctx, found))
    ceiling = _LONGEST_PAGE if "limit" in ctx.query else _PAGE
    part, marker = listing.page(ctx, items, ceiling=ceiling)
    body: dict[str, Any] = {
        "images": part,
        "first": "/v2/images",
        "schema": "/v2/schemas/images",
    }
    if marker:
        body["next"] = f"/v2/images?{listing.next_query(ctx, marker)}"
    return 200, body


def _check_query(ctx: Context) -> None:
    """:raises BadRequest: a value is none of those that there are."""
    for name, known, what in (
        ("visibility", image_attributes.VISIBILITIES, "visibility value"),
        ("member_status", MEMBER_STATUSES, "status"),
        ("sort_dir", ("asc", "desc"), "sort direction"),
    ):
        for value in ctx.query.getlist(name):
            if value not in (*known, "all"):
                raise errors.BadRequest(f"Invalid {what}: {value}")
    limit = ctx.query.get("limit", "0")
    if not limit.lstrip("-").isdigit():
        raise errors.BadRequest("limit param must be an integer")
    if limit.startswith("-"):
        raise errors.BadRequest("limit param must be positive")


def _sorted(ctx: Context, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for key in ctx.query.getlist("sort_key"):
        if key not in _SORT_KEYS:
            raise errors.BadRequest(
                f"Invalid sort key: {key}. It must be one of the following:"
                f" {', '.join(_SORT_KEYS)}."
            )
    return listing.sort(ctx, items)


def create_image(ctx: Context) -> Answer:
    """Describe an image; its data is uploaded afterwards."""
    image = ctx.cloud.image.create_image(ctx.project_id, ctx.body)
    location = f"{ctx.service_url}/v2/images/{image.id}"
    return 201, _view(image), {"Location": location}


def show_image(ctx: Context, image_id: str) -> Answer:
    """One image."""
    return 200, _view(ctx.cloud.image.get_image(ctx.reach, image_id))


def update_image(ctx: Context, image_id: str) -> Answer:
    """Change an image by JSON patch operations."""
    if ctx.request.mimetype not in _PATCH_TYPES:
        raise WrongMediaType(f"A change of an image is sent as {_PATCH_TYPES[0]}.")
    if not isinstance(ctx.document, list):
        raise errors.BadRequest(
            "Request body must be a JSON array of operation objects."
        )
    image = ctx.cloud.image.update_image(ctx.reach, image_id, ctx.document)
    return 200, _view(image)


def delete_image(ctx: Context, image_id: str) -> Answer:
    """Remove an image with its data."""
    ctx.cloud.image.delete_image(ctx.reach, image_id)
    return 204, None


def upload_file(ctx: Context, image_id: str) -> Answer:
    """Take an image's data, piece by piece."""
    if ctx.request.mimetype != "application/octet-stream":
        raise WrongMediaType("An image file is sent as application/octet-stream.")
    ctx.cloud.image.upload(ctx.reach, image_id, ctx.chunks())
    return 204, None


def download_file(ctx: Context, image_id: str) -> Answer:
    """Give an image's data, piece by piece; 204 when there is none."""
    image = ctx.cloud.image.get_image(ctx.reach, image_id)
    if image.status not in ("active", "deactivated") or image.size is None:
        return 204, None
    data = ctx.cloud.image.data(ctx.reach, image_id)
    response = Response(
        wrap_file(ctx.request.environ, data, CHUNK_BYTES),
        content_type="application/octet-stream",
        direct_passthrough=True,
    )
    response.content_length = image.size
    if image.checksum:
        response.headers["Content-MD5"] = image.checksum
    return response


def deactivate_image(ctx: Context, image_id: str) -> Answer:
    """Keep an image's data from all but administrators."""
    return _set_active(ctx, image_id, False)


def reactivate_image(ctx: Context, image_id: str) -> Answer:
    """Give a deactivated image's data again."""
    return _set_active(ctx, image_id, True)


def _set_active(ctx: Context, image_id: str, active: bool) -> Answer:
    if ctx.request.content_length:
        raise errors.BadRequest("A body is not expected with this request.")
    ctx.cloud.image.set_active(ctx.reach, image_id, active)
    return 204, None


def add_tag(ctx: Context, image_id: str, tag: str) -> Answer:
    """Add a tag to an image."""
    with ctx.cloud.lock:
        image = ctx.cloud.image.get_image(ctx.reach, image_id)
        _set_tags(ctx, image, sorted({*image.tags, tag}))
    return 204, None


def delete_tag(ctx: Context, image_id: str, tag: str) -> Answer:
    """Take a tag from an image."""
    with ctx.cloud.lock:
        image = ctx.cloud.image.get_image(ctx.reach, image_id)
        if tag not in image.tags:
            raise errors.NotFound("tag", tag)
        _set_tags(ctx, image, [other for other in image.tags if other != tag])
    return 204, None


def _set_tags(ctx: Context, image: records.Image, tags: list[str]) -> None:
    change = {"op": "replace", "path": "/tags", "value": tags}
    ctx.cloud.image.update_image(ctx.reach, image.id, [change])


# How an image looks, and which ones a list has


#: Attributes that the API calls as the record does.
_SAME = (
    *("id", "name", "status", "visibility", "disk_format", "container_format"),
    *("min_disk", "min_ram", "size", "checksum", "os_hash_algo", "os_hash_value"),
    *("os_hidden", "protected", "tags", "created_at", "updated_at"),
)


def _view(image: records.Image) -> dict[str, Any]:
    path = f"/v2/images/{image.id}"
    item = {
        **image.properties,
        **{name: getattr(image, name) for name in _SAME},
        "owner": image.project_id,
        "virtual_size": image.size,
        "self": path,
        "file": f"{path}/file",
        "schema": "/v2/schemas/image",
    }
    if image.location:
        item["locations"] = [{"url": image.location, "metadata": {}}]
    return item


def _wanted(ctx: Context, image: records.Image) -> bool:
    if image.os_hidden != bool(ctx.flag("os_hidden")):
        return False
    if not set(ctx.query.getlist("tag")) <= set(image.tags):
        return False
    return all(
        _one_of(ctx.query[name], value or "")
        for name, value in (("id", image.id), ("name", image.name))
        if name in ctx.query
    )


def _one_of(wanted: str, value: str) -> bool:
    """A filter's text is a value, or ``in:`` and several with commas between."""
    operator, colon, texts = wanted.partition(":")
    if colon and operator == "in":
        return value in [text.strip('"') for text in texts.split(",")]
    if colon and operator == "eq":
        return value == texts
    return value == wanted


def _sized(ctx: Context, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    least, most = ctx.number("size_min"), ctx.number("size_max")
    return [
        item
        for item in items
        if (least is None or (item["size"] or 0) >= least)
        and (most is None or (item["size"] or 0) <= most)
    ]


ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    ("GET", "/versions", show_versions),
    ("GET", "/v2/images", list_images),
    ("POST", "/v2/images", create_image),
    ("GET", "/v2/images/<image_id>", show_image),
    ("PATCH", "/v2/images/<image_id>", update_image),
    ("DELETE", "/v2/images/<image_id>", delete_image),
    ("PUT", "/v2/images/<image_id>/file", upload_file),
    ("GET", "/v2/images/<image_id>/file", download_file),
    ("POST", "/v2/images/<image_id>/actions/deactivate", deactivate_image),
    ("POST", "/v2/images/<image_id>/actions/reactivate", reactivate_image),
    *image_sharing.ROUTES,
    ("PUT", "/v2/images/<image_id>/tags/<tag>", add_tag),
    ("DELETE", "/v2/images/<image_id>/tags/<tag>", delete_tag),
    ("GET", "/v2/schemas/image", image_schemas.show_image),
    ("GET", "/v2/schemas/images", image_schemas.show_images),
    ("GET", "/v2/schemas/member", image_schemas.show_member),
    ("GET", "/v2/schemas/members", image_schemas.show_members),
]

PUBLIC = frozenset({show_versions})
