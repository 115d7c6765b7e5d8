"""Hosts, their hypervisors, services, zones and aggregates in the compute API.

The hosts of a PoP are fixed, each with its hypervisor; administrators say which take
servers, and which zones and aggregates they are in.  Each hypervisor shows an equal
share of the PoP's room, which is no limit: what counts is that of the PoP as a whole.
"""

from __future__ import annotations

import uuid
from typing import Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.compute.hosts import Aggregate
from tacker_lite.pop.faces.openstack import compute_schemas, compute_version, listing
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route


def list_availability_zones(ctx: Context) -> Answer:
    """The zones that servers may be put in."""
    zones = [_zone(ctx, name, hosts, None) for name, hosts in _zones(ctx).items()]
    return 200, {"availabilityZoneInfo": zones}


def list_availability_zones_detail(ctx: Context) -> Answer:
    """The zones with their hosts; for administrators."""
    ctx.require_admin("os_compute_api:os-availability-zone:detail")
    zones = [
        _zone(ctx, name, hosts, {host: _zone_service(ctx, host) for host in hosts})
        for name, hosts in _zones(ctx).items()
    ]
    return 200, {"availabilityZoneInfo": zones}


def _zones(ctx: Context) -> dict[str, list[str]]:
    return ctx.cloud.compute.zones()


def _zone(
    ctx: Context, name: str, hosts: list[str], shown: dict[str, Any] | None
) -> dict[str, Any]:
    available = any(ctx.cloud.compute.host(host).enabled for host in hosts)
    state = {"available": available}
    return {"zoneName": name, "zoneState": state, "hosts": shown}


def _zone_service(ctx: Context, name: str) -> dict[str, Any]:
    host = ctx.cloud.compute.host(name)
    state = {"active": host.enabled, "available": not host.forced_down}
    return {"nova-compute": {**state, "updated_at": _moment()}}


def _moment() -> str:
    """The present time as this part of the API writes it."""
    return records.now().removesuffix("Z") + ".000000"


def list_hypervisors(ctx: Context) -> Answer:
    """The hypervisors by name; for administrators."""
    return 200, {"hypervisors": _matching_hypervisors(ctx, detail=False)}


def list_hypervisors_detail(ctx: Context) -> Answer:
    """The hypervisors with their use; for administrators."""
    return 200, {"hypervisors": _matching_hypervisors(ctx, detail=True)}


def show_hypervisor(ctx: Context, hypervisor_id: str) -> Answer:
    """One hypervisor by its id; for administrators."""
    ctx.require_admin("os_compute_api:os-hypervisors:show")
    for hypervisor in _hypervisors(ctx, detail=True):
        if hypervisor_id == str(hypervisor["id"]):
            return 200, {"hypervisor": hypervisor}
    message = f"Hypervisor with ID '{hypervisor_id}' could not be found."
    raise errors.NotFound("hypervisor", hypervisor_id, message)


def show_hypervisor_statistics(ctx: Context) -> Answer:
    """What the PoP has and what is used; for administrators, and up to 2.87."""
    ctx.require_admin("os_compute_api:os-hypervisors:statistics")
    if compute_version.asked(ctx) >= (2, 88):
        message = "The resource could not be found."
        raise errors.NotFound("hypervisor", "statistics", message)
    compute = ctx.cloud.compute
    use = _use(compute.usage())
    return 200, {"hypervisor_statistics": {"count": len(compute.hosts()), **use}}


def _matching_hypervisors(ctx: Context, detail: bool) -> list[dict[str, Any]]:
    ctx.require_admin("os_compute_api:os-hypervisors:list")
    pattern = ctx.query.get("hypervisor_hostname_pattern", "")
    found = [
        hypervisor
        for hypervisor in _hypervisors(ctx, detail)
        if pattern in hypervisor["hypervisor_hostname"]
    ]
    if not found:
        message = f"No hypervisor matching '{pattern}' could be found."
        raise errors.NotFound("hypervisor", pattern, message)
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
    known = ctx.cloud.compute.host(host)
    hypervisor: dict[str, Any] = {
        "id": ident,
        "hypervisor_hostname": host,
        "state": "down" if known.forced_down else "up",
        "status": "enabled" if known.enabled else "disabled",
    }
    if version >= (2, 53) and ctx.flag("with_servers"):
        hypervisor["servers"] = [
            {"name": server.name, "uuid": server.id}
            for server in ctx.cloud.compute.servers
            if server.host == host
        ]
    if not detail:
        return hypervisor
    hypervisor |= {
        "host_ip": "127.0.0.1",
        "hypervisor_type": ctx.cloud.runtime.name,
        "hypervisor_version": 1,
        "service": {
            "id": ident,
            "host": host,
            "disabled_reason": known.disabled_reason,
        },
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
    ctx.require_admin("os_compute_api:os-services:list")
    hosts = ctx.cloud.compute.hosts()
    services = [_service(ctx, n, host) for n, host in enumerate(hosts, 1)]
    return 200, {"services": listing.filtered(ctx, services)}


def _service(ctx: Context, number: int, name: str) -> dict[str, Any]:
    host = ctx.cloud.compute.host(name)
    shown = {
        "id": _ident(ctx, number, name),
        "binary": "nova-compute",
        "host": name,
        "zone": ctx.cloud.compute.zone_of(name),
        "status": "enabled" if host.enabled else "disabled",
        "state": "down" if host.forced_down else "up",
        "updated_at": _moment(),
        "disabled_reason": host.disabled_reason,
    }
    if compute_version.asked(ctx) >= (2, 11):
        shown["forced_down"] = host.forced_down
    return shown


def update_compute_service(ctx: Context, service_id: str) -> Answer:
    """Enable, disable, or declare down the service of a host; for administrators."""
    ctx.require_admin("os_compute_api:os-services:update")
    for number, host in enumerate(ctx.cloud.compute.hosts(), 1):
        if service_id == str(_ident(ctx, number, host)):
            ctx.cloud.compute.change_host(host, ctx.body)
            return 200, {"service": _service(ctx, number, host)}
    raise errors.NotFound("service", service_id)


# Aggregates


def list_aggregates(ctx: Context) -> Answer:
    """All aggregates; for administrators."""
    ctx.require_admin("os_compute_api:os-aggregates:index")
    found = ctx.cloud.compute.list_aggregates()
    return 200, {"aggregates": [_aggregate(ctx, item) for item in found]}


def create_aggregate(ctx: Context) -> Answer:
    """Make an aggregate without hosts; for administrators."""
    ctx.require_admin("os_compute_api:os-aggregates:create")
    made = ctx.cloud.compute.create_aggregate(compute_schemas.checked(ctx, "aggregate"))
    shown = _aggregate(ctx, made)
    del shown["hosts"], shown["metadata"]
    return 200, {"aggregate": shown}


def show_aggregate(ctx: Context, aggregate_id: str) -> Answer:
    """One aggregate; for administrators."""
    ctx.require_admin("os_compute_api:os-aggregates:show")
    found = ctx.cloud.compute.get_aggregate(aggregate_id)
    return 200, {"aggregate": _aggregate(ctx, found)}


def update_aggregate(ctx: Context, aggregate_id: str) -> Answer:
    """Change an aggregate's name or zone; for administrators."""
    ctx.require_admin("os_compute_api:os-aggregates:update")
    changes = ctx.wrapped("aggregate")
    changed = ctx.cloud.compute.update_aggregate(aggregate_id, changes)
    return 200, {"aggregate": _aggregate(ctx, changed)}


def delete_aggregate(ctx: Context, aggregate_id: str) -> Answer:
    """Forget an aggregate without hosts; for administrators."""
    ctx.require_admin("os_compute_api:os-aggregates:delete")
    ctx.cloud.compute.delete_aggregate(aggregate_id)
    return 200, None


def act_on_aggregate(ctx: Context, aggregate_id: str) -> Answer:
    """Add or remove a host, or set metadata; for administrators."""
    if len(ctx.body) != 1:
        raise errors.BadRequest("The body must name exactly one action.")
    [(name, arguments)] = ctx.body.items()
    ctx.require_admin(f"os_compute_api:os-aggregates:{name}")
    compute = ctx.cloud.compute
    given = arguments if isinstance(arguments, dict) else {}
    if name == "set_metadata" and isinstance(given.get("metadata"), dict):
        changed = compute.set_aggregate_metadata(aggregate_id, given["metadata"])
    elif name == "add_host" and isinstance(given.get("host"), str):
        changed = compute.add_host(aggregate_id, given["host"])
    elif name == "remove_host" and isinstance(given.get("host"), str):
        changed = compute.remove_host(aggregate_id, given["host"])
    else:
        raise errors.BadRequest(
            "The body must be add_host or remove_host with 'host', or set_metadata"
            " with 'metadata'."
        )
    return 200, {"aggregate": _aggregate(ctx, changed)}


def _aggregate(ctx: Context, record: Aggregate) -> dict[str, Any]:
    shown = {
        "id": record.number,
        "name": record.name,
        "availability_zone": record.zone,
        "hosts": list(record.hosts),
        "metadata": dict(record.metadata),
        "created_at": record.created_at.removesuffix("Z") + ".000000",
        "updated_at": (record.updated_at or "").removesuffix("Z") or None,
        "deleted": False,
        "deleted_at": None,
    }
    if compute_version.asked(ctx) >= (2, 41):
        shown["uuid"] = record.id
    return shown


_AGGREGATE = "/v2.1/os-aggregates/<aggregate_id>"

ROUTES: list[Route] = [
    ("GET", "/v2.1/os-availability-zone", list_availability_zones),
    ("GET", "/v2.1/os-availability-zone/detail", list_availability_zones_detail),
    ("GET", "/v2.1/os-hypervisors", list_hypervisors),
    ("GET", "/v2.1/os-hypervisors/detail", list_hypervisors_detail),
    ("GET", "/v2.1/os-hypervisors/statistics", show_hypervisor_statistics),
    ("GET", "/v2.1/os-hypervisors/<hypervisor_id>", show_hypervisor),
    ("GET", "/v2.1/os-hypervisors/<hypervisor_id>/uptime", show_hypervisor),
    ("GET", "/v2.1/os-services", list_compute_services),
    ("PUT", "/v2.1/os-services/<service_id>", update_compute_service),
    ("GET", "/v2.1/os-aggregates", list_aggregates),
    ("POST", "/v2.1/os-aggregates", create_aggregate),
    ("GET", _AGGREGATE, show_aggregate),
    ("PUT", _AGGREGATE, update_aggregate),
    ("DELETE", _AGGREGATE, delete_aggregate),
    ("POST", _AGGREGATE + "/action", act_on_aggregate),
]
