"""Protocols by the names that the networking API knows."""

from __future__ import annotations

#: Numbers of IANA by name.
NUMBERS = {
    "ah": 51,
    "dccp": 33,
    "egp": 8,
    "esp": 50,
    "gre": 47,
    "icmp": 1,
    "icmpv6": 58,
    "igmp": 2,
    "ipip": 4,
    "ipv6-encap": 41,
    "ipv6-frag": 44,
    "ipv6-icmp": 58,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    "ipv6-route": 43,
    "ospf": 89,
    "pgm": 113,
    "rsvp": 46,
    "sctp": 132,
    "tcp": 6,
    "udp": 17,
    "udplite": 136,
    "vrrp": 112,
}
#: Those that have ports.
WITH_PORTS = frozenset({6, 17, 33, 132, 136})
ICMP, ICMPV6 = 1, 58


def protocol_number(protocol: str | None, version: int) -> int | None:
    """A protocol's number, None for any.

    :param protocol: its name or number as text.
    :param version: of the Internet protocol; ``icmp`` over IPv6 is ICMPv6.
    """
    if protocol is None:
        return None
    number = int(protocol) if protocol.isdigit() else NUMBERS[protocol]
    return ICMPV6 if number == ICMP and version == 6 else number
