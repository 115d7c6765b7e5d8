"""The load-balancing API's quotas, and what only some clouds have: empty lists."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop.faces.openstack.request import Answer, Context, Handler
from tacker_lite.pop.load_balancer.errors import Missing
from tacker_lite.pop.load_balancer.quota import OLDER

#: A lab has none of these; wrapping keys of their lists by path.
_NONE = {
    "/flavors": "flavors",
    "/flavorprofiles": "flavorprofiles",
    "/availabilityzones": "availability_zones",
    "/availabilityzoneprofiles": "availability_zone_profiles",
    "/providers/<provider>/flavor_capabilities": "flavor_capabilities",
    "/providers/<provider>/availability_zone_capabilities": (
        "availability_zone_capabilities"
    ),
}


def _shown(limits: dict[str, int]) -> dict[str, Any]:
    """Limits with the older names of some."""
    return {**limits, **{old: limits[new] for old, new in OLDER.items()}}


def _check(ctx: Context, project_id: str) -> None:
    if project_id != ctx.project_id:
        ctx.require_admin()


def list_quotas(ctx: Context) -> Answer:
    """Those of projects that have their own."""
    quotas = ctx.cloud.load_balancer.quotas
    shown = [
        {"project_id": row.id, "tenant_id": row.id, **_shown(quotas.of(row.id))}
        for row in quotas.list_own()
        if ctx.reach in (None, row.id)
    ]
    return 200, {"quotas": shown}


def show_quota(ctx: Context, project_id: str) -> Answer:
    """A project's quota; -1: no end."""
    _check(ctx, project_id)
    return 200, {"quota": _shown(ctx.cloud.load_balancer.quotas.of(project_id))}


def show_defaults(ctx: Context, project_id: str = "") -> Answer:
    """What a project has until somebody says otherwise."""
    return 200, {"quota": _shown(ctx.cloud.load_balancer.quotas.defaults(project_id))}


def set_quota(ctx: Context, project_id: str) -> Answer:
    """Change some limits of a project."""
    ctx.require_admin()
    limits = ctx.cloud.load_balancer.quotas.set(project_id, ctx.wrapped("quota"))
    return 202, {"quota": _shown(limits)}


def reset_quota(ctx: Context, project_id: str) -> Answer:
    """Take a project's own limits away."""
    ctx.require_admin()
    ctx.cloud.load_balancer.quotas.reset(project_id)
    return 204, None


def list_amphorae(ctx: Context) -> Answer:
    """None: no machine of a lab is an amphora."""
    ctx.require_admin()
    return 200, {"amphorae": []}


def _nothing(key: str) -> Handler:
    def answer(ctx: Context, provider: str = "") -> Answer:
        if provider not in ("", ctx.cloud.load_balancer.provider):
            raise Missing("Provider", provider)
        return 200, {key: []}

    return answer


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/quotas", list_quotas),
    ("GET", "/quotas/defaults", show_defaults),
    ("GET", "/quotas/<project_id>", show_quota),
    ("GET", "/quotas/<project_id>/default", show_defaults),
    ("PUT", "/quotas/<project_id>", set_quota),
    ("DELETE", "/quotas/<project_id>", reset_quota),
    *(("GET", path, _nothing(key)) for path, key in _NONE.items()),
]
#: Below the older path of the service's own administration.
AMPHORA_ROUTES: list[tuple[str, str, Handler]] = [("GET", "/amphorae", list_amphorae)]
