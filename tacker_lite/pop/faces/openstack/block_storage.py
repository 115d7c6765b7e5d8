"""The block-storage API (v3): volumes that are records, their types, quotas."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import listing
from tacker_lite.pop.faces.openstack.request import Answer, Context, Handler, Route
from tacker_lite.pop.volume import records
from tacker_lite.pop.volume.service import DEFAULT_TYPE

SERVICE = "block-storage"
_PROJECT = "/v3/<project>"
_VOLUME = f"{_PROJECT}/volumes/<ident>"
_TYPE = f"{_PROJECT}/types/<ident>"
_UNUSED = ("snapshots", "backups", "backup_gigabytes", "groups", "per_volume_gigabytes")


def _volume(ctx: Context, row: records.Volume) -> dict[str, Any]:
    """A volume; its type and host say that it is simulated."""
    item: dict[str, Any] = {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "status": row.status,
        "size": row.size,
        "volume_type": row.volume_type,
        "availability_zone": "nova",
        "bootable": str(row.bootable).lower(),
        "encrypted": False,
        "multiattach": row.multiattach,
        "metadata": dict(row.metadata),
        "attachments": [_attachment(row, entry) for entry in row.attachments],
        "user_id": row.user_id,
        "snapshot_id": None,
        "source_volid": None,
        "consistencygroup_id": None,
        "replication_status": None,
        "created_at": row.created_at.rstrip("Z"),
        "updated_at": row.updated_at.rstrip("Z") if row.updated_at else None,
        "links": _links(ctx, f"volumes/{row.id}"),
        "os-vol-tenant-attr:tenant_id": row.project_id,
    }
    if row.image_id:
        item["volume_image_metadata"] = {"image_id": row.image_id}
    if ctx.token.is_admin:
        item["os-vol-host-attr:host"] = f"{ctx.cloud.pop.name}@{DEFAULT_TYPE}"
    return item


def _attachment(row: records.Volume, entry: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "attachment_id": entry["id"],
        "volume_id": row.id,
        "server_id": entry["server_id"],
        "device": entry["device"],
        "attached_at": entry["attached_at"].rstrip("Z"),
        "host_name": None,
    }


def _links(ctx: Context, path: str) -> list[dict[str, str]]:
    return [{"rel": "self", "href": f"{ctx.service_url}/v3/{ctx.project_id}/{path}"}]


def _type(ctx: Context, row: records.VolumeType) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "is_public": row.is_public,
        "os-volume-type-access:is_public": row.is_public,
        "qos_specs_id": None,
        "extra_specs": dict(row.extra_specs),
    }


def _of_project(handler: Handler) -> Handler:
    """A handler below a project's URL: the project must be the caller's."""

    def checked(ctx: Context, project: str, **arguments: Any) -> Answer:
        if project != ctx.project_id:
            ctx.require_admin()
        return handler(ctx, **arguments)

    return checked


# Documents about the service


def _version(ctx: Context) -> dict[str, Any]:
    return {
        "id": "v3.0",
        "status": "CURRENT",
        "version": "",
        "min_version": "",
        "updated": "2026-01-01T00:00:00Z",
        "links": [{"rel": "self", "href": f"{ctx.service_url}/v3/"}],
    }


def show_versions(ctx: Context) -> Answer:
    """The versions there are, for discovery."""
    return 200, {"versions": [_version(ctx)]}


def list_zones(ctx: Context) -> Answer:
    """The one availability zone."""
    zone = {"zoneName": "nova", "zoneState": {"available": True}}
    return 200, {"availabilityZoneInfo": [zone]}


def list_extensions(ctx: Context) -> Answer:
    """None beyond the API's core."""
    return 200, {"extensions": []}


def show_limits(ctx: Context) -> Answer:
    """What there is room for: the PoP's disk."""
    used = _used(ctx, ctx.project_id)
    capacity = ctx.cloud.pop.capacity.disk_gib
    absolute = {
        "maxTotalVolumes": -1,
        "maxTotalVolumeGigabytes": capacity,
        "maxTotalSnapshots": 0,
        "maxTotalBackups": 0,
        "maxTotalBackupGigabytes": 0,
        "totalVolumesUsed": used["volumes"],
        "totalGigabytesUsed": used["gigabytes"],
        "totalSnapshotsUsed": 0,
        "totalBackupsUsed": 0,
        "totalBackupGigabytesUsed": 0,
    }
    return 200, {"limits": {"rate": [], "absolute": absolute}}


def _used(ctx: Context, project_id: str) -> dict[str, int]:
    rows = ctx.cloud.volume.list_volumes(project_id)
    return {"volumes": len(rows), "gigabytes": sum(row.size for row in rows)}


def show_quota(ctx: Context, ident: str) -> Answer:
    """A project's quota: the PoP's disk; with ``usage`` what it uses."""
    if ident != ctx.project_id:
        ctx.require_admin()
    limits = {"volumes": -1, "gigabytes": ctx.cloud.pop.capacity.disk_gib}
    limits |= dict.fromkeys(_UNUSED, -1)
    if not ctx.flag("usage"):
        return 200, {"quota_set": {"id": ident, **limits}}
    used = _used(ctx, ident)
    shown = {
        name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0}
        for name, limit in limits.items()
    }
    return 200, {"quota_set": {"id": ident, **shown}}


# Volumes


def _rows(ctx: Context) -> list[dict[str, Any]]:
    everybody = ctx.token.is_admin and ctx.flag("all_tenants")
    rows = ctx.cloud.volume.list_volumes(None if everybody else ctx.project_id)
    items = [_volume(ctx, row) for row in rows]
    skip = ("all_tenants", "metadata", "with_count")
    return listing.sort(ctx, listing.filtered(ctx, items, skip))


def list_volumes(ctx: Context) -> Answer:
    """The project's volumes, by id and name."""
    part, links = listing.linked_page(ctx, "volumes", _rows(ctx))
    shown = [{key: item[key] for key in ("id", "name", "links")} for item in part]
    return 200, {"volumes": shown, **links}


def list_volumes_detail(ctx: Context) -> Answer:
    """The project's volumes, in full."""
    part, links = listing.linked_page(ctx, "volumes", _rows(ctx))
    return 200, {"volumes": part, **links}


def create_volume(ctx: Context) -> Answer:
    """Make a volume."""
    row = ctx.cloud.volume.create_volume(
        ctx.project_id, ctx.wrapped("volume"), user_id=ctx.token.user.id
    )
    return 202, {"volume": _volume(ctx, row)}


def show_volume(ctx: Context, ident: str) -> Answer:
    """One volume."""
    row = ctx.cloud.volume.get_volume(ctx.reach, ident)
    return 200, {"volume": _volume(ctx, row)}


def update_volume(ctx: Context, ident: str) -> Answer:
    """Change a volume's name, description or metadata."""
    row = ctx.cloud.volume.update_volume(ctx.reach, ident, ctx.wrapped("volume"))
    return 200, {"volume": _volume(ctx, row)}


def delete_volume(ctx: Context, ident: str) -> Answer:
    """Remove a volume."""
    ctx.cloud.volume.delete_volume(ctx.reach, ident)
    return 202, None


def act_on_volume(ctx: Context, ident: str) -> Answer:
    """Extend a volume, or say whether a server may start from it."""
    service = ctx.cloud.volume
    if "os-extend" in ctx.body:
        size = ctx.wrapped("os-extend").get("new_size")
        if not isinstance(size, int) or isinstance(size, bool):
            raise errors.BadRequest("'new_size' must be a whole number of GiB.")
        service.extend_volume(ctx.reach, ident, size)
        return 202, None
    if "os-set_bootable" in ctx.body:
        bootable = ctx.wrapped("os-set_bootable").get("bootable")
        if not isinstance(bootable, bool):
            raise errors.BadRequest("'bootable' must be true or false.")
        service.set_bootable(ctx.reach, ident, bootable)
        return 200, None
    raise errors.BadRequest(
        "The body must name an action; there are: os-extend, os-set_bootable."
    )


# Types


def list_types(ctx: Context) -> Answer:
    """The kinds of volumes."""
    rows = ctx.cloud.volume.list_volume_types(ctx.reach)
    return 200, {"volume_types": [_type(ctx, row) for row in rows]}


def show_type(ctx: Context, ident: str) -> Answer:
    """One kind of volumes, or the ``default`` one."""
    if ident == "default":
        rows = ctx.cloud.volume.list_volume_types(ctx.reach)
        ident = next(row.id for row in rows if row.name == DEFAULT_TYPE)
    row = ctx.cloud.volume.get_volume_type(ctx.reach, ident)
    return 200, {"volume_type": _type(ctx, row)}


def create_type(ctx: Context) -> Answer:
    """Make a kind of volumes."""
    ctx.require_admin()
    row = ctx.cloud.volume.create_volume_type(ctx.wrapped("volume_type"))
    return 200, {"volume_type": _type(ctx, row)}


def delete_type(ctx: Context, ident: str) -> Answer:
    """Remove a kind of volumes."""
    ctx.require_admin()
    ctx.cloud.volume.delete_volume_type(ident)
    return 202, None


_OF_PROJECT: list[Route] = [
    ("GET", f"{_PROJECT}/volumes", list_volumes),
    ("POST", f"{_PROJECT}/volumes", create_volume),
    ("GET", f"{_PROJECT}/volumes/detail", list_volumes_detail),
    ("GET", _VOLUME, show_volume),
    ("PUT", _VOLUME, update_volume),
    ("DELETE", _VOLUME, delete_volume),
    ("POST", f"{_VOLUME}/action", act_on_volume),
    ("GET", f"{_PROJECT}/types", list_types),
    ("POST", f"{_PROJECT}/types", create_type),
    ("GET", _TYPE, show_type),
    ("DELETE", _TYPE, delete_type),
    ("GET", f"{_PROJECT}/limits", show_limits),
    ("GET", f"{_PROJECT}/extensions", list_extensions),
    ("GET", f"{_PROJECT}/os-availability-zone", list_zones),
    ("GET", f"{_PROJECT}/os-quota-sets/<ident>", show_quota),
    ("GET", f"{_PROJECT}/os-quota-sets/<ident>/defaults", show_quota),
]

ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    ("GET", "/v3", show_versions),
    *((method, rule, _of_project(handler)) for method, rule, handler in _OF_PROJECT),
]

PUBLIC = frozenset({show_versions})
