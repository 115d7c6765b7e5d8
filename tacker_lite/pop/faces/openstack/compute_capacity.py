"""What a PoP has and how much of it is used, in the compute API.

A PoP is some hosts, each with its hypervisor, in one availability zone, all of them
fixed.  Each hypervisor shows an equal share of the PoP's room, which is no limit: what
counts is the room of the PoP as a whole.
"""

from __future__ import annotations

import uuid
from typing import Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.faces.openstack import compute_version, listing
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route

#: Names of a quota and of the limit and the use in the service's answer.
_QUOTAS = {
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "instances": ("maxTotalInstances", "totalInstancesUsed"),
    "ram": ("maxTotalRAMSize", "totalRAMUsed"),
    "key_pairs": ("maxTotalKeypairs", ""),
    "metadata_items": ("maxServerMeta", ""),
    "server_groups": ("maxServerGroups", "totalServerGroupsUsed"),
    "server_group_members": ("maxServerGroupMembers", ""),
}


def show_limits(ctx: Context) -> Answer:
    """What a project may use and what it does use."""
    project_id = ctx.query.get("tenant_id") or ctx.project_id
    if project_id != ctx.project_id:
        ctx.require_admin()
    limits = ctx.cloud.compute.limits(project_id)
    return 200, {"limits": {"rate": [], "absolute": limits}}


def list_availability_zones(ctx: Context) -> Answer:
    """The one zone there is."""
    return 200, {"availabilityZoneInfo": [_zone(None)]}


def list_availability_zones_detail(ctx: Context) -> Answer:
    """The one zone with its hosts; for administrators."""
    ctx.require_admin()
    state = {"active": True, "available": True, "updated_at": records.now()}
    hosts = {host: {"nova-compute": state} for host in ctx.cloud.compute.hosts()}
    return 200, {"availabilityZoneInfo": [_zone(hosts)]}


def _zone(hosts: dict[str, Any] | None) -> dict[str, Any]:
    return {"zoneName": "nova", "zoneState": {"available": True}, "hosts": hosts}


def list_hypervisors(ctx: Context) -> Answer:
    """The hypervisors by name; for administrators."""
    return 200, {"hypervisors": _matching_hypervisors(ctx, detail=False)}


def list_hypervisors_detail(ctx: Context) -> Answer:
    """The hypervisors with their use; for administrators."""
    return 200, {"hypervisors": _matching_hypervisors(ctx, detail=True)}


def show_hypervisor(ctx: Context, hypervisor_id: str) -> Answer:
    """One hypervisor by its id; for administrators."""
    ctx.require_admin()
    for hypervisor in _hypervisors(ctx, detail=True):
        if hypervisor_id == str(hypervisor["id"]):
            return 200, {"hypervisor": hypervisor}
    raise errors.NotFound("hypervisor", hypervisor_id)


def show_hypervisor_statistics(ctx: Context) -> Answer:
    """What the PoP has and what is used; for administrators."""
    ctx.require_admin()
    compute = ctx.cloud.compute
    use = _use(compute.usage())
    return 200, {"hypervisor_statistics": {"count": len(compute.hosts()), **use}}


def _matching_hypervisors(ctx: Context, detail: bool) -> list[dict[str, Any]]:
    ctx.require_admin()
    pattern = ctx.query.get("hypervisor_hostname_pattern", "")
    found = [
        hypervisor
        for hypervisor in _hypervisors(ctx, detail)
        if pattern in hypervisor["hypervisor_hostname"]
    ]
    if not found:
        raise errors.NotFound("hypervisor", pattern)
    return found


def _hypervisors(ctx: Context, detail: bool) -> list[dict[str, Any]]:
    hosts = ctx.cloud.compute.hosts()
    return [_hypervisor(ctx, n, host, detail) for n, host in enumerate(hosts, 1)]


def _ident(ctx: Context, number: int, host: str) -> int | str:
    if compute_version.asked(ctx) < (2, 53):
        return number
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, host))


def _hypervisor(ctx: Context, number: int, host: str, detail: bool) -> dict[str, Any]:
    version = compute_version.asked(ctx)
    ident = _ident(ctx, number, host)
    hypervisor: dict[str, Any] = {
        "id": ident,
        "hypervisor_hostname": host,
        "state": "up",
        "status": "enabled",
    }
    if not detail:
        return hypervisor
    hypervisor |= {
        "host_ip": "127.0.0.1",
        "hypervisor_type": ctx.cloud.runtime.name,
        "hypervisor_version": 1,
        "service": {"id": ident, "host": host, "disabled_reason": None},
        "servers": [],
    }
    if version < (2, 88):
        hypervisor |= {"cpu_info": "{}", **_use(ctx.cloud.compute.usage(host))}
    else:
        hypervisor["uptime"] = None
    return hypervisor


def _use(use: dict[str, int]) -> dict[str, int]:
    free = {
        "free_ram_mb": use["memory_mb"] - use["memory_mb_used"],
        "free_disk_gb": use["local_gb"] - use["local_gb_used"],
        "disk_available_least": use["local_gb"] - use["local_gb_used"],
        "current_workload": 0,
    }
    return {**use, **free}


def list_compute_services(ctx: Context) -> Answer:
    """The compute service of each host; for administrators."""
    ctx.require_admin()
    hosts = ctx.cloud.compute.hosts()
    services = [_service(ctx, n, host) for n, host in enumerate(hosts, 1)]
    return 200, {"services": listing.filtered(ctx, services)}


def _service(ctx: Context, number: int, host: str) -> dict[str, Any]:
    return {
        "id": _ident(ctx, number, host),
        "binary": "nova-compute",
        "host": host,
        "zone": "nova",
        "status": "enabled",
        "state": "up",
        "updated_at": records.now(),
        "disabled_reason": None,
        "forced_down": False,
    }


def list_aggregates(ctx: Context) -> Answer:
    """None: the hosts are all alike."""
    ctx.require_admin()
    return 200, {"aggregates": []}


def show_quota_set(ctx: Context, project_id: str) -> Answer:
    """A project's quota: it may use the whole PoP."""
    limits = _limits_of(ctx, project_id)
    quota = {
        name: limits[limit] for name, (limit, _) in _QUOTAS.items() if limit in limits
    }
    return 200, {"quota_set": {"id": project_id, **quota}}


def show_quota_set_detail(ctx: Context, project_id: str) -> Answer:
    """A project's quota with what it uses."""
    limits = _limits_of(ctx, project_id)
    quota = {
        name: {"limit": limits[limit], "in_use": limits.get(use, 0), "reserved": 0}
        for name, (limit, use) in _QUOTAS.items()
        if limit in limits
    }
    return 200, {"quota_set": {"id": project_id, **quota}}


def _limits_of(ctx: Context, project_id: str) -> dict[str, int]:
    if project_id != ctx.project_id:
        ctx.require_admin()
        ctx.cloud.identity.get_project(project_id)
    return ctx.cloud.compute.limits(project_id)


ROUTES: list[Route] = [
    ("GET", "/v2.1/limits", show_limits),
    ("GET", "/v2.1/os-availability-zone", list_availability_zones),
    ("GET", "/v2.1/os-availability-zone/detail", list_availability_zones_detail),
    ("GET", "/v2.1/os-hypervisors", list_hypervisors),
    ("GET", "/v2.1/os-hypervisors/detail", list_hypervisors_detail),
    ("GET", "/v2.1/os-hypervisors/statistics", show_hypervisor_statistics),
    ("GET", "/v2.1/os-hypervisors/<hypervisor_id>", show_hypervisor),
    ("GET", "/v2.1/os-services", list_compute_services),
    ("GET", "/v2.1/os-aggregates", list_aggregates),
    ("GET", "/v2.1/os-quota-sets/<project_id>", show_quota_set),
    ("GET", "/v2.1/os-quota-sets/<project_id>/defaults", show_quota_set),
    ("GET", "/v2.1/os-quota-sets/<project_id>/detail", show_quota_set_detail),
]
