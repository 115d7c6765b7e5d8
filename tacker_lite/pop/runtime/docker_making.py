"""How the containers of servers are made: what of a server's record goes where."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from typing import Any

from docker.types import LogConfig

from tacker_lite.pop.runtime import names
from tacker_lite.pop.runtime.base import RuntimeFault, ServerSpec
from tacker_lite.pop.runtime.cgroups import PERIOD_MICROSECONDS, Limits
from tacker_lite.pop.runtime.docker_containers import (
    KEY_LABEL,
    LAB_LABEL,
    holder_name,
    server_name,
)
from tacker_lite.pop.runtime.docker_engine import Engine
from tacker_lite.pop.runtime.servers import STOP_SECONDS

#: What of this machine the process needs that holds a network namespace.
_HOST_FILES = ("/bin", "/lib", "/lib64", "/usr")
_HOLD = ("/bin/sleep", "infinity")
#: As any other server of the lab has them, besides what the engine gives.
_CAPABILITIES = ("NET_ADMIN", "NET_BROADCAST", "SYS_PTRACE", "SYS_NICE", "IPC_LOCK")
_EXEC_SECONDS = 10.0
_LOG = {"max-size": "512k", "max-file": "2"}
_LEAST_MIB = 16
_TUN = "/dev/net/tun"
# An image without a command is a machine without a service: it waits.
_IDLE = (
    "/bin/sh",
    "-c",
    "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done",
)


class Maker:
    """Makes the containers of one lab."""

    def __init__(self, lab: str, engine: Engine):
        self.lab = lab
        self._engine = engine
        # Until the engine says that its file system has no quotas.
        self._limits_disk = True

    def make_holder(self, key: str, server: ServerSpec, host: str, image: str) -> None:
        """Make the container that has the server's network.

        :param host: host name of the server.
        :param image: name of one without files.
        """
        binds = [f"{path}:{path}:ro" for path in _HOST_FILES if os.path.exists(path)]
        with self._engine.asked(holder_name(self.lab, key)) as client:
            client.create_container(
                image,
                list(_HOLD),
                name=holder_name(self.lab, key),
                hostname=host,
                labels=self._labels(key, server),
                # An engine that ends has no reason to wait for it.
                stop_signal="SIGKILL",
                host_config=client.create_host_config(
                    network_mode="none",
                    binds=binds,
                    restart_policy={"Name": "no"},
                    log_config=LogConfig(type="none"),
                ),
            )

    def make_server(
        self, key: str, server: ServerSpec, image: Mapping[str, Any]
    ) -> None:
        """Make the container that is the server, with its limits.

        :param image: what the engine knows of its image.
        """
        limits_disk = self._limits_disk
        try:
            self._make_server(key, server, image, limits_disk)
        except RuntimeFault as fault:
            if not limits_disk or "storage-opt" not in str(fault).lower():
                raise
            self._limits_disk = False
            self._make_server(key, server, image, limits_disk=False)

    def _make_server(
        self,
        key: str,
        server: ServerSpec,
        image: Mapping[str, Any],
        limits_disk: bool,
    ) -> None:
        config = image.get("Config") or {}
        idle = not (config.get("Cmd") or config.get("Entrypoint"))
        with self._engine.asked(f"image {image['Id'][:19]}") as client:
            host_config = client.create_host_config(
                network_mode=f"container:{holder_name(self.lab, key)}",
                restart_policy={"Name": "no"},
                cap_add=list(_CAPABILITIES),
                devices=[f"{_TUN}:{_TUN}:rwm"] if os.path.exists(_TUN) else [],
                log_config=LogConfig(type="json-file", config=_LOG),
                storage_opt={"size": f"{server.disk_gib}G"}
                if limits_disk and server.disk_gib
                else None,
                **self._limits(Limits(server.vcpus, server.ram_mib)),
            )
            host_config["ReadonlyPaths"] = _kept_settings()
            client.create_container(
                image["Id"],
                list(_IDLE) if idle else None,
                name=server_name(self.lab, key),
                environment=_environment(server),
                labels=self._labels(key, server),
                stop_timeout=int(STOP_SECONDS),
                host_config=host_config,
                use_config_proxy=False,
            )

    def _labels(self, key: str, server: ServerSpec) -> dict[str, str]:
        return {
            LAB_LABEL: self.lab,
            KEY_LABEL: key,
            "tacker-lite-pop.pop": server.pop,
            "tacker-lite-pop.server": server.id,
            "tacker-lite-pop.name": server.name,
        }

    def _limits(self, wanted: Limits) -> dict[str, int]:
        """Limits that this engine can keep, as its SDK names them."""
        info = self._engine.info()
        limits: dict[str, int] = {}
        if info.get("MemoryLimit"):
            size = max(wanted.ram_mib, _LEAST_MIB) * 1024 * 1024
            limits.update(mem_limit=size, memswap_limit=size)
        if info.get("CpuCfsQuota"):
            # Not a number of processors: the engine refuses more than there are.
            limits.update(
                cpu_period=PERIOD_MICROSECONDS,
                cpu_quota=int(wanted.vcpus * PERIOD_MICROSECONDS),
            )
        if info.get("PidsLimit"):
            limits["pids_limit"] = wanted.processes
        return limits

    def limit(self, key: str, wanted: Limits) -> None:
        """Change the limits of a server's container.

        :raises RuntimeFault: when it uses more than that already.
        """
        name = server_name(self.lab, key)
        limits = self._limits(wanted)
        limits.pop("pids_limit", None)
        if limits:
            with self._engine.asked(name) as client:
                client.update_container(name, **limits)

    def check_holder(self, pid: int) -> None:
        """See that a container's process is one of this machine.

        :raises RuntimeFault: when it is not.
        """
        hold = [word.encode() for word in _HOLD]
        deadline = time.monotonic() + _EXEC_SECONDS
        with contextlib.suppress(OSError):
            while time.monotonic() < deadline:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if file.read().split(b"\0")[: len(hold)] == hold:
                        return
                # The engine answers before the process has become the command.
                time.sleep(0.002)
        raise RuntimeFault(
            f"Docker Engine at {self._engine.host} does not run on this machine: "
            f"its process {pid} is not here"
        )


def _environment(server: ServerSpec) -> dict[str, str]:
    values = {
        names.variable(name): value.replace("\0", "")
        for name, value in server.metadata.items()
        if name
    }
    return {**values, "INSTANCE_NAME": server.name, "INSTANCE_ID": server.id}


def _kept_settings() -> list[str]:
    """Paths of the kernel's settings but those of a container's own network."""
    root = "/proc/sys"
    own = [f"{root}/{name}" for name in sorted(os.listdir(root)) if name != "net"]
    return [*own, "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"]
