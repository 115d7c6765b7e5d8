"""Servers of a PoP."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.compute import server_request
from tacker_lite.pop.compute.flavor import Flavors
from tacker_lite.pop.compute.keypair import Keypairs
from tacker_lite.pop.compute.lifecycle import Lifecycle
from tacker_lite.pop.compute.server_group import ServerGroups
from tacker_lite.pop.compute.server_metadata import ServerMetadata
from tacker_lite.pop.compute.server_ports import ServerPorts
from tacker_lite.pop.compute.server_request import ServerRequest
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound, PopError
from tacker_lite.pop.runtime.base import Power

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


class ComputeService(ServerPorts, ServerMetadata, ServerGroups, Flavors, Keypairs):
    """What the compute API offers, as Nova behaves.

    Every method takes the caller's project (None: an administrator, who sees all) and
    the keys of the request body, and returns records.
    """

    def __init__(self, cloud: Cloud):
        super().__init__(cloud)
        self.lifecycle = Lifecycle(self)

    def open(self) -> None:
        """Make the topology's flavors and take up what was interrupted."""
        self.release_orphans()
        self.lifecycle.resume()

    def create_server(
        self, project_id: str | None, attrs: Attrs, user_id: str = ""
    ) -> records.Server:
        """Start one server or, with ``max_count``, several; returns the first.

        The record is in BUILD; it becomes ACTIVE when the runtime runs the server, and
        ERROR with a fault when it cannot, or when the PoP or a subnet has no room.

        :raises BadRequest: when the body is wrong or names what is not there.
        :raises Conflict: when a port is in use, or the network has to be named.
        """
        request = server_request.read(attrs)
        owner = attributes.owner(
            project_id, attrs, self.cloud.identity.project_named("admin")
        )
        with self.cloud.lock:
            flavor = self._checked_references(project_id, owner, user_id, request)
            created = []
            for number in range(1, request.count + 1):
                name = (
                    request.name if request.count == 1 else f"{request.name}-{number}"
                )
                server = self._new_server(owner, user_id, request, flavor, name)
                created.append(self._placed(project_id, server, request))
        for server in created:
            if server.status == "BUILD":
                self.lifecycle.follow_later(server.id)
        return created[0]

    def _checked_references(
        self, project_id: str | None, owner: str, user_id: str, request: ServerRequest
    ) -> records.Flavor:
        """The flavor, when everything that the request names is there."""
        try:
            flavor = self.get_flavor(project_id, request.flavor_id)
            image = self.cloud.image.get_image(project_id, request.image_id)
            if request.key_name:
                self.get_keypair(user_id, request.key_name)
        except NotFound as error:
            raise BadRequest(error.message) from None
        if image.status != "active":
            raise BadRequest(f"Image {image.id} is not active.")
        if flavor.ram < image.min_ram:
            raise BadRequest("Flavor's memory is too small for requested image.")
        if flavor.disk and flavor.disk < image.min_disk:
            raise BadRequest("Flavor's disk is too small for requested image.")
        if request.availability_zone.partition(":")[0] != "nova":
            raise BadRequest(
                f"The requested availability zone {request.availability_zone} is not"
                " available; there is nova"
            )
        self.group_ids(owner, request.security_groups)
        self.checked_group(owner, request.hints)
        return flavor

    def _new_server(
        self,
        owner: str,
        user_id: str,
        request: ServerRequest,
        flavor: records.Flavor,
        name: str,
    ) -> records.Server:
        moment = records.now()
        return records.Server(
            id=records.new_id(),
            project_id=owner,
            user_id=user_id,
            name=name,
            flavor=flavor,
            image_id=request.image_id,
            description=request.description,
            metadata=request.metadata,
            user_data=request.user_data,
            key_name=request.key_name,
            availability_zone="nova",
            config_drive=request.config_drive,
            security_groups=list(request.security_groups or ("default",)),
            tags=list(request.tags),
            created_at=moment,
            updated_at=moment,
        )

    def _placed(
        self, project_id: str | None, server: records.Server, request: ServerRequest
    ) -> records.Server:
        """Store a server with its ports, in ERROR when there is no room."""
        wanted = request.networks
        if wanted is None:
            wanted = self.chosen_networks(server.project_id)
        groups = self.group_ids(server.project_id, request.security_groups)
        port_ids: list[str] = []
        refusal: PopError | None = None
        with self.cloud.store.transaction():
            self.servers.put(server)
            group = self.checked_group(server.project_id, request.hints)
            if group is not None:
                self.join(group, server.id)
            host = self.chosen_host(request.hints.group)
            if not host or not self.has_room(server.flavor):
                return self._without_room(server, "No valid host was found.")
            placed = dataclasses.replace(server, host=host)
            try:
                for item in wanted:
                    port = self.bind(project_id, placed, item, groups)
                    port_ids.append(port.id)
            except PopError as error:
                refusal = error
                for port_id in port_ids:
                    self.release(port_id)
                if error.type == "IpAddressGenerationFailure":
                    return self._without_room(server, error.message)
                self.servers.delete(server.id)
            else:
                server = self.servers.change(
                    server.id,
                    port_ids=port_ids,
                    host=host,
                    task_state="spawning",
                )
        if refusal is None:
            return server
        if refusal.type in ("IpAddressInUse", "MacAddressInUse"):
            raise BadRequest(refusal.message, type=refusal.type)
        raise refusal

    def _without_room(self, server: records.Server, message: str) -> records.Server:
        fault = {"code": 500, "message": message, "created": records.now()}
        return self.servers.change(
            server.id, status="ERROR", task_state=None, fault=fault
        )

    def get_server(self, project_id: str | None, ident: str) -> records.Server:
        """By id, with what the machine says of it now.

        :raises NotFound: when the project sees no such server.
        """
        with self.cloud.lock:
            server = self.find_server(project_id, ident)
        return self._observed(server)

    def _observed(self, server: records.Server) -> records.Server:
        """A server that has ended by itself is SHUTOFF."""
        if server.status != "ACTIVE" or server.task_state:
            return server
        if self.lifecycle.is_waiting(server.id):
            return server
        if self.cloud.runtime.power(server.id) == Power.RUNNING:
            return server
        with self.cloud.changed:
            newest = self.servers.get(server.id)
            if newest is not server:
                return newest or server
            server = self.servers.change(
                server.id, status="SHUTOFF", updated_at=records.now()
            )
            self.cloud.changed.notify_all()
            return server

    def list_servers(self, project_id: str | None) -> list[records.Server]:
        """Newest first."""
        with self.cloud.lock:
            rows = [row for row in self.servers if project_id in (None, row.project_id)]
        rows.reverse()
        return [self._observed(row) for row in rows]

    def update_server(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Server:
        """Change name or description."""
        known = ("name", "description", "OS-DCF:diskConfig", "hostname")
        attributes.refuse_unknown(attrs, known)
        with self.cloud.lock:
            old = self.find_server(project_id, ident)
            return self.servers.change(
                ident,
                name=attributes.text(attrs, "name", old.name) or old.name,
                description=attributes.text(attrs, "description", old.description),
                updated_at=records.now(),
            )

    def delete_server(self, project_id: str | None, ident: str) -> None:
        """Start the deletion; the server is gone when it is no longer found."""
        with self.cloud.changed:
            server = self.find_server(project_id, ident)
            if server.status == "DELETING":
                return
            self.servers.change(
                ident,
                status="DELETING",
                task_state="deleting",
                updated_at=records.now(),
            )
            self.cloud.changed.notify_all()
        self.lifecycle.follow_later(ident)

    def forget(self, ident: str) -> None:
        """Remove the record of a server that is gone from the machine."""
        with self.cloud.changed:
            server = self.servers.get(ident)
            if server is None:
                return
            with self.cloud.store.transaction():
                for port_id in server.port_ids:
                    self.release(port_id)
                self.cloud.volume.server_gone(ident)
                self.servers.delete(ident)
            self.cloud.changed.notify_all()

    def _want(
        self,
        project_id: str | None,
        ident: str,
        action: str,
        states: tuple[str, ...],
        **values: str,
    ) -> None:
        """Record what is wanted of a server, and have it done."""
        with self.cloud.changed:
            server = self.find_server(project_id, ident)
            if server.status not in states or server.task_state or not server.host:
                raise Conflict(
                    f"Cannot '{action}' instance {ident} while it is in vm_state "
                    f"{server.status.lower()}, task_state {server.task_state}"
                )
            self.servers.change(ident, updated_at=records.now(), **values)
            self.cloud.changed.notify_all()
        self.lifecycle.follow_later(ident)

    def start_server(self, project_id: str | None, ident: str) -> None:
        """Start a server that is SHUTOFF.

        :raises Conflict: in any other state.
        """
        self._want(project_id, ident, "start", ("SHUTOFF",), task_state="powering-on")

    def stop_server(self, project_id: str | None, ident: str) -> None:
        """Stop a server that is ACTIVE or in ERROR.

        :raises Conflict: in any other state.
        """
        states = ("ACTIVE", "ERROR")
        self._want(project_id, ident, "stop", states, task_state="powering-off")

    def reboot_server(
        self, project_id: str | None, ident: str, hard: bool = False
    ) -> None:
        """Stop and start a server.

        :param hard: also one that is SHUTOFF or in ERROR.
        :raises Conflict: in any other state.
        """
        states = ("ACTIVE", "SHUTOFF", "ERROR") if hard else ("ACTIVE",)
        values = {"status": "REBOOT", "task_state": "rebooting"}
        self._want(project_id, ident, "reboot", states, **values)

    def console(
        self, project_id: str | None, ident: str, length: int | None = None
    ) -> str:
        """What the server has printed.

        :param length: number of last lines; None for all.
        """
        with self.cloud.lock:
            server = self.find_server(project_id, ident)
        if not server.host:
            return ""
        output = self.cloud.runtime.console(ident)
        if length is None:
            return output
        return "".join(output.splitlines(keepends=True)[-length:]) if length else ""
