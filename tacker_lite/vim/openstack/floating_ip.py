"""Floating IPs: addresses of an external network for ports and load balancers."""

from __future__ import annotations

import ipaddress
from typing import Any

from tacker_lite.tosca.model import FloatingIp, VnfTemplate, is_get_input
from tacker_lite.vim.openstack import checks, parameters
from tacker_lite.vim.openstack.draft import Draft

COPIED = ("floating_network", "floating_ip_address", "port_id")


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add floating IPs; each belongs to the VDU behind the port it leads to."""
    points = {point.name: point for point in template.connection_points}
    balancers = {balancer.name for balancer in template.load_balancers}
    for floating_ip in template.floating_ips:
        with draft.collecting():
            properties = _properties(floating_ip, template)
            vdu = None
            if floating_ip.link in points:
                properties["port_id"] = {"get_resource": floating_ip.link}
                vdu = points[floating_ip.link].vdu
            elif floating_ip.link in balancers:
                properties["port_id"] = {"get_attr": [floating_ip.link, "vip_port_id"]}
            elif floating_ip.link is not None:
                raise checks.invalid(
                    floating_ip.name,
                    "the requirement link must name a connection point or a load "
                    "balancer",
                    path=("requirements", "link"),
                )
            draft.add(floating_ip.name, "OS::Neutron::FloatingIP", properties, vdu=vdu)


def _properties(floating_ip: FloatingIp, template: VnfTemplate) -> dict[str, Any]:
    given = floating_ip.properties
    if floating_ip.link is not None and given.get("port_id") is not None:
        raise checks.invalid(
            floating_ip.name,
            "port_id and the requirement link both name its port; leave one out",
            path=("properties", "port_id"),
        )
    address = template.resolve(given.get("floating_ip_address"))
    if address is not None and not is_get_input(address):
        _check_address(floating_ip, address)
    return {
        key: parameters.references(given[key])
        for key in COPIED
        if given.get(key) is not None
    }


def _check_address(floating_ip: FloatingIp, address: Any) -> None:
    try:
        ipaddress.ip_address(str(address))
    except ValueError:
        shown = checks.shown(floating_ip.properties["floating_ip_address"])
        raise checks.invalid(
            floating_ip.name,
            f"floating_ip_address: {shown} is not a valid IP address",
            path=("properties", "floating_ip_address"),
        ) from None
