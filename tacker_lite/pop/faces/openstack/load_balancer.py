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
from tacker_lite.pop.faces.openstack.load_balancer_admin import AMPHORA_ROUTES
from tacker_lite.pop.faces.openstack.load_balancer_admin import ROUTES as ADMIN_ROUTES
from tacker_lite.pop.faces.openstack.request import Answer, Context, Handler, Route
from tacker_lite.pop.load_balancer.errors import Missing
from tacker_lite.pop.load_balancer.health import Outlook

SERVICE = "load-balancer"
#: Under both names of the version: clients write either.
_BASES = ("/v2/lbaas", "/v2.0/lbaas")


@dataclass(frozen=True)
class Collection:
    """One kind of object and how it is shown.

    :ivar name: singular, the wrapping key in bodies and part of the URL.
    :ivar noun: name of the service's methods, such as ``create_<noun>``.
    :ivar plural: the wrapping key of a list, and the URL part.
    """

    name: str
    noun: str
    view: Callable[[Context, Any, Outlook], dict[str, Any]]
    plural: str

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


@dataclass(frozen=True)
class Below:
    """A collection that each object of another one has.

    :ivar many: its path, with the other object's id as ``owner``.
    :ivar owner: the field that names that object.
    :ivar rows: gives the objects that belong to one.
    """

    collection: Collection
    many: str
    owner: str
    find_owner: Callable[[Context, str], Any]
    rows: Callable[[Context, str], list[Any]]

    def _one(self, ctx: Context, owner: str, ident: str) -> Any:
        row = self.collection.call(ctx, "get", ident)
        if getattr(row, self.owner) != owner:
            raise Missing(self.collection.name.capitalize(), ident)
        return row

    def create(self, ctx: Context, owner: str) -> Answer:
        name = self.collection.name
        row = self.collection.call(ctx, "create", owner, ctx.wrapped(name))
        return 201, {name: self.collection.show(ctx, row)}

    def list_all(self, ctx: Context, owner: str) -> Answer:
        self.find_owner(ctx, owner)
        rows = self.rows(ctx, owner)
        return _listed(ctx, self.collection, rows, self.collection.plural)

    def show(self, ctx: Context, owner: str, ident: str) -> Answer:
        row = self._one(ctx, owner, ident)
        return 200, {self.collection.name: self.collection.show(ctx, row)}

    def update(self, ctx: Context, owner: str, ident: str) -> Answer:
        self._one(ctx, owner, ident)
        changes = ctx.wrapped(self.collection.name)
        row = self.collection.call(ctx, "update", ident, changes)
        return 200, {self.collection.name: self.collection.show(ctx, row)}

    def delete(self, ctx: Context, owner: str, ident: str) -> Answer:
        self._one(ctx, owner, ident)
        self.collection.call(ctx, "delete", ident)
        return 204, None

    def routes(self) -> list[Route]:
        """Routes of the collection below the version."""
        one = f"{self.many}/<ident>"
        return [
            ("POST", self.many, self.create),
            ("GET", self.many, self.list_all),
            ("GET", one, self.show),
            ("PUT", one, self.update),
            ("DELETE", one, self.delete),
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


# Members and rules


def replace_members(ctx: Context, owner: str) -> Answer:
    """Make a pool's members just those of the body."""
    wanted = ctx.body.get("members")
    if not isinstance(wanted, list) or not all(isinstance(m, dict) for m in wanted):
        raise errors.BadRequest("'members' must be a list of objects.")
    additive = bool(ctx.flag("additive_only"))
    ctx.cloud.load_balancer.replace_members(ctx.reach, owner, wanted, additive)
    return 202, None


_MEMBER = Collection("member", "member", views.member, "members")
_RULE = Collection("rule", "l7rule", views.l7rule, "rules")
_MEMBERS = Below(
    _MEMBER,
    "/pools/<owner>/members",
    "pool_id",
    lambda ctx, owner: ctx.cloud.load_balancer.get_pool(ctx.reach, owner),
    lambda ctx, owner: ctx.cloud.load_balancer.members_of(owner),
)
_RULES = Below(
    _RULE,
    "/l7policies/<owner>/rules",
    "policy_id",
    lambda ctx, owner: ctx.cloud.load_balancer.get_l7policy(ctx.reach, owner),
    lambda ctx, owner: ctx.cloud.load_balancer.rules_of(owner),
)
COLLECTIONS = (
    Collection("loadbalancer", "load_balancer", views.load_balancer, "loadbalancers"),
    Collection("listener", "listener", views.listener, "listeners"),
    Collection("pool", "pool", views.pool, "pools"),
    Collection(
        "healthmonitor", "health_monitor", views.health_monitor, "healthmonitors"
    ),
    Collection("l7policy", "l7policy", views.l7policy, "l7policies"),
)
_OWN: list[tuple[str, str, Handler]] = [
    *(route for collection in COLLECTIONS for route in _crud(collection)),
    ("GET", "/loadbalancers/<ident>/status", show_statuses),
    ("GET", "/loadbalancers/<ident>/statuses", show_statuses),
    ("GET", "/loadbalancers/<ident>/stats", show_balancer_stats),
    ("PUT", "/loadbalancers/<ident>/failover", failover),
    ("GET", "/listeners/<ident>/stats", show_listener_stats),
    *(route for below in (_MEMBERS, _RULES) for route in below.routes()),
    ("PUT", _MEMBERS.many, replace_members),
    ("GET", "/providers", list_providers),
    *ADMIN_ROUTES,
]

ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    *(
        (method, base + pattern, handler)
        for base in _BASES
        for method, pattern, handler in _OWN
    ),
    *(
        (method, f"/{version}/octavia{pattern}", handler)
        for version in ("v2", "v2.0")
        for method, pattern, handler in AMPHORA_ROUTES
    ),
]

PUBLIC = frozenset({show_versions})
