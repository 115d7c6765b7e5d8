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
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    vdus: tuple[Vdu, ...] = ()
    connection_points: tuple[ConnectionPoint, ...] = ()
    virtual_links: tuple[VirtualLink, ...] = ()
    policies: tuple[Policy, ...] = ()
    source: Any = field(default=None, repr=False, compare=False)

    def resolve(self, value: Any) -> Any:
        """``value`` with every ``get_input`` that has a value replaced by it."""
        return substitute(value, self.inputs)


def input_name(call: Mapping[str, Any]) -> str | None:
    """Name in ``{get_input: name}`` or ``{get_input: [name]}``; None if malformed."""
    argument = call["get_input"]
    if isinstance(argument, list) and len(argument) == 1:
        argument = argument[0]
    return argument if isinstance(argument, str) else None


def is_get_input(value: Any) -> bool:
    """Whether a value is a call of the function ``get_input``."""
    return isinstance(value, dict) and len(value) == 1 and "get_input" in value


def substitute(value: Any, inputs: Mapping[str, Any]) -> Any:
    """``value`` with every ``get_input`` found in ``inputs`` replaced by its value."""
    if is_get_input(value):
        return inputs.get(input_name(value) or "", value)
    if isinstance(value, dict):
        return {key: substitute(item, inputs) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, inputs) for item in value]
    return value
