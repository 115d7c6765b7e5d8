"""What the orchestration API tells of its language, and trying a template out."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop.faces.openstack import orchestration_views as views
from tacker_lite.pop.faces.openstack.orchestration_stack import (
    check_project,
    links,
    owner,
    stack_of,
)
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.stack.errors import EntityNotFound, NotSupported
from tacker_lite.pop.stack.intrinsics import FUNCTIONS
from tacker_lite.pop.stack.requests import read_request
from tacker_lite.pop.stack.resources import TYPES
from tacker_lite.pop.stack.versions import ALIASES, DATES

_PREFIX = "heat_template_version."


def list_types(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    wanted = ctx.query.get("name")
    names = [n for n in sorted(TYPES) if not wanted or wanted.lower() in n.lower()]
    if ctx.flag("with_description"):
        return 200, {"resource_types": [views.described_type(n) for n in names]}
    return 200, {"resource_types": names}


def show_type(ctx: Context, project: str, kind: str) -> Answer:
    check_project(ctx, project)
    return 200, views.resource_type(_known_type(kind))


def show_type_template(ctx: Context, project: str, kind: str) -> Answer:
    """A template that has the type's properties for parameters."""
    check_project(ctx, project)
    if ctx.query.get("template_type", "hot") != "hot":
        raise NotSupported("The lab writes templates of type hot only")
    return 200, views.type_template(_known_type(kind))


def _known_type(kind: str) -> str:
    if kind not in TYPES:
        raise EntityNotFound("Resource Type", kind)
    return kind


def list_versions(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    names = {date: [n for n, d in ALIASES.items() if d == date] for date in DATES}
    shown = [
        {
            "version": _PREFIX + date,
            "type": "hot",
            "aliases": [_PREFIX + name for name in names[date]],
        }
        for date in DATES
    ]
    return 200, {"template_versions": shown}


def list_functions(ctx: Context, project: str, version: str) -> Answer:
    check_project(ctx, project)
    name = version.removeprefix(_PREFIX)
    date = ALIASES.get(name, name)
    if date not in DATES:
        raise EntityNotFound("Template Version", version)
    conditions = ctx.flag("with_condition_func") or False
    shown = [
        {"functions": name, "description": function.description}
        for name, function in sorted(FUNCTIONS.items())
        if function.offered(date) and (conditions or not function.condition)
    ]
    return 200, {"template_functions": shown}


def preview_stack(ctx: Context, project: str) -> Answer:
    check_project(ctx, project)
    stack, resources = ctx.cloud.stacks.preview(owner(ctx), read_request(ctx.body))
    shown = views.stack_summary(stack, links(ctx, stack))
    shown |= {
        "parameters": {},
        "disable_rollback": stack.disable_rollback,
        "timeout_mins": stack.timeout_mins,
        "resources": [views.previewed(stack, one) for one in resources],
    }
    return 200, {"stack": shown}


def preview_update(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    found = stack_of(ctx, project, stack, name)
    existing = ctx.request.method == "PATCH"
    request = read_request(ctx.body)
    changes = ctx.cloud.stacks.preview_update(owner(ctx), found, request, existing)
    shown: dict[str, Any] = {
        key: [views.previewed(found, one) for one in resources]
        for key, resources in changes.items()
    }
    return 200, {"resource_changes": shown}


ROUTES: list[Route] = [
    ("GET", "/v1/<project>/resource_types", list_types),
    ("GET", "/v1/<project>/resource_types/<kind>", show_type),
    ("GET", "/v1/<project>/resource_types/<kind>/template", show_type_template),
    ("GET", "/v1/<project>/template_versions", list_versions),
    ("GET", "/v1/<project>/template_versions/<version>/functions", list_functions),
    ("POST", "/v1/<project>/stacks/preview", preview_stack),
    *(
        (method, f"/v1/<project>/stacks/{ident}/preview", preview_update)
        for method in ("PUT", "PATCH")
        for ident in ("<stack>", "<name>/<stack>")
    ),
]
