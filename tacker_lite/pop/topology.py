"""What a lab consists of, read from a YAML file; pure data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NetworkEntry:
    """A network that exists from the start, shared and routed.

    :ivar gateway: the PoP router's address on it.
    """

    name: str
    cidr: str
    gateway: str


@dataclass(frozen=True)
class FlavorEntry:
    """A flavor: ``ram_mib`` in MiB, ``disk_gib`` in GiB."""

    name: str
    vcpus: int = 1
    ram_mib: int = 512
    disk_gib: int = 1


@dataclass(frozen=True)
class UserEntry:
    """A user; ``password`` None means one is made at the first start."""

    name: str
    project: str
    roles: tuple[str, ...] = ("member",)
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class CatalogEntry:
    """A service outside the lab that the PoP's catalogue lists."""

    type: str
    name: str
    url: str


@dataclass(frozen=True)
class Capacity:
    """What all servers of a PoP may use together."""

    vcpus: int = 64
    ram_mib: int = 65536
    disk_gib: int = 1024


@dataclass(frozen=True)
class Pop:
    """One PoP of the lab."""

    name: str
    region: str
    capacity: Capacity = Capacity()
    flavors: tuple[FlavorEntry, ...] = ()
    images: tuple[str, ...] = ()
    networks: tuple[NetworkEntry, ...] = ()
    projects: tuple[str, ...] = ()
    users: tuple[UserEntry, ...] = ()
    catalog: tuple[CatalogEntry, ...] = ()


@dataclass(frozen=True)
class Link:
    """A routed link between two PoPs."""

    left: str
    right: str


@dataclass(frozen=True)
class Topology:
    """A lab."""

    name: str
    pops: tuple[Pop, ...]
    links: tuple[Link, ...] = ()
