"""What a lab consists of; pure data, read from YAML by :mod:`topology_file`."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
class ImageEntry:
    """An image that exists from the start, for everybody.

    :ivar docker: reference in a registry, such as ``nginx:1``; empty: not from one.
    :ivar file: archive of ``docker save`` or of a root file system, from the directory
        of the topology file on; empty: none.
    """

    name: str
    docker: str = ""
    file: str = ""


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
class Overcommit:
    """How often each unit of a capacity may be given away; None: without bound."""

    vcpus: float | None = 1.0
    ram: float | None = 1.0
    disk: float | None = 1.0


@dataclass(frozen=True)
class Capacity:
    """What all servers of a PoP may use together (memory in MiB, disk in GiB).

    :ivar hosts: how many hosts servers are put on; all room may be used from each.
    """

    vcpus: int = 512
    ram_mib: int = 524288
    disk_gib: int = 8192
    hosts: int = 4
    overcommit: Overcommit = Overcommit()


@dataclass(frozen=True)
class Pop:
    """One PoP of the lab.

    :ivar region: name of its only region.
    :ivar external: where floating addresses come from; None: the lab chooses.
    :ivar quotas: limits of each project by its name, named as the APIs name them
        (``instances``, ``cores``, ``ram``, ``network``, ``port`` ...); -1: none.
    :ivar default_security_group: ``open``: the default group of a project also lets
        everybody in, by rules that are seen and may be removed; ``closed``: it lets
        in its own members only.
    :ivar load_balancer_seconds: how long each change of a load balancer stays pending
        at least, in seconds.
    """

    name: str
    region: str
    capacity: Capacity = Capacity()
    flavors: tuple[FlavorEntry, ...] = ()
    images: tuple[ImageEntry, ...] = ()
    networks: tuple[NetworkEntry, ...] = ()
    projects: tuple[str, ...] = ()
    users: tuple[UserEntry, ...] = ()
    catalog: tuple[CatalogEntry, ...] = ()
    external: NetworkEntry | None = None
    quotas: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    default_security_group: str = "open"
    load_balancer_seconds: float = 0.0


@dataclass(frozen=True)
class Impairment:
    """What a link does to packets, in each of its directions alike.

    :ivar delay_ms: one way, in milliseconds; ``jitter_ms`` is how far a packet's own
        delay may be from it, either way; packets keep their order.
    :ivar loss_percent: share of packets that are lost, 0 to 100.
    :ivar rate_mbit: in Mbit/s of 1 000 000 bits; None: as fast as the machine.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss_percent: float = 0.0
    rate_mbit: float | None = None


@dataclass(frozen=True)
class Link:
    """A routed link between two PoPs."""

    left: str
    right: str
    impairment: Impairment = Impairment()


@dataclass(frozen=True)
class FaultEntry:
    """A fault that is put into the lab to test orchestrators.

    :ivar kind: ``latency``, ``error``, ``unreachable``, ``slow-boot``,
        ``failing-boot`` or ``death``.
    :ivar name: empty: the lab gives it one.
    :ivar pop: where; empty: in all PoPs.
    :ivar for_seconds: how long; 0: until it is cleared.
    :ivar settings: the other keys that the topology file has for this kind.
    """

    kind: str
    name: str = ""
    pop: str = ""
    for_seconds: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Topology:
    """A lab.

    :ivar fault_seed: where what faults draw at random begins.
    :ivar directory: where relative names of image files start from.
    """

    name: str
    pops: tuple[Pop, ...]
    links: tuple[Link, ...] = ()
    faults: tuple[FaultEntry, ...] = ()
    fault_seed: int = 0
    directory: str = field(default="", compare=False)


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
DEFAULT_IMAGES = (ImageEntry("host"),)
DEFAULT_PROJECTS = ("admin", "service", "demo")
DEFAULT_USERS = (
    UserEntry("admin", project="admin", roles=("admin",)),
    UserEntry("tacker-lite", project="service", roles=("admin",)),
    UserEntry("demo", project="demo", roles=("member",)),
)
