"""Addresses of a subnet: what is valid, what is free.  Pure functions."""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from tacker_lite.pop.addresses import IpAddress, IpNetwork, ip_address, ip_network
from tacker_lite.pop.attributes import invalid
from tacker_lite.pop.errors import BadRequest, Conflict
from tacker_lite.pop.records import Subnet

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")


def network(key: str, value: Any, version: int) -> IpNetwork:
    """A network such as ``10.0.0.0/24``; host bits are cut off as Neutron does."""
    try:
        result = ip_network(str(value), strict=False)
    except ValueError as error:
        raise invalid(key, str(error), "InvalidInput") from None
    if "/" not in str(value):
        raise invalid(key, f"'{value}' isn't a recognized CIDR", "InvalidInput")
    if result.version != version:
        reason = f"{value} does not match the ip_version {version}"
        raise invalid(key, reason, "InvalidInput")
    return result


def address(key: str, value: Any) -> IpAddress:
    """An address in text form."""
    try:
        return ip_address(str(value))
    except ValueError:
        raise invalid(key, f"'{value}' is not a valid IP address") from None


def mac_address(value: Any) -> str:
    """A unicast MAC address in lower case."""
    text = str(value).lower()
    if not _MAC.fullmatch(text) or int(text[1], 16) & 1:
        raise invalid("mac_address", f"'{value}' is not a valid MAC address")
    return text


def fresh_mac(used: Container[str]) -> str:
    """A MAC address that nobody has."""
    while True:
        mac = "fa:16:3e:" + ":".join(f"{byte:02x}" for byte in secrets.token_bytes(3))
        if mac not in used:
            return mac


def _hosts(cidr: IpNetwork) -> tuple[int, int]:
    """First and last address that a host may have."""
    first, last = int(cidr.network_address), int(cidr.broadcast_address)
    if cidr.version == 6:
        return (first + 1, last) if last > first else (first, last)
    return (first + 1, last - 1) if last - first > 1 else (first, last)


def is_host(cidr: IpNetwork, ip: IpAddress) -> bool:
    """Whether a host of the network may have the address."""
    first, last = _hosts(cidr)
    return ip.version == cidr.version and first <= int(ip) <= last


def _pool(cidr: IpNetwork, first: int, last: int) -> dict[str, str]:
    make = type(cidr.network_address)
    return {"start": str(make(first)), "end": str(make(last))}


def default_pools(cidr: IpNetwork, gateway: IpAddress | None) -> list[dict[str, str]]:
    """All host addresses but the gateway's."""
    first, last = _hosts(cidr)
    if gateway is None or not first <= int(gateway) <= last:
        return [_pool(cidr, first, last)]
    parts = ((first, int(gateway) - 1), (int(gateway) + 1, last))
    return [_pool(cidr, low, high) for low, high in parts if low <= high]


def checked_pools(
    cidr: IpNetwork, gateway: IpAddress | None, pools: Iterable[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Allocation pools as given, when they are valid for the network."""
    taken: list[tuple[int, int]] = []
    result = []
    for pool in pools:
        if set(pool) != {"start", "end"}:
            raise invalid("allocation_pools", "each needs start and end")
        start = address("allocation_pools", pool["start"])
        end = address("allocation_pools", pool["end"])
        text = f"{start}-{end}"
        if start.version != cidr.version or int(end) < int(start):
            raise BadRequest(
                f"The allocation pool {text} is not valid.",
                type="InvalidAllocationPool",
            )
        if not (is_host(cidr, start) and is_host(cidr, end)):
            raise BadRequest(
                f"The allocation pool {text} spans beyond the subnet cidr {cidr}.",
                type="OutOfBoundsAllocationPool",
            )
        if any(int(start) <= high and low <= int(end) for low, high in taken):
            raise Conflict(
                f"Found overlapping allocation pools: {text}.",
                type="OverlappingAllocationPools",
            )
        if gateway is not None and int(start) <= int(gateway) <= int(end):
            raise Conflict(
                f"Gateway ip {gateway} conflicts with allocation pool {text}.",
                type="GatewayConflictWithAllocationPools",
            )
        taken.append((int(start), int(end)))
        result.append({"start": str(start), "end": str(end)})
    return result


def first_free(subnet: Subnet, used: Container[str]) -> str | None:
    """The lowest free address of the allocation pools, or None."""
    for pool in subnet.allocation_pools:
        for text in _addresses(pool):
            if text not in used:
                return text
    return None


def _addresses(pool: Mapping[str, str]) -> Iterator[str]:
    """The addresses of a pool as text."""
    start = ipaddress.ip_address(pool["start"])
    numbers = range(int(start), int(ipaddress.ip_address(pool["end"])) + 1)
    if start.version == 4:
        # Five times faster than an address object each, and many are looked at.
        return (socket.inet_ntoa(number.to_bytes(4, "big")) for number in numbers)
    return (str(type(start)(number)) for number in numbers)


def with_prefix(subnet: Subnet, ip: str) -> str:
    """The address with the subnet's prefix length, such as ``10.0.0.5/24``."""
    return f"{ip}/{subnet.cidr.rpartition('/')[2]}"
