"""What projects may use and do use, in the compute API."""

from __future__ import annotations

import datetime
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.compute import quota
from tacker_lite.pop.faces.openstack import compute_schemas, compute_version
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route

#: The limit and the use in the service's answer, by quota.
_LIMITS = {
    "instances": ("maxTotalInstances", "totalInstancesUsed"),
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "ram": ("maxTotalRAMSize", "totalRAMUsed"),
    "key_pairs": ("maxTotalKeypairs", ""),
    "metadata_items": ("maxServerMeta", ""),
    "server_groups": ("maxServerGroups", "totalServerGroupsUsed"),
    "server_group_members": ("maxServerGroupMembers", ""),
    "injected_files": ("maxPersonality", ""),
    "injected_file_content_bytes": ("maxPersonalitySize", ""),
}
#: From here on without what concerns networks, and then without injected files.
_NO_NETWORKS = (2, 36)
_NO_FILES = (2, 57)
_NETWORKS = ("fixed_ips", "floating_ips", "security_groups", "security_group_rules")


def show_limits(ctx: Context) -> Answer:
    """What a project may use and what it does use."""
    project_id = ctx.query.get("tenant_id") or ctx.project_id
    if project_id != ctx.project_id:
        ctx.require_admin("os_compute_api:limits:other_project")
    limits = ctx.cloud.compute.quota(project_id)
    used = ctx.cloud.compute.quota_used(project_id)
    absolute: dict[str, int] = {}
    for name, (limit, use) in _LIMITS.items():
        if name in _offered(ctx):
            absolute[limit] = limits[name]
            if use:
                absolute[use] = used[name]
    return 200, {"limits": {"rate": [], "absolute": absolute}}


def _offered(ctx: Context) -> list[str]:
    """The quotas that the version knows, as far as they are of this service."""
    names = list(quota.DEFAULTS)
    if compute_version.asked(ctx) >= _NO_FILES:
        names = [name for name in names if not name.startswith("injected_")]
    return names


def _shown(ctx: Context, limits: dict[str, Any], absent: Any) -> dict[str, Any]:
    shown = {name: limits[name] for name in _offered(ctx)}
    if compute_version.asked(ctx) < _NO_NETWORKS:
        shown |= dict.fromkeys(_NETWORKS, absent)
    return shown


def show_quota_set(ctx: Context, project_id: str) -> Answer:
    """A project's quota."""
    _check(ctx, project_id)
    limits = ctx.cloud.compute.quota(project_id)
    return 200, {"quota_set": {"id": project_id, **_shown(ctx, limits, -1)}}


def show_default_quota_set(ctx: Context, project_id: str) -> Answer:
    """The quota of a project that nobody has set any for."""
    _check(ctx, project_id)
    shown = _shown(ctx, dict(quota.DEFAULTS), -1)
    return 200, {"quota_set": {"id": project_id, **shown}}


def show_quota_set_detail(ctx: Context, project_id: str) -> Answer:
    """A project's quota with what it uses."""
    _check(ctx, project_id)
    used = ctx.cloud.compute.quota_used(project_id)
    detail = {
        # As in the service, key pairs are not counted here.
        name: {
            "limit": limit,
            "in_use": 0 if name == "key_pairs" else used.get(name, 0),
            "reserved": 0,
        }
        for name, limit in ctx.cloud.compute.quota(project_id).items()
    }
    absent = {"limit": -1, "in_use": 0, "reserved": 0}
    return 200, {"quota_set": {"id": project_id, **_shown(ctx, detail, absent)}}


def update_quota_set(ctx: Context, project_id: str) -> Answer:
    """Set limits; for administrators."""
    ctx.require_admin("os_compute_api:os-quota-sets:update")
    _check(ctx, project_id)
    wanted = compute_schemas.checked(ctx, "quota_set")
    limits = ctx.cloud.compute.set_quota(project_id, wanted)
    return 200, {"quota_set": _shown(ctx, limits, -1)}


def delete_quota_set(ctx: Context, project_id: str) -> Answer:
    """Give a project its first limits back; for administrators."""
    ctx.require_admin("os_compute_api:os-quota-sets:delete")
    _check(ctx, project_id)
    ctx.cloud.compute.reset_quota(project_id)
    return 202, None


def _check(ctx: Context, project_id: str) -> None:
    if project_id != ctx.project_id:
        ctx.require_admin("os_compute_api:os-quota-sets:show")
        if project_id not in ctx.cloud.identity.projects:
            raise errors.BadRequest(f"Project ID {project_id} is not a valid project.")


# Use over time: of the servers that there are, as far back as they go


def list_usages(ctx: Context) -> Answer:
    """What each project has used; for administrators."""
    ctx.require_admin("os_compute_api:os-simple-tenant-usage:list")
    projects = dict.fromkeys(s.project_id for s in ctx.cloud.compute.servers)
    usages = [_usage(ctx, project, bool(ctx.flag("detailed"))) for project in projects]
    return 200, {"tenant_usages": usages}


def show_usage(ctx: Context, project_id: str) -> Answer:
    """What one project has used."""
    if project_id != ctx.project_id:
        ctx.require_admin("os_compute_api:os-simple-tenant-usage:show")
    usage = _usage(ctx, project_id, detailed=True)
    return 200, {"tenant_usage": usage if usage["server_usages"] else {}}


def _usage(ctx: Context, project_id: str, detailed: bool) -> dict[str, Any]:
    start, stop = _period(ctx)
    usages: list[dict[str, Any]] = []
    for server in ctx.cloud.compute.servers:
        if server.project_id != project_id or not server.launched_at:
            continue
        launched = _time(server.launched_at)
        seconds = (stop - max(start, launched)).total_seconds()
        if seconds <= 0:
            continue
        now = datetime.datetime.now(datetime.timezone.utc)
        usages.append(
            {
                "instance_id": server.id,
                "name": server.name,
                "hours": seconds / 3600,
                "flavor": server.flavor.name,
                "vcpus": server.flavor.vcpus,
                "memory_mb": server.flavor.ram,
                "local_gb": server.flavor.disk + server.flavor.ephemeral,
                "tenant_id": project_id,
                "started_at": _written(launched),
                "ended_at": None,
                "state": server.status.lower(),
                "uptime": int((now - launched).total_seconds()),
            }
        )
    usage: dict[str, Any] = {
        "tenant_id": project_id,
        "start": _written(start),
        "stop": _written(stop),
        "total_hours": sum(u["hours"] for u in usages),
    }
    for name in ("vcpus", "memory_mb", "local_gb"):
        total = sum(u["hours"] * u[name] for u in usages)
        usage[f"total_{name}_usage"] = total
    return usage | ({"server_usages": usages} if detailed else {})


def _period(ctx: Context) -> tuple[datetime.datetime, datetime.datetime]:
    stop = datetime.datetime.now(datetime.timezone.utc)
    texts = (ctx.query.get("start"), ctx.query.get("end"))
    try:
        given = [_time(text) if text else None for text in texts]
    except ValueError as error:
        raise errors.BadRequest(
            "Invalid input for field/attribute start. A time is written as in"
            " 2026-01-31T12:00:00."
        ) from error
    now = stop
    start, stop = given[0] or now, given[1] or now
    if start > stop:
        raise errors.BadRequest(
            "Invalid start time. The start time cannot occur after the end time."
        )
    return start, min(stop, now)


def _time(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        return moment.replace(tzinfo=datetime.timezone.utc)
    return moment


def _written(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")


_QUOTA_SET = "/v2.1/os-quota-sets/<project_id>"

ROUTES: list[Route] = [
    ("GET", "/v2.1/limits", show_limits),
    ("GET", _QUOTA_SET, show_quota_set),
    ("PUT", _QUOTA_SET, update_quota_set),
    ("DELETE", _QUOTA_SET, delete_quota_set),
    ("GET", _QUOTA_SET + "/defaults", show_default_quota_set),
    ("GET", _QUOTA_SET + "/detail", show_quota_set_detail),
    ("GET", "/v2.1/os-simple-tenant-usage", list_usages),
    ("GET", "/v2.1/os-simple-tenant-usage/<project_id>", show_usage),
]
