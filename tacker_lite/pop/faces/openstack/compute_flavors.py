"""Flavors, who sees them, and their extra specs, in the compute API."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.faces.openstack import compute_schemas, compute_version, listing
from tacker_lite.pop.faces.openstack import compute_views as views
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route


def _page(ctx: Context) -> tuple[list[records.Flavor], dict[str, Any]]:
    """The flavors a list shows, and the link to the rest."""
    is_public: bool | None = True
    if "is_public" in ctx.query and ctx.token.is_admin:
        is_public = ctx.flag("is_public")
    flavors = ctx.cloud.compute.list_flavors(ctx.reach, is_public)
    least_ram = ctx.number("minRam") or 0
    least_disk = ctx.number("minDisk") or 0
    fitting = [f for f in flavors if f.ram >= least_ram and f.disk >= least_disk]
    return listing.linked_page(ctx, "flavors", fitting, lambda f: f.id, ceiling=1000)


def list_flavors(ctx: Context) -> Answer:
    """The flavors that the caller sees, by id and name."""
    flavors, links = _page(ctx)
    return 200, {"flavors": [views.flavor_summary(ctx, f) for f in flavors], **links}


def list_flavors_detail(ctx: Context) -> Answer:
    """The flavors that the caller sees, in full."""
    version = compute_version.asked(ctx)
    flavors, links = _page(ctx)
    return 200, {"flavors": [views.flavor(ctx, f, version) for f in flavors], **links}


def create_flavor(ctx: Context) -> Answer:
    """Make a flavor; for administrators."""
    ctx.require_admin("os_compute_api:os-flavor-manage:create")
    wanted = compute_schemas.checked(ctx, "flavor")
    flavor = ctx.cloud.compute.create_flavor(wanted)
    return 200, {"flavor": views.flavor(ctx, flavor, compute_version.asked(ctx))}


def show_flavor(ctx: Context, flavor_id: str) -> Answer:
    """One flavor."""
    flavor = ctx.cloud.compute.get_flavor(ctx.reach, flavor_id)
    return 200, {"flavor": views.flavor(ctx, flavor, compute_version.asked(ctx))}


def delete_flavor(ctx: Context, flavor_id: str) -> Answer:
    """Remove a flavor, which its servers survive; for administrators."""
    ctx.require_admin("os_compute_api:os-flavor-manage:delete")
    ctx.cloud.compute.delete_flavor(flavor_id)
    return 202, None


def update_flavor(ctx: Context, flavor_id: str) -> Answer:
    """Change a flavor's description; for administrators, and from 2.55 on."""
    version = compute_version.asked(ctx)
    if version < (2, 55):
        message = "The resource could not be found."
        raise errors.NotFound("path", ctx.request.path, message)
    ctx.require_admin("os_compute_api:os-flavor-manage:update")
    described = ctx.cloud.compute.describe_flavor(flavor_id, ctx.wrapped("flavor"))
    return 200, {"flavor": views.flavor(ctx, described, version)}


# Who sees a flavor that is not public


def list_access(ctx: Context, flavor_id: str) -> Answer:
    """The projects that see a flavor; for administrators."""
    ctx.require_admin("os_compute_api:os-flavor-access")
    flavor = ctx.cloud.compute.get_flavor(None, flavor_id)
    if flavor.is_public:
        message = "Access list not available for public flavors."
        raise errors.NotFound("flavor access", flavor_id, message)
    return _access(flavor)


def change_access(ctx: Context, flavor_id: str) -> Answer:
    """Let a project see a flavor, or no more; for administrators."""
    compute = ctx.cloud.compute
    for name, rule, change in (
        ("addTenantAccess", "add_tenant_access", compute.grant_flavor),
        ("removeTenantAccess", "remove_tenant_access", compute.deny_flavor),
    ):
        if list(ctx.body) == [name]:
            ctx.require_admin(f"os_compute_api:os-flavor-access:{rule}")
            project = ctx.wrapped(name).get("tenant")
            if not isinstance(project, str) or not project:
                raise errors.BadRequest("'tenant' is a required property")
            return _access(change(flavor_id, project))
    raise errors.BadRequest(
        "The body must be addTenantAccess or removeTenantAccess with 'tenant'."
    )


def _access(flavor: records.Flavor) -> Answer:
    entries = [{"flavor_id": flavor.id, "tenant_id": p} for p in flavor.projects]
    return 200, {"flavor_access": entries}


# Extra specs


def list_extra_specs(ctx: Context, flavor_id: str) -> Answer:
    """All extra specs of a flavor."""
    flavor = ctx.cloud.compute.get_flavor(ctx.reach, flavor_id)
    return 200, {"extra_specs": dict(flavor.extra_specs)}


def create_extra_specs(ctx: Context, flavor_id: str) -> Answer:
    """Add to a flavor's extra specs; for administrators."""
    ctx.require_admin()
    specs = ctx.wrapped("extra_specs")
    flavor = ctx.cloud.compute.set_extra_specs(flavor_id, specs)
    return 200, {"extra_specs": dict(flavor.extra_specs)}


def show_extra_spec(ctx: Context, flavor_id: str, key: str) -> Answer:
    """One extra spec of a flavor."""
    flavor = ctx.cloud.compute.get_flavor(ctx.reach, flavor_id)
    if key not in flavor.extra_specs:
        message = f"Flavor {flavor_id} has no extra specs with key {key}."
        raise errors.NotFound("extra spec", key, message)
    return 200, {key: flavor.extra_specs[key]}


def update_extra_spec(ctx: Context, flavor_id: str, key: str) -> Answer:
    """Set one extra spec of a flavor; for administrators."""
    ctx.require_admin()
    if set(ctx.body) != {key}:
        raise errors.BadRequest(f"The body must have the one key '{key}'.")
    flavor = ctx.cloud.compute.set_extra_specs(flavor_id, ctx.body)
    return 200, {key: flavor.extra_specs[key]}


def delete_extra_spec(ctx: Context, flavor_id: str, key: str) -> Answer:
    """Remove one extra spec of a flavor; for administrators."""
    ctx.require_admin()
    ctx.cloud.compute.delete_extra_spec(flavor_id, key)
    return 200, None


_SPECS = "/v2.1/flavors/<flavor_id>/os-extra_specs"

ROUTES: list[Route] = [
    ("GET", "/v2.1/flavors", list_flavors),
    ("POST", "/v2.1/flavors", create_flavor),
    ("GET", "/v2.1/flavors/detail", list_flavors_detail),
    ("GET", "/v2.1/flavors/<flavor_id>", show_flavor),
    ("PUT", "/v2.1/flavors/<flavor_id>", update_flavor),
    ("DELETE", "/v2.1/flavors/<flavor_id>", delete_flavor),
    ("GET", "/v2.1/flavors/<flavor_id>/os-flavor-access", list_access),
    ("POST", "/v2.1/flavors/<flavor_id>/action", change_access),
    ("GET", _SPECS, list_extra_specs),
    ("POST", _SPECS, create_extra_specs),
    ("GET", _SPECS + "/<key>", show_extra_spec),
    ("PUT", _SPECS + "/<key>", update_extra_spec),
    ("DELETE", _SPECS + "/<key>", delete_extra_spec),
]
