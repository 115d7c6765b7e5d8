"""Records of service function chaining."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PortPair:
    """A service function: packets go in by one port and come out by another.

    :ivar ingress: id of the port it takes packets in by; ``egress`` likewise.
    :ivar parameters: ``correlation`` and ``weight``.
    """

    id: str
    project_id: str
    ingress: str
    egress: str
    name: str = ""
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """Its share of its group's flows."""
        return int(self.parameters.get("weight", 1))


@dataclass(frozen=True)
class PortPairGroup:
    """Service functions that do the same, and share flows.

    :ivar number: tells it from others of the PoP, counted from 1.
    """

    id: str
    project_id: str
    number: int
    name: str = ""
    description: str = ""
    port_pairs: list[str] = field(default_factory=list)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tap_enabled: bool = False


@dataclass(frozen=True)
class FlowClassifier:
    """Which packets go through a chain; None stands for any."""

    id: str
    project_id: str
    name: str = ""
    description: str = ""
    ethertype: str = "IPv4"
    protocol: str | None = None
    source_port_range_min: int | None = None
    source_port_range_max: int | None = None
    destination_port_range_min: int | None = None
    destination_port_range_max: int | None = None
    source_ip_prefix: str | None = None
    destination_ip_prefix: str | None = None
    logical_source_port: str | None = None
    logical_destination_port: str | None = None


@dataclass(frozen=True)
class PortChain:
    """The way that classified packets take: a function of each group in turn.

    :ivar number: of its path, counted from 1.
    :ivar parameters: ``correlation`` and ``symmetric``.
    """

    id: str
    project_id: str
    number: int
    name: str = ""
    description: str = ""
    port_pair_groups: list[str] = field(default_factory=list)
    flow_classifiers: list[str] = field(default_factory=list)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def symmetric(self) -> bool:
        """Whether answers take the way back through the functions."""
        return bool(self.parameters.get("symmetric", False))
