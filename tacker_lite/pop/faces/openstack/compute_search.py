"""Which servers a list of the compute API shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.faces.openstack import listing
from tacker_lite.pop.faces.openstack.request import Context

#: Query parameters that must equal an attribute of a server.
_ATTRIBUTES: dict[str, Callable[[records.Server], Any]] = {
    "uuid": lambda server: server.id,
    "image": lambda server: server.image_id,
    "flavor": lambda server: server.flavor.id,
    "user_id": lambda server: server.user_id,
    "key_name": lambda server: server.key_name,
    "availability_zone": lambda server: server.availability_zone,
    "description": lambda server: server.description,
    "project_id": lambda server: server.project_id,
    "tenant_id": lambda server: server.project_id,
}

#: Attributes to sort by, as the API names them.
_SORT_KEYS = {
    "availability_zone": "availability_zone",
    "created_at": "created_at",
    "display_name": "name",
    "name": "name",
    "key_name": "key_name",
    "launched_at": "launched_at",
    "project_id": "project_id",
    "task_state": "task_state",
    "updated_at": "updated_at",
    "user_id": "user_id",
    "uuid": "id",
    "vm_state": "status",
}


def servers(ctx: Context) -> tuple[list[records.Server], dict[str, Any]]:
    """The page of servers that the query asks for, and the link to the next one.

    :raises BadRequest: a filter, sort key, limit or marker is malformed.
    :raises Forbidden: all projects' servers asked for by another than an administrator.
    """
    found = [
        server
        for server in ctx.cloud.compute.list_servers(_project(ctx))
        if _equals(ctx, server)
    ]
    if ctx.flag("deleted"):
        found = []
    statuses = {status.upper() for status in ctx.query.getlist("status") if status}
    if statuses:
        found = [server for server in found if server.status in statuses]
    found = _named(ctx, found)
    since = ctx.query.get("changes-since")
    if since:
        found = [s for s in found if (s.updated_at or s.created_at) >= since]
    for key in ctx.query.getlist("sort_key"):
        if key not in _SORT_KEYS:
            raise errors.BadRequest(
                f"Invalid input for query parameters sort_key. Value: {key}. '{key}' is"
                f" not one of {sorted(_SORT_KEYS)}"
            )
    found = listing.sort(ctx, _addressed(ctx, found), _sort_value)
    return listing.linked_page(ctx, "servers", found, lambda s: s.id, ceiling=1000)


def _project(ctx: Context) -> str | None:
    everyone = "all_tenants" in ctx.query and ctx.flag("all_tenants") is not False
    if not everyone:
        return ctx.project_id
    ctx.require_admin("os_compute_api:servers:index:get_all_tenants")
    return None


def _equals(ctx: Context, server: records.Server) -> bool:
    return all(
        listing.equal(attribute(server), ctx.query.getlist(name))
        for name, attribute in _ATTRIBUTES.items()
        if name in ctx.query
    )


def _named(ctx: Context, found: list[records.Server]) -> list[records.Server]:
    """Servers whose name matches; clients also look for names that are no patterns."""
    name = ctx.query.get("name")
    if not name:
        return found
    pattern = _pattern("name", name)
    return [s for s in found if s.name == name or pattern.search(s.name)]


def _addressed(ctx: Context, found: list[records.Server]) -> list[records.Server]:
    texts = [ctx.query[key] for key in ("ip", "ip6") if ctx.query.get(key)]
    for text in texts:
        pattern = _pattern("ip", text)
        found = [
            server
            for server in found
            if any(
                pattern.search(entry["addr"])
                for entries in ctx.cloud.compute.addresses(server).values()
                for entry in entries
            )
        ]
    return found


def _pattern(name: str, text: str) -> re.Pattern[str]:
    """A filter's regular expression; one that is none stands for its own letters."""
    if len(text) > 255:
        raise errors.BadRequest(f"The filter '{name}' is longer than 255 characters.")
    try:
        return re.compile(text)
    except re.error:
        return re.compile(re.escape(text))


def _sort_value(server: records.Server, key: str) -> Any:
    return getattr(server, _SORT_KEYS[key])
