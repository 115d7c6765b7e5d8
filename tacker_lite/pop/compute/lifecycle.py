"""Making the runtime follow what a server's record says.

A record says what is wanted before anything is done, so that doing it can be repeated:
after a crash :meth:`Lifecycle.resume` simply goes through all records again.
"""

from __future__ import annotations

import base64
import logging
import threading
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import records
from tacker_lite.pop.runtime.base import RuntimeFault, ServerSpec

if TYPE_CHECKING:
    from tacker_lite.pop.compute.service import ComputeService

LOG = logging.getLogger(__name__)
_TURNS = 256


class Lifecycle:
    """Works on one server at a time, on different ones side by side.

    Whoever takes a turn must not hold the PoP's lock: turns come before it.
    """

    def __init__(self, compute: ComputeService):
        self._compute = compute
        self._cloud = compute.cloud
        self._waiting: set[str] = set()
        self._turns = [threading.RLock() for _ in range(_TURNS)]

    def turn(self, server_id: str) -> threading.RLock:  # type: ignore[valid-type]
        """The lock to hold while doing something to a server on the machine."""
        return self._turns[hash(server_id) % _TURNS]

    def follow_later(self, server_id: str) -> None:
        """Have a thread of the lab make the machine follow the record."""
        self._waiting.add(server_id)
        self._cloud.lab.submit_boot(self.follow, server_id)

    def is_waiting(self, server_id: str) -> bool:
        """Whether the machine is still to follow, so that it has no say yet."""
        return server_id in self._waiting

    def resume(self) -> None:
        """Take up everything that was wanted when the lab ended."""
        with self._cloud.lock:
            waiting = [
                server.id
                for server in self._compute.servers
                if server.status not in ("ERROR", "SHUTOFF") or server.task_state
            ]
        for server_id in waiting:
            self.follow_later(server_id)

    def follow(self, server_id: str) -> None:
        """Do what the record wants; what fails becomes the server's fault."""
        with self.turn(server_id):
            with self._cloud.lock:
                server = self._compute.servers.get(server_id)
            if server is None:
                self._waiting.discard(server_id)
                return
            try:
                self._obey(server)
            except RuntimeFault as fault:
                LOG.error(
                    "Server %s of PoP %s: %s", server_id, self._cloud.pop.name, fault
                )
                self.fail(server_id, str(fault))
            except Exception as fault:  # noqa: BLE001 (worker loop: never stuck)
                LOG.exception("Server %s of PoP %s", server_id, self._cloud.pop.name)
                self.fail(server_id, f"Unexpected: {type(fault).__name__}: {fault}")
            finally:
                self._waiting.discard(server_id)

    def _obey(self, server: records.Server) -> None:
        if server.status == "DELETING":
            self._cloud.runtime.delete(server.id)
            self._compute.forget(server.id)
        elif server.task_state == "powering-off":
            self._cloud.runtime.stop(server.id)
            self._settle(server, "SHUTOFF")
        elif server.status == "REBOOT":
            self._cloud.runtime.stop(server.id)
            self._start(server)
        elif server.status in ("BUILD", "ACTIVE") or server.task_state == "powering-on":
            self._start(server)

    def _start(self, server: records.Server) -> None:
        with self._cloud.lock:
            ports = self._compute.ports_of(server)
            spec = self._spec(server, ports)
        for network_id in dict.fromkeys(port.network_id for port in ports):
            self._cloud.fabric.ensure(network_id)
        # What filters the ports is there before the first packet.
        self._cloud.network.filtering.settle()
        self._cloud.runtime.start(spec)
        self._settle(server, "ACTIVE")

    def _spec(self, server: records.Server, ports: list[records.Port]) -> ServerSpec:
        return ServerSpec(
            id=server.id,
            pop=self._cloud.pop.name,
            name=server.name,
            ports=self._cloud.fabric.port_specs(ports),
            user_data=base64.b64decode(server.user_data),
            metadata=dict(server.metadata),
            vcpus=server.flavor.vcpus,
            ram_mib=server.flavor.ram,
            disk_gib=server.flavor.disk,
        )

    def _settle(self, seen: records.Server, status: str) -> None:
        """Record that the machine followed, unless something newer is wanted."""
        with self._cloud.changed:
            server = self._compute.servers.get(seen.id)
            if server is None or (server.status, server.task_state) != (
                seen.status,
                seen.task_state,
            ):
                return
            if server.status == status and server.task_state is None:
                return
            moment = records.now()
            values: dict[str, Any] = {"status": status, "task_state": None}
            if status == "ACTIVE":
                values.update(launched_at=server.launched_at or moment, fault=None)
            port_status = "ACTIVE" if status == "ACTIVE" else "DOWN"
            with self._cloud.store.transaction():
                for port in self._compute.ports_of(server):
                    if port.status != port_status:
                        self._cloud.network.ports.change(port.id, status=port_status)
                self._compute.servers.change(server.id, updated_at=moment, **values)
            self._cloud.changed.notify_all()

    def fail(self, server_id: str, message: str) -> None:
        """Record that the machine could not follow."""
        with self._cloud.changed:
            if server_id not in self._compute.servers:
                return
            moment = records.now()
            self._compute.servers.change(
                server_id,
                status="ERROR",
                task_state=None,
                fault={"code": 500, "message": message, "created": moment},
                updated_at=moment,
            )
            self._cloud.changed.notify_all()
