"""The orchestration API (Heat v1): stacks of a PoP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import orchestration_views as views
from tacker_lite.pop.faces.openstack.orchestration_events import ROUTES as EVENT_ROUTES
from tacker_lite.pop.faces.openstack.orchestration_stack import (
    check_project,
    links,
    owner,
    service,
    stack_of,
)
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.stack.errors import EntityNotFound, NotSupported
from tacker_lite.pop.stack.functions import available
from tacker_lite.pop.stack.records import Stack
from tacker_lite.pop.stack.requests import read_request
from tacker_lite.pop.stack.resources import TYPES
from tacker_lite.pop.stack.versions import ALIASES, DATES, parse_version

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
    stacks = service(ctx).list_stacks(None if everywhere else project)
    for key, attribute in _FILTERS.items():
        wanted = {v.lower() for v in ctx.query.getlist(key)}
        if wanted:
            stacks = [s for s in stacks if _matches(s, attribute, wanted)]
    stacks = _with_tags(ctx, stacks)
    return _page(ctx, _sorted(ctx, stacks))


def _matches(stack: Stack, attribute: str, wanted: set[str]) -> bool:
    value = str(getattr(stack, attribute)).lower()
    # A status filter may be the whole state or only its second half.
    return value in wanted or (attribute == "state" and stack.status.lower() in wanted)


def _with_tags(ctx: Context, stacks: list[Stack]) -> list[Stack]:
    tests = {
        "tags": lambda has, asked: asked <= has,
        "tags_any": lambda has, asked: bool(asked & has),
        "not_tags": lambda has, asked: not asked <= has,
        "not_tags_any": lambda has, asked: not asked & has,
    }
    for key, test in tests.items():
        # The stock client repeats the parameter, other clients join with commas.
        asked = set(filter(None, ",".join(ctx.query.getlist(key)).split(",")))
        if asked:
            stacks = [s for s in stacks if test(set(s.tags), asked)]
    return stacks


def _sorted(ctx: Context, stacks: list[Stack]) -> list[Stack]:
    keys = ctx.query.getlist("sort_keys") + ctx.query.getlist("sort_key")
    descending = ctx.query.get("sort_dir", "asc") == "desc"
    for key in reversed(keys):
        if key not in _SORT_KEYS:
            known = ", ".join(_SORT_KEYS)
            raise errors.BadRequest(f"Cannot sort by {key}; possible are: {known}")
        attribute = _SORT_KEYS[key]
        stacks.sort(
            key=lambda s: str(getattr(s, attribute) or ""),  # noqa: B023 - used at once
            reverse=descending,
        )
    return stacks


def _page(ctx: Context, stacks: list[Stack]) -> list[Stack]:
    marker, limit = ctx.query.get("marker"), ctx.number("limit")
    if marker:
        places = [i for i, stack in enumerate(stacks) if stack.id == marker]
        if not places:
            raise errors.BadRequest(f"The marker {marker} is no stack of this list")
        stacks = stacks[places[0] + 1 :]
    return stacks[:limit] if limit else stacks


def create_stack(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    stack = service(ctx).create(owner(ctx), read_request(ctx.body))
    found = links(ctx, stack)
    location = found[0]["href"]
    body = {"stack": {"id": stack.id, "links": found}}
    return 201, body, {"Location": location}


def preview_stack(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    detail = service(ctx).preview(owner(ctx), read_request(ctx.body))
    shown = views.stack_detail(detail, links(ctx, detail.stack))
    assert detail.blueprint is not None
    shown["resources"] = [
        views.previewed(name, definition.type, detail.blueprint.requires[name])
        for name, definition in detail.blueprint.resources.items()
    ]
    return 200, {"stack": shown}


def find_stack(ctx: Context, project: str, stack: str) -> Answer:
    """Sends a client from a name or id alone to the whole path, its query kept."""
    found = stack_of(ctx, project, stack)
    location = links(ctx, found)[0]["href"]
    query = ctx.request.query_string.decode()
    location += f"?{query}" if query else ""
    return 302, {"code": 302, "title": "Found"}, {"Location": location}


def show_stack(ctx: Context, project: str, name: str, stack: str) -> Answer:
    found = stack_of(ctx, project, stack, name)
    detail = service(ctx).detail(found)
    shown = views.stack_detail(detail, links(ctx, found))
    if ctx.flag("resolve_outputs") is not False and detail.blueprint is not None:
        shown["outputs"] = service(ctx).outputs(found)
    return 200, {"stack": shown}


def show_template(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    return 200, stack_of(ctx, project, stack, name).definition.template


def show_files(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    return 200, stack_of(ctx, project, stack, name).definition.files


def show_environment(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    found = stack_of(ctx, project, stack, name)
    blueprint = service(ctx).detail(found).blueprint
    parameters = blueprint.template.parameters if blueprint else {}
    # A template that no longer reads cannot say what is secret: hide it all.
    names = {**found.definition.parameters, **found.definition.parameter_defaults}
    hidden = {n: n not in parameters or parameters[n].hidden for n in names}
    return 200, views.environment(found.definition, hidden)


def update_stack(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    found = stack_of(ctx, project, stack, name)
    existing = ctx.request.method == "PATCH"
    service(ctx).update(owner(ctx), found, read_request(ctx.body), existing)
    return 202, None


def preview_update(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    found = stack_of(ctx, project, stack, name)
    existing = ctx.request.method == "PATCH"
    request = read_request(ctx.body)
    changes = service(ctx).preview_update(owner(ctx), found, request, existing)
    shown = {
        key: [views.resource_change(r, found) for r in changes.get(key, [])]
        for key in ("added", "deleted", "replaced", "unchanged", "updated")
    }
    return 200, {"resource_changes": shown}


def delete_stack(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    service(ctx).delete(stack_of(ctx, project, stack, name))
    return 204, None


def act(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    found = stack_of(ctx, project, stack, name)
    if len(ctx.body) != 1:
        raise errors.BadRequest("Exactly one action is expected, such as check")
    service(ctx).act(found, str(next(iter(ctx.body))))
    return 202, None


def refuse_snapshots(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    stack_of(ctx, project, stack, name)
    raise NotSupported("Snapshots of stacks are not supported by the lab")


def list_outputs(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    outputs = service(ctx).outputs(stack_of(ctx, project, stack, name))
    shown = [
        {k: o[k] for k in ("output_key", "description") if k in o} for o in outputs
    ]
    return 200, {"outputs": shown}


def show_output(
    ctx: Context, project: str, stack: str, key: str, name: str = ""
) -> Answer:
    found = stack_of(ctx, project, stack, name)
    return 200, {"output": service(ctx).outputs(found, key)[0]}


def validate(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    return 200, service(ctx).validate(owner(ctx), read_request(ctx.body))


def list_types(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    wanted = ctx.query.get("name")
    names = [n for n in sorted(TYPES) if not wanted or wanted.lower() in n.lower()]
    if ctx.flag("with_description"):
        return 200, {"resource_types": [views.described_type(n) for n in names]}
    return 200, {"resource_types": names}


def show_type(ctx: Context, project: str, kind: str) -> Answer:
    check_project(ctx, project)
    if kind not in TYPES:
        raise EntityNotFound("Resource Type", kind)
    return 200, views.resource_type(kind)


def list_template_versions(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    names: dict[str, list[str]] = {date: [] for date in DATES}
    for alias, date in ALIASES.items():
        names[date].append(f"heat_template_version.{alias}")
    shown = [
        {"version": f"heat_template_version.{d}", "type": "hot", "aliases": aliases}
        for d, aliases in names.items()
    ]
    return 200, {"template_versions": shown}


def list_functions(ctx: Context, project: str, version: str) -> Answer:
    check_project(ctx, project)
    name = version.removeprefix("heat_template_version.")
    functions = available(parse_version(name))
    shown = [{"functions": n, "description": ""} for n in functions]
    return 200, {"template_functions": shown}


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
        "/preview": [("PUT", preview_update), ("PATCH", preview_update)],
        "/snapshots": [("GET", refuse_snapshots), ("POST", refuse_snapshots)],
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
    ("POST", "/v1/<project>/stacks/preview", preview_stack),
    ("GET", "/v1/<project>/stacks/<stack>", find_stack),
    ("GET", "/v1/<project>/stacks/<name>/<stack>", show_stack),
    ("POST", "/v1/<project>/validate", validate),
    ("GET", "/v1/<project>/resource_types", list_types),
    ("GET", "/v1/<project>/resource_types/<kind>", show_type),
    ("GET", "/v1/<project>/template_versions", list_template_versions),
    ("GET", "/v1/<project>/template_versions/<version>/functions", list_functions),
    *_stack_routes(),
    *EVENT_ROUTES,
]
PUBLIC = frozenset({show_versions})
