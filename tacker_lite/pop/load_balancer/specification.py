"""A load balancer as its runtime is told of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tacker_lite.pop.load_balancer import records
from tacker_lite.pop.runtime.appliances import (
    ListenerSpec,
    LoadBalancerSpec,
    MemberSpec,
    MonitorSpec,
    PolicySpec,
    PoolSpec,
    RuleSpec,
)
from tacker_lite.pop.runtime.base import PortSpec

if TYPE_CHECKING:
    from tacker_lite.pop.load_balancer.tables import Tables

_GONE = "PENDING_DELETE"


def specification(tables: Tables, balancer: records.LoadBalancer) -> LoadBalancerSpec:
    """What is to run now: all that is wanted, enabled and not leaving."""
    listeners = [
        row
        for row in tables.listeners_of(balancer.id)
        if row.admin_state_up and row.provisioning_status != _GONE
    ]
    pools = [
        row
        for row in tables.pools_of(balancer.id)
        if row.admin_state_up and row.provisioning_status != _GONE
    ]
    known = {pool.id for pool in pools}
    return LoadBalancerSpec(
        id=balancer.id,
        pop=tables.cloud.pop.name,
        name=balancer.name,
        vip_address=balancer.vip_address,
        ports=_ports(tables, balancer),
        listeners=tuple(
            _listener(tables, row, known)
            for row in listeners
            if balancer.admin_state_up
        ),
        pools=tuple(_pool(tables, row, listeners) for row in pools),
    )


def _ports(tables: Tables, balancer: records.LoadBalancer) -> tuple[PortSpec, ...]:
    """Its legs; answers to clients leave by the one with the address they use."""
    network, fabric = tables.cloud.network, tables.cloud.fabric
    specs: list[PortSpec] = []
    for ident in (balancer.vip_port_id, *balancer.legs.values()):
        port = network.ports.get(ident)
        if port is not None:
            (spec,) = fabric.port_specs([port])
            specs.append(spec if not specs else dataclasses.replace(spec, gateway=None))
    return tuple(specs)


def _listener(tables: Tables, row: records.Listener, pools: set[str]) -> ListenerSpec:
    pool_id = row.default_pool_id or ""
    return ListenerSpec(
        id=row.id,
        port=row.protocol_port,
        http=row.protocol == "HTTP",
        pool_id=pool_id if pool_id in pools else "",
        connection_limit=row.connection_limit,
        client_timeout=row.timeout_client_data,
        connect_timeout=row.timeout_member_connect,
        member_timeout=row.timeout_member_data,
        forwarded_headers=tuple(
            name for name, value in row.insert_headers.items() if value == "true"
        ),
        allowed_cidrs=tuple(row.allowed_cidrs),
        policies=tuple(
            _policy(policy, rules)
            for policy in tables.policies_of(row.id)
            if _in_force(policy) and policy.redirect_pool_id in (None, *pools)
            # Without any rule a policy is for no request.
            if (rules := [r for r in tables.rules_of(policy.id) if _in_force(r)])
        ),
    )


def _in_force(row: records.L7Policy | records.L7Rule) -> bool:
    return row.admin_state_up and row.provisioning_status != _GONE


def _policy(row: records.L7Policy, rules: list[records.L7Rule]) -> PolicySpec:
    return PolicySpec(
        id=row.id,
        action=row.action,
        rules=tuple(
            RuleSpec(r.id, r.type, r.compare_type, r.value, r.key or "", r.invert)
            for r in rules
        ),
        target=row.redirect_pool_id or row.redirect_url or row.redirect_prefix or "",
        http_code=row.redirect_http_code or 302,
    )


def _leads_to(tables: Tables, listener: records.Listener, pool_id: str) -> bool:
    policies = tables.policies_of(listener.id)
    targets = (listener.default_pool_id, *(p.redirect_pool_id for p in policies))
    return pool_id in targets


def _pool(
    tables: Tables, row: records.Pool, listeners: list[records.Listener]
) -> PoolSpec:
    monitor = tables.monitor_of(row.id)
    if monitor and (not monitor.admin_state_up or monitor.provisioning_status == _GONE):
        monitor = None
    persistence = row.session_persistence or {}
    # A pool speaks as the listener in front of it does; alone, as its protocol says.
    fronts = [one for one in listeners if _leads_to(tables, one, row.id)]
    http = fronts[0].protocol == "HTTP" if fronts else row.protocol == "HTTP"
    return PoolSpec(
        id=row.id,
        http=http,
        algorithm=row.lb_algorithm,
        members=tuple(
            _member(member)
            for member in tables.members_of(row.id)
            if member.provisioning_status != _GONE
        ),
        monitor=_monitor(monitor) if monitor else None,
        persistence=persistence.get("type", ""),
        cookie_name=persistence.get("cookie_name", ""),
        proxy={"PROXY": 1, "PROXYV2": 2}.get(row.protocol, 0),
    )


def _member(row: records.Member) -> MemberSpec:
    return MemberSpec(
        id=row.id,
        address=row.address,
        port=row.protocol_port,
        weight=row.weight,
        backup=row.backup,
        monitor_address=row.monitor_address or "",
        monitor_port=row.monitor_port or 0,
        enabled=row.admin_state_up,
    )


def _monitor(row: records.HealthMonitor) -> MonitorSpec:
    return MonitorSpec(
        type=row.type,
        delay=row.delay,
        timeout=row.timeout,
        rise=row.max_retries,
        fall=row.max_retries_down,
        http_method=row.http_method or "GET",
        url_path=row.url_path or "/",
        expected_codes=row.expected_codes or "200",
    )
