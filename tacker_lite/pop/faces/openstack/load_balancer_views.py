"""How the load-balancing API shows the records of a PoP."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop.faces.openstack.request import Context
from tacker_lite.pop.load_balancer import records
from tacker_lite.pop.load_balancer.health import Outlook
from tacker_lite.pop.runtime.appliances import Traffic

_COMMON = ("id", "name", "description", "project_id", "admin_state_up")
_STATES = ("provisioning_status", "created_at", "updated_at", "tags")


def _shown(record: Any, outlook: Outlook, *names: str) -> dict[str, Any]:
    """Fields that the API calls as the record does, with those all kinds have."""
    wanted = (*_COMMON, *_STATES, *names)
    item = {name: getattr(record, name) for name in wanted if hasattr(record, name)}
    return {
        **item,
        "tenant_id": record.project_id,
        "operating_status": outlook.of(record),
    }


def _idents(rows: Any) -> list[dict[str, str]]:
    return [{"id": row.id} for row in rows]


def load_balancer(
    ctx: Context, row: records.LoadBalancer, outlook: Outlook
) -> dict[str, Any]:
    """A load balancer; its provider says what balances, or that nothing does."""
    service = ctx.cloud.load_balancer
    return {
        **_shown(row, outlook, "vip_address", "vip_port_id", "vip_subnet_id"),
        "vip_network_id": row.vip_network_id,
        "additional_vips": [],
        "vip_qos_policy_id": None,
        "vip_vnic_type": "normal",
        "vip_sg_ids": [],
        "provider": service.provider,
        "flavor_id": None,
        "availability_zone": None,
        "listeners": _idents(service.listeners_of(row.id)),
        "pools": _idents(service.pools_of(row.id)),
    }


def listener(ctx: Context, row: records.Listener, outlook: Outlook) -> dict[str, Any]:
    """A listener."""
    return {
        **_shown(row, outlook, "protocol", "protocol_port", "default_pool_id"),
        **_shown(row, outlook, "connection_limit", "timeout_client_data"),
        **_shown(row, outlook, "timeout_member_connect", "timeout_member_data"),
        "timeout_tcp_inspect": 0,
        "insert_headers": dict(row.insert_headers),
        "allowed_cidrs": row.allowed_cidrs or None,
        "loadbalancers": [{"id": row.load_balancer_id}],
        "l7policies": _idents(ctx.cloud.load_balancer.policies_of(row.id)),
        "default_tls_container_ref": None,
        "sni_container_refs": [],
        "client_authentication": "NONE",
        "client_ca_tls_container_ref": None,
        "client_crl_container_ref": None,
        "tls_ciphers": None,
        "tls_versions": None,
        "alpn_protocols": None,
    }


def pool(ctx: Context, row: records.Pool, outlook: Outlook) -> dict[str, Any]:
    """A pool with what it has."""
    service = ctx.cloud.load_balancer
    fronts = [
        one
        for one in service.listeners_of(row.load_balancer_id)
        if one.default_pool_id == row.id
    ]
    monitor = service.monitor_of(row.id)
    persistence = None
    if row.session_persistence:
        persistence = {
            "cookie_name": None,
            "persistence_timeout": None,
            "persistence_granularity": None,
            **row.session_persistence,
        }
    return {
        **_shown(row, outlook, "protocol", "lb_algorithm"),
        "session_persistence": persistence,
        "loadbalancers": [{"id": row.load_balancer_id}],
        "listeners": _idents(fronts),
        "members": _idents(service.members_of(row.id)),
        "healthmonitor_id": monitor.id if monitor else None,
        "tls_enabled": False,
        "tls_container_ref": None,
        "ca_tls_container_ref": None,
        "crl_container_ref": None,
        "tls_ciphers": None,
        "tls_versions": None,
        "alpn_protocols": None,
    }


def member(ctx: Context, row: records.Member, outlook: Outlook) -> dict[str, Any]:
    """A member, as the load balancer finds it."""
    return {
        **_shown(row, outlook, "address", "protocol_port", "weight", "subnet_id"),
        **_shown(row, outlook, "backup", "monitor_address", "monitor_port"),
        "vnic_type": "normal",
    }


def health_monitor(
    ctx: Context, row: records.HealthMonitor, outlook: Outlook
) -> dict[str, Any]:
    """A health monitor."""
    return {
        **_shown(row, outlook, "type", "delay", "timeout", "max_retries"),
        **_shown(row, outlook, "max_retries_down", "http_method", "url_path"),
        **_shown(row, outlook, "expected_codes"),
        "http_version": None,
        "domain_name": None,
        "pools": [{"id": row.pool_id}],
    }


def l7policy(ctx: Context, row: records.L7Policy, outlook: Outlook) -> dict[str, Any]:
    """An L7 policy."""
    return {
        **_shown(row, outlook, "listener_id", "action", "position"),
        **_shown(row, outlook, "redirect_pool_id", "redirect_url"),
        **_shown(row, outlook, "redirect_prefix", "redirect_http_code"),
        "rules": _idents(ctx.cloud.load_balancer.rules_of(row.id)),
    }


def l7rule(ctx: Context, row: records.L7Rule, outlook: Outlook) -> dict[str, Any]:
    """A rule of an L7 policy."""
    return _shown(row, outlook, "type", "compare_type", "key", "value", "invert")


def stats(traffic: Traffic) -> dict[str, Any]:
    """What has gone through."""
    return {"stats": dict(vars(traffic))}


def tree(ctx: Context, row: records.LoadBalancer) -> dict[str, Any]:
    """The statuses of a load balancer and all that belongs to it."""
    service = ctx.cloud.load_balancer
    outlook = Outlook(service, row.id)
    pools = {
        pool.id: _node(
            pool,
            outlook,
            members=[
                {
                    **_node(member, outlook),
                    "address": member.address,
                    "protocol_port": member.protocol_port,
                }
                for member in service.members_of(pool.id)
            ],
            health_monitor=_monitor(ctx, pool, outlook),
        )
        for pool in service.pools_of(row.id)
    }
    listeners = [
        _node(
            one,
            outlook,
            pools=[pools[one.default_pool_id]] if one.default_pool_id in pools else [],
            l7policies=[
                _policy(ctx, row, outlook) for row in service.policies_of(one.id)
            ],
        )
        for one in service.listeners_of(row.id)
    ]
    top = _node(row, outlook, listeners=listeners, pools=list(pools.values()))
    return {"statuses": {"loadbalancer": top}}


def _policy(ctx: Context, row: records.L7Policy, outlook: Outlook) -> dict[str, Any]:
    rules = ctx.cloud.load_balancer.rules_of(row.id)
    shown = [{**_node(rule, outlook), "type": rule.type} for rule in rules]
    return _node(row, outlook, action=row.action, rules=shown)


def _monitor(ctx: Context, pool: records.Pool, outlook: Outlook) -> dict[str, Any]:
    row = ctx.cloud.load_balancer.monitor_of(pool.id)
    return {**_node(row, outlook), "type": row.type} if row else {}


def _node(row: Any, outlook: Outlook, **parts: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": getattr(row, "name", ""),
        "provisioning_status": row.provisioning_status,
        "operating_status": outlook.of(row),
        **parts,
    }
