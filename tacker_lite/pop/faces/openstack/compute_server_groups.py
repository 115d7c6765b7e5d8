"""Server groups in the compute API."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop.compute.tables import ServerGroup
from tacker_lite.pop.faces.openstack import compute_schemas, compute_version, listing
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route

#: From here on a group has one policy with rules instead of a list of policies.
_ONE_POLICY = (2, 64)


def list_server_groups(ctx: Context) -> Answer:
    """The project's; administrators may ask for all."""
    everything = ctx.flag("all_projects") and ctx.token.is_admin
    project = None if everything else ctx.project_id
    groups = ctx.cloud.compute.list_server_groups(project)
    part, _ = listing.page(ctx, groups, lambda group: group.id)
    return 200, {"server_groups": [_shown(ctx, group) for group in part]}


def create_server_group(ctx: Context) -> Answer:
    """Make a group without members."""
    wanted = compute_schemas.checked(ctx, "server_group")
    group = ctx.cloud.compute.create_server_group(
        ctx.project_id, wanted, ctx.token.user.id
    )
    return 200, {"server_group": _shown(ctx, group)}


def show_server_group(ctx: Context, group_id: str) -> Answer:
    """One group with its members."""
    group = ctx.cloud.compute.get_server_group(ctx.reach, group_id)
    return 200, {"server_group": _shown(ctx, group)}


def delete_server_group(ctx: Context, group_id: str) -> Answer:
    """Forget a group; its servers stay."""
    ctx.cloud.compute.delete_server_group(ctx.reach, group_id)
    return 204, None


def _shown(ctx: Context, group: ServerGroup) -> dict[str, Any]:
    version = compute_version.asked(ctx)
    shown: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "members": ctx.cloud.compute.members(group),
    }
    if version >= _ONE_POLICY:
        shown["policy"] = group.policy
        most = {"max_server_per_host": group.max_server_per_host}
        shown["rules"] = most if group.policy == "anti-affinity" else {}
    else:
        shown |= {"policies": [group.policy], "metadata": {}}
    if version >= (2, 13):
        shown |= {"project_id": group.project_id, "user_id": group.user_id}
    return shown


_GROUP = "/v2.1/os-server-groups/<group_id>"
ROUTES: list[Route] = [
    ("GET", "/v2.1/os-server-groups", list_server_groups),
    ("POST", "/v2.1/os-server-groups", create_server_group),
    ("GET", _GROUP, show_server_group),
    ("DELETE", _GROUP, delete_server_group),
]
