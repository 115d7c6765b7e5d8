"""What a template needs before it can become HOT, beyond being valid TOSCA.

Neutron and Nova would refuse these too, but only when half of the stack exists.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca.model import (
    ConnectionPoint,
    VirtualLink,
    VnfTemplate,
    is_get_input,
)
from tacker_lite.vim.openstack.findings import Findings

MAC_ADDRESS = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MAX_SHOWN = 200
LINK_ADDRESSES = ("start_ip", "end_ip", "gateway_ip")


def check(template: VnfTemplate, findings: Findings) -> None:
    """Note what cannot be rendered, with node and remedy."""
    for vdu in template.vdus:
        with findings.collecting():
            _check_name(vdu.name)
    for point in template.connection_points:
        _check_point(point, template, findings)
    for link in template.virtual_links:
        _check_link(link, template, findings)


def shown(written: Any) -> str:
    """A value in a message, a long one cut; not that of an input: it may be a secret.

    :param written: the value as the descriptor has it.
    """
    if is_get_input(written):
        return "its input"
    text = str(written)
    return f'"{text[:MAX_SHOWN]} ..."' if len(text) > MAX_SHOWN else f'"{text}"'


def invalid(
    node: str, reason: str, public_type: str = "", path: Sequence[str] = ()
) -> exceptions.InvalidTemplate:
    """An error about a node, whose name is in its ``fields``.

    :param path: keys from the node to what is wrong; in ``fields`` too.
    """
    return exceptions.InvalidTemplate(
        f'node "{node}": {reason}'.replace("%", "(percent)"),
        public_type=public_type,
        node=node,
        path=tuple(path),
    )


def invalid_policy(
    policy: str, reason: str, public_type: str = "", path: Sequence[Any] = ()
) -> exceptions.InvalidTemplate:
    """An error about a policy, whose name is in its ``fields``.

    :param path: keys from the policy to what is wrong; in ``fields`` too.
    """
    return exceptions.InvalidTemplate(
        f'policy "{policy}": {reason}'.replace("%", "(percent)"),
        public_type=public_type,
        policy=policy,
        path=tuple(path),
    )


def invalid_input(name: str, reason: str) -> exceptions.InvalidTemplate:
    """An error about an input, whose name is in its ``fields``; never its value."""
    return exceptions.InvalidTemplate(
        f'input "{name}": {reason}'.replace("%", "(percent)"), input=name
    )


def _check_point(
    point: ConnectionPoint, template: VnfTemplate, findings: Findings
) -> None:
    name, given = point.name, point.properties
    with findings.collecting():
        _check_name(name)
    with findings.collecting():
        if point.virtual_link is None:
            raise invalid(
                name,
                "the requirement virtualLink is missing: name a virtual link (one "
                "that only a network service gives cannot be had without it)",
                "InvalidParamsForSM" if _is_mapped(name, template) else "",
            )
    for key, fits in (("ip_address", _is_address), ("mac_address", _is_mac)):
        with findings.collecting():
            _check_value(name, key, given, template, fits)
    guarded = template.resolve(given.get("anti_spoofing_protection"))
    for key in ("security_groups", "allowed_address_pairs"):
        with findings.collecting():
            if str(guarded).lower() == "false" and given.get(key):
                raise invalid(
                    name,
                    f"{key} needs port security: set anti_spoofing_protection to true "
                    f"or leave {key} out",
                    path=("properties", key),
                )


def _is_mapped(point: str, template: VnfTemplate) -> bool:
    """Whether a network service is to give a connection point its virtual link."""
    topology = template.document["topology_template"]
    mappings = topology.get("substitution_mappings")
    places = mappings.get("requirements") if isinstance(mappings, dict) else None
    mapped = places.values() if isinstance(places, dict) else ()
    return any(place == [point, "virtualLink"] for place in mapped)


def _check_link(link: VirtualLink, template: VnfTemplate, findings: Findings) -> None:
    with findings.collecting():
        _check_name(link.name)
    with findings.collecting():
        _check_kind_of_link(link)
    addresses = len(findings.found)
    for key, fits in LINK_VALUES.items():
        with findings.collecting():
            _check_value(link.name, key, link.properties, template, fits)
    if len(findings.found) == addresses:
        with findings.collecting():
            _check_subnet(link)


def _check_kind_of_link(link: VirtualLink) -> None:
    given = {key for key, value in link.properties.items() if value not in (None, "")}
    if not given & {"network_name", "network_id", "cidr"}:
        raise invalid(
            link.name,
            "name an existing network (network_name or network_id) or give cidr to "
            "create one",
        )
    if len(given & {"start_ip", "end_ip"}) == 1:
        raise invalid(link.name, "start_ip and end_ip belong together: give both")


def _check_subnet(link: VirtualLink) -> None:
    """Addresses and network written in the descriptor must suit each other.

    Those of inputs are left to the VIM: no message may repeat them.
    """
    cidr = link.properties.get("cidr")
    if cidr is None or is_get_input(cidr) or link.properties.get("network_id"):
        return
    network = ipaddress.ip_network(str(cidr), strict=False)
    found: dict[str, Address] = {}
    for key in LINK_ADDRESSES:
        value = link.properties.get(key)
        if value is None or is_get_input(value):
            continue
        found[key] = ipaddress.ip_address(str(value))
        if key == "gateway_ip" and _is_link_local(found[key]):
            continue  # what a router of IPv6 announces
        if found[key] not in network:
            raise invalid(
                link.name,
                f"{key}: {shown(value)} is not an address of {network}, its cidr",
                path=("properties", key),
            )
    start, end = found.get("start_ip"), found.get("end_ip")
    if start is not None and end is not None and int(start) > int(end):
        raise invalid(
            link.name,
            f'start_ip: "{start}" comes after end_ip "{end}"; swap them',
            path=("properties", "start_ip"),
        )


def _check_value(
    node: str,
    key: str,
    properties: Any,
    template: VnfTemplate,
    fits: Callable[[str], bool],
) -> None:
    value = template.resolve(properties.get(key))
    if value is None or is_get_input(value) or fits(str(value)):
        return
    raise invalid(
        node,
        f"{key}: {shown(properties[key])} is not a valid {WORDS[fits]}",
        path=("properties", key),
    )


def _check_name(name: str) -> None:
    if "/" in name or not name:
        raise invalid(name, "Heat takes no slash in a name; rename the node")


def _is_link_local(address: Address) -> bool:
    return address.version == 6 and address.is_link_local


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return "/" in value


def _is_mac(value: str) -> bool:
    return MAC_ADDRESS.fullmatch(value) is not None


LINK_VALUES: dict[str, Callable[[str], bool]] = {
    "cidr": _is_network,
    **dict.fromkeys(LINK_ADDRESSES, _is_address),
}
WORDS: dict[Callable[[str], bool], str] = {
    _is_address: "IP address",
    _is_network: "network, such as 10.0.0.0/24",
    _is_mac: "MAC address, such as 02:00:00:00:00:01",
}
