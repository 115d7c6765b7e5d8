"""Devices, addresses and neighbours of one network namespace through rtnetlink(7).

A server's ports are a dozen requests.  They go to the kernel in one message here, where
two processes of ``ip`` would cost more than all the rest of the server's start.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tacker_lite.pop.runtime import kernel
from tacker_lite.pop.runtime.base import Counters, RuntimeFault

NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWNEIGH, RTM_DELNEIGH = 20, 24, 28, 29
REQUEST, ACK, DUMP = 0x1, 0x4, 0x300
REPLACE, EXCLUSIVE, CREATE = 0x100, 0x200, 0x400
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MASTER, IFLA_LINKINFO = 1, 3, 10, 18
IFLA_IFALIAS, IFLA_STATS64, IFLA_AF_SPEC, IFLA_GROUP, IFLA_NET_NS_FD = (
    20,
    23,
    26,
    27,
    28,
)
IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE = 8, 1
IFLA_INFO_KIND, IFLA_INFO_DATA, VETH_INFO_PEER = 1, 2, 1
IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_F_NODAD = 1, 2, 4, 0x02
RTA_OIF, RTA_GATEWAY = 4, 5
NDA_DST, NDA_LLADDR = 1, 2
NUD_NOARP, NUD_PERMANENT, NTF_MASTER = 0x40, 0x80, 0x04
IFF_UP, RTNH_F_ONLINK = 1, 4
RT_TABLE_MAIN, RTPROT_BOOT, RTN_UNICAST = 254, 3, 1
_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR = struct.Struct("=BxHiHBB")
_RECEIVE_BYTES = 1 << 18
_SECONDS = 60.0
#: Answers to one message must fit into the socket's buffer.
_BATCH = 64
#: What the kernel answers when a thing is gone.
GONE = frozenset({errno.ENODEV, errno.ENOENT, errno.ESRCH, errno.EADDRNOTAVAIL})
EXISTS = frozenset({errno.EEXIST})


@dataclass(frozen=True)
class Request:
    """One request to the kernel.

    :ivar text: what it asks for, in the words of ``ip``.
    """

    text: str
    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True)
class Device:
    """A device as the kernel lists it.

    :ivar master: index of the bridge it is a port of; 0: none.
    :ivar counters: what it received and sent itself.
    """

    name: str
    index: int
    master: int
    counters: Counters


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def _number(kind: int, value: int) -> bytes:
    return _attribute(kind, struct.pack("=I", value))


def _name(kind: int, value: str) -> bytes:
    return _attribute(kind, value.encode() + b"\0")


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _packed(mac_address: str) -> bytes:
    return bytes.fromhex(mac_address.replace(":", ""))


def add_veth(name: str, peer: str, mac_address: str, netns_descriptor: int) -> Request:
    """A pair, both ends down: one here, the peer in another namespace."""
    end = (
        _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        + _name(IFLA_IFNAME, peer)
        + _attribute(IFLA_ADDRESS, _packed(mac_address))
        + _number(IFLA_NET_NS_FD, netns_descriptor)
    )
    data = _attribute(IFLA_INFO_DATA, _attribute(VETH_INFO_PEER, end))
    body = (
        _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        + _name(IFLA_IFNAME, name)
        + _attribute(IFLA_LINKINFO, _name(IFLA_INFO_KIND, "veth") + data)
    )
    text = f"link add {name} type veth peer name {peer} address {mac_address}"
    return Request(text, RTM_NEWLINK, REQUEST | ACK | CREATE | EXCLUSIVE, body)


def describe(device: str, alias: str) -> Request:
    """Set the text that ``ip link`` shows; a port of a bridge needs no address."""
    none = _attribute(IFLA_INET6_ADDR_GEN_MODE, bytes([ADDR_GEN_MODE_NONE]))
    body = (
        _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        + _name(IFLA_IFNAME, device)
        + _attribute(IFLA_IFALIAS, alias.encode())
    )
    if kernel.has_ipv6():
        body += _attribute(IFLA_AF_SPEC, _attribute(socket.AF_INET6, none))
    text = f"link set {device} addrgenmode none alias {alias}"
    return Request(text, RTM_SETLINK, REQUEST | ACK, body)


def set_master(device: str, master: int) -> Request:
    """Make a device a port of a bridge, and switch it on.

    :param master: the bridge's index.
    """
    body = (
        _LINK.pack(socket.AF_UNSPEC, 0, 0, IFF_UP, IFF_UP)
        + _name(IFLA_IFNAME, device)
        + _number(IFLA_MASTER, master)
    )
    return Request(f"link set {device} up", RTM_SETLINK, REQUEST | ACK, body)


def set_up(device: str) -> Request:
    """Switch a device on."""
    body = _LINK.pack(socket.AF_UNSPEC, 0, 0, IFF_UP, IFF_UP)
    body += _name(IFLA_IFNAME, device)
    return Request(f"link set {device} up", RTM_SETLINK, REQUEST | ACK, body)


def set_group(device: str, group: int) -> Request:
    """Put a device into a group, which can be removed as a whole."""
    body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    body += _name(IFLA_IFNAME, device) + _number(IFLA_GROUP, group)
    return Request(f"link set {device} group {group}", RTM_SETLINK, REQUEST | ACK, body)


def delete_group(group: int) -> Request:
    """Remove all devices of a group at once."""
    body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + _number(IFLA_GROUP, group)
    return Request(f"link del group {group}", RTM_DELLINK, REQUEST | ACK, body)


def add_address(index: int, interface: str) -> Request:
    """Give a device an address; has it already is fine.

    :param interface: address with prefix length.
    :raises RuntimeFault: when it is none.
    """
    text = f"addr replace {interface}"
    try:
        address = ipaddress.ip_interface(interface)
    except ValueError as error:
        raise RuntimeFault(f"ip {text}: {error}") from error
    packed = address.packed
    flags = IFA_F_NODAD if address.version == 6 else 0
    body = _ADDRESS.pack(
        _family(interface), address.network.prefixlen, flags, 0, index
    ) + _attribute(IFA_ADDRESS, packed)
    body += _attribute(IFA_LOCAL, packed)
    return Request(text, RTM_NEWADDR, REQUEST | ACK | CREATE | REPLACE, body)


def default_route(index: int, gateway: str) -> Request:
    """The way to everywhere, through a gateway that need not be on the device's net."""
    body = (
        _ROUTE.pack(
            _family(gateway),
            *(0, 0, 0),
            *(RT_TABLE_MAIN, RTPROT_BOOT, 0, RTN_UNICAST),
            RTNH_F_ONLINK,
        )
        + _attribute(RTA_GATEWAY, ipaddress.ip_address(gateway).packed)
        + _number(RTA_OIF, index)
    )
    text = f"route replace default via {gateway}"
    return Request(text, RTM_NEWROUTE, REQUEST | ACK | CREATE | REPLACE, body)


def add_neighbour(index: int, address: str, mac_address: str) -> Request:
    """Say for good which hardware address an address has: nobody need ask for it.

    Such entries do not count towards the bounds that the whole machine shares.
    """
    body = _neighbour(index, address, NUD_PERMANENT)
    body += _attribute(NDA_LLADDR, _packed(mac_address))
    text = f"neigh replace {address} lladdr {mac_address}"
    return Request(text, RTM_NEWNEIGH, REQUEST | ACK | CREATE | REPLACE, body)


def delete_neighbour(index: int, address: str) -> Request:
    """Forget what hardware address an address has."""
    body = _neighbour(index, address, 0)
    return Request(f"neigh del {address}", RTM_DELNEIGH, REQUEST | ACK, body)


def _neighbour(index: int, address: str, state: int) -> bytes:
    return _NEIGHBOUR.pack(_family(address), 0, index, state, 0, 0) + _attribute(
        NDA_DST, ipaddress.ip_address(address).packed
    )


def add_forwarding(index: int, mac_address: str) -> Request:
    """Tell a bridge behind which of its ports a hardware address is.

    :param index: of the port.
    """
    body = _NEIGHBOUR.pack(socket.AF_BRIDGE, 0, index, NUD_NOARP, NTF_MASTER, 0)
    body += _attribute(NDA_LLADDR, _packed(mac_address))
    text = f"fdb replace {mac_address}"
    return Request(text, RTM_NEWNEIGH, REQUEST | ACK | CREATE | REPLACE, body)


def delete_forwarding(index: int, mac_address: str) -> Request:
    """Take back what a bridge was told."""
    body = _NEIGHBOUR.pack(socket.AF_BRIDGE, 0, index, 0, NTF_MASTER, 0)
    body += _attribute(NDA_LLADDR, _packed(mac_address))
    return Request(f"fdb del {mac_address}", RTM_DELNEIGH, REQUEST | ACK, body)


class Channel:
    """A socket to the kernel that speaks of one network namespace; close it.

    :param netns: the namespace, or None for the host's.
    :raises RuntimeFault: when there is no such namespace.
    """

    def __init__(self, netns: str | None):
        self.netns = netns
        opened: list[socket.socket] = []

        def work() -> None:
            opened.append(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))

        try:
            kernel.in_netns(netns, work)
        except OSError as error:
            raise RuntimeFault(f"network namespace {netns}: {error}") from error
        self._socket = opened[0]
        self._socket.settimeout(_SECONDS)
        self._socket.bind((0, 0))

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, requests: Iterable[Request], tolerate: Collection[int] = ()) -> None:
        """Have the kernel do what is asked, in this order, all of it.

        :param tolerate: error numbers that mean: already so.
        :raises RuntimeFault: naming the first request that was refused.
        """
        queue = list(requests)
        for first in range(0, len(queue), _BATCH):
            batch = queue[first : first + _BATCH]
            for request, number in self._exchange(batch):
                if number and number not in tolerate:
                    where = f" in {self.netns}" if self.netns else ""
                    raise RefusedRequest(
                        f"ip {request.text}{where}: {os.strerror(number)}", number
                    )

    def _exchange(self, batch: list[Request]) -> list[tuple[Request, int]]:
        data = b"".join(
            _HEADER.pack(16 + len(r.body), r.kind, r.flags, sequence, 0) + r.body
            for sequence, r in enumerate(batch, 1)
        )
        try:
            self._socket.send(data)
            left = len(batch)
            answers: list[tuple[Request, int]] = []
            while left:
                for kind, sequence, body in self._receive():
                    if kind == NLMSG_ERROR:
                        number = -struct.unpack_from("=i", body)[0]
                        answers.append((batch[sequence - 1], number))
                        left -= 1
        except OSError as error:
            raise RuntimeFault(f"netlink: {error}") from error
        return answers

    def _receive(self) -> Iterator[tuple[int, int, bytes]]:
        data = self._socket.recv(_RECEIVE_BYTES)
        at = 0
        while at + 16 <= len(data):
            length, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
            yield kind, sequence, data[at + 16 : at + length]
            at += length + 3 & ~3

    def index(self, device: str) -> int:
        """The number of a device.

        :raises RefusedRequest: when there is no such device.
        """
        body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + _name(IFLA_IFNAME, device)
        try:
            self._socket.send(
                _HEADER.pack(16 + len(body), RTM_GETLINK, REQUEST, 1, 0) + body
            )
            for kind, _, answer in self._receive():
                if kind == NLMSG_ERROR:
                    number = -struct.unpack_from("=i", answer)[0]
                    text = f"device {device} in {self.netns}: {os.strerror(number)}"
                    raise RefusedRequest(text, number)
                return int(_LINK.unpack_from(answer)[2])
        except OSError as error:
            raise RuntimeFault(f"netlink: {error}") from error
        raise RuntimeFault(f"netlink: no answer about {device}")

    def find(self, device: str) -> int | None:
        """The number of a device, or None when there is none."""
        try:
            return self.index(device)
        except RefusedRequest as error:
            if error.number in GONE:
                return None
            raise

    def devices(self) -> list[Device]:
        """All devices of the namespace, with their counters."""
        body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        header = _HEADER.pack(16 + len(body), RTM_GETLINK, REQUEST | DUMP, 1, 0)
        found: list[Device] = []
        try:
            self._socket.send(header + body)
            while True:
                for kind, _, answer in self._receive():
                    if kind in (NLMSG_DONE, NLMSG_ERROR):
                        return found
                    found.append(_device(answer))
        except OSError as error:
            raise RuntimeFault(f"netlink: {error}") from error


class RefusedRequest(RuntimeFault):
    """The kernel refused one request.

    :ivar number: the error's.
    """

    def __init__(self, text: str, number: int):
        super().__init__(text)
        self.number = number


def _device(answer: bytes) -> Device:
    name, master, counters = "", 0, Counters()
    at = _LINK.size
    while at + 4 <= len(answer):
        length, kind = struct.unpack_from("=HH", answer, at)
        if kind == IFLA_IFNAME:
            name = answer[at + 4 : at + length].rstrip(b"\0").decode()
        elif kind == IFLA_MASTER:
            master = struct.unpack_from("=I", answer, at + 4)[0]
        elif kind == IFLA_STATS64:
            numbers = struct.unpack_from("=8Q", answer, at + 4)
            rx_packets, tx_packets, rx_bytes, tx_bytes = numbers[:4]
            counters = Counters(
                rx_bytes, tx_bytes, rx_packets, tx_packets, numbers[6], numbers[7]
            )
        at += max(length + 3 & ~3, 4)
    return Device(name, _LINK.unpack_from(answer)[2], master, counters)
