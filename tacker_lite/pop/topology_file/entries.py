"""What PoPs consist of.

``capacity``, ``quotas``, ``flavors``, ``images``, ``projects``, ``users`` and
``catalog`` stand in a PoP or at the top, for all PoPs; they add to the defaults, and an
entry replaces the one of the same name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tacker_lite.pop import topology
from tacker_lite.pop.addresses import ip_address, ip_network
from tacker_lite.pop.topology_file.document import Document

T = TypeVar("T")
_Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Shared:
    """What may be said for all PoPs at once."""

    capacity: topology.Capacity = topology.Capacity()
    flavors: tuple[topology.FlavorEntry, ...] = topology.DEFAULT_FLAVORS
    images: tuple[topology.ImageEntry, ...] = topology.DEFAULT_IMAGES
    projects: tuple[str, ...] = topology.DEFAULT_PROJECTS
    users: tuple[topology.UserEntry, ...] = topology.DEFAULT_USERS
    catalog: tuple[topology.CatalogEntry, ...] = ()
    quotas: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    default_security_group: str = "open"
    load_balancer_seconds: float = 0.0


def pops(document: Document) -> tuple[topology.Pop, ...]:
    """All PoPs.

    :raises TopologyError: when their parts contradict each other.
    """
    data = document.data
    lab_wide = _shared(document, (), data, _Shared())
    _refuse_twins(document, ("pops",), [pop["name"] for pop in data["pops"]], "PoP")
    return tuple(
        _pop(document, ("pops", index), pop, lab_wide)
        for index, pop in enumerate(data["pops"])
    )


def _shared(
    document: Document, path: _Path, data: dict[str, Any], base: _Shared
) -> _Shared:
    """``base`` overridden by what a mapping says."""

    def merged(key: str, old: tuple[T, ...], entry: Callable[[Any], T]) -> Any:
        if key not in data:
            return old
        new = [entry(value) for value in data[key]]
        names = [_name_of(one) for one in new]
        _refuse_twins(document, (*path, key), names, key)
        return (*(one for one in old if _name_of(one) not in names), *new)

    if not any(item.name in data for item in dataclasses.fields(_Shared)):
        return base
    users = merged("users", base.users, _user)
    projects = merged("projects", base.projects, str)
    missing = dict.fromkeys(u.project for u in users if u.project not in projects)
    projects = (*projects, *missing)
    for project in data.get("quotas", ()):
        if project not in projects:
            raise document.error(
                (*path, "quotas", project),
                f"there is no project '{project}'; there are {', '.join(projects)}",
                of_key=True,
            )
    return _Shared(
        capacity=_capacity(data["capacity"]) if "capacity" in data else base.capacity,
        flavors=merged(
            "flavors", base.flavors, lambda one: topology.FlavorEntry(**one)
        ),
        images=merged("images", base.images, _image),
        projects=projects,
        users=users,
        catalog=merged(
            "catalog", base.catalog, lambda one: topology.CatalogEntry(**one)
        ),
        quotas={**base.quotas, **data.get("quotas", {})},
        default_security_group=data.get(
            "default_security_group", base.default_security_group
        ),
        load_balancer_seconds=data.get(
            "load_balancer_seconds", base.load_balancer_seconds
        ),
    )


def _name_of(entry: Any) -> str:
    return entry if isinstance(entry, str) else str(entry.name)


def _refuse_twins(
    document: Document, path: _Path, names: Sequence[str], what: str
) -> None:
    if len(set(names)) == len(names):
        return
    index = next(i for i, name in enumerate(names) if name in names[:i])
    message = f"{what}: '{names[index]}' is there already"
    raise document.error((*path, index), message)


def _pop(
    document: Document, path: _Path, data: dict[str, Any], lab_wide: _Shared
) -> topology.Pop:
    shared = _shared(document, path, data, lab_wide)
    networks = tuple(
        _network(document, (*path, "networks", index), one)
        for index, one in enumerate(data.get("networks", ()))
    )
    names = [network.name for network in networks]
    _refuse_twins(document, (*path, "networks"), names, "network")
    external = None
    if "external" in data:
        external = _external(document, (*path, "external"), data["external"], names)
    return topology.Pop(
        name=data["name"],
        region=data.get("region", data["name"]),
        networks=networks,
        external=external,
        **vars(shared),
    )


def _capacity(data: dict[str, Any]) -> topology.Capacity:
    sizes = {key: int(size) for key, size in data.items() if key != "overcommit"}
    ratios = data.get("overcommit", {})
    if ratios == "none":
        ratios = dict.fromkeys(("vcpus", "ram", "disk"), "none")
    overcommit = topology.Overcommit(
        **{key: None if one == "none" else float(one) for key, one in ratios.items()}
    )
    return topology.Capacity(**sizes, overcommit=overcommit)


def _image(data: Any) -> topology.ImageEntry:
    """A name, or a mapping that says where the image comes from."""
    if isinstance(data, str):
        return topology.ImageEntry(data)
    return topology.ImageEntry(**data)


def _user(data: dict[str, Any]) -> topology.UserEntry:
    return topology.UserEntry(
        **{**data, "roles": tuple(data.get("roles", ("member",)))}
    )


def _network(
    document: Document, path: _Path, data: dict[str, Any]
) -> topology.NetworkEntry:
    cidr = data["cidr"]
    try:
        network = ip_network(cidr)
    except ValueError as error:
        raise document.error((*path, "cidr"), f"{error}") from error
    if network.num_addresses < 4:
        message = f"{cidr} has no room for a gateway and a server"
        raise document.error((*path, "cidr"), message)
    gateway = network.network_address + 1
    if "gateway" in data:
        here = (*path, "gateway")
        try:
            gateway = ip_address(data["gateway"])
        except ValueError as error:
            raise document.error(here, f"{error}") from error
        ends = (network.network_address, network.broadcast_address)
        if gateway not in network or gateway in ends:
            message = f"{data['gateway']} is not a host address of {cidr}"
            raise document.error(here, message)
    return topology.NetworkEntry(data["name"], str(network), str(gateway))


def _external(
    document: Document, path: _Path, data: dict[str, Any], networks: Sequence[str]
) -> topology.NetworkEntry:
    entry = _network(document, path, data)
    if ":" in entry.cidr:
        message = f"{entry.cidr} is not IPv4, which floating addresses are"
        raise document.error(path, message)
    if entry.name in networks:
        message = f"'{entry.name}' is the name of another network"
        raise document.error(path, message)
    return entry
