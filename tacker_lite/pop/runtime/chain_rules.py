"""Chains of service functions as rules of nftables.  Pure functions.

A packet that is led gets the MAC address of the next function's port where it enters
the bridge, so the bridge delivers it there; the function forwards it, and where it
enters a bridge again the next hop is due.  After the last one nothing is changed.  To a
function on another network it goes by a patch, a pair of devices between the bridges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tacker_lite.pop.runtime import names, nftables
from tacker_lite.pop.runtime.chains import (
    ChainFlow,
    ChainFunction,
    ChainPath,
    ChainPort,
)

TABLE = "function_chains"
_IP = {4: "ip", 6: "ip6"}
#: A pair of networks, and the MAC address that is reached from the first by it.
Patch = tuple[str, str, str]


def table(paths: Sequence[ChainPath]) -> list[str]:
    """Lines that put these ways in the place of all others."""
    lines = nftables.new_table("bridge", TABLE)
    lines += [
        f"add chain bridge {TABLE} patches "
        "{ type filter hook prerouting priority -350; }",
        # What was found out about a packet on one bridge says nothing on the next.
        f'add rule bridge {TABLE} patches iifname "x*" meta mark set 0',
        # After the filters of the port that the packet comes from.
        f"add chain bridge {TABLE} lead {{ type filter hook prerouting priority 20; }}",
    ]
    rules = [rule for path in paths for rule in _rules(path)]
    return lines + [f"add rule bridge {TABLE} lead {rule}" for rule in rules]


def _rules(path: ChainPath) -> Iterator[str]:
    senders: list[ChainPort] = [path.start]
    flow = path.first
    for functions in path.hops:
        slots = [f.ingress.mac_address for f in functions for _ in range(f.weight)]
        devices = sorted({names.port(sender.id) for sender in senders})
        quoted = nftables.listed([f'"{device}"' for device in devices])
        match = " ".join([f"iifname {quoted}", *_match(flow)])
        yield f"{match} ether daddr set {_shared(slots)} accept"
        senders = [function.egress for function in functions]
        flow = path.later


def _shared(slots: Sequence[str]) -> str:
    """An address, or one by the flow: the same for each packet of it, and back."""
    if len(set(slots)) == 1:
        return slots[0]
    entries = [f"{number} : {mac}" for number, mac in enumerate(slots)]
    return f"symhash mod {len(slots)} map {nftables.listed(entries)}"


def _match(flow: ChainFlow) -> list[str]:
    ip = _IP[flow.version]
    parts = [f"ether type {ip}"]
    if flow.sources:
        parts.append(f"{ip} saddr {nftables.listed(list(flow.sources))}")
    if flow.destinations:
        parts.append(f"{ip} daddr {nftables.listed(list(flow.destinations))}")
    if flow.protocol is not None:
        parts.append(f"meta l4proto {flow.protocol}")
    for field, ports in (
        ("sport", flow.source_ports),
        ("dport", flow.destination_ports),
    ):
        if ports is not None:
            low, high = ports
            parts.append(f"th {field} {low if low == high else f'{low}-{high}'}")
    return parts


def patches(paths: Sequence[ChainPath]) -> set[Patch]:
    """Where packets change networks on their way to a function."""
    found: set[Patch] = set()
    for path in paths:
        senders: list[ChainPort] = [path.start]
        for functions in path.hops:
            found |= _patches(senders, functions)
            senders = [function.egress for function in functions]
    return found


def _patches(
    senders: Sequence[ChainPort], functions: Sequence[ChainFunction]
) -> set[Patch]:
    return {
        (sender.network_id, f.ingress.network_id, f.ingress.mac_address)
        for sender in senders
        for f in functions
        if sender.network_id != f.ingress.network_id
    }


def patch_device(network_id: str, other_id: str) -> str:
    """The device on a network's bridge that leads to another network."""
    return "x" + names.key(network_id, other_id)
