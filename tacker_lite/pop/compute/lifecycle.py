"""Making the runtime follow what a server's record says.

A record says what is wanted before anything is done, so that doing it can be repeated:
after a crash :meth:`Lifecycle.resume` simply goes through all records again.
"""

from __future__ import annotations

import base64
import functools
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import records
from tacker_lite.pop.errors import DiskFull, PopError
from tacker_lite.pop.runtime.base import Power, RuntimeFault, ServerSpec

if TYPE_CHECKING:
    from tacker_lite.pop.compute.service import ComputeService

LOG = logging.getLogger(__name__)
#: Seconds until another try of what could not be recorded.
_AGAIN_SECONDS = 2.0
#: What a server is once its processes are held, by the task.
_HELD = {"pausing": "PAUSED", "suspending": "SUSPENDED"}
#: Tasks of servers that run all the while.
_ON_THE_WAY = frozenset({*_HELD, "unpausing", "resuming", "migrating"})
#: Statuses in which a server is to be ended and begun again.
_ANEW = frozenset(
    {"REBOOT", "HARD_REBOOT", "REBUILD", "RESIZE", "VERIFY_RESIZE", "REVERT_RESIZE"}
)


class Lifecycle:
    """Works on one server at a time, on different ones side by side.

    Whoever takes a turn must not hold the PoP's lock: turns come before it.
    """

    def __init__(self, compute: ComputeService):
        self._compute = compute
        self._cloud = compute.cloud
        self._waiting: set[str] = set()
        # Those that were there when the lab began, until they have been looked at.
        self._found: set[str] = set()

    def turn(self, server_id: str) -> threading.RLock:  # type: ignore[valid-type]
        """The lock to hold while doing something to a server on the machine."""
        turns = self._cloud.lab.server_turns
        return turns[hash(server_id) % len(turns)]

    def follow_later(self, server_id: str, image_id: str = "") -> None:
        """Have a thread of the lab make the machine follow the record.

        :param image_id: of the image that a copy of its disk is wanted for.
        """
        self._waiting.add(server_id)
        self._cloud.lab.metrics.boots.begin(server_id, time.monotonic())
        self._cloud.lab.submit_boot(self.follow, server_id, image_id)

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
        self._found.update(waiting)
        for server_id in waiting:
            self.follow_later(server_id)

    def follow(self, server_id: str, image_id: str = "") -> None:
        """Do what the record wants; what fails becomes the server's fault.

        What cannot be recorded is done again a little later.
        """
        try:
            self._follow(server_id, image_id)
        except DiskFull as full:
            LOG.error("Server %s is taken up again later: %s", server_id, full)
            again = threading.Timer(_AGAIN_SECONDS, self.follow_later, (server_id,))
            again.daemon = True
            again.start()

    def _follow(self, server_id: str, image_id: str) -> None:
        with self.turn(server_id):
            with self._cloud.lock:
                server = self._compute.servers.get(server_id)
            if server and server.status == "BUILD" and self._is_held(server, image_id):
                return
            try:
                if server is not None:
                    self._obey(server, image_id)
            except DiskFull:
                raise
            except RuntimeFault as fault:
                LOG.error(
                    "Server %s of PoP %s: %s", server_id, self._cloud.pop.name, fault
                )
                self.fail(server_id, str(fault))
            except Exception as fault:  # noqa: BLE001 (worker loop: never stuck)
                LOG.exception("Server %s of PoP %s", server_id, self._cloud.pop.name)
                self.fail(server_id, f"Unexpected: {type(fault).__name__}: {fault}")
            finally:
                self._cloud.image.end_snapshot(image_id)
                self._waiting.discard(server_id)
                self._found.discard(server_id)
                self._cloud.lab.metrics.boots.forget(server_id)

    def _is_held(self, server: records.Server, image_id: str) -> bool:
        """Whether a fault keeps a new server waiting; it is taken up again later."""
        start = functools.partial(self.follow_later, server.id, image_id)
        boots = self._cloud.lab.faults.boots
        return boots.holds(self._cloud.pop.name, server, start)

    def _obey(self, server: records.Server, image_id: str) -> None:
        runtime = self._cloud.runtime
        task = server.task_state
        if server.id in self._found:
            self._run_again(server)
        if server.status == "DELETING":
            runtime.delete(server.id)
            self._compute.forget(server.id)
        elif task == "powering-off":
            runtime.stop(server.id)
            self._settle(server, "SHUTOFF")
        elif task in _HELD:
            runtime.pause(server.id)
            self._settle(server, _HELD[task])
        elif task in ("unpausing", "resuming"):
            runtime.unpause(server.id)
            self._settle(server, "ACTIVE")
        elif task == "image_snapshot" and image_id:
            self._copy(server, image_id)
        elif task == "image_snapshot" and server.status != "ACTIVE":
            # A crash has ended the copy.
            self._settle(server, server.status)
        elif server.status == "MIGRATING":
            self._settle(server, server.last_status)
        elif server.status in _ANEW:
            self._begin_anew(server)
        elif server.status in ("BUILD", "ACTIVE") or task == "powering-on":
            if server.status == "BUILD":
                self._cloud.lab.faults.boots.check(self._cloud.pop.name, server)
            self._start(server, "ACTIVE")

    def _run_again(self, server: records.Server) -> None:
        """Start a held or moving server whose processes ended while no lab ran."""
        runtime = self._cloud.runtime
        held = {server.status, server.last_status} & set(_HELD.values())
        if server.task_state not in _ON_THE_WAY and server.status not in held:
            return
        if runtime.power(server.id) is not Power.RUNNING:
            self._launch(server)
            if held:
                runtime.pause(server.id)

    def _begin_anew(self, server: records.Server) -> None:
        """Stop a server and start it as its record wants it, if it ran before."""
        runtime = self._cloud.runtime
        waiting = server.status in ("RESIZE", "VERIFY_RESIZE")
        if server.status == "REBUILD":
            runtime.delete(server.id)
        elif server.status != "VERIFY_RESIZE":
            runtime.stop(server.id)
        if server.last_status == "SHUTOFF" and server.status != "HARD_REBOOT":
            self._settle(server, "VERIFY_RESIZE" if waiting else "SHUTOFF")
        else:
            self._start(server, "VERIFY_RESIZE" if waiting else "ACTIVE")

    def _copy(self, server: records.Server, image_id: str) -> None:
        """Copy a disk to an image; what fails leaves the server as it is."""
        error = ""
        try:
            save = functools.partial(self._cloud.runtime.snapshot, server.id)
            self._cloud.image.complete_snapshot(image_id, save)
        except (RuntimeFault, PopError, OSError) as fault:
            LOG.error("Snapshot of server %s: %s", server.id, fault)
            error = str(fault)
        self._settle(server, server.status, error)

    def _start(self, server: records.Server, status: str) -> None:
        self._launch(server)
        self._cloud.lab.metrics.boots.end(server.id, time.monotonic())
        self._settle(server, status)

    def _launch(self, server: records.Server) -> None:
        with self._cloud.lock:
            ports = self._compute.ports_of(server)
            spec = self._spec(server, ports)
        for network_id in dict.fromkeys(port.network_id for port in ports):
            self._cloud.fabric.ensure(network_id)
        # What filters the ports is there before the first packet.
        self._cloud.network.filtering.settle()
        self._cloud.runtime.start(spec)

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
            image=self._cloud.image.source(server.image_id),
            public_key=server.public_key,
            snapshot=self._cloud.image.snapshot_path(server.image_id),
        )

    def _settle(self, seen: records.Server, status: str, error: str = "") -> None:
        """Record that the machine followed, unless something newer is wanted.

        :param error: what went wrong without harm to the server.
        """
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
            with self._cloud.store.transaction():
                self._mark_ports(server, status)
                self._compute.servers.change(server.id, updated_at=moment, **values)
                self._compute.actions.finish(server.id, error)
            self._record_event(server, status.lower())
            self._cloud.changed.notify_all()

    def _mark_ports(self, server: records.Server, status: str) -> None:
        off = "SHUTOFF" in (status, status == "VERIFY_RESIZE" and server.last_status)
        port_status = "DOWN" if off else "ACTIVE"
        for port in self._compute.ports_of(server):
            if port.status != port_status:
                self._cloud.network.ports.change(port.id, status=port_status)

    def _record_event(self, server: records.Server, text: str) -> None:
        name, pop = server.name, self._cloud.pop.name
        self._cloud.lab.events.record(pop, "server", name, text, resource_id=server.id)

    def fail(self, server_id: str, message: str) -> None:
        """Record that the machine could not follow."""
        with self._cloud.changed:
            server = self._compute.servers.get(server_id)
            if server is None:
                return
            moment = records.now()
            self._compute.actions.finish(server_id, message)
            self._compute.servers.change(
                server_id,
                status="ERROR",
                task_state=None,
                before=None,
                fault={"code": 500, "message": message, "created": moment},
                updated_at=moment,
            )
            self._record_event(server, f"error: {message}")
            self._cloud.changed.notify_all()
