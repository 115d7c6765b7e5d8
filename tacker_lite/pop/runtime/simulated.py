"""A runtime that only pretends: no processes, no networks, no root needed."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence

from tacker_lite.pop.runtime import routing
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
from tacker_lite.pop.runtime.chains import SimulatedChains
from tacker_lite.pop.runtime.filters import SimulatedFilters
from tacker_lite.pop.runtime.links import SimulatedLinks
from tacker_lite.pop.runtime.scripts import SimulatedScripts
from tacker_lite.pop.runtime.simulated_appliances import (
    SimulatedLoadBalancers,
    SimulatedRouters,
)
from tacker_lite.pop.runtime.usage import SimulatedUsage

_CONSOLE = "simulated runtime: no process was started for this server\n"
_SNAPSHOT = "simulated runtime: this server had no disk\n"


class SimulatedRuntime(Runtime):
    """Keeps in memory what it was told to run, and runs nothing."""

    name = "simulated"
    simulated = True
    links: SimulatedLinks

    def __init__(self, lab: str, directory: str):
        super().__init__(lab, directory)
        self._lock = threading.Lock()
        self._power: dict[str, Power] = {}
        self.links = SimulatedLinks()
        self.routers = SimulatedRouters()
        self.scripts = SimulatedScripts()
        self.filters = SimulatedFilters()
        self.chains = SimulatedChains()
        self.load_balancers = SimulatedLoadBalancers()
        self.usage = SimulatedUsage(self._running)

    def _running(self) -> list[str]:
        with self._lock:
            return [i for i, power in self._power.items() if power is Power.RUNNING]

    def capability(self) -> Capability:
        """They are records only."""
        return Capability("servers", "simulated", "no process is started for a server")

    def open(
        self,
        pops: Sequence[str],
        links: Sequence[LinkSpec],
        networks: Sequence[NetworkSpec] = (),
    ) -> None:
        """Nothing to make but a note of the links."""
        self.links.open(links)

    def external_networks(self, pops: Sequence[str]) -> Mapping[str, str]:
        """Prefixes as a lab on the machine could have them."""
        return routing.external_networks(0, pops)

    def ensure_network(self, network: NetworkSpec) -> None:
        """Nothing to make."""

    def delete_network(self, network: NetworkSpec) -> None:
        """Nothing to remove."""

    def start(self, server: ServerSpec) -> None:
        """Call the server running."""
        with self._lock:
            self._power[server.id] = Power.RUNNING

    def stop(self, server_id: str) -> None:
        """Call the server stopped."""
        with self._lock:
            if server_id in self._power:
                self._power[server_id] = Power.STOPPED

    def delete(self, server_id: str) -> None:
        """Forget the server."""
        with self._lock:
            self._power.pop(server_id, None)

    def pause(self, server_id: str) -> None:
        """Nothing to hold."""

    def unpause(self, server_id: str) -> None:
        """Nothing to let go."""

    def snapshot(self, server_id: str, path: str) -> None:
        """A file that says what this runtime is."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(_SNAPSHOT)

    def plug(self, server_id: str, port: PortSpec) -> None:
        """Nothing to plug."""

    def unplug(self, server_id: str, port_id: str) -> None:
        """Nothing to unplug."""

    def power(self, server_id: str) -> Power:
        """What the server is called now."""
        with self._lock:
            return self._power.get(server_id, Power.ABSENT)

    def kill(self, server_id: str) -> None:
        """Call a running server stopped."""
        with self._lock:
            if self._power.get(server_id) is not Power.RUNNING:
                raise RuntimeFault(f"server {server_id} does not run")
            self._power[server_id] = Power.STOPPED

    def limit(self, server_id: str, vcpus: float, ram_mib: int) -> None:
        """Nothing to limit."""

    def enter(self, server_id: str, argv: Sequence[str]) -> list[str]:
        """Refuse: there is nothing to enter."""
        raise RuntimeFault(
            f"server {server_id} is simulated: there is no process to enter"
        )

    def console(self, server_id: str) -> str:
        """One line that says what this runtime is."""
        return _CONSOLE

    def prune(self, servers: Collection[str], networks: Collection[str]) -> None:
        """Forget every other server."""
        with self._lock:
            for server_id in set(self._power) - set(servers):
                del self._power[server_id]

    def destroy(self) -> None:
        """Forget every server."""
        with self._lock:
            self._power.clear()
