"""Routers in the networking API: what they are asked beside the usual."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import records
from tacker_lite.pop.faces.openstack import network_views as views
from tacker_lite.pop.faces.openstack.request import Answer, Context, Handler, Route


def router(ctx: Context, record: records.Router) -> dict[str, Any]:
    """A router with the gateway it has."""
    return {
        **views.shown(record, "status", "admin_state_up", "tags"),
        "external_gateway_info": _gateway(ctx, record),
        "distributed": False,
        "ha": False,
        "routes": list(record.routes),
        "availability_zone_hints": [],
        "availability_zones": ["nova"],
        "flavor_id": None,
    }


def _gateway(ctx: Context, record: records.Router) -> dict[str, Any] | None:
    if record.external_network_id is None:
        return None
    legs = ctx.cloud.network.legs(record.id, "network:router_gateway")
    return {
        "network_id": record.external_network_id,
        "enable_snat": record.enable_snat,
        "external_fixed_ips": [entry for leg in legs for entry in leg.fixed_ips],
    }


def floating_ip(ctx: Context, record: records.FloatingIp) -> dict[str, Any]:
    """A floating IP with the port it leads to."""
    port = ctx.cloud.network.ports.get(record.port_id or "")
    details = None
    if port is not None:
        details = {
            "name": port.name,
            "network_id": port.network_id,
            "mac_address": port.mac_address,
            "admin_state_up": port.admin_state_up,
            "status": port.status,
            "device_id": port.device_id,
            "device_owner": port.device_owner,
        }
    return {
        **views.shown(record, "floating_network_id", "floating_ip_address", "status"),
        **views.shown(record, "port_id", "fixed_ip_address", "router_id", "tags"),
        "port_details": details,
        "port_forwardings": [],
        "qos_policy_id": None,
    }


def _interface(router_id: str, port: records.Port) -> dict[str, Any]:
    subnets = [entry["subnet_id"] for entry in port.fixed_ips]
    return {
        "id": router_id,
        "tenant_id": port.project_id,
        "project_id": port.project_id,
        "port_id": port.id,
        "network_id": port.network_id,
        "subnet_id": subnets[0],
        "subnet_ids": subnets,
    }


def add_interface(ctx: Context, ident: str) -> Answer:
    """Join a subnet."""
    port = ctx.cloud.network.add_router_interface(ctx.reach, ident, ctx.body)
    return 200, _interface(ident, port)


def remove_interface(ctx: Context, ident: str) -> Answer:
    """Leave a subnet."""
    port = ctx.cloud.network.remove_router_interface(ctx.reach, ident, ctx.body)
    return 200, _interface(ident, port)


def _routes_changer(add: bool) -> Handler:
    def change(ctx: Context, ident: str) -> Answer:
        changes = ctx.wrapped("router")
        record = ctx.cloud.network.change_routes(ctx.reach, ident, changes, add)
        return 200, {"router": router(ctx, record)}

    return change


ROUTES: list[Route] = [
    ("PUT", "/v2.0/routers/<ident>/add_extraroutes", _routes_changer(True)),
    ("PUT", "/v2.0/routers/<ident>/remove_extraroutes", _routes_changer(False)),
    ("PUT", "/v2.0/routers/<ident>/add_router_interface", add_interface),
    ("PUT", "/v2.0/routers/<ident>/remove_router_interface", remove_interface),
]
