"""IP addresses as requests and files write them.

The library takes any text behind the ``%`` of an IPv6 address for a zone, which would
get into files and commands from there.  A zone means something on one machine only, so
nothing of a lab has one.
"""

from __future__ import annotations

import ipaddress

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def ip_address(text: str) -> IpAddress:
    """An address such as ``10.0.0.5``.

    :raises ValueError: when it is none, or has a zone.
    """
    return ipaddress.ip_address(_without_zone(text))


def ip_network(text: str, *, strict: bool = True) -> IpNetwork:
    """A network such as ``10.0.0.0/24``.

    :param strict: whether to refuse bits behind the prefix, or else to cut them off.
    :raises ValueError: when it is none, or has a zone.
    """
    return ipaddress.ip_network(_without_zone(text), strict)


def _without_zone(text: str) -> str:
    if "%" in text:
        raise ValueError(f"{text!r} has a zone behind its %, which a lab does not know")
    return text
