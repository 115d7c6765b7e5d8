"""What a lab consists of; pure data, read from YAML by :mod:`topology_file`."""

from __future__ import annotations

import ipaddress
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
    """What all servers of a PoP may use together (memory in MiB, disk in GiB).

    :ivar hosts: how many hosts servers are put on; all room may be used from each.
    """

    vcpus: int = 512
    ram_mib: int = 524288
    disk_gib: int = 8192
    hosts: int = 4


@dataclass(frozen=True)
class Pop:
    """One PoP of the lab.

    :ivar region: name of its only region.
    :ivar external: where floating addresses come from; None: the lab chooses.
    """

    name: str
    region: str
    capacity: Capacity = Capacity()
    flavors: tuple[FlavorEntry, ...] = ()
    images: tuple[str, ...] = ()
    networks: tuple[NetworkEntry, ...] = ()
    projects: tuple[str, ...] = ()
    users: tuple[UserEntry, ...] = ()
    catalog: tuple[CatalogEntry, ...] = ()
    external: NetworkEntry | None = None


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


def default_external(pop: Pop, cidr: str) -> NetworkEntry:
    """The external network of a PoP whose file names none.

    :param cidr: the addresses that are its.
    """
    taken = {network.name for network in pop.networks}
    name = next(name for name in EXTERNAL_NAMES if name not in taken)
    return NetworkEntry(name, cidr, str(ipaddress.ip_network(cidr)[1]))


#: The first that no other network of the PoP has.
EXTERNAL_NAMES = ("public", "external", *(f"external{n}" for n in range(2, 1000)))
DEFAULT_FLAVORS = (
    FlavorEntry("m1.tiny", vcpus=1, ram_mib=512, disk_gib=1),
    FlavorEntry("m1.small", vcpus=1, ram_mib=2048, disk_gib=20),
    FlavorEntry("ds512M", vcpus=1, ram_mib=512, disk_gib=5),
)
#: The only image with content of its own: a server's view of this machine's files.
DEFAULT_IMAGES = ("host",)
DEFAULT_PROJECTS = ("admin", "service", "demo")
DEFAULT_USERS = (
    UserEntry("admin", project="admin", roles=("admin",)),
    UserEntry("tacker-lite", project="service", roles=("admin",)),
    UserEntry("demo", project="demo", roles=("member",)),
)
