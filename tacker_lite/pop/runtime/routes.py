"""Routes, set straight through rtnetlink(7).

A routed network is told to every router that can reach it, so routes are the one thing
of which a lab has many: a process of ``ip`` for each router would cost seconds.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tacker_lite.pop.runtime import kernel
from tacker_lite.pop.runtime.base import RuntimeFault

NLMSG_ERROR = 2
RTM_NEWROUTE, RTM_DELROUTE = 24, 25
NLM_F_REQUEST, NLM_F_ACK, NLM_F_REPLACE, NLM_F_CREATE = 0x1, 0x4, 0x100, 0x400
RTA_DST, RTA_OIF, RTA_GATEWAY = 1, 4, 5
RT_TABLE_MAIN, RTPROT_STATIC, RTN_UNICAST = 254, 4, 1
RT_SCOPE_UNIVERSE, RT_SCOPE_NOWHERE = 0, 255
HEADER = struct.Struct("=IHHII")
ROUTE = struct.Struct("=BBBBBBBBI")
GONE = {errno.ESRCH, errno.ENODEV, errno.ENXIO}


@dataclass(frozen=True)
class Route:
    """The way to a prefix: through a gateway on a device."""

    cidr: str
    gateway: str
    device: str


def replace(routes: Sequence[Route], netns: str | None = None) -> None:
    """Set routes, whatever was there for the same prefixes.

    :param netns: network namespace, or None for the host's.
    :raises RuntimeFault: naming the route that the kernel refused.
    """
    flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE
    header = (RT_TABLE_MAIN, RTPROT_STATIC, RT_SCOPE_UNIVERSE, RTN_UNICAST)
    _send(RTM_NEWROUTE, flags, header, routes, netns, set())


def remove(routes: Sequence[Route], netns: str | None = None) -> None:
    """Remove routes; gone already is fine.

    :raises RuntimeFault: naming the route that the kernel refused.
    """
    header = (RT_TABLE_MAIN, 0, RT_SCOPE_NOWHERE, 0)
    _send(RTM_DELROUTE, NLM_F_REQUEST | NLM_F_ACK, header, routes, netns, GONE)


def _send(
    kind: int,
    flags: int,
    header: tuple[int, int, int, int],
    routes: Sequence[Route],
    netns: str | None,
    tolerate: set[int],
) -> None:
    def work() -> None:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as channel:
            channel.bind((0, 0))
            for route in routes:
                try:
                    body = _body(header, route)
                    length = HEADER.size + len(body)
                    channel.send(HEADER.pack(length, kind, flags, 1, 0) + body)
                    _check(channel.recv(65536))
                except OSError as error:
                    if error.errno not in tolerate:
                        raise OSError(
                            error.errno,
                            f"route to {route.cidr} via {route.gateway} on "
                            f"{route.device}: {error.strerror}",
                        ) from error

    if not routes:
        return
    try:
        kernel.in_netns(netns, work)
    except OSError as error:
        raise RuntimeFault(f"{netns or 'the host'}: {error.strerror}") from error


def _body(header: tuple[int, int, int, int], route: Route) -> bytes:
    network = ipaddress.ip_network(route.cidr)
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6
    index = socket.if_nametoindex(route.device)
    return (
        ROUTE.pack(family, network.prefixlen, 0, 0, *header, 0)
        + _attribute(RTA_DST, network.network_address.packed)
        + _attribute(RTA_GATEWAY, ipaddress.ip_address(route.gateway).packed)
        + _attribute(RTA_OIF, struct.pack("=I", index))
    )


def _attribute(kind: int, value: bytes) -> bytes:
    # Addresses and indices are multiples of four bytes: no padding is due.
    return struct.pack("=HH", 4 + len(value), kind) + value


def _check(answer: bytes) -> None:
    """:raises OSError: when the answer is not an acknowledgement."""
    kind = HEADER.unpack_from(answer)[1]
    number = -struct.unpack_from("=i", answer, HEADER.size)[0]
    if kind == NLMSG_ERROR and number:
        raise OSError(number, os.strerror(number))
