"""The contract for what leads packets through chains of service functions."""

from __future__ import annotations

import abc
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tacker_lite.pop.runtime.base import Capability

CAPABILITY = "service function chains"


@dataclass(frozen=True)
class ChainPort:
    """A port that packets of a chain pass."""

    id: str
    network_id: str
    mac_address: str


@dataclass(frozen=True)
class ChainFunction:
    """A service function: where packets go in and come out; its share of flows."""

    ingress: ChainPort
    egress: ChainPort
    weight: int = 1


@dataclass(frozen=True)
class ChainFlow:
    """Which packets are led, told by their headers.

    :ivar version: of the Internet protocol, 4 or 6.
    :ivar protocol: its number, or None for any.
    :ivar source_ports: first and last; None for any.
    :ivar sources: addresses and prefixes; empty for any.
    """

    version: int
    protocol: int | None = None
    source_ports: tuple[int, int] | None = None
    destination_ports: tuple[int, int] | None = None
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChainPath:
    """A way for some packets.

    :ivar start: where they enter their network.
    :ivar first: which of them there; ``later`` which of what functions send on.
    :ivar hops: functions that share the flows, hop by hop.
    """

    start: ChainPort
    first: ChainFlow
    later: ChainFlow
    hops: tuple[tuple[ChainFunction, ...], ...]


class ChainRuntime(abc.ABC):
    """One way to lead packets."""

    @abc.abstractmethod
    def capability(self) -> Capability:
        """What leads packets here; without means nothing does."""

    @abc.abstractmethod
    def lead(self, pop: str, paths: Sequence[ChainPath]) -> None:
        """Have just these ways in a PoP, in one step; all else goes straight.

        :raises RuntimeFault: when the machine refuses.
        """


class SimulatedChains(ChainRuntime):
    """Keeps what it was told, and leads nothing: nothing flows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.paths: dict[str, tuple[ChainPath, ...]] = {}

    def capability(self) -> Capability:
        return Capability(CAPABILITY, "simulated", "no traffic flows in this runtime")

    def lead(self, pop: str, paths: Sequence[ChainPath]) -> None:
        with self._lock:
            self.paths[pop] = tuple(paths)
