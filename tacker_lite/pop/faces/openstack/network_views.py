"""How the networking API shows the records of a PoP, and filters them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tacker_lite.pop import errors, records
from tacker_lite.pop.faces.openstack import listing
from tacker_lite.pop.faces.openstack.request import Context

#: What the API offers beyond the core, by alias.
EXTENSIONS = {
    "allowed-address-pairs": "Allowed Address Pairs",
    "availability_zone": "Availability Zone",
    "binding": "Port Binding",
    "extraroute": "Neutron Extra Route",
    "extraroute-atomic": "Atomically add/remove extra routes",
    "ext-gw-mode": "Neutron L3 Configurable external gateway mode",
    "external-net": "Neutron external network",
    "flow_classifier": "Flow Classifier",
    "extra_dhcp_opt": "Neutron Extra DHCP options",
    "fip-port-details": "Floating IP Port Details Extension",
    "net-mtu": "Network MTU",
    "net-mtu-writable": "Network MTU (writable)",
    "pagination": "Pagination support",
    "port-security": "Port Security",
    "project-id": "project_id field enabled",
    "provider": "Provider Network",
    "router": "Neutron L3 Router",
    "quotas": "Quota management support",
    "quota_details": "Quota details management support",
    "security-group": "security-group",
    "sfc": "Service Function Chaining",
    "sorting": "Sorting support",
    "standard-attr-description": "standard-attr-description",
    "standard-attr-tag": "Tag support for resources with standard attributes",
    "standard-attr-timestamp": "Resource timestamps",
    "stateful-security-group": "Stateful security group",
}


def extension(alias: str) -> dict[str, Any]:
    """One entry of the list of extensions."""
    return {
        "alias": alias,
        "name": EXTENSIONS[alias],
        "description": EXTENSIONS[alias],
        "updated": "2026-01-01T00:00:00-00:00",
        "links": [],
    }


def network(ctx: Context, record: records.Network) -> dict[str, Any]:
    """A network; how it is provided is shown to administrators."""
    item = {
        **shown(record, "status", "admin_state_up", "shared", "mtu"),
        **shown(record, "port_security_enabled", "tags"),
        "router:external": record.external,
        "is_default": False,
        "subnets": [s.id for s in ctx.cloud.network.subnets_of(record.id)],
        "availability_zone_hints": [],
        "availability_zones": ["nova"],
        "ipv4_address_scope": None,
        "ipv6_address_scope": None,
    }
    if ctx.token.is_admin:
        for key in ("network_type", "physical_network", "segmentation_id"):
            item[f"provider:{key}"] = record.provider.get(f"provider:{key}")
    return item


def subnet(ctx: Context, record: records.Subnet) -> dict[str, Any]:
    """A subnet."""
    return {
        **shown(record, "network_id", "ip_version", "cidr", "gateway_ip"),
        **shown(record, "enable_dhcp", "allocation_pools", "dns_nameservers"),
        **shown(record, "host_routes", "ipv6_address_mode", "ipv6_ra_mode", "tags"),
        "subnetpool_id": None,
        "service_types": [],
    }


def port(ctx: Context, record: records.Port) -> dict[str, Any]:
    """A port; where it is bound is shown to administrators."""
    item = {
        **shown(record, "network_id", "mac_address", "fixed_ips", "status"),
        **shown(record, "admin_state_up", "device_id", "device_owner", "tags"),
        **shown(record, "security_groups", "allowed_address_pairs"),
        **shown(record, "port_security_enabled", "extra_dhcp_opts"),
        "binding:vnic_type": record.binding_vnic_type,
    }
    if ctx.token.is_admin:
        item |= {
            "binding:host_id": record.binding_host_id,
            "binding:profile": dict(record.binding_profile),
            "binding:vif_type": "bridge" if record.binding_host_id else "unbound",
            "binding:vif_details": {"port_filter": _is_filtering(ctx)},
        }
    return item


def _is_filtering(ctx: Context) -> bool:
    """Whether this machine holds packets against security groups."""
    runtime = ctx.cloud.runtime
    return not runtime.simulated and bool(runtime.filters.capability().means)


def security_group(ctx: Context, record: records.SecurityGroup) -> dict[str, Any]:
    """A security group with its rules."""
    rules = ctx.cloud.network.rules_of(record.id)
    return {
        **shown(record, "stateful", "tags"),
        "security_group_rules": [security_group_rule(ctx, rule) for rule in rules],
        "shared": False,
    }


def security_group_rule(
    ctx: Context, record: records.SecurityGroupRule
) -> dict[str, Any]:
    """One rule of a security group."""
    return {
        **shown(record, "security_group_id", "direction", "ethertype", "protocol"),
        **shown(record, "port_range_min", "port_range_max"),
        **shown(record, "remote_ip_prefix", "remote_group_id"),
        "remote_address_group_id": None,
        "normalized_cidr": record.remote_ip_prefix,
    }


def shown(record: Any, *names: str) -> dict[str, Any]:
    """Fields that the API calls as the record does, with those that all kinds have."""
    common = ("id", "name", "description", "project_id", "created_at", "updated_at")
    item = {n: getattr(record, n) for n in (*common, *names) if hasattr(record, n)}
    return {**item, "tenant_id": record.project_id, "revision_number": 0}


def filtered(ctx: Context, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Items as the query wants them, with the networking API's special filters.

    :raises BadRequest: a ``fixed_ips`` filter is not written ``key=value``.
    """
    chosen = listing.filtered(ctx, items, skip=("fixed_ips", "tags"))
    tags = {tag for tag in ctx.query.get("tags", "").split(",") if tag}
    if tags:
        chosen = [item for item in chosen if tags <= set(item.get("tags", ()))]
    wanted: dict[str, set[str]] = {}
    for text in ctx.query.getlist("fixed_ips"):
        key, sign, value = text.partition("=")
        if not sign or key not in ("ip_address", "subnet_id"):
            raise errors.BadRequest(
                "A 'fixed_ips' filter is written 'ip_address=ADDRESS' or "
                f"'subnet_id=ID', not '{text}'."
            )
        wanted.setdefault(key, set()).add(value)
    for key, values in wanted.items():
        chosen = [
            item
            for item in chosen
            if any(entry.get(key) in values for entry in item.get("fixed_ips", ()))
        ]
    return chosen
