"""Volumes of servers in the compute API."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.volume import records

_ATTACHMENTS = "/v2.1/servers/<server_id>/os-volume_attachments"


def _shown(row: records.Volume, entry: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "attachment_id": entry["id"],
        "volumeId": row.id,
        "serverId": entry["server_id"],
        "device": entry["device"],
        "tag": None,
        "delete_on_termination": False,
        "bdm_uuid": entry["id"],
    }


def _of(ctx: Context, server_id: str) -> list[dict[str, Any]]:
    server = ctx.cloud.compute.get_server(ctx.reach, server_id)
    return [_shown(*found) for found in ctx.cloud.volume.attached_to(server.id)]


def list_attachments(ctx: Context, server_id: str) -> Answer:
    """The volumes of a server."""
    return 200, {"volumeAttachments": _of(ctx, server_id)}


def show_attachment(ctx: Context, server_id: str, volume_id: str) -> Answer:
    """One volume of a server."""
    for item in _of(ctx, server_id):
        if item["id"] == volume_id:
            return 200, {"volumeAttachment": item}
    raise errors.NotFound("volume_attachment", volume_id)


def attach(ctx: Context, server_id: str) -> Answer:
    """Attach a volume to a server."""
    attrs = ctx.wrapped("volumeAttachment")
    entry = ctx.cloud.volume.attach(ctx.reach, server_id, attrs)
    row = ctx.cloud.volume.get_volume(ctx.reach, attrs["volumeId"])
    return 200, {"volumeAttachment": _shown(row, entry)}


def detach(ctx: Context, server_id: str, volume_id: str) -> Answer:
    """Take a volume from a server."""
    ctx.cloud.volume.detach(ctx.reach, server_id, volume_id)
    return 202, None


ROUTES: list[Route] = [
    ("GET", _ATTACHMENTS, list_attachments),
    ("POST", _ATTACHMENTS, attach),
    ("GET", f"{_ATTACHMENTS}/<volume_id>", show_attachment),
    ("DELETE", f"{_ATTACHMENTS}/<volume_id>", detach),
]
