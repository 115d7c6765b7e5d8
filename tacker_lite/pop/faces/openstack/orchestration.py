"""The orchestration API (Heat v1): stacks of a PoP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import listing
from tacker_lite.pop.faces.openstack import orchestration_views as views
from tacker_lite.pop.faces.openstack.orchestration_events import PUBLIC as EVENT_PUBLIC
from tacker_lite.pop.faces.openstack.orchestration_events import ROUTES as EVENT_ROUTES
from tacker_lite.pop.faces.openstack.orchestration_language import (
    ROUTES as LANGUAGE_ROUTES,
)
from tacker_lite.pop.faces.openstack.orchestration_language import preview_stack
from tacker_lite.pop.faces.openstack.orchestration_stack import (
    check_project,
    links,
    owner,
    stack_of,
)
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.stack.records import Stack
from tacker_lite.pop.stack.requests import read_request

SERVICE = "orchestration"

_SORT_KEYS = {
    "name": "name",
    "stack_name": "name",
    "status": "state",
    "stack_status": "state",
    "created_at": "created_at",
    "creation_time": "created_at",
    "updated_at": "updated_at",
    "updated_time": "updated_at",
}
#: By query parameter: whether a stack with tags is wanted when some are named.
_TAG_TESTS: Mapping[str, Callable[[set[str], set[str]], bool]] = {
    "tags": lambda named, tags: named <= tags,
    "tags_any": lambda named, tags: bool(named & tags),
    "not_tags": lambda named, tags: not named <= tags,
    "not_tags_any": lambda named, tags: not named & tags,
}
_FILTERS = {
    "id": "id",
    "name": "name",
    "stack_name": "name",
    "status": "state",
    "stack_status": "state",
    "action": "action",
}


def show_versions(ctx: Context) -> Answer:
    href = f"{ctx.service_url}/v1/"
    version = {
        "id": "v1.0",
        "status": "CURRENT",
        "links": [{"rel": "self", "href": href}],
    }
    return 200, {"versions": [version]}


def build_info(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    revision = {"revision": "tacker-lite-pop"}
    return 200, {"api": revision, "engine": revision}


def list_stacks(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    stacks = _selected(ctx, project)
    shown = [views.stack_summary(stack, links(ctx, stack)) for stack in stacks]
    body: dict[str, Any] = {"stacks": shown}
    if ctx.flag("with_count"):
        body["count"] = len(shown)
    return 200, body


def _selected(ctx: Context, project: str) -> list[Stack]:
    everywhere = ctx.flag("global_tenant") or False
    if everywhere:
        ctx.require_admin()
    nested = ctx.flag("show_nested") or False
    stacks = ctx.cloud.stacks.list_stacks(None if everywhere else project, nested)
    for key, attribute in _FILTERS.items():
        wanted = {v.lower() for v in ctx.query.getlist(key)}
        if wanted:
            stacks = [s for s in stacks if _matches(s, attribute, wanted)]
    # The stock client repeats the parameter, other clients join with commas.
    for key, test in _TAG_TESTS.items():
        tags = set(filter(None, ",".join(ctx.query.getlist(key)).split(",")))
        stacks = [s for s in stacks if not tags or test(tags, set(s.tags))]
    part, _ = listing.page(ctx, listing.sort(ctx, stacks, _sort_value), lambda s: s.id)
    return part


def _matches(stack: Stack, attribute: str, wanted: set[str]) -> bool:
    value = str(getattr(stack, attribute)).lower()
    # A status filter may be the whole state or only its second half.
    return value in wanted or (attribute == "state" and stack.status.lower() in wanted)


def _sort_value(stack: Stack, key: str) -> Any:
    return getattr(stack, _SORT_KEYS[key])


def create_stack(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    stack = ctx.cloud.stacks.create(owner(ctx), read_request(ctx.body))
    found = links(ctx, stack)
    location = found[0]["href"]
    body = {"stack": {"id": stack.id, "links": found}}
    return 201, body, {"Location": location}


def find_stack(ctx: Context, project: str, stack: str) -> Answer:
    """Sends a client from a name or id alone to the whole path, its query kept."""
    found = stack_of(ctx, project, stack)
    location = links(ctx, found)[0]["href"]
    query = ctx.request.query_string.decode()
    location += f"?{query}" if query else ""
    return 302, {"code": 302, "title": "Found"}, {"Location": location}


def show_stack(ctx: Context, project: str, name: str, stack: str) -> Answer:
    found = stack_of(ctx, project, stack, name)
    detail = ctx.cloud.stacks.detail(found)
    shown = views.stack_detail(detail, links(ctx, found))
    if ctx.flag("resolve_outputs") is not False and detail.blueprint is not None:
        shown["outputs"] = ctx.cloud.stacks.outputs(found)
    return 200, {"stack": shown}


def show_template(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    return 200, stack_of(ctx, project, stack, name).definition.template


def show_files(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    return 200, stack_of(ctx, project, stack, name).definition.files


def update_stack(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    found = stack_of(ctx, project, stack, name)
    existing = ctx.request.method == "PATCH"
    ctx.cloud.stacks.update(owner(ctx), found, read_request(ctx.body), existing)
    return 202, None


def delete_stack(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    ctx.cloud.stacks.delete(stack_of(ctx, project, stack, name))
    return 204, None


def act(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    found = stack_of(ctx, project, stack, name)
    if not ctx.body:
        raise errors.BadRequest("No action specified")
    if len(ctx.body) > 1:
        raise errors.BadRequest("Multiple actions specified")
    ctx.cloud.stacks.act(found, str(next(iter(ctx.body))))
    return 202, None


def list_outputs(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    outputs = ctx.cloud.stacks.outputs(stack_of(ctx, project, stack, name))
    shown = [
        {k: o[k] for k in ("output_key", "description") if k in o} for o in outputs
    ]
    return 200, {"outputs": shown}


def show_output(
    ctx: Context, project: str, stack: str, key: str, name: str = ""
) -> Answer:
    found = stack_of(ctx, project, stack, name)
    return 200, {"output": ctx.cloud.stacks.outputs(found, key)[0]}


def validate(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    return 200, ctx.cloud.stacks.validate(owner(ctx), read_request(ctx.body))


def list_engines(ctx: Context, project: str) -> Answer:
    """The one engine: the lab itself."""
    check_project(ctx, project)
    ctx.require_admin()
    lab = ctx.cloud.lab.topology.name
    engine = {
        "id": f"{lab}-{ctx.cloud.pop.name}",
        "engine_id": f"{lab}-{ctx.cloud.pop.name}",
        "host": ctx.cloud.pop.name,
        "hostname": ctx.cloud.pop.name,
        "binary": "tacker-lite-pop",
        "topic": "engine",
        "status": "up",
        "report_interval": 60,
        "created_at": None,
        "updated_at": None,
        "deleted_at": None,
    }
    return 200, {"services": [engine]}


def show_environment(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    found = stack_of(ctx, project, stack, name)
    return 200, views.environment(ctx.cloud.stacks.detail(found))


def _stack_routes() -> list[Route]:
    """Each path of a stack, by name or id alone and by both."""
    base = "/v1/<project>/stacks"
    table: Mapping[str, list[tuple[str, Any]]] = {
        "": [("PUT", update_stack), ("PATCH", update_stack), ("DELETE", delete_stack)],
        "/template": [("GET", show_template)],
        "/files": [("GET", show_files)],
        "/environment": [("GET", show_environment)],
        "/actions": [("POST", act)],
        "/outputs": [("GET", list_outputs)],
        "/outputs/<key>": [("GET", show_output)],
    }
    return [
        (method, f"{base}/{ident}{path}", handler)
        for path, handlers in table.items()
        for method, handler in handlers
        for ident in ("<stack>", "<name>/<stack>")
    ]


ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    ("GET", "/v1/<project>/build_info", build_info),
    ("GET", "/v1/<project>/stacks", list_stacks),
    ("GET", "/v1/<project>/stacks/detail", list_stacks),
    ("POST", "/v1/<project>/stacks", create_stack),
    ("GET", "/v1/<project>/stacks/<stack>", find_stack),
    ("GET", "/v1/<project>/stacks/<name>/<stack>", show_stack),
    ("POST", "/v1/<project>/validate", validate),
    ("GET", "/v1/<project>/services", list_engines),
    *LANGUAGE_ROUTES,
    *_stack_routes(),
    *EVENT_ROUTES,
]
PUBLIC = frozenset({show_versions}) | EVENT_PUBLIC
FOR_READERS = frozenset({preview_stack})
