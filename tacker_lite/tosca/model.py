"""What a descriptor and its inputs mean, as values that never change.

``loader`` makes them, VIM drivers read them.  Nothing here knows a VIM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Vdu:
    """One deployable unit.

    :ivar properties: as written, with ``get_input`` still in place.
    """

    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ConnectionPoint:
    """A port of a VDU.

    :ivar vdu: name of the VDU it binds to, or None for an address holder.
    :ivar virtual_link: name of its virtual link, or None.
    """

    name: str
    vdu: str | None = None
    virtual_link: str | None = None
    management: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class VirtualLink:
    """A network between connection points."""

    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """NFV behaviour in a descriptor: monitoring, scaling, placement ..."""

    name: str
    type: str
    targets: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class VnfTemplate:
    """A VNFD parsed with its input values.

    :ivar document: the descriptor as a mapping, in the order it was written.
    :ivar inputs: value of every declared input: given, or the default.
    :ivar source: the parser's own object, for drivers that translate from it.
    """

    name: str
    description: str
    document: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(default_factory=dict)
    vdus: tuple[Vdu, ...] = ()
    connection_points: tuple[ConnectionPoint, ...] = ()
    virtual_links: tuple[VirtualLink, ...] = ()
    policies: tuple[Policy, ...] = ()
    source: Any = field(default=None, repr=False, compare=False)
