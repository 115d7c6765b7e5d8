"""How the compute API shows servers and flavors in each microversion."""

from __future__ import annotations

import hashlib
from typing import Any

from tacker_lite.pop import records
from tacker_lite.pop.compute import states
from tacker_lite.pop.faces.openstack import compute_version
from tacker_lite.pop.faces.openstack.request import Context

Version = tuple[int, int]

_NO_STATE, _RUNNING, _PAUSED, _SHUT_DOWN, _SUSPENDED = 0, 1, 3, 4, 4
_POWER_STATES = {
    "ACTIVE": _RUNNING,
    "REBOOT": _RUNNING,
    "HARD_REBOOT": _RUNNING,
    "REBUILD": _RUNNING,
    "MIGRATING": _RUNNING,
    "RESIZE": _RUNNING,
    "REVERT_RESIZE": _RUNNING,
    "VERIFY_RESIZE": _RUNNING,
    "PAUSED": _PAUSED,
    "SUSPENDED": _SUSPENDED,
    "SHUTOFF": _SHUT_DOWN,
}
#: Statuses in which the service tells how far it is.
_PROGRESSING = frozenset(
    {"ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"}
)


def links(ctx: Context, path: str) -> list[dict[str, str]]:
    """The two links of an object; ``path`` is its place below the version."""
    return [
        {"rel": "self", "href": f"{ctx.service_url}/v2.1/{path}"},
        {"rel": "bookmark", "href": f"{ctx.service_url}/{path}"},
    ]


def server_summary(ctx: Context, server: records.Server) -> dict[str, Any]:
    """A server as lists without details show it."""
    return {
        "id": server.id,
        "name": server.name,
        "links": links(ctx, f"servers/{server.id}"),
    }


def server(ctx: Context, record: records.Server, version: Version) -> dict[str, Any]:
    """A server with all that the version shows of it."""
    # The API has no word for a server being deleted but its task.
    deleting = record.status == "DELETING"
    item = {
        **server_summary(ctx, record),
        "status": "ACTIVE" if deleting else record.status,
        "tenant_id": record.project_id,
        "user_id": record.user_id,
        "metadata": dict(record.metadata),
        "hostId": host_id(record.project_id, record.host),
        "image": _image(ctx, record),
        "flavor": _flavor_of(ctx, record.flavor, version),
        "created": record.created_at,
        "updated": record.updated_at or record.created_at,
        "addresses": ctx.cloud.compute.addresses(record),
        "accessIPv4": "",
        "accessIPv6": "",
        "key_name": record.key_name,
        "config_drive": "True" if record.config_drive else "",
        "security_groups": [{"name": name} for name in record.security_groups],
        "os-extended-volumes:volumes_attached": _volumes(ctx, record, version),
        "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": record.availability_zone,
        "OS-EXT-STS:task_state": "deleting" if deleting else record.task_state,
        "OS-EXT-STS:vm_state": states.vm_state(record),
        "OS-EXT-STS:power_state": _power_state(record),
        "OS-SRV-USG:launched_at": record.launched_at,
        "OS-SRV-USG:terminated_at": None,
    }
    if record.status in _PROGRESSING:
        item["progress"] = 0
    if record.fault and record.status == "ERROR":
        item["fault"] = dict(record.fault)
    return item | _newer(ctx, record, version)


def host_id(project_id: str, host: str) -> str:
    """What tells a project whether two of its servers are on one host."""
    if not host:
        return ""
    return hashlib.sha224((project_id + host).encode()).hexdigest()


def _power_state(record: records.Server) -> int:
    state = _POWER_STATES.get(record.status, _NO_STATE)
    off = state == _RUNNING and record.last_status == "SHUTOFF"
    return _SHUT_DOWN if off and record.status != "ACTIVE" else state


def _volumes(
    ctx: Context, record: records.Server, version: Version
) -> list[dict[str, Any]]:
    """A server's volumes; it takes none with it when it goes."""
    stay = {"delete_on_termination": False} if version >= (2, 3) else {}
    attached = ctx.cloud.volume.attached_to(record.id)
    return [{"id": volume.id, **stay} for volume, _ in attached]


def _newer(ctx: Context, record: records.Server, version: Version) -> dict[str, Any]:
    """What versions after the first have added."""
    item: dict[str, Any] = {}
    if ctx.token.is_admin:
        host = record.host or None
        item |= {
            "OS-EXT-SRV-ATTR:host": host,
            "OS-EXT-SRV-ATTR:hypervisor_hostname": host,
            "OS-EXT-SRV-ATTR:instance_name": f"instance-{record.id[:8]}",
        }
        if version >= (2, 3):
            item |= {
                "OS-EXT-SRV-ATTR:hostname": record.name,
                "OS-EXT-SRV-ATTR:user_data": record.user_data or None,
                "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
                "OS-EXT-SRV-ATTR:launch_index": 0,
                "OS-EXT-SRV-ATTR:reservation_id": f"r-{record.id[:8]}",
                "OS-EXT-SRV-ATTR:kernel_id": "",
                "OS-EXT-SRV-ATTR:ramdisk_id": "",
            }
    if version >= (2, 9):
        item["locked"] = bool(record.locked_by)
    if version >= (2, 16) and ctx.token.is_admin:
        item["host_status"] = _host_status(ctx, record)
    if version >= (2, 19):
        item["description"] = record.description
    if version >= (2, 26):
        item["tags"] = record.tags
    if version >= (2, 63):
        item["trusted_image_certificates"] = None
    if version >= (2, 71):
        group = ctx.cloud.compute.group_of(record.id)
        item["server_groups"] = [group.id] if group else []
    if version >= (2, 73):
        item["locked_reason"] = record.locked_reason
    if version >= (2, 96):
        item["pinned_availability_zone"] = record.zone or None
    return item


def _host_status(ctx: Context, record: records.Server) -> str:
    if not record.host:
        return ""
    host = ctx.cloud.compute.host(record.host)
    if host.forced_down:
        return "DOWN"
    return "UP" if host.enabled else "MAINTENANCE"


def _image(ctx: Context, record: records.Server) -> dict[str, Any] | str:
    if not record.image_id:
        return ""
    return {"id": record.image_id, "links": links(ctx, f"images/{record.image_id}")}


def _flavor_of(
    ctx: Context, record: records.Flavor, version: Version
) -> dict[str, Any]:
    """A server's flavor as it was when the server was created."""
    if version < compute_version.EMBEDDED_FLAVOR:
        return {"id": record.id, "links": links(ctx, f"flavors/{record.id}")}
    return {
        "original_name": record.name,
        "vcpus": record.vcpus,
        "ram": record.ram,
        "disk": record.disk,
        "ephemeral": record.ephemeral,
        "swap": record.swap,
        "extra_specs": dict(record.extra_specs),
    }


def flavor_summary(ctx: Context, record: records.Flavor) -> dict[str, Any]:
    """A flavor as lists without details show it."""
    return {
        "id": record.id,
        "name": record.name,
        "links": links(ctx, f"flavors/{record.id}"),
    }


def flavor(ctx: Context, record: records.Flavor, version: Version) -> dict[str, Any]:
    """A flavor with all that the version shows of it."""
    # Before 2.75 the API wrote "no swap" as an empty text.
    swap: int | str = record.swap
    if version < (2, 75) and not swap:
        swap = ""
    item = {
        **flavor_summary(ctx, record),
        "vcpus": record.vcpus,
        "ram": record.ram,
        "disk": record.disk,
        "swap": swap,
        "rxtx_factor": record.rxtx_factor,
        "OS-FLV-EXT-DATA:ephemeral": record.ephemeral,
        "OS-FLV-DISABLED:disabled": False,
        "os-flavor-access:is_public": record.is_public,
    }
    if version >= (2, 55):
        item["description"] = record.description
    if version >= (2, 61):
        item["extra_specs"] = dict(record.extra_specs)
    return item
