"""The orchestration API's resources and events of a stack."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import orchestration_views as views
from tacker_lite.pop.faces.openstack.orchestration_stack import (
    Links,
    resource_url,
    stack_of,
    stack_url,
)
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.stack.errors import EntityNotFound
from tacker_lite.pop.stack.records import Event, Resource, Stack


def _summary(
    ctx: Context, stack: Stack, resource: Resource, others: list[Resource]
) -> dict[str, Any]:
    links: Links = [
        {"rel": "self", "href": resource_url(ctx, stack, resource.name)},
        {"rel": "stack", "href": stack_url(ctx, stack)},
    ]
    inner = ctx.cloud.stacks.inner_stack(resource)
    if inner is not None:
        links.append({"rel": "nested", "href": stack_url(ctx, inner)})
    return views.resource_summary(stack, resource, others, links)


def _inner_stacks(ctx: Context, stack: Stack, depth: int) -> list[Stack]:
    """Stacks nested in a stack, to a depth."""
    inner: list[Stack] = []
    if depth:
        for resource in ctx.cloud.stacks.list_resources(stack):
            one = ctx.cloud.stacks.inner_stack(resource)
            if one is not None:
                inner += [one, *_inner_stacks(ctx, one, depth - 1)]
    return inner


def list_resources(ctx: Context, project: str, stack: str, name: str = "") -> Answer:
    """Those of nested stacks too, to a depth of ``nested_depth``."""
    found = stack_of(ctx, project, stack, name)
    inner = _inner_stacks(ctx, found, ctx.number("nested_depth") or 0)
    shown = [entry for one in (found, *inner) for entry in _resources(ctx, one)]
    return 200, {"resources": shown}


def _resources(ctx: Context, stack: Stack) -> list[dict[str, Any]]:
    everything = resources = ctx.cloud.stacks.list_resources(stack)
    for key, attribute in (
        ("type", "type"),
        ("name", "name"),
        ("status", "status"),
        ("action", "action"),
        ("physical_resource_id", "physical_id"),
    ):
        wanted = ctx.query.getlist(key)
        if wanted:
            resources = [r for r in resources if getattr(r, attribute) in wanted]
    return [_summary(ctx, stack, r, everything) for r in resources]


def show_resource(
    ctx: Context, project: str, stack: str, resource: str, name: str = ""
) -> Answer:
    found = stack_of(ctx, project, stack, name)
    one = ctx.cloud.stacks.get_resource(found, resource)
    everything = ctx.cloud.stacks.list_resources(found)
    shown = _summary(ctx, found, one, everything)
    shown["description"] = ctx.cloud.stacks.description_of(found, resource)
    shown["attributes"] = ctx.cloud.stacks.attributes(found, one)
    return 200, {"resource": shown}


def show_metadata(
    ctx: Context, project: str, stack: str, resource: str, name: str = ""
) -> Answer:
    found = stack_of(ctx, project, stack, name)
    return 200, {"metadata": ctx.cloud.stacks.get_resource(found, resource).metadata}


def mark_resource(
    ctx: Context, project: str, stack: str, resource: str, name: str = ""
) -> Answer:
    found = stack_of(ctx, project, stack, name)
    bad = ctx.body.get("mark_unhealthy")
    if not isinstance(bad, bool):
        raise errors.BadRequest('"mark_unhealthy" must be true or false')
    reason = str(ctx.body.get("resource_status_reason") or "")
    ctx.cloud.stacks.mark_unhealthy(found, resource, bad, reason)
    return 200, None


def signal(
    ctx: Context, project: str, stack: str, resource: str, name: str = ""
) -> Answer:
    """Needs a token, or what a wait condition's handle gives for one."""
    key = ctx.headers.get("X-Auth-Token", "")
    if ctx.cloud.stacks.is_signal_key(stack, resource, key):
        ctx.cloud.stacks.signal_by_key(stack, resource, key, _details(ctx))
        return 200, None
    ctx.require_writer()
    found = stack_of(ctx, project, stack, name)
    ctx.cloud.stacks.signal(found, resource, _details(ctx))
    return 200, None


def signal_by_key(ctx: Context, stack: str, resource: str) -> Answer:
    """A signal to a resource's own URL, whose key stands for a token."""
    key = ctx.query.get("key", "")
    ctx.cloud.stacks.signal_by_key(stack, resource, key, _details(ctx))
    return 200, None


def _details(ctx: Context) -> Any:
    return ctx.document if ctx.request.content_length else None


def _event_links(ctx: Context, stack: Stack, event: Event) -> Links:
    url = resource_url(ctx, stack, event.resource_name)
    return [
        {"rel": "self", "href": f"{url}/events/{event.id}"},
        {"rel": "resource", "href": url},
        {"rel": "stack", "href": stack_url(ctx, stack)},
    ]


def list_events(
    ctx: Context, project: str, stack: str, name: str = "", resource: str = ""
) -> Answer:
    """Those of nested stacks too, to a depth of ``nested_depth``."""
    found = stack_of(ctx, project, stack, name)
    inner = _inner_stacks(ctx, found, ctx.number("nested_depth") or 0)
    stacks = {one.id: one for one in (found, *inner)}
    events = [e for s in stacks.values() for e in ctx.cloud.stacks.list_events(s)]
    if inner:
        events.sort(key=lambda event: event.time)
    if resource:
        ctx.cloud.stacks.get_resource(found, resource)
        events = [e for e in events if e.resource_name == resource]
    direction = ctx.query.get("sort_dir", "asc")
    if direction not in ("asc", "desc"):
        raise errors.BadRequest(f"sort_dir must be asc or desc, not {direction}")
    if direction == "desc":
        events.reverse()
    events = _page(ctx, _filtered(ctx, events))
    shown = [views.event(e, _event_links(ctx, stacks[e.stack_id], e)) for e in events]
    return 200, {"events": shown}


def _filtered(ctx: Context, events: list[Event]) -> list[Event]:
    tests: dict[str, Any] = {
        "resource_name": lambda e: e.resource_name,
        "resource_type": lambda e: e.resource_type,
        "resource_action": lambda e: e.state.partition("_")[0],
        "resource_status": lambda e: e.state.partition("_")[2],
    }
    for key, value in tests.items():
        wanted = ctx.query.getlist(key)
        if wanted:
            events = [e for e in events if value(e) in wanted]
    return events


def _page(ctx: Context, events: list[Event]) -> list[Event]:
    marker, limit = ctx.query.get("marker"), ctx.number("limit")
    if marker:
        # A client waits with the last event it has seen; one forgotten by now, as
        # after the stack was made anew under its name, means from the beginning.
        places = [i for i, event in enumerate(events) if event.id == marker]
        events = events[places[0] + 1 :] if places else events
    return events[:limit] if limit else events


def show_event(
    ctx: Context, project: str, stack: str, resource: str, event: str, name: str = ""
) -> Answer:
    found = stack_of(ctx, project, stack, name)
    for candidate in ctx.cloud.stacks.list_events(found):
        if candidate.id == event and candidate.resource_name == resource:
            shown = views.event(candidate, _event_links(ctx, found, candidate))
            return 200, {"event": {**shown, "resource_properties": {}}}
    raise EntityNotFound("Event", event)


def _routes() -> list[Route]:
    table: list[tuple[str, str, Any]] = [
        ("GET", "/resources", list_resources),
        ("GET", "/resources/<resource>", show_resource),
        ("PATCH", "/resources/<resource>", mark_resource),
        ("GET", "/resources/<resource>/metadata", show_metadata),
        ("POST", "/resources/<resource>/signal", signal),
        ("GET", "/resources/<resource>/events", list_events),
        ("GET", "/resources/<resource>/events/<event>", show_event),
        ("GET", "/events", list_events),
    ]
    return [
        (method, f"/v1/<project>/stacks/{ident}{path}", handler)
        for method, path, handler in table
        for ident in ("<stack>", "<name>/<stack>")
    ]


_SIGNAL = "/v1/signal/<stack>/<resource>"
ROUTES: list[Route] = [*_routes(), ("POST", _SIGNAL, signal_by_key)]
PUBLIC = frozenset({signal, signal_by_key})
