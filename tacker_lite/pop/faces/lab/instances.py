"""The servers and load balancers of all PoPs in one list."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import records
from tacker_lite.pop.cloud import Cloud
from tacker_lite.pop.faces.lab.request import Answer, Context, Route
from tacker_lite.pop.load_balancer.records import LoadBalancer


def index(ctx: Context) -> Answer:
    """Instances by PoP; ``pop=`` asks for those of one."""
    return 200, {"instances": [row for cloud in ctx.clouds() for row in _all(cloud)]}


def _all(cloud: Cloud) -> list[dict[str, Any]]:
    with cloud.lock:
        servers = [_server(cloud, row) for row in cloud.compute.servers]
        balancers = [_balancer(cloud, row) for row in cloud.load_balancer.balancers]
    return servers + balancers


def _server(cloud: Cloud, server: records.Server) -> dict[str, Any]:
    image = cloud.image.images.get(server.image_id)
    return {
        "pop": cloud.pop.name,
        "kind": "server",
        "id": server.id,
        "name": server.name,
        "project_id": server.project_id,
        "status": server.status,
        "fault": (server.fault or {}).get("message"),
        "image": image.name if image else None,
        "flavor": server.flavor.name,
        "addresses": _addresses(cloud, server.port_ids),
        "created_at": server.created_at,
    }


def _balancer(cloud: Cloud, balancer: LoadBalancer) -> dict[str, Any]:
    ports = [balancer.vip_port_id, *balancer.legs.values()]
    return {
        "pop": cloud.pop.name,
        "kind": "load_balancer",
        "id": balancer.id,
        "name": balancer.name,
        "project_id": balancer.project_id,
        "status": balancer.provisioning_status,
        "fault": balancer.fault or None,
        "image": None,
        "flavor": None,
        "addresses": _addresses(cloud, ports),
        "created_at": balancer.created_at,
    }


def _addresses(cloud: Cloud, port_ids: list[str]) -> list[dict[str, Any]]:
    """Address, port and network of each, in the order of the ports."""
    network = cloud.network
    ports = [network.ports.get(ident) for ident in port_ids]
    rows = []
    for port in ports:
        if port is None:
            continue
        joined = network.networks.get(port.network_id)
        rows += [
            {
                "address": entry["ip_address"],
                "network": joined.name if joined else port.network_id,
                "port_id": port.id,
            }
            for entry in port.fixed_ips
        ]
    return rows


ROUTES: list[Route] = [("GET", "/lab/v1/instances", index)]
