"""What a descriptor and its inputs mean, as values that never change.

``loader`` makes them, VIM drivers read them.  Nothing here knows a VIM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

PolicyKind = TypeVar("PolicyKind", bound="Policy")


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
class BlockStorage:
    """A volume, made for the VNF or, with property ``volume_id``, there before."""

    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BlockStorageAttachment:
    """A volume in a VDU.

    :ivar vdu: name of the VDU.
    :ivar storage: name of the block storage.
    :ivar properties: ``location`` is the device.
    """

    name: str
    vdu: str
    storage: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FloatingIp:
    """An address of an external network.

    :ivar link: name of the connection point or load balancer it leads to, or None.
    """

    name: str
    link: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """A script of a software component.

    :ivar name: ``create``, ``configure`` or ``start``.
    :ivar implementation: the name of a file in the descriptor's package, see
        :attr:`VnfTemplate.files`, or the script itself when it has several lines.
    :ivar inputs: values by name, as written.
    """

    name: str
    implementation: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SoftwareComponent:
    """Software on one VDU or several (a VNFC).

    :ivar vdus: names of the VDUs that host it.
    :ivar operations: in the order in which they run.
    """

    name: str
    vdus: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True)
class LoadBalancer:
    """A load balancer with an address on a virtual link.

    :ivar management: its address is published like that of a VDU.
    """

    name: str
    virtual_link: str
    management: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Listener:
    """A port on which a load balancer takes connections."""

    name: str
    load_balancer: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pool:
    """Who answers the connections of a listener.

    :ivar listener: name of the listener whose default pool it is.
    :ivar members: names of the connection points that answer.
    """

    name: str
    listener: str
    members: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """NFV behaviour in a descriptor: monitoring, scaling, placement ...

    :ivar targets: names of VDUs.
    :ivar properties: as written.
    """

    name: str
    type: str
    targets: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ScalingPolicy(Policy):
    """How many copies of its targets there are.

    :ivar targets: all VDUs when the descriptor names none.
    :ivar increment: copies added or removed at a time.
    :ivar cooldown: seconds between two changes.
    """

    increment: int = 1
    min_instances: int = 1
    max_instances: int = 1
    default_instances: int = 1
    cooldown: int = 120


@dataclass(frozen=True)
class PlacementPolicy(Policy):
    """Whether its targets share a host.

    :ivar policy: ``affinity`` or ``anti-affinity``.
    :ivar strict: whether a VIM that cannot do so must refuse.
    """

    policy: str = "affinity"
    strict: bool = True


@dataclass(frozen=True)
class Trigger:
    """An alarm and what follows from it.

    :ivar group: what the VDU's ``metering.server_group`` says, or None.
    :ivar condition: as written.
    :ivar actions: as written: names of actions and of scaling policies.
    """

    name: str
    metric: str
    group: str | None = None
    condition: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlarmingPolicy(Policy):
    """Alarms on measurements of the VDUs."""

    triggers: tuple[Trigger, ...] = ()


@dataclass(frozen=True)
class ReservationPolicy(Policy):
    """What follows when a lease of reserved hosts begins and ends.

    :ivar lease_id: UUID of the lease.
    """

    lease_id: str = ""
    start_actions: tuple[str, ...] = ()
    before_end_actions: tuple[str, ...] = ()
    end_actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class VnfTemplate:
    """A VNFD parsed with its input values.

    :ivar document: the descriptor as a mapping, in the order it was written.
    :ivar inputs: value of every declared input: given, or the default.
    :ivar files: text of the files in the descriptor's package, by path.
    :ivar vnf_id: UUID of the VNF made from it; empty when only its text is wanted.
    :ivar webhooks: URL that an alarm calls, by name of its trigger; a trigger
        without one tells nobody.
    :ivar sizes: copies wanted now, by name of the scaling policy, where it is not
        the policy's default.
    :ivar source: the parser's own object, for drivers that translate from it.
    :ivar partial: whether this is the sound part of a descriptor with problems:
        drivers can tell what else is wrong, and can make nothing of it.
    """

    name: str
    description: str
    document: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    vdus: tuple[Vdu, ...] = ()
    connection_points: tuple[ConnectionPoint, ...] = ()
    virtual_links: tuple[VirtualLink, ...] = ()
    policies: tuple[Policy, ...] = ()
    storages: tuple[BlockStorage, ...] = ()
    attachments: tuple[BlockStorageAttachment, ...] = ()
    floating_ips: tuple[FloatingIp, ...] = ()
    software: tuple[SoftwareComponent, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    listeners: tuple[Listener, ...] = ()
    pools: tuple[Pool, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    vnf_id: str = ""
    webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    sizes: Mapping[str, int] = field(default_factory=dict)
    source: Any = field(default=None, repr=False, compare=False)
    partial: bool = False

    def policies_of(self, kind: type[PolicyKind]) -> tuple[PolicyKind, ...]:
        """The policies of one class, in the order written."""
        return tuple(each for each in self.policies if isinstance(each, kind))

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
