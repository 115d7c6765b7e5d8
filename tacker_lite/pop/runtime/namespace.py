"""The namespace runtime: servers are real processes of this machine.

Each server has network, PID, mount, host name and IPC namespaces of its own and a
copy-on-write view of the host's files.  Nothing depends on this process staying: all
of it is found again by labels (:mod:`~tacker_lite.pop.runtime.labels`) and names.

Simple boundaries keep a server from the host's devices, mounts and settings; they suit
a lab, and are no fence against somebody who attacks the kernel.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tacker_lite.pop.runtime import capability, names, server_disks, server_processes
from tacker_lite.pop.runtime.base import (
    Capability,
    LinkSpec,
    NetworkSpec,
    PortSpec,
    Power,
    Runtime,
    RuntimeFault,
    ServerSpec,
)
from tacker_lite.pop.runtime.bridges import BRIDGE_PORTS, Bridges
from tacker_lite.pop.runtime.cgroups import Cgroups, Limits
from tacker_lite.pop.runtime.labels import Labels
from tacker_lite.pop.runtime.load_balancers import LoadBalancers
from tacker_lite.pop.runtime.namespace_chains import NamespaceChains
from tacker_lite.pop.runtime.namespace_filters import NamespaceFilters
from tacker_lite.pop.runtime.namespace_links import NamespaceLinks
from tacker_lite.pop.runtime.namespace_usage import NamespaceUsage
from tacker_lite.pop.runtime.networks import Networks
from tacker_lite.pop.runtime.project_routers import ProjectRouters
from tacker_lite.pop.runtime.routers import Routers
from tacker_lite.pop.runtime.server_scripts import ServerScripts
from tacker_lite.pop.runtime.servers import Servers

PRUNE_THREADS = 8


class NamespaceRuntime(Runtime):
    """Runs a lab's servers as processes in namespaces.

    :cvar bridge_ports: ports of instances on one bridge, before a network gets another.
    :raises RuntimeFault: when the lab's or the directory's name cannot be used.
    """

    name = "namespace"
    links: NamespaceLinks
    load_balancers: LoadBalancers
    bridge_ports = BRIDGE_PORTS

    def __init__(self, lab: str, directory: str):
        super().__init__(lab, os.path.abspath(directory))
        names.check_lab(lab)
        if any(character in self.directory for character in ",:\\"):
            raise RuntimeFault(
                f"directory {directory}: overlayfs takes no ',' ':' or '\\' in a "
                "path: choose another"
            )
        self._labels = Labels(lab)
        self._disks_lock = threading.Lock()
        self._routers = Routers(lab, self._labels)
        self._bridges = Bridges(lab, self._labels, self.bridge_ports)
        self._networks = Networks(self._labels, self._routers, self._bridges)
        self.links = NamespaceLinks(self._routers, self._networks.reroute)
        self._cgroups = Cgroups(lab)
        self._servers = Servers(
            self._labels,
            os.path.join(self.directory, "servers"),
            self._disks,
            self._cgroups,
            self._bridges,
        )
        self.scripts = ServerScripts(self._servers)
        self.filters = NamespaceFilters(lab, self._labels)
        self.chains = NamespaceChains(lab, self._labels)
        self.routers = ProjectRouters(self._labels, self._bridges)
        self.load_balancers = LoadBalancers(self._labels, self._cgroups, self._bridges)
        self.usage = NamespaceUsage(lab, self._labels, self._cgroups)

    def capability(self) -> Capability:
        reasons = capability.check(self._made_directory(), self.lab)
        return Capability(
            "servers", "" if reasons else "namespaces, overlayfs", "; ".join(reasons)
        )

    def open(
        self,
        pops: Sequence[str],
        links: Sequence[LinkSpec],
        networks: Sequence[NetworkSpec] = (),
    ) -> None:
        for pop in pops:
            names.check_pop(pop)
        reasons = capability.missing()
        if reasons:
            raise RuntimeFault("; ".join(reasons))
        self._networks.check(networks)
        self.links.check(links)
        self._disks()
        self._bridges.abandoned = False
        for pop in pops:
            self._bridges.forget(pop)
        self._routers.open(pops, links, self.links.relayed(links))
        self.links.open(links)
        self._networks.reroute()
        self.links.finish()
        self._servers.consoles.open()

    def _made_directory(self) -> str:
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        return self.directory

    def _disks(self) -> str:
        """Where the servers' disks are: on file, so that it never moves."""
        with self._disks_lock:
            label = self._labels.read("lab", "disks")
            if label is None:
                base = capability.disk_directory(self._made_directory(), self.lab)
                below = "" if base == self.directory else f"tacker-lite-pop/{self.lab}"
                label = {"path": os.path.join(base, below, "disks")}
                self._labels.write("lab", "disks", label)
            return label["path"]

    def external_networks(self, pops: Sequence[str]) -> Mapping[str, str]:
        return self._routers.external_networks(pops)

    def ensure_network(self, network: NetworkSpec) -> None:
        self._networks.ensure(network)

    def delete_network(self, network: NetworkSpec) -> None:
        self._networks.delete(names.key(network.id))

    def start(self, server: ServerSpec) -> None:
        self._servers.start(server, self.hidden_paths)

    def stop(self, server_id: str) -> None:
        self._servers.stop(names.key(server_id))

    def delete(self, server_id: str) -> None:
        self._servers.delete(names.key(server_id))

    def pause(self, server_id: str) -> None:
        server_processes.hold(self._first_process(server_id))

    def unpause(self, server_id: str) -> None:
        server_processes.release(self._first_process(server_id))

    def _first_process(self, server_id: str) -> int:
        pid = self._servers.first_process(names.key(server_id))
        if pid is None:
            raise RuntimeFault(f"server {server_id} does not run")
        return pid

    def snapshot(self, server_id: str, path: str) -> None:
        server_disks.save(os.path.join(self._disks(), names.key(server_id)), path)

    def plug(self, server_id: str, port: PortSpec) -> None:
        self._servers.plug(names.key(server_id), port)

    def unplug(self, server_id: str, port_id: str) -> None:
        self._servers.unplug(names.key(server_id), port_id)

    def power(self, server_id: str) -> Power:
        return self._servers.power(names.key(server_id))

    def console(self, server_id: str) -> str:
        return self._servers.console(names.key(server_id))

    def kill(self, server_id: str) -> None:
        self._servers.kill(names.key(server_id))

    def limit(self, server_id: str, vcpus: float, ram_mib: int) -> None:
        self._servers.limit(names.key(server_id), Limits(vcpus, ram_mib))

    def enter(self, server_id: str, argv: Sequence[str]) -> list[str]:
        pid = self._first_process(server_id)
        return ["nsenter", "--target", str(pid), "--all", *argv]

    def prune(self, servers: Collection[str], networks: Collection[str]) -> None:
        self._prune_servers({names.key(server) for server in servers})
        wanted = {names.key(network) for network in networks}
        for key in set(self._labels.keys("network")) - wanted:
            self._networks.delete(key)

    def _prune_servers(self, wanted: set[str]) -> None:
        unwanted = self._servers.keys() - wanted  # noqa: SIM118 - not a mapping
        # Most of the time goes by in the kernel, waiting for devices to be gone.
        with ThreadPoolExecutor(PRUNE_THREADS) as pool:
            list(pool.map(self._servers.delete, unwanted))

    def close(self) -> None:
        self.links.close()
        self.load_balancers.close()

    def destroy(self) -> None:
        self.close()
        capability.remove_probes(self.directory, self.lab)
        self._servers.starter.close()
        if self._nothing_left():
            return
        self._bridges.abandoned = True
        self._prune_servers(set())
        self._servers.consoles.close()
        self.load_balancers.prune(())
        self.routers.prune(())
        self.links.destroy()
        # Networks and links are in the routers, and end with them.
        self._routers.destroy()
        self._cgroups.remove_all()
        self._remove_disks(self._disks())
        self._labels.remove_all()

    def _remove_disks(self, disks: str) -> None:
        for path in (os.path.join(self.directory, "servers"), disks):
            with contextlib.suppress(FileNotFoundError):
                os.rmdir(path)
        if not disks.startswith(self.directory):
            for path in (
                os.path.dirname(disks),
                os.path.dirname(os.path.dirname(disks)),
            ):
                # Another lab's disks keep it: then it is not empty.
                with contextlib.suppress(OSError):
                    os.rmdir(path)

    def _nothing_left(self) -> bool:
        return not os.path.isdir(self._labels.directory) and not any(
            os.path.isdir(os.path.join(self.directory, part))
            for part in ("servers", "disks")
        )
