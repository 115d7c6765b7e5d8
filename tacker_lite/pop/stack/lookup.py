"""Finding what a property names by id or by name, and checking that it exists."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import errors
from tacker_lite.pop.stack.records import Stack
from tacker_lite.pop.stack.values import ADDRESSES, check_address

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


@dataclass(frozen=True)
class Owner:
    """For whom a stack acts."""

    project_id: str
    user_id: str
    is_admin: bool = False

    @classmethod
    def of(cls, stack: Stack) -> Owner:
        """The one who asked for a stack."""
        return cls(stack.project_id, stack.user_id, stack.is_admin)


@dataclass(frozen=True)
class _Kind:
    """Objects of a service: those of ``get_<noun>`` and ``list_<noun>s``.

    :ivar service: attribute of the cloud, dots in it lead further.
    """

    label: str
    service: str
    noun: str


_KINDS: dict[str, _Kind] = {
    "neutron.network": _Kind("Network", "network", "network"),
    "neutron.subnet": _Kind("Subnet", "network", "subnet"),
    "neutron.port": _Kind("Port", "network", "port"),
    "neutron.router": _Kind("Router", "network", "router"),
    "neutron.floatingip": _Kind("Floating IP", "network", "floatingip"),
    "neutron.security_group": _Kind("Security Group", "network", "security_group"),
    "neutron.port_pair": _Kind("Port Pair", "network.chaining", "port_pair"),
    "neutron.port_pair_group": _Kind(
        "Port Pair Group", "network.chaining", "port_pair_group"
    ),
    "neutron.flow_classifier": _Kind(
        "Flow Classifier", "network.chaining", "flow_classifier"
    ),
    "nova.flavor": _Kind("Flavor", "compute", "flavor"),
    "nova.server": _Kind("Server", "compute", "server"),
    "nova.keypair": _Kind("Key", "compute", "keypair"),
    "cinder.vtype": _Kind("Volume Type", "volume", "volume_type"),
    "cinder.volume": _Kind("Volume", "volume", "volume"),
    "octavia.loadbalancer": _Kind("Load Balancer", "load_balancer", "load_balancer"),
    "octavia.listener": _Kind("Listener", "load_balancer", "listener"),
    "octavia.pool": _Kind("Pool", "load_balancer", "pool"),
    "octavia.l7policy": _Kind("L7 Policy", "load_balancer", "l7policy"),
    "glance.image": _Kind("Image", "image", "image"),
}


def find(cloud: Cloud, owner: Owner, kind: str, ident: str) -> Any:
    """The one object that ``ident`` names.

    :param kind: a custom constraint's name, such as ``neutron.network``.
    :param ident: id or name.
    :raises BadRequest: there is none, or the name is shared by several.
    """
    row = _KINDS[kind]
    service = operator.attrgetter(row.service)(cloud)
    whose = owner.user_id if row.noun == "keypair" else owner.project_id
    try:
        return getattr(service, f"get_{row.noun}")(whose, ident)
    except errors.NotFound:
        everything = getattr(service, f"list_{row.noun}s")(whose)
    # A floating IP has no name.
    named = [found for found in everything if hasattr(found, "name")]
    matches = [found for found in named if ident and found.name == ident]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise errors.BadRequest(f"The {row.label} ({ident}) could not be found.")
    raise errors.BadRequest(
        f"Multiple objects found with name ({ident}): use the id of the {row.label}."
    )


class Constraints:
    """Custom constraints of one owner in one PoP; call it with name and value."""

    def __init__(self, cloud: Cloud, owner: Owner):
        self._cloud = cloud
        self._owner = owner

    def __call__(self, name: str, value: Any) -> str:
        """What is wrong with the value, or an empty string."""
        problem = check_address(name, value)
        if problem is not None:
            return problem
        if name not in _KINDS:
            known = ", ".join(sorted((*_KINDS, *ADDRESSES)))
            return (
                f'"{value}" does not validate {name} (constraint not found); the lab '
                f"knows {known}"
            )
        try:
            find(self._cloud, self._owner, name, str(value))
        except errors.PopError as error:
            return str(error)
        return ""
