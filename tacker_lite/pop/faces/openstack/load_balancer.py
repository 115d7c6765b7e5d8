"""The load-balancing API (v2).

Load balancers, listeners, pools and health monitors are collections of one shape, so
one set of handlers serves them; members are below their pool.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import listing
from tacker_lite.pop.faces.openstack import load_balancer_views as views
from tacker_lite.pop.faces.openstack.request import Answer, Context, Handler, Route
from tacker_lite.pop.load_balancer.health import Outlook

SERVICE = "load-balancer"
#: Under both names of the version: clients write either.
_BASES = ("/v2/lbaas", "/v2.0/lbaas")
_QUOTAS = ("loadbalancer", "listener", "pool", "member", "healthmonitor")
_MEMBERS = "/pools/<pool_id>/members"


@dataclass(frozen=True)
class Collection:
    """One kind of object and how it is shown.

    :ivar name: singular, the wrapping key in bodies and part of the URL.
    :ivar noun: name of the service's methods, such as ``create_<noun>``.
    """

    name: str
    noun: str
    view: Callable[[Context, Any, Outlook], dict[str, Any]]

    @property
    def plural(self) -> str:
        """The wrapping key of a list, and the URL part."""
        return f"{self.name}s"

    def call(self, ctx: Context, verb: str, *arguments: Any) -> Any:
        """Call the service's method of the verb for the caller."""
        noun = f"{self.noun}s" if verb == "list" else self.noun
        method = getattr(ctx.cloud.load_balancer, f"{verb}_{noun}")
        return method(ctx.reach, *arguments)

    def show(self, ctx: Context, row: Any) -> dict[str, Any]:
        """One object as it is now."""
        return self.view(ctx, row, _outlook(ctx, row))


def _outlook(ctx: Context, row: Any) -> Outlook:
    ident = getattr(row, "load_balancer_id", row.id)
    return Outlook(ctx.cloud.load_balancer, ident)


def _owned(ctx: Context, attrs: dict[str, Any]) -> dict[str, Any]:
    """A create request's attributes with their owner filled in."""
    project_id = attrs.get("project_id") or attrs.get("tenant_id") or ctx.project_id
    if project_id != ctx.project_id:
        ctx.require_admin()
    kept = {key: value for key, value in attrs.items() if key != "tenant_id"}
    return {**kept, "project_id": project_id}


def _listed(ctx: Context, collection: Collection, rows: list[Any], path: str) -> Answer:
    """A page of objects, each load balancer looked at once."""
    outlooks: dict[str, Outlook] = {}
    items = []
    for row in rows:
        ident = getattr(row, "load_balancer_id", row.id)
        if ident not in outlooks:
            outlooks[ident] = _outlook(ctx, row)
        items.append(collection.view(ctx, row, outlooks[ident]))
    items = listing.sort(ctx, listing.filtered(ctx, items))
    part, links = listing.linked_page(ctx, path, items)
    return 200, {path: [listing.fields(ctx, item) for item in part], **links}


def _crud(collection: Collection) -> list[tuple[str, str, Handler]]:
    """Routes of one collection below the version."""

    def create(ctx: Context) -> Answer:
        attrs = _owned(ctx, ctx.wrapped(collection.name))
        row = collection.call(ctx, "create", attrs)
        return 201, {collection.name: collection.show(ctx, row)}

    def list_all(ctx: Context) -> Answer:
        rows = collection.call(ctx, "list")
        return _listed(ctx, collection, rows, collection.plural)

    def show(ctx: Context, ident: str) -> Answer:
        row = collection.call(ctx, "get", ident)
        return 200, {collection.name: collection.show(ctx, row)}

    def update(ctx: Context, ident: str) -> Answer:
        row = collection.call(ctx, "update", ident, ctx.wrapped(collection.name))
        return 200, {collection.name: collection.show(ctx, row)}

    def delete(ctx: Context, ident: str) -> Answer:
        if collection.noun == "load_balancer":
            collection.call(ctx, "delete", ident, bool(ctx.flag("cascade")))
        else:
            collection.call(ctx, "delete", ident)
        return 204, None

    many, one = f"/{collection.plural}", f"/{collection.plural}/<ident>"
    return [
        ("POST", many, create),
        ("GET", many, list_all),
        ("GET", one, show),
        ("PUT", one, update),
        ("DELETE", one, delete),
    ]


# Documents about the service


def show_versions(ctx: Context) -> Answer:
    """The versions there are, for discovery."""
    version = {
        "id": "v2.0",
        "status": "CURRENT",
        "updated": "2016-12-11T00:00:00Z",
        "links": [{"rel": "self", "href": f"{ctx.service_url}/v2"}],
    }
    return 200, {"versions": [version]}


def list_providers(ctx: Context) -> Answer:
    """The one provider: what balances here, or that nothing does."""
    name = ctx.cloud.load_balancer.provider
    what = {
        "haproxy": "An HAProxy process for each load balancer",
        "simulated": "Records only: nothing is balanced and no member is checked",
    }
    return 200, {"providers": [{"name": name, "description": what.get(name, name)}]}


def list_quotas(ctx: Context) -> Answer:
    """None: no project has a quota of its own."""
    return 200, {"quotas": []}


def show_quota(ctx: Context, project_id: str) -> Answer:
    """A project's quota: without end."""
    if project_id != ctx.project_id:
        ctx.require_admin()
    return 200, {"quota": dict.fromkeys(_QUOTAS, -1)}


# Load balancers beside the usual


def show_statuses(ctx: Context, ident: str) -> Answer:
    """The statuses of a load balancer and all that belongs to it."""
    row = ctx.cloud.load_balancer.get_load_balancer(ctx.reach, ident)
    return 200, views.tree(ctx, row)


def show_balancer_stats(ctx: Context, ident: str) -> Answer:
    """What has gone through a load balancer since it runs."""
    row = ctx.cloud.load_balancer.get_load_balancer(ctx.reach, ident)
    return 200, views.stats(_outlook(ctx, row).traffic())


def show_listener_stats(ctx: Context, ident: str) -> Answer:
    """What has gone through a listener since it runs."""
    row = ctx.cloud.load_balancer.get_listener(ctx.reach, ident)
    return 200, views.stats(_outlook(ctx, row).traffic(row.id))


def failover(ctx: Context, ident: str) -> Answer:
    """Run a load balancer anew."""
    ctx.cloud.load_balancer.failover(ctx.reach, ident)
    return 202, None


# Members


def create_member(ctx: Context, pool_id: str) -> Answer:
    """Add a member to a pool."""
    attrs = ctx.wrapped("member")
    row = ctx.cloud.load_balancer.create_member(ctx.reach, pool_id, attrs)
    return 201, {"member": _MEMBER.show(ctx, row)}


def list_members(ctx: Context, pool_id: str) -> Answer:
    """The members of a pool."""
    ctx.cloud.load_balancer.get_pool(ctx.reach, pool_id)
    rows = ctx.cloud.load_balancer.members_of(pool_id)
    return _listed(ctx, _MEMBER, rows, "members")


def replace_members(ctx: Context, pool_id: str) -> Answer:
    """Make a pool's members just those of the body."""
    wanted = ctx.body.get("members")
    if not isinstance(wanted, list) or not all(isinstance(m, dict) for m in wanted):
        raise errors.BadRequest("'members' must be a list of objects.")
    additive = bool(ctx.flag("additive_only"))
    ctx.cloud.load_balancer.replace_members(ctx.reach, pool_id, wanted, additive)
    return 202, None


def show_member(ctx: Context, pool_id: str, ident: str) -> Answer:
    """One member of a pool."""
    return 200, {"member": _MEMBER.show(ctx, _member_of(ctx, pool_id, ident))}


def update_member(ctx: Context, pool_id: str, ident: str) -> Answer:
    """Change a member."""
    _member_of(ctx, pool_id, ident)
    changes = ctx.wrapped("member")
    row = ctx.cloud.load_balancer.update_member(ctx.reach, ident, changes)
    return 200, {"member": _MEMBER.show(ctx, row)}


def delete_member(ctx: Context, pool_id: str, ident: str) -> Answer:
    """Take a member from a pool."""
    _member_of(ctx, pool_id, ident)
    ctx.cloud.load_balancer.delete_member(ctx.reach, ident)
    return 204, None


def _member_of(ctx: Context, pool_id: str, ident: str) -> Any:
    row = ctx.cloud.load_balancer.get_member(ctx.reach, ident)
    if row.pool_id != pool_id:
        raise errors.NotFound("member", ident)
    return row


_MEMBER = Collection("member", "member", views.member)
COLLECTIONS = (
    Collection("loadbalancer", "load_balancer", views.load_balancer),
    Collection("listener", "listener", views.listener),
    Collection("pool", "pool", views.pool),
    Collection("healthmonitor", "health_monitor", views.health_monitor),
)
_OWN: list[tuple[str, str, Handler]] = [
    *(route for collection in COLLECTIONS for route in _crud(collection)),
    ("GET", "/loadbalancers/<ident>/status", show_statuses),
    ("GET", "/loadbalancers/<ident>/statuses", show_statuses),
    ("GET", "/loadbalancers/<ident>/stats", show_balancer_stats),
    ("PUT", "/loadbalancers/<ident>/failover", failover),
    ("GET", "/listeners/<ident>/stats", show_listener_stats),
    ("POST", _MEMBERS, create_member),
    ("GET", _MEMBERS, list_members),
    ("PUT", _MEMBERS, replace_members),
    ("GET", f"{_MEMBERS}/<ident>", show_member),
    ("PUT", f"{_MEMBERS}/<ident>", update_member),
    ("DELETE", f"{_MEMBERS}/<ident>", delete_member),
    ("GET", "/providers", list_providers),
    ("GET", "/quotas", list_quotas),
    ("GET", "/quotas/<project_id>", show_quota),
]

ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    *(
        (method, base + pattern, handler)
        for base in _BASES
        for method, pattern, handler in _OWN
    ),
]

PUBLIC = frozenset({show_versions})
