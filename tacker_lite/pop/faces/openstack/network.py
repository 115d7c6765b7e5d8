"""The networking API (v2.0).

Networks, subnets, ports, routers, floating IPs, security groups and their rules are
collections of one shape, so one set of handlers, made for each :class:`Collection`,
serves them all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import (
    listing,
    network_chains,
    network_quotas,
    network_routers,
)
from tacker_lite.pop.faces.openstack import network_views as views
from tacker_lite.pop.faces.openstack.request import Answer, Context, Handler, Route

SERVICE = "network"


@dataclass(frozen=True)
class Collection:
    """One kind of object and how it is shown.

    :ivar name: singular, the wrapping key in bodies and the name of the service's
        methods; ``path`` is its URL part.
    :ivar view: makes the API's object from a record.
    :ivar changeable: whether the API has updates of it.
    :ivar service: what offers the methods.
    :ivar tagged: whether it has tags.
    :ivar required: what a creation must have, beyond what the service asks for.
    """

    name: str
    path: str
    view: Callable[[Context, Any], dict[str, Any]]
    changeable: bool = True
    service: Callable[[Context], Any] = lambda ctx: ctx.cloud.network
    tagged: bool = True
    required: tuple[str, ...] = ()

    @property
    def plural(self) -> str:
        """The wrapping key of a list."""
        return f"{self.name}s"

    def method(self, ctx: Context, verb: str, many: bool = False) -> Callable[..., Any]:
        """The network service's method, such as ``create_port``."""
        noun = self.plural if many else self.name
        return getattr(self.service(ctx), f"{verb}_{noun}")


def _owned(ctx: Context, collection: Collection, attrs: Any) -> dict[str, Any]:
    """A create request's attributes with their owner filled in."""
    if not isinstance(attrs, dict):
        raise errors.BadRequest("What is to be created must be an object.")
    for key in collection.required:
        if attrs.get(key) is None:
            raise errors.BadRequest(
                f"Failed to parse request. Required attribute '{key}' not specified",
                type="HTTPBadRequest",
            )
    project_id = attrs.get("project_id") or attrs.get("tenant_id") or ctx.project_id
    if project_id != ctx.project_id and not ctx.token.is_admin:
        raise errors.BadRequest(
            "Only an administrator may name another project in 'project_id' or "
            "'tenant_id'.",
            type="HTTPBadRequest",
        )
    kept = {key: value for key, value in attrs.items() if key != "tenant_id"}
    return {**kept, "project_id": project_id}


def _settle(ctx: Context) -> None:
    """Have the machine follow before the answer."""
    ctx.cloud.network.filtering.try_settle()
    ctx.cloud.network.chaining.steering.settle()


def _create_many(ctx: Context, collection: Collection, requests: Any) -> Answer:
    """All of a list, or none when one is refused."""
    if not isinstance(requests, list) or not requests:
        raise errors.BadRequest(f"'{collection.plural}' must be a list, not empty.")
    made: list[Any] = []
    try:
        for attrs in requests:
            create = collection.method(ctx, "create")
            made.append(create(ctx.reach, _owned(ctx, collection, attrs)))
    except errors.PopError:
        for record in reversed(made):
            collection.method(ctx, "delete")(ctx.reach, record.id)
        raise
    _settle(ctx)
    return 201, {collection.plural: [collection.view(ctx, record) for record in made]}


def _creator(collection: Collection) -> Handler:
    def create(ctx: Context) -> Answer:
        if collection.plural in ctx.body:
            return _create_many(ctx, collection, ctx.body[collection.plural])
        attrs = _owned(ctx, collection, ctx.wrapped(collection.name))
        record = collection.method(ctx, "create")(ctx.reach, attrs)
        _settle(ctx)
        return 201, {collection.name: collection.view(ctx, record)}

    return create


def _lister(collection: Collection) -> Handler:
    def list_all(ctx: Context) -> Answer:
        records = collection.method(ctx, "list", many=True)(ctx.reach)
        items = [collection.view(ctx, record) for record in records]
        items = listing.sort(ctx, views.filtered(ctx, items))
        part, links = listing.linked_page(ctx, collection.plural, items)
        shown = [listing.fields(ctx, item) for item in part]
        return 200, {collection.plural: shown, **links}

    return list_all


def _shower(collection: Collection) -> Handler:
    def show(ctx: Context, ident: str) -> Answer:
        record = collection.method(ctx, "get")(ctx.reach, ident)
        item = collection.view(ctx, record)
        return 200, {collection.name: listing.fields(ctx, item)}

    return show


def _updater(collection: Collection) -> Handler:
    def update(ctx: Context, ident: str) -> Answer:
        changes = ctx.wrapped(collection.name)
        record = collection.method(ctx, "update")(ctx.reach, ident, changes)
        _settle(ctx)
        return 200, {collection.name: collection.view(ctx, record)}

    return update


def _deleter(collection: Collection) -> Handler:
    def delete(ctx: Context, ident: str) -> Answer:
        collection.method(ctx, "delete")(ctx.reach, ident)
        _settle(ctx)
        return 204, None

    return delete


def _tags_setter(collection: Collection) -> Handler:
    def set_tags(ctx: Context, ident: str) -> Answer:
        tags = ctx.body.get("tags")
        if not isinstance(tags, list) or not all(isinstance(t, str) for t in tags):
            raise errors.BadRequest("'tags' must be a list of strings.")
        change = {"tags": sorted(set(tags))}
        record = collection.method(ctx, "update")(ctx.reach, ident, change)
        return 200, {"tags": record.tags}

    return set_tags


def _crud(collection: Collection) -> list[Route]:
    """Routes of one collection."""
    many = f"/v2.0/{collection.path}"
    one = f"{many}/<ident>"
    routes: list[Route] = [
        ("POST", many, _creator(collection)),
        ("GET", many, _lister(collection)),
        ("GET", one, _shower(collection)),
        ("DELETE", one, _deleter(collection)),
    ]
    if collection.changeable:
        routes.append(("PUT", one, _updater(collection)))
    if collection.changeable and collection.tagged:
        routes.append(("PUT", f"{one}/tags", _tags_setter(collection)))
    return routes


# Documents about the service


def show_versions(ctx: Context) -> Answer:
    """The versions there are, for discovery."""
    return 200, {"versions": [_version(ctx)]}


def _version(ctx: Context) -> dict[str, Any]:
    link = {"rel": "self", "href": f"{ctx.service_url}/v2.0/"}
    return {"id": "v2.0", "status": "CURRENT", "links": [link]}


def show_resources(ctx: Context) -> Answer:
    """The collections of the version, for discovery."""
    names = [collection.path for collection in COLLECTIONS]
    return 200, {
        "resources": [
            {
                "name": path.rstrip("s"),
                "collection": path,
                "links": [
                    {"rel": "self", "href": f"{ctx.service_url}/v2.0/{path}"},
                ],
            }
            for path in names
        ]
    }


def list_extensions(ctx: Context) -> Answer:
    """What is offered beyond the API's core; clients decide by it."""
    return 200, {"extensions": [views.extension(alias) for alias in views.EXTENSIONS]}


def show_extension(ctx: Context, alias: str) -> Answer:
    """Whether an extension is offered."""
    if alias not in views.EXTENSIONS:
        raise errors.NotFound("extension", alias)
    return 200, {"extension": views.extension(alias)}


def list_availability_zones(ctx: Context) -> Answer:
    """The one zone, for networks and for routers."""
    zones = [
        {"name": "nova", "resource": resource, "state": "available"}
        for resource in ("network", "router")
    ]
    return 200, {"availability_zones": listing.filtered(ctx, zones)}


def list_agents(ctx: Context) -> Answer:
    """None: the lab's networks are made by its runtime, not by agents."""
    return 200, {"agents": []}


COLLECTIONS = (
    Collection("network", "networks", views.network),
    Collection(
        "subnet", "subnets", views.subnet, required=("network_id", "ip_version")
    ),
    Collection("port", "ports", views.port),
    Collection("router", "routers", network_routers.router),
    Collection("floatingip", "floatingips", network_routers.floating_ip),
    Collection("security_group", "security-groups", views.security_group),
    Collection(
        "security_group_rule",
        "security-group-rules",
        views.security_group_rule,
        changeable=False,
    ),
    *(
        Collection(
            view.__name__,
            f"sfc/{view.__name__}s",
            view,
            service=network_chains.service,
            tagged=False,
        )
        for view in (
            network_chains.port_pair,
            network_chains.port_pair_group,
            network_chains.flow_classifier,
            network_chains.port_chain,
        )
    ),
)

ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    ("GET", "/v2.0", show_resources),
    *(route for collection in COLLECTIONS for route in _crud(collection)),
    ("GET", "/v2.0/extensions", list_extensions),
    ("GET", "/v2.0/extensions/<alias>", show_extension),
    ("GET", "/v2.0/availability_zones", list_availability_zones),
    ("GET", "/v2.0/agents", list_agents),
    *network_quotas.ROUTES,
    *network_routers.ROUTES,
]

PUBLIC = frozenset({show_versions, show_resources})
