"""Tags of servers in the compute API."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route


def _tags(ctx: Context, server_id: str) -> list[str]:
    with ctx.cloud.lock:
        return list(ctx.cloud.compute.find_server(ctx.reach, server_id).tags)


def _set(ctx: Context, server_id: str, tags: list[Any]) -> list[str]:
    return ctx.cloud.compute.set_tags(ctx.reach, server_id, tags)


def list_tags(ctx: Context, server_id: str) -> Answer:
    """All of a server's tags."""
    return 200, {"tags": _tags(ctx, server_id)}


def replace_tags(ctx: Context, server_id: str) -> Answer:
    """Make the body's all of a server's tags."""
    tags = ctx.body.get("tags")
    if not isinstance(tags, list):
        raise errors.BadRequest("The body must have a list under 'tags'.")
    return 200, {"tags": _set(ctx, server_id, tags)}


def delete_tags(ctx: Context, server_id: str) -> Answer:
    """Take all tags from a server."""
    _set(ctx, server_id, [])
    return 204, None


def check_tag(ctx: Context, server_id: str, tag: str) -> Answer:
    """Whether a server has a tag: 204, or else 404."""
    _require(ctx, server_id, tag)
    return 204, None


def add_tag(ctx: Context, server_id: str, tag: str) -> Answer:
    """Add a tag to a server."""
    with ctx.cloud.lock:
        tags = _tags(ctx, server_id)
        if tag in tags:
            return 204, None
        _set(ctx, server_id, [*tags, tag])
    location = f"{ctx.service_url}/v2.1/servers/{server_id}/tags/{tag}"
    return 201, None, {"Location": location}


def delete_tag(ctx: Context, server_id: str, tag: str) -> Answer:
    """Take one tag from a server."""
    with ctx.cloud.lock:
        tags = _require(ctx, server_id, tag)
        _set(ctx, server_id, [other for other in tags if other != tag])
    return 204, None


def _require(ctx: Context, server_id: str, tag: str) -> list[str]:
    tags = _tags(ctx, server_id)
    if tag not in tags:
        message = f"Server {server_id} has no tag '{tag}'"
        raise errors.NotFound("tag", tag, message)
    return tags


_TAGS = "/v2.1/servers/<server_id>/tags"

ROUTES: list[Route] = [
    ("GET", _TAGS, list_tags),
    ("PUT", _TAGS, replace_tags),
    ("DELETE", _TAGS, delete_tags),
    ("GET", _TAGS + "/<tag>", check_tag),
    ("PUT", _TAGS + "/<tag>", add_tag),
    ("DELETE", _TAGS + "/<tag>", delete_tag),
]
