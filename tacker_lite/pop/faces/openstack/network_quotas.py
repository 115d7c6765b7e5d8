"""Quotas of projects in the networking API."""

from __future__ import annotations

from tacker_lite.pop.faces.openstack.request import Answer, Context, Route


def list_quotas(ctx: Context) -> Answer:
    """The projects that have limits of their own."""
    ctx.require_admin()
    quotas = ctx.cloud.network.quotas.all()
    return 200, {
        "quotas": [
            {**limits, "project_id": project_id, "tenant_id": project_id}
            for project_id, limits in quotas.items()
        ]
    }


def show_quota(ctx: Context, project_id: str) -> Answer:
    """A project's limits; -1 stands for none."""
    _require_own_project(ctx, project_id)
    return 200, {"quota": ctx.cloud.network.quotas.limits(project_id)}


def show_default(ctx: Context, project_id: str) -> Answer:
    """A project's limits as they were at first."""
    _require_own_project(ctx, project_id)
    return 200, {"quota": ctx.cloud.network.quotas.defaults(project_id)}


def show_details(ctx: Context, project_id: str) -> Answer:
    """A project's limits with what it uses."""
    _require_own_project(ctx, project_id)
    quotas = ctx.cloud.network.quotas
    used = quotas.used(project_id)
    return 200, {
        "quota": {
            name: {"limit": limit, "used": used[name], "reserved": 0}
            for name, limit in quotas.limits(project_id).items()
        }
    }


def change_quota(ctx: Context, project_id: str) -> Answer:
    """Set some of a project's limits."""
    ctx.require_admin()
    limits = ctx.cloud.network.quotas.change(project_id, ctx.wrapped("quota"))
    return 200, {"quota": limits}


def reset_quota(ctx: Context, project_id: str) -> Answer:
    """Take a project's own limits away."""
    ctx.require_admin()
    ctx.cloud.network.quotas.reset(project_id)
    return 204, None


def _require_own_project(ctx: Context, project_id: str) -> None:
    if project_id != ctx.project_id:
        ctx.require_admin()


ROUTES: list[Route] = [
    ("GET", "/v2.0/quotas", list_quotas),
    ("GET", "/v2.0/quotas/<project_id>", show_quota),
    ("PUT", "/v2.0/quotas/<project_id>", change_quota),
    ("DELETE", "/v2.0/quotas/<project_id>", reset_quota),
    ("GET", "/v2.0/quotas/<project_id>/default", show_default),
    ("GET", "/v2.0/quotas/<project_id>/details.json", show_details),
    ("GET", "/v2.0/quotas/<project_id>/details", show_details),
]
