"""Members of shared images, and what is not offered of imports, in the image API."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.image_sharing import Member


def list_members(ctx: Context, image_id: str) -> Answer:
    """The projects that an image is shared with."""
    members = ctx.cloud.image.list_members(ctx.reach, image_id)
    shown = [_shown(member) for member in members]
    return 200, {"members": shown, "schema": "/v2/schemas/members"}


def add_member(ctx: Context, image_id: str) -> Answer:
    """Share an image with a project."""
    project = ctx.body.get("member")
    if not isinstance(project, str) or not project:
        raise errors.BadRequest("Member to be added not specified")
    return 200, _shown(ctx.cloud.image.add_member(ctx.reach, image_id, project))


def show_member(ctx: Context, image_id: str, member_id: str) -> Answer:
    """Whether an image is shared with a project, and what that thinks of it."""
    return 200, _shown(ctx.cloud.image.get_member(ctx.reach, image_id, member_id))


def set_member_status(ctx: Context, image_id: str, member_id: str) -> Answer:
    """Accept or reject a share."""
    status = str(ctx.body.get("status", ""))
    ctx.cloud.image.get_image(ctx.reach, image_id)
    member = ctx.cloud.image.set_member_status(ctx.reach, image_id, member_id, status)
    return 200, _shown(member)


def remove_member(ctx: Context, image_id: str, member_id: str) -> Answer:
    """End a share."""
    ctx.cloud.image.remove_member(ctx.reach, image_id, member_id)
    return 204, None


def _shown(member: Member) -> dict[str, Any]:
    return {
        "member_id": member.project_id,
        "image_id": member.image_id,
        "status": member.status,
        "created_at": member.created_at,
        "updated_at": member.updated_at,
        "schema": "/v2/schemas/member",
    }


# Imports: data is uploaded, the lab fetches none


def show_import_methods(ctx: Context) -> Answer:
    """None."""
    methods = {"description": "Import methods available.", "type": "array", "value": []}
    return 200, {"import-methods": methods}


def import_image(ctx: Context, image_id: str) -> Answer:
    """Refused: there is no method."""
    ctx.cloud.image.own(ctx.reach, image_id)
    method = ctx.body.get("method")
    name = method.get("name") if isinstance(method, dict) else None
    if name is None:
        raise errors.BadRequest("Import request requires a 'method' field.")
    raise errors.BadRequest(f"Unknown import method name '{name}'.")


_MEMBERS = "/v2/images/<image_id>/members"

ROUTES: list[Route] = [
    ("GET", _MEMBERS, list_members),
    ("POST", _MEMBERS, add_member),
    ("GET", _MEMBERS + "/<member_id>", show_member),
    ("PUT", _MEMBERS + "/<member_id>", set_member_status),
    ("DELETE", _MEMBERS + "/<member_id>", remove_member),
    ("GET", "/v2/info/import", show_import_methods),
    ("POST", "/v2/images/<image_id>/import", import_image),
]
