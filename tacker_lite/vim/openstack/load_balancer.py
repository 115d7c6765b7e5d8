"""Load balancers of the VIM's load-balancing service (Octavia)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.tosca.model import (
    ConnectionPoint,
    Listener,
    LoadBalancer,
    Pool,
    VirtualLink,
    VnfTemplate,
)
from tacker_lite.vim.openstack import load_balancer_checks, network
from tacker_lite.vim.openstack.draft import Draft
from tacker_lite.vim.openstack.parameters import references

LOAD_BALANCER_KEYS = (
    "name",
    "description",
    "vip_address",
    "provider",
    "flavor",
    "availability_zone",
)
LISTENER_KEYS = (
    "name",
    "description",
    "protocol",
    "protocol_port",
    "connection_limit",
    "allowed_cidrs",
)
POOL_KEYS = ("name", "description", "protocol", "session_persistence")
MONITOR_DEFAULTS = {"type": "TCP", "delay": 5, "timeout": 3, "max_retries": 3}
MONITOR_KEYS = (*MONITOR_DEFAULTS, "http_method", "url_path", "expected_codes")


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add load balancers, listeners, pools, health monitors and members.

    All are made once but the members, which come and go with their VDU's copies.

    The service changes one thing of a load balancer at a time and refuses another
    meanwhile; Heat repeats what was refused, so nothing is ordered for that here.
    """
    load_balancer_checks.check(template, draft)
    links = {link.name: link for link in template.virtual_links}
    points = {point.name: point for point in template.connection_points}
    for balancer in template.load_balancers:
        with draft.collecting():
            _add_load_balancer(balancer, links, draft)
    listeners = {listener.name: listener for listener in template.listeners}
    pools = {pool.listener: pool.name for pool in template.pools}
    for pool in template.pools:
        with draft.collecting():
            if pool.listener in listeners:
                _add_pool(pool, listeners[pool.listener].load_balancer, draft)
        for member in pool.members:
            if member in points:
                with draft.collecting():
                    _add_member(pool, points[member], draft)
    for listener in template.listeners:
        with draft.collecting():
            _add_listener(listener, pools.get(listener.name), draft)


def _add_load_balancer(
    balancer: LoadBalancer, links: Mapping[str, VirtualLink], draft: Draft
) -> None:
    properties = _chosen(balancer.properties, LOAD_BALANCER_KEYS)
    if balancer.virtual_link in links:
        properties["vip_subnet"] = _subnet(
            balancer, links[balancer.virtual_link], draft
        )
    draft.add(balancer.name, "OS::Octavia::LoadBalancer", properties)
    if balancer.management:
        address = {"get_attr": [balancer.name, "vip_address"]}
        draft.outputs[network.OUTPUT_PREFIX + balancer.name] = {"value": address}


def _subnet(balancer: LoadBalancer, link: VirtualLink, draft: Draft) -> Any:
    """Where the address is taken from: Heat wants a subnet, and has no network."""
    if balancer.properties.get("subnet") is not None:
        return references(balancer.properties["subnet"])
    made = network.reference(link)
    if made == {"get_resource": link.name}:
        return {"get_resource": f"{link.name}_subnet"}
    # A port is the one resource that tells the subnets of a network it did not make.
    finder = f"{balancer.name}_subnet_finder"
    draft.add(finder, "OS::Neutron::Port", {"network": made})
    return {"get_attr": [finder, "fixed_ips", 0, "subnet_id"]}


def _add_listener(listener: Listener, pool: str | None, draft: Draft) -> None:
    properties = _chosen(listener.properties, LISTENER_KEYS)
    properties["loadbalancer"] = {"get_resource": listener.load_balancer}
    if pool is not None:
        # Not the pool names the listener: what takes the place of one could then not
        # be made before the other is gone, and an update would wait for ever.
        properties["default_pool"] = {"get_resource": pool}
    draft.add(listener.name, "OS::Octavia::Listener", properties)


def _add_pool(pool: Pool, balancer: str, draft: Draft) -> None:
    properties = _chosen(pool.properties, POOL_KEYS)
    algorithm = pool.properties.get("algorithm", "ROUND_ROBIN")
    properties["lb_algorithm"] = references(algorithm)
    properties["loadbalancer"] = {"get_resource": balancer}
    draft.add(pool.name, "OS::Octavia::Pool", properties)
    monitor = pool.properties.get("health_monitor")
    if monitor is not None:
        wanted = {**MONITOR_DEFAULTS, **_chosen(monitor, MONITOR_KEYS)}
        wanted["pool"] = {"get_resource": pool.name}
        name = f"{pool.name}_health_monitor"
        draft.add(
            name, "OS::Octavia::HealthMonitor", wanted, depends_on=[pool.listener]
        )


def _add_member(pool: Pool, point: ConnectionPoint, draft: Draft) -> None:
    address = [point.name, "fixed_ips", 0]
    properties = {
        "pool": {"get_resource": pool.name},
        "address": {"get_attr": [*address, "ip_address"]},
        "subnet": {"get_attr": [*address, "subnet_id"]},
        "protocol_port": references(pool.properties["member_port"]),
    }
    weight = pool.properties.get("member_weight")
    if weight is not None:
        properties["weight"] = references(weight)
    draft.add(
        f"{pool.name}_{point.name}",
        "OS::Octavia::PoolMember",
        properties,
        vdu=point.vdu,
        # Connections come after the server is there and end before it goes; the
        # service fails when a listener goes at the same time as a member.
        depends_on=[*([point.vdu] if point.vdu else []), pool.listener],
    )


def _chosen(properties: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {
        key: references(properties[key])
        for key in keys
        if properties.get(key) is not None
    }
