"""Which bridge a port of a network is on: a bridge takes no more than 1023 ports.

A network begins with one bridge, which has the gateway's address.  When it is full, it
gets shards: more bridges, each joined to the first by a pair of devices, so that the
network stays one segment.  A port's bridge is found again by asking the kernel.
"""

from __future__ import annotations

import contextlib
import errno
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tacker_lite.pop.runtime import kernel, names, netlink
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.labels import Labels

KIND = "shards"
#: Ports of instances on one bridge; the rest is for shards.
BRIDGE_PORTS = 960
#: A bridge that listens keeps reports of group members from flooding all ports; as long
#: as nobody asks for them, groups reach every port all the same.
BRIDGE_OPTIONS = "stp_state 0 mcast_snooping 1 mcast_hash_max 16384"
#: What is marked for removal in a router; its devices belong to nobody else.
DOOMED = 0x746C70
_FULL = errno.EXFULL


@dataclass
class _Router:
    """What is known of a PoP's bridges.

    :ivar ports: index of the bridge of each port, by the port's device.
    :ivar indices: of bridges, by their names.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    removal: threading.Lock = field(default_factory=threading.Lock)
    known: bool = False
    ports: dict[str, int] = field(default_factory=dict)
    used: Counter[int] = field(default_factory=Counter)
    indices: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a port is to be.

    :ivar bridge: index of its bridge.
    :ivar first: index of the network's first bridge, which the router speaks through.
    :ivar uplink: device of the first bridge that leads to a shard, or empty.
    """

    bridge: int
    first: int
    uplink: str = ""


class Bridges:
    """The bridges of one lab.

    :param labels: what the lab has made so far.
    :param ports: how many ports of instances go on one bridge.
    :ivar abandoned: ports are left alone: they end with the routers, all at once.
    """

    def __init__(self, lab: str, labels: Labels, ports: int = BRIDGE_PORTS):
        self.lab = lab
        self._labels = labels
        self._size = ports
        self._guard = threading.Lock()
        self._routers: dict[str, _Router] = {}
        self.abandoned = False

    def _router(self, pop: str) -> _Router:
        with self._guard:
            return self._routers.setdefault(pop, _Router())

    def forget(self, pop: str) -> None:
        """Ask the kernel again: bridges of the PoP were made or removed."""
        router = self._router(pop)
        with router.lock:
            router.known = False

    @contextlib.contextmanager
    def placing(
        self, channel: netlink.Channel, pop: str, network_id: str, device: str
    ) -> Iterator[Place]:
        """Choose a bridge for a new port, which the block makes.

        :param channel: to the PoP's router.
        :param device: the router's end of the port.
        :raises RuntimeFault: when the network has no bridge, or cannot have another.
        """
        router = self._router(pop)
        with router.lock:
            if not router.known:
                self._learn(router, channel)
            place = self._choose(router, channel, pop, network_id)
            try:
                yield place
            except netlink.RefusedRequest as error:
                # Somebody else made or removed bridges or their ports.
                router.known = False
                if error.number == _FULL:
                    raise RuntimeFault(f"{error}: the bridge has no room") from error
                raise
            if device not in router.ports:
                router.used[place.bridge] += 1
            router.ports[device] = place.bridge

    def _learn(self, router: _Router, channel: netlink.Channel) -> None:
        devices = channel.devices()
        router.indices = {device.name: device.index for device in devices}
        router.ports = {
            device.name: device.master
            for device in devices
            if device.master and device.name.startswith("p")
        }
        router.used = Counter(router.ports.values())
        router.known = True

    def _choose(
        self, router: _Router, channel: netlink.Channel, pop: str, network_id: str
    ) -> Place:
        name = names.bridge(network_id)
        if name not in router.indices:
            router.indices[name] = channel.index(name)
        first = router.indices[name]
        number = 0
        while True:
            bridge = names.shard(network_id, number) if number else name
            if number and bridge not in router.indices:
                self._make_shard(channel, pop, network_id, number)
                self._learn(router, channel)
            index = router.indices[bridge]
            if router.used[index] < self._size:
                uplink = names.uplink(network_id, number) if number else ""
                return Place(index, first, uplink)
            number += 1

    def _make_shard(
        self, channel: netlink.Channel, pop: str, network_id: str, number: int
    ) -> None:
        if number > names.SHARDS:
            raise RuntimeFault(f"network {network_id} has no room for more ports")
        key = names.key(network_id)
        label = {"pop": pop, "network": network_id, "count": number}
        self._labels.write(KIND, key, label)
        shard = names.shard(network_id, number)
        up, down = (
            names.uplink(network_id, number),
            names.downlink(network_id, number),
        )
        alias = names.alias(self.lab, pop, network_id, f"shard-{number}")
        router = names.router(self.lab, pop)
        kernel.ip(
            [
                f"link add {shard} type bridge {BRIDGE_OPTIONS}",
                f"link set {shard} addrgenmode none up alias {alias}",
                f"link add {up} type veth peer name {down}",
                f"link set {up} addrgenmode none up master {names.bridge(network_id)} "
                f"alias {alias}",
                f"link set {down} addrgenmode none up master {shard} alias {alias}",
            ],
            router,
            kernel.EXISTS,
        )
        # Nobody speaks to the router through a shard.
        settings = {
            f"ipv4/conf/{shard}/forwarding": "0",
            f"ipv4/conf/{shard}/arp_ignore": "8",
        }
        kernel.set_in_netns(router, settings)

    def lines_to_remove(self, key: str) -> list[str]:
        """Lines of ``ip`` that remove the shards of a network, given its key."""
        label = self._labels.read(KIND, key)
        if label is None:
            return []
        found = []
        for number in range(1, label["count"] + 1):
            found.append(f"link del {names.uplink(label['network'], number)}")
            found.append(f"link del {names.shard(label['network'], number)}")
        return found

    def removed(self, key: str, pop: str) -> None:
        """Forget the shards of a network that is gone."""
        self._labels.remove(KIND, key)
        self.forget(pop)

    def uplink_of(self, pop: str, network_id: str, device: str) -> str:
        """The first bridge's device that leads to a port's shard, or empty."""
        router = self._router(pop)
        with router.lock:
            index = router.ports.get(device, -1)
            label = self._labels.read(KIND, names.key(network_id))
            for number in range(1, label["count"] + 1) if label else ():
                if router.indices.get(names.shard(network_id, number)) == index:
                    return names.uplink(network_id, number)
        return ""

    def remove_ports(
        self, channel: netlink.Channel, pop: str, devices: list[str]
    ) -> None:
        """Remove ports; gone already is fine.

        The kernel takes as long for one as for many, so what several threads want to be
        rid of at a time goes together.

        :param channel: to the PoP's router.
        """
        router = self._router(pop)
        marks = [netlink.set_group(device, DOOMED) for device in devices]
        channel.send(marks, netlink.GONE)
        with router.removal:
            if any(channel.find(device) is not None for device in devices):
                channel.send([netlink.delete_group(DOOMED)], netlink.GONE)
        with router.lock:
            for device in devices:
                index = router.ports.pop(device, None)
                if index is not None:
                    router.used[index] -= 1
