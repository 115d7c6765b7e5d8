"""The two devices of a link: a veth pair, or TAP devices with a relay between them.

Both kinds can be there at once, for the moment in which a link changes over: routes
lead to the one that its label names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tacker_lite.pop.runtime import kernel, names, routing
from tacker_lite.pop.runtime.labels import Label

VETH, TAP = "veth", "tap"
_NAMES = {VETH: names.link, TAP: names.tap}
#: Frames that may wait for the relay to read them.
_TAP_QUEUE = 4096
#: Messages of ip that mean: already so.
EXISTS = (*kernel.EXISTS, "resource busy")


@dataclasses.dataclass(frozen=True)
class End:
    """One end of a link, in the router of a PoP."""

    pop: str
    namespace: str
    device: str


def kind(label: Label) -> str:
    """The kind of devices that routes lead to."""
    return label.get("device", VETH)


def ends(lab: str, label: Label, of_kind: str = "") -> tuple[End, End]:
    """Both ends, left and right; of the kind that routes lead to unless told."""
    name = _NAMES[of_kind or kind(label)]
    left, right = label["left"], label["right"]
    return (
        End(left, names.router(lab, left), name(right)),
        End(right, names.router(lab, right), name(left)),
    )


def pair(lab: str, label: Label) -> str:
    """The command of ip that makes the veth pair, for the host's namespace."""
    left, right = ends(lab, label, VETH)
    return (
        f"link add name {left.device} netns {left.namespace} type veth "
        f"peer name {right.device} netns {right.namespace}"
    )


def tap(end: End) -> list[str]:
    """Commands of ip that make the TAP device of one end, for its own namespace."""
    return [
        f"tuntap add dev {end.device} mode tap",
        f"link set {end.device} txqueuelen {_TAP_QUEUE}",
    ]


def legs(
    lab: str, label: Label, block: int, ipv6: bool, of_kind: str = ""
) -> list[tuple[End, list[str]]]:
    """Commands of ip that give both ends their addresses, each for its namespace."""
    both = ends(lab, label, of_kind)
    addresses = [routing.link_addresses(block, label["index"], side) for side in (0, 1)]
    return [
        (end, _leg(lab, end, other, mine, theirs, ipv6))
        for end, other, mine, theirs in (
            (both[0], both[1], addresses[0], addresses[1]),
            (both[1], both[0], addresses[1], addresses[0]),
        )
    ]


def _leg(
    lab: str,
    end: End,
    other: End,
    mine: tuple[str, str],
    theirs: tuple[str, str],
    ipv6: bool,
) -> list[str]:
    device = end.device
    lladdr = names.link_mac(other.pop, end.pop)
    lines = [
        *leg(lab, device, mine, ipv6, end.pop, other.pop),
        f"link set {device} address {names.link_mac(end.pop, other.pop)}",
    ]
    # Nobody has to ask who is there: the answer could be lost or late.
    lines += [
        f"neigh replace {address} lladdr {lladdr} dev {device} nud permanent"
        for address in theirs[: 2 if ipv6 else 1]
    ]
    return lines


def leg(
    lab: str, device: str, addresses: tuple[str, str], ipv6: bool, *what: str
) -> list[str]:
    """Commands of ip that put a device of a router up.

    :param addresses: of IPv4 and IPv6, without prefix length.
    :param what: whose device it is, in words.
    """
    lines = [
        f"link set {device} up alias {names.alias(lab, *what)}",
        f"addr replace {addresses[0]}/31 dev {device}",
    ]
    if ipv6:
        lines.append(f"addr replace {addresses[1]}/127 dev {device} nodad")
    return lines


def remove(lab: str, label: Label, kinds: Sequence[str] = (VETH, TAP)) -> None:
    """Remove the devices of these kinds; gone already is fine."""
    for of_kind in kinds:
        # A veth device takes the other one with it.
        count = 1 if of_kind == VETH else 2
        for end in ends(lab, label, of_kind)[:count]:
            if kernel.netns_exists(end.namespace):
                lines = [f"link del {end.device}"]
                kernel.ip(lines, end.namespace, kernel.GONE)
