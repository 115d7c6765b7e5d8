"""The contract between a PoP's cloud and what makes its instances run.

The cloud decides (addresses, quotas, states); a runtime obeys.  Every call is
idempotent: after a crash the cloud repeats what it wants, and calls
:meth:`Runtime.prune` with the ids it knows, so that nothing else of this lab is left.
Everything a runtime creates on the machine carries the lab's name.
"""

from __future__ import annotations

import abc
import enum
import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tacker_lite.pop.topology import Impairment

if TYPE_CHECKING:
    from tacker_lite.pop.runtime.appliances import LoadBalancerRuntime, RouterRuntime
    from tacker_lite.pop.runtime.chains import ChainRuntime
    from tacker_lite.pop.runtime.filters import FilterRuntime
    from tacker_lite.pop.runtime.links import LinkRuntime
    from tacker_lite.pop.runtime.scripts import ScriptRuntime
    from tacker_lite.pop.runtime.usage import UsageRuntime


class RuntimeFault(Exception):
    """The machine refused; the message names the object and the remedy."""


class Power(str, enum.Enum):
    """What the runtime sees of a server."""

    RUNNING = "running"
    STOPPED = "stopped"
    ABSENT = "absent"


@dataclass(frozen=True)
class SubnetSpec:
    """Addresses of a network.

    :ivar gateway: address of the PoP's router on it, or None: not routed.
    """

    id: str
    cidr: str
    gateway: str | None = None


@dataclass(frozen=True)
class NetworkSpec:
    """A layer-2 segment of one PoP.

    :ivar routed: the PoP's router has a leg on it, so that other PoPs and the host
        reach it (networks of the topology file are; tenants' own are not).
    """

    id: str
    pop: str
    name: str
    subnets: tuple[SubnetSpec, ...] = ()
    routed: bool = False


@dataclass(frozen=True)
class PortSpec:
    """One leg of a server.

    :ivar addresses: addresses with their prefix length, such as ``10.0.0.5/24``.
    :ivar gateway: default route through this port, or None.
    """

    id: str
    network_id: str
    mac_address: str
    addresses: tuple[str, ...] = ()
    gateway: str | None = None


@dataclass(frozen=True)
class ImageSource:
    """Where the files of a container come from.

    :ivar reference: in a registry, such as ``nginx:1``; empty: from ``path``.
    :ivar path: an archive of ``docker save`` or of a root file system.
    :ivar form: container format that the image was said to have.
    """

    id: str
    name: str
    reference: str = ""
    path: str = ""
    form: str = ""


@dataclass(frozen=True)
class ServerSpec:
    """Everything needed to run a server.

    :ivar name: host name inside the server.
    :ivar user_data: a start script, or empty.
    :ivar metadata: offered to the start script as environment variables.
    :ivar ram_mib: memory in MiB; ``disk_gib`` in GiB.
    :ivar image: what a container is made of.
    :ivar public_key: for root's ``authorized_keys`` inside, or empty.
    :ivar snapshot: file made by :meth:`Runtime.snapshot` that a disk begins with.
    """

    id: str
    pop: str
    name: str
    ports: tuple[PortSpec, ...] = ()
    user_data: bytes = b""
    metadata: Mapping[str, str] = field(default_factory=dict)
    vcpus: int = 1
    ram_mib: int = 512
    disk_gib: int = 1
    image: ImageSource | None = None
    public_key: str = ""
    snapshot: str = ""


@dataclass(frozen=True)
class LinkSpec:
    """A routed link between two PoPs."""

    left: str
    right: str
    impairment: Impairment = Impairment()


@dataclass(frozen=True)
class Capability:
    """One thing that a runtime can do on this machine, or cannot.

    :ivar means: what does it, such as ``netem`` or ``relay``; empty: nothing can.
    :ivar reason: why there is nothing better or nothing at all, and the remedy.
    """

    name: str
    means: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Counters:
    """What passed a device since it was made, seen from the instance."""

    rx_bytes: int = 0
    tx_bytes: int = 0
    rx_packets: int = 0
    tx_packets: int = 0
    rx_dropped: int = 0
    tx_dropped: int = 0


@dataclass(frozen=True)
class Usage:
    """What an instance (a server or a load balancer) uses of the machine.

    :ivar cpu_seconds: processor time since its start; ``throttled_seconds`` how long
        its limit held it back.
    :ivar memory_bytes: now; ``memory_limit_bytes`` 0: none is enforced.
    :ivar oom_kills: processes ended because memory was used up.
    :ivar ports: counters by port id.
    """

    cpu_seconds: float = 0.0
    throttled_seconds: float = 0.0
    memory_bytes: int = 0
    memory_limit_bytes: int = 0
    processes: int = 0
    oom_kills: int = 0
    ports: Mapping[str, Counters] = field(default_factory=dict)


class Runtime(abc.ABC):
    """One way to run servers.

    :param lab: name of the lab, part of every name on the machine.
    :param directory: where the runtime may keep files (console logs ...).
    :ivar hidden_paths: directories of this machine that no server may see, besides
        ``directory``; set before the first start.
    :ivar host_files: servers see this machine's own files; else each needs an image.
    :ivar resume: set by the lab; called when servers were lost with what runs them, and
        can be started again.
    :ivar routers: what runs the routers of projects.
    :ivar load_balancers: what runs load balancers.
    :ivar scripts: what runs scripts in servers.
    :ivar links: what delays, loses or slows down packets between PoPs.
    :ivar filters: what filters the traffic of ports.
    :ivar chains: what leads packets through service functions.
    :ivar usage: what says how much of the machine instances use.
    """

    name: str
    simulated: bool = False
    hidden_paths: Sequence[str] = ()
    host_files: bool = True
    routers: RouterRuntime
    load_balancers: LoadBalancerRuntime
    scripts: ScriptRuntime
    links: LinkRuntime
    filters: FilterRuntime
    chains: ChainRuntime
    usage: UsageRuntime

    def __init__(self, lab: str, directory: str):
        self.lab = lab
        self.directory = directory
        self.resume: Callable[[], None] = lambda: None

    @abc.abstractmethod
    def open(
        self,
        pops: Sequence[str],
        links: Sequence[LinkSpec],
        networks: Sequence[NetworkSpec] = (),
    ) -> None:
        """Make (or adopt) the PoPs' routers and the links between them.

        :param networks: those that will be asked for, to say beforehand if they clash.
        :raises RuntimeFault: before anything is made, when the machine cannot.
        """

    @abc.abstractmethod
    def capability(self) -> Capability:
        """Whether and how servers can run on this machine."""

    def capabilities(self) -> list[Capability]:
        """Everything that can be done on this machine, by what, and what cannot."""
        means = "simulated" if self.simulated else ""
        return [
            self.capability(),
            *self.usage.capabilities(),
            *self.links.capabilities(),
            self.filters.capability(),
            self.chains.capability(),
            _checked("routers", means or "iptables", self.routers.check),
            _checked(
                "load balancers",
                means or self.load_balancers.provider,
                self.load_balancers.check,
            ),
        ]

    @abc.abstractmethod
    def external_networks(self, pops: Sequence[str]) -> Mapping[str, str]:
        """A prefix for the external network of each PoP, once the lab is open."""

    @abc.abstractmethod
    def ensure_network(self, network: NetworkSpec) -> None:
        """Make the segment exist with just these subnets."""

    @abc.abstractmethod
    def delete_network(self, network: NetworkSpec) -> None:
        """Remove the segment; gone already is fine."""

    @abc.abstractmethod
    def start(self, server: ServerSpec) -> None:
        """Make the server run with just these ports; running already is fine."""

    @abc.abstractmethod
    def stop(self, server_id: str) -> None:
        """End the server's processes and keep its disk; stopped already is fine."""

    @abc.abstractmethod
    def delete(self, server_id: str) -> None:
        """End and remove the server with its disk and ports."""

    @abc.abstractmethod
    def pause(self, server_id: str) -> None:
        """Hold all processes of a running server where they are; held already is fine.

        :raises RuntimeFault: when the server does not run.
        """

    @abc.abstractmethod
    def unpause(self, server_id: str) -> None:
        """Let a paused server's processes go on; going on already is fine.

        :raises RuntimeFault: when the server does not run.
        """

    @abc.abstractmethod
    def snapshot(self, server_id: str, path: str) -> None:
        """Write what the server has on its disk to a new file.

        :raises RuntimeFault: when that cannot be done; no file is left then.
        """

    def forget_image(self, image_id: str) -> None:  # noqa: B027 - few keep any
        """Remove what was made of an image's data; nothing was is fine."""

    @abc.abstractmethod
    def plug(self, server_id: str, port: PortSpec) -> None:
        """Add a port to a running server."""

    @abc.abstractmethod
    def unplug(self, server_id: str, port_id: str) -> None:
        """Take a port from a running server; gone already is fine."""

    @abc.abstractmethod
    def power(self, server_id: str) -> Power:
        """What the machine says of the server now."""

    @abc.abstractmethod
    def console(self, server_id: str) -> str:
        """What the server has printed since its creation; at most 1 MiB of it."""

    @abc.abstractmethod
    def kill(self, server_id: str) -> None:
        """End all processes of a server at once, as a crash would; the disk stays.

        :raises RuntimeFault: when the server does not run.
        """

    @abc.abstractmethod
    def limit(self, server_id: str, vcpus: float, ram_mib: int) -> None:
        """Change what a running server may use, as resizing in place does.

        A server that does not run gets its limits from the spec that it starts with.

        :param vcpus: processors; ``ram_mib`` memory in MiB.
        :raises RuntimeFault: when it uses more than that already.
        """

    @abc.abstractmethod
    def enter(self, server_id: str, argv: Sequence[str]) -> list[str]:
        """The command of this machine that runs another inside a running server.

        It keeps the rights of whoever runs it, which the server itself has not.

        :param argv: the command inside, with its arguments.
        :raises RuntimeFault: when the server does not run, or is simulated.
        """

    def shell(self, server_id: str) -> str:
        """The command that opens a shell inside a running server; empty: there is none.

        It keeps the rights of whoever runs it, which the server itself has not.
        """
        try:
            return shlex.join(self.enter(server_id, ["/bin/sh"]))
        except RuntimeFault:
            return ""

    @abc.abstractmethod
    def prune(self, servers: Collection[str], networks: Collection[str]) -> None:
        """Remove every server and network of this lab that is not named here."""

    def close(self) -> None:  # noqa: B027 - many have nothing to do
        """Watch nothing any more; what was made goes on."""

    @abc.abstractmethod
    def destroy(self) -> None:
        """Remove everything of this lab from the machine."""


def _checked(name: str, means: str, check: Callable[[], None]) -> Capability:
    try:
        check()
    except RuntimeFault as fault:
        return Capability(name, "", str(fault))
    return Capability(name, means)
