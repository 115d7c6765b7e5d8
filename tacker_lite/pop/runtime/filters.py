"""The contract for what filters the traffic of ports: security groups on the machine.

A port that is to be filtered takes nothing in and lets nothing out but what the rules
of its groups say, replies to that, and what every network needs (ARP, neighbour
discovery, DHCP).  It sends from its own addresses only.
"""

from __future__ import annotations

import abc
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from tacker_lite.pop.runtime.base import Capability

CAPABILITY = "security groups"
T = TypeVar("T")


@dataclass(frozen=True)
class FilterRule:
    """What a group lets through.

    :ivar version: of the Internet protocol, 4 or 6.
    :ivar protocol: its number, or None for any.
    :ivar low: first port, or type of ICMP; ``high`` last port, or code of ICMP.
    :ivar prefix: addresses of the other side; empty: any.
    :ivar group: id of the group that the other side is a member of, or empty.
    """

    ingress: bool
    version: int
    protocol: int | None = None
    low: int | None = None
    high: int | None = None
    prefix: str = ""
    group: str = ""


@dataclass(frozen=True)
class GroupFilter:
    """A security group.

    :ivar members: addresses and prefixes of its ports, if any rule asks for them.
    """

    id: str
    rules: tuple[FilterRule, ...] = ()
    members: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PortFilter:
    """How the traffic of one port is filtered.

    :ivar routed: whether its network is one that the PoP's router joins.
    :ivar up: whether anything passes at all.
    :ivar secure: whether it is filtered.
    :ivar addresses: pairs of a MAC address and the address or prefix to send from with
        it; a pair without the latter means any.
    :ivar stateful: whether replies pass by themselves.
    """

    id: str
    network_id: str
    routed: bool
    up: bool = True
    secure: bool = True
    addresses: tuple[tuple[str, str], ...] = ()
    groups: tuple[str, ...] = ()
    stateful: bool = True


class FilterRuntime(abc.ABC):
    """One way to filter."""

    @abc.abstractmethod
    def capability(self) -> Capability:
        """What filters here; without means nothing does, and all ports are open."""

    @abc.abstractmethod
    def open(
        self,
        pop: str,
        groups: Mapping[str, GroupFilter],
        ports: Mapping[str, PortFilter],
    ) -> None:
        """Have just these groups and ports, in one step.

        :raises RuntimeFault: when the machine refuses; then nothing is changed.
        """

    @abc.abstractmethod
    def change(
        self,
        pop: str,
        groups: Mapping[str, GroupFilter | None],
        ports: Mapping[str, PortFilter | None],
    ) -> None:
        """Set these groups and ports, by id, and remove those that are None.

        Flows that are still let through go on, others end.

        :raises RuntimeFault: when the machine refuses; then nothing is changed.
        """


class SimulatedFilters(FilterRuntime):
    """Keeps what it was told, and filters nothing: nothing flows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.groups: dict[str, dict[str, GroupFilter]] = {}
        self.ports: dict[str, dict[str, PortFilter]] = {}

    def capability(self) -> Capability:
        return Capability(CAPABILITY, "simulated", "no traffic flows in this runtime")

    def open(
        self,
        pop: str,
        groups: Mapping[str, GroupFilter],
        ports: Mapping[str, PortFilter],
    ) -> None:
        with self._lock:
            self.groups[pop] = dict(groups)
            self.ports[pop] = dict(ports)

    def change(
        self,
        pop: str,
        groups: Mapping[str, GroupFilter | None],
        ports: Mapping[str, PortFilter | None],
    ) -> None:
        with self._lock:
            merge(self.groups.setdefault(pop, {}), groups)
            merge(self.ports.setdefault(pop, {}), ports)


def merge(old: dict[str, T], changes: Mapping[str, T | None]) -> None:
    """Take changes over; None removes."""
    for ident, value in changes.items():
        if value is None:
            old.pop(ident, None)
        else:
            old[ident] = value
