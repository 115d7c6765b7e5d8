"""The docker runtime: servers are containers of a Docker Engine on this machine.

Networks, routers, links, filters and load balancers are those of the namespace runtime.
What a lab has in the engine carries its name as a label, and nothing else is touched.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from tacker_lite.pop.runtime import docker_host, names
from tacker_lite.pop.runtime.base import (
    Capability,
    LinkSpec,
    NetworkSpec,
    RuntimeFault,
)
from tacker_lite.pop.runtime.docker_cgroups import ContainerCgroups
from tacker_lite.pop.runtime.docker_containers import LAB_LABEL, server_name
from tacker_lite.pop.runtime.docker_engine import Engine
from tacker_lite.pop.runtime.docker_scripts import DockerScripts
from tacker_lite.pop.runtime.docker_servers import DockerServers
from tacker_lite.pop.runtime.namespace import NamespaceRuntime
from tacker_lite.pop.runtime.namespace_usage import NamespaceUsage


class DockerRuntime(NamespaceRuntime):
    """Runs a lab's servers as containers.

    The engine is the one that the lab used before, else that of ``DOCKER_HOST``.
    """

    name = "docker"
    host_files = False
    _servers: DockerServers

    def __init__(self, lab: str, directory: str):
        super().__init__(lab, directory)
        self._engine = Engine(docker_host.chosen(lab, self.directory))
        self._servers = DockerServers(
            self._labels,
            os.path.join(self.directory, "servers"),
            self._cgroups,
            self._bridges,
            self._engine,
        )
        self.scripts = DockerScripts(self._servers)
        groups = ContainerCgroups(lab, self._labels)
        self.usage = NamespaceUsage(lab, self._labels, groups)

    def open(
        self,
        pops: Sequence[str],
        links: Sequence[LinkSpec],
        networks: Sequence[NetworkSpec] = (),
    ) -> None:
        capability = self.capability()
        if not capability.means:
            raise RuntimeFault(capability.reason)
        docker_host.record(self.lab, self.directory, self._engine.host)
        super().open(pops, links, networks)
        self._engine.watch(f"{LAB_LABEL}={self.lab}", lambda: self.resume())

    def capability(self) -> Capability:
        """Whether there is an engine that can run servers."""
        return self._engine.capability()

    def capabilities(self) -> list[Capability]:
        return [*super().capabilities(), self._engine.disk_capability()]

    def _disks(self) -> str:
        """The engine keeps them."""
        return os.path.join(self.directory, "disks")

    def pause(self, server_id: str) -> None:
        self._servers.containers.pause(server_name(self.lab, names.key(server_id)))

    def unpause(self, server_id: str) -> None:
        self._servers.containers.unpause(server_name(self.lab, names.key(server_id)))

    def snapshot(self, server_id: str, path: str) -> None:
        self._servers.inside.save(names.key(server_id), path)

    def forget_image(self, image_id: str) -> None:
        self._servers.images.delete(image_id)

    def enter(self, server_id: str, argv: Sequence[str]) -> list[str]:
        pid = self._first_process(server_id)
        if shutil.which("docker") is None:
            return ["nsenter", "--target", str(pid), "--all", *argv]
        name = server_name(self.lab, names.key(server_id))
        terminal = ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
        host = ["--host", self._engine.host]
        return ["docker", *host, "exec", "--interactive", *terminal, name, *argv]

    def close(self) -> None:
        super().close()
        self._engine.close()

    def destroy(self) -> None:
        if docker_host.recorded(self.lab, self.directory):
            self._prune_servers(set())
            self._servers.images.delete_all()
        super().destroy()
        docker_host.forget(self.directory)
        self._engine.close()

    def _prune_servers(self, wanted: set[str]) -> None:
        # Without an engine on record, there is nothing of this lab in any.
        if docker_host.recorded(self.lab, self.directory):
            super()._prune_servers(wanted)
