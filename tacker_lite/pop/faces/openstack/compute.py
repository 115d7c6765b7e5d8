"""The compute API (v2.1, microversions 2.1 to 2.96): servers, and all its routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.faces.openstack import (
    compute_actions,
    compute_flavors,
    compute_hosts,
    compute_keypairs,
    compute_quotas,
    compute_schemas,
    compute_search,
    compute_server_groups,
    compute_tags,
    compute_version,
    compute_volumes,
)
from tacker_lite.pop.faces.openstack import compute_views as views
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route

SERVICE = "compute"


def answer_headers(ctx: Context) -> Mapping[str, str]:
    """Which version answers.

    :raises BadRequest: the request's version is malformed.
    :raises compute_version.UnknownVersion: it is not offered.
    """
    version = compute_version.text(compute_version.asked(ctx))
    return {
        "OpenStack-API-Version": f"compute {version}",
        "X-OpenStack-Nova-API-Version": version,
        "Vary": "OpenStack-API-Version, X-OpenStack-Nova-API-Version",
    }


def show_versions(ctx: Context) -> Answer:
    """The versions there are, for discovery."""
    return 200, {"versions": [_version(ctx)]}


def show_version(ctx: Context) -> Answer:
    """The version with the range of its microversions, for discovery."""
    return 200, {"version": _version(ctx)}


def _version(ctx: Context) -> dict[str, Any]:
    return {
        "id": "v2.1",
        "status": "CURRENT",
        "version": compute_version.text(compute_version.HIGHEST),
        "min_version": compute_version.text(compute_version.LOWEST),
        "updated": "2013-07-23T11:33:21Z",
        "links": [{"rel": "self", "href": f"{ctx.service_url}/v2.1/"}],
        "media-types": [
            {
                "base": "application/json",
                "type": "application/vnd.openstack.compute+json;version=2.1",
            }
        ],
    }


# Servers


def list_servers(ctx: Context) -> Answer:
    """The project's servers that the query asks for, by id and name."""
    servers, links = compute_search.servers(ctx)
    return 200, {"servers": [views.server_summary(ctx, s) for s in servers], **links}


def list_servers_detail(ctx: Context) -> Answer:
    """The project's servers that the query asks for, in full."""
    version = compute_version.asked(ctx)
    servers, links = compute_search.servers(ctx)
    shown = [views.server(ctx, server, version) for server in servers]
    return 200, {"servers": shown, **links}


def create_server(ctx: Context) -> Answer:
    """Start building a server; the answer comes before it runs."""
    wanted = dict(compute_schemas.checked(ctx, "server"))
    for key in ("os:scheduler_hints", "OS-SCH-HNT:scheduler_hints"):
        if ctx.body.get(key) is not None:
            wanted["os:scheduler_hints"] = ctx.body[key]
    server = ctx.cloud.compute.create_server(
        _owner(ctx, wanted), wanted, user_id=ctx.token.user.id, by=ctx.caller
    )
    return 202, {
        "server": {
            "id": server.id,
            "links": views.links(ctx, f"servers/{server.id}"),
            "OS-DCF:diskConfig": "MANUAL",
            "security_groups": [{"name": name} for name in server.security_groups],
        }
    }


def _owner(ctx: Context, wanted: dict[str, Any]) -> str | None:
    """Who a new server is for; only administrators may name its host."""
    zone = wanted.get("availability_zone")
    if isinstance(zone, str) and ":" in zone and ctx.token.is_admin:
        wanted["project_id"] = ctx.project_id
        return None
    return ctx.project_id


def show_server(ctx: Context, server_id: str) -> Answer:
    """One server, as the machine sees it now."""
    server = ctx.cloud.compute.get_server(ctx.reach, server_id)
    return 200, {"server": views.server(ctx, server, compute_version.asked(ctx))}


def update_server(ctx: Context, server_id: str) -> Answer:
    """Change a server's name or description."""
    changes = ctx.wrapped("server")
    server = ctx.cloud.compute.update_server(ctx.reach, server_id, changes)
    return 200, {"server": views.server(ctx, server, compute_version.asked(ctx))}


def delete_server(ctx: Context, server_id: str) -> Answer:
    """Start removing a server; it is gone when it is no longer found."""
    ctx.cloud.compute.delete_server(ctx.reach, server_id, by=ctx.caller)
    return 204, None


# A server's ports


def list_attachments(ctx: Context, server_id: str) -> Answer:
    """A server's ports in the order of its interfaces."""
    ports = ctx.cloud.compute.list_ports(ctx.reach, server_id)
    return 200, {"interfaceAttachments": [_attachment(port) for port in ports]}


def attach_port(ctx: Context, server_id: str) -> Answer:
    """Plug a port, or a new one on a network, into a server."""
    attrs = ctx.wrapped("interfaceAttachment") if ctx.body else {}
    port = ctx.cloud.compute.attach_port(ctx.reach, server_id, attrs)
    return 200, {"interfaceAttachment": _attachment(port)}


def show_attachment(ctx: Context, server_id: str, port_id: str) -> Answer:
    """One of a server's ports."""
    for port in ctx.cloud.compute.list_ports(ctx.reach, server_id):
        if port.id == port_id:
            return 200, {"interfaceAttachment": _attachment(port)}
    message = f"Port id {port_id} could not be found."
    raise errors.NotFound("interface", port_id, message)


def detach_port(ctx: Context, server_id: str, port_id: str) -> Answer:
    """Unplug a port; one that the server made is removed."""
    ctx.cloud.compute.detach_port(ctx.reach, server_id, port_id)
    return 202, None


def _attachment(port: records.Port) -> dict[str, Any]:
    return {
        "port_id": port.id,
        "net_id": port.network_id,
        "mac_addr": port.mac_address,
        "port_state": port.status,
        "fixed_ips": port.fixed_ips,
    }


# What is tied to a server


def show_metadata(ctx: Context, server_id: str) -> Answer:
    """All of a server's metadata."""
    server = ctx.cloud.compute.get_server(ctx.reach, server_id)
    return 200, {"metadata": dict(server.metadata)}


def add_metadata(ctx: Context, server_id: str) -> Answer:
    """Add to a server's metadata, or replace what has the same key."""
    given = ctx.wrapped("metadata")
    metadata = ctx.cloud.compute.set_metadata(ctx.reach, server_id, given)
    return 200, {"metadata": metadata}


def replace_metadata(ctx: Context, server_id: str) -> Answer:
    """Make the body all of a server's metadata."""
    given = ctx.wrapped("metadata")
    metadata = ctx.cloud.compute.set_metadata(ctx.reach, server_id, given, replace=True)
    return 200, {"metadata": metadata}


def show_metadata_item(ctx: Context, server_id: str, key: str) -> Answer:
    """One entry of a server's metadata."""
    server = ctx.cloud.compute.get_server(ctx.reach, server_id)
    if key not in server.metadata:
        raise errors.NotFound("metadata item", key, "Metadata item was not found")
    return 200, {"meta": {key: server.metadata[key]}}


def set_metadata_item(ctx: Context, server_id: str, key: str) -> Answer:
    """Add or replace one entry of a server's metadata."""
    given = ctx.wrapped("meta")
    if set(given) != {key}:
        raise errors.BadRequest("Request body and URI mismatch")
    ctx.cloud.compute.set_metadata(ctx.reach, server_id, given)
    return 200, {"meta": given}


def delete_metadata_item(ctx: Context, server_id: str, key: str) -> Answer:
    """Remove one entry of a server's metadata."""
    ctx.cloud.compute.delete_metadata(ctx.reach, server_id, key)
    return 204, None


def list_server_security_groups(ctx: Context, server_id: str) -> Answer:
    """The security groups of a server's ports."""
    ports = ctx.cloud.compute.list_ports(ctx.reach, server_id)
    idents = dict.fromkeys(ident for port in ports for ident in port.security_groups)
    groups = [ctx.cloud.network.get_security_group(None, ident) for ident in idents]
    shown = [
        {
            "id": group.id,
            "name": group.name,
            "description": group.description,
            "tenant_id": group.project_id,
            "rules": [],
        }
        for group in groups
    ]
    return 200, {"security_groups": shown}


def list_extensions(ctx: Context) -> Answer:
    """None: all there is belongs to the API's core since 2.1."""
    return 200, {"extensions": []}


_SERVER = "/v2.1/servers/<server_id>"

ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    ("GET", "/v2.1", show_version),
    ("GET", "/v2.1/extensions", list_extensions),
    ("GET", "/v2.1/servers", list_servers),
    ("POST", "/v2.1/servers", create_server),
    ("GET", "/v2.1/servers/detail", list_servers_detail),
    ("GET", _SERVER, show_server),
    ("PUT", _SERVER, update_server),
    ("DELETE", _SERVER, delete_server),
    ("GET", _SERVER + "/os-interface", list_attachments),
    ("POST", _SERVER + "/os-interface", attach_port),
    ("GET", _SERVER + "/os-interface/<port_id>", show_attachment),
    ("DELETE", _SERVER + "/os-interface/<port_id>", detach_port),
    ("GET", _SERVER + "/metadata", show_metadata),
    ("POST", _SERVER + "/metadata", add_metadata),
    ("PUT", _SERVER + "/metadata", replace_metadata),
    ("GET", _SERVER + "/metadata/<key>", show_metadata_item),
    ("PUT", _SERVER + "/metadata/<key>", set_metadata_item),
    ("DELETE", _SERVER + "/metadata/<key>", delete_metadata_item),
    ("GET", _SERVER + "/os-security-groups", list_server_security_groups),
    *compute_actions.ROUTES,
    *compute_tags.ROUTES,
    *compute_flavors.ROUTES,
    *compute_keypairs.ROUTES,
    *compute_server_groups.ROUTES,
    *compute_hosts.ROUTES,
    *compute_quotas.ROUTES,
    *compute_volumes.ROUTES,
]

PUBLIC = frozenset({show_versions, show_version})
#: Key pairs belong to users, whatever their projects let them do.
FOR_READERS = frozenset(
    {compute_keypairs.create_keypair, compute_keypairs.delete_keypair}
)
