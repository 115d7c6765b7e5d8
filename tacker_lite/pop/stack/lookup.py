"""Finding what a property names by id or by name, and checking that it exists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import errors
from tacker_lite.pop.stack.values import check_address

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


@dataclass(frozen=True)
class Owner:
    """For whom a stack acts."""

    project_id: str
    user_id: str
    is_admin: bool = False


@dataclass(frozen=True)
class _Kind:
    label: str
    get: Callable[[Cloud, Owner, str], Any]
    all: Callable[[Cloud, Owner], Iterable[Any]]


_KINDS: dict[str, _Kind] = {
    "neutron.network": _Kind(
        "Network",
        lambda c, o, i: c.network.get_network(o.project_id, i),
        lambda c, o: c.network.list_networks(o.project_id),
    ),
    "neutron.subnet": _Kind(
        "Subnet",
        lambda c, o, i: c.network.get_subnet(o.project_id, i),
        lambda c, o: c.network.list_subnets(o.project_id),
    ),
    "neutron.port": _Kind(
        "Port",
        lambda c, o, i: c.network.get_port(o.project_id, i),
        lambda c, o: c.network.list_ports(o.project_id),
    ),
    "neutron.security_group": _Kind(
        "Security Group",
        lambda c, o, i: c.network.get_security_group(o.project_id, i),
        lambda c, o: c.network.list_security_groups(o.project_id),
    ),
    "nova.flavor": _Kind(
        "Flavor",
        lambda c, o, i: c.compute.get_flavor(o.project_id, i),
        lambda c, o: c.compute.list_flavors(o.project_id),
    ),
    "nova.server": _Kind(
        "Server",
        lambda c, o, i: c.compute.get_server(o.project_id, i),
        lambda c, o: c.compute.list_servers(o.project_id),
    ),
    "nova.keypair": _Kind(
        "Key",
        lambda c, o, i: c.compute.get_keypair(o.user_id, i),
        lambda c, o: (),
    ),
    "glance.image": _Kind(
        "Image",
        lambda c, o, i: c.image.get_image(o.project_id, i),
        lambda c, o: c.image.list_images(o.project_id),
    ),
}


def find(cloud: Cloud, owner: Owner, kind: str, ident: str) -> Any:
    """The one object that ``ident`` names.

    :param kind: a custom constraint's name, such as ``neutron.network``.
    :param ident: id or name.
    :raises BadRequest: there is none, or the name is shared by several.
    """
    row = _KINDS[kind]
    try:
        return row.get(cloud, owner, ident)
    except errors.NotFound:
        matches = [o for o in row.all(cloud, owner) if ident and o.name == ident]
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
            known = ", ".join(sorted((*_KINDS, "ip_addr", "mac_addr", "net_cidr")))
            return f"custom constraint {name} is not supported; supported: {known}"
        try:
            find(self._cloud, self._owner, name, str(value))
        except errors.PopError as error:
            return str(error)
        return ""
