"""Servers of a PoP."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.compute import server_request, states
from tacker_lite.pop.compute.action_log import NOBODY, Caller
from tacker_lite.pop.compute.flavor import Flavors
from tacker_lite.pop.compute.keypair import Keypairs
from tacker_lite.pop.compute.lifecycle import Lifecycle
from tacker_lite.pop.compute.server_moves import NO_HOST, ServerMoves
from tacker_lite.pop.compute.server_request import ServerRequest
from tacker_lite.pop.compute.server_security_groups import ServerSecurityGroups
from tacker_lite.pop.errors import BadRequest, Forbidden, NotFound, PopError
from tacker_lite.pop.runtime.base import Power

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


#: The network service's names for an address that another port has.
_ADDRESS_TAKEN = ("IpAddressInUse", "IpAddressAlreadyAllocated", "MacAddressInUse")
#: What may be changed elsewhere and means nothing here.
_IGNORED_CHANGES = ("OS-DCF:diskConfig", "hostname", "accessIPv4", "accessIPv6")


class ComputeService(ServerSecurityGroups, ServerMoves, Flavors, Keypairs):
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
        self,
        project_id: str | None,
        attrs: Attrs,
        user_id: str = "",
        by: Caller = NOBODY,
    ) -> records.Server:
        """Start one server or, with ``max_count``, several; returns the first.

        The record is in BUILD; it becomes ACTIVE when the runtime runs the server, and
        ERROR with a fault when it cannot, or when the PoP or a subnet has no room.

        :raises BadRequest: when the body is wrong or names what is not there.
        :raises Conflict: when a port is in use, or the network has to be named.
        :raises Forbidden: when the project may not have as many or as large ones.
        """
        request = server_request.read(attrs)
        owner = attributes.owner(
            project_id, attrs, self.cloud.identity.project_named("admin")
        )
        with self.cloud.lock:
            flavor = self._checked_references(project_id, owner, request)
            template = self._new_server(owner, user_id, request, flavor)
            count = self.most_servers(owner, request.fewest, request.most, flavor)
            names = [request.name]
            if request.most > 1:
                names = [f"{request.name}-{number}" for number in range(1, count + 1)]
            with self.cloud.store.transaction():
                created = [
                    self._placed(project_id, server, request, by)
                    for server in (
                        dataclasses.replace(template, id=records.new_id(), name=name)
                        for name in names
                    )
                ]
        for server in created:
            self._record_event(server, "created")
            if server.status == "BUILD":
                self.lifecycle.follow_later(server.id)
            elif server.fault:
                self._record_event(server, f"error: {server.fault['message']}")
        return created[0]

    def _record_event(self, server: records.Server, text: str) -> None:
        name, pop = server.name, self.cloud.pop.name
        self.cloud.lab.events.record(pop, "server", name, text, resource_id=server.id)

    def _checked_references(
        self, project_id: str | None, owner: str, request: ServerRequest
    ) -> records.Flavor:
        """The flavor, when everything that the request names is there."""
        try:
            flavor = self.get_flavor(project_id, request.flavor_id)
        except NotFound as error:
            raise BadRequest(error.message) from None
        self.require_image(project_id, request.image_id, flavor)
        zone, _, host = request.availability_zone.partition(":")
        if zone and zone not in self.zones():
            raise BadRequest("The requested availability zone is not available")
        if host:
            self._check_forced_host(project_id, host.partition(":")[0])
        self.require_metadata_items(owner, len(request.metadata))
        self.group_ids(owner, request.security_groups)
        group = self.checked_group(owner, request.hints)
        if group is not None:
            self.require_group_members(group, request.fewest)
        return flavor

    def _check_forced_host(self, project_id: str | None, host: str) -> None:
        if project_id is not None:
            raise Forbidden(
                "Policy doesn't allow os_compute_api:servers:create:forced_host to be"
                " performed."
            )
        if host not in self.hosts():
            raise BadRequest(f"Compute host {host} could not be found.")

    def _new_server(
        self,
        owner: str,
        user_id: str,
        request: ServerRequest,
        flavor: records.Flavor,
    ) -> records.Server:
        """What all servers of a request have in common."""
        public_key = ""
        if request.key_name:
            try:
                public_key = self.get_keypair(user_id, request.key_name).public_key
            except NotFound:
                raise BadRequest("Invalid key_name provided.") from None
        moment = records.now()
        return records.Server(
            id="",
            project_id=owner,
            user_id=user_id,
            name=request.name,
            flavor=flavor,
            image_id=request.image_id,
            description=request.description,
            metadata=request.metadata,
            user_data=request.user_data,
            key_name=request.key_name,
            public_key=public_key,
            zone=request.availability_zone.partition(":")[0],
            config_drive=request.config_drive,
            security_groups=list(request.security_groups or ("default",)),
            tags=list(request.tags),
            created_at=moment,
            updated_at=moment,
        )

    def _placed(
        self,
        project_id: str | None,
        server: records.Server,
        request: ServerRequest,
        by: Caller,
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
            self.actions.begin(server, "create", "conductor_build_instances", by)
            group = self.checked_group(server.project_id, request.hints)
            if group is not None:
                self.join(group, server.id)
            host = self.chosen_host(request.hints)
            if not host or not self.has_room(server.flavor):
                return self._without_room(server, NO_HOST)
            zone = self.zone_of(host)
            placed = dataclasses.replace(server, host=host, availability_zone=zone)
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
                self.actions.forget(server.id)
            else:
                server = self.servers.change(
                    server.id,
                    port_ids=port_ids,
                    host=host,
                    availability_zone=zone,
                    task_state="spawning",
                )
        if refusal is None:
            return server
        if refusal.type in _ADDRESS_TAKEN:
            raise BadRequest(refusal.message, type=refusal.type)
        raise refusal

    def _without_room(self, server: records.Server, message: str) -> records.Server:
        fault = {"code": 500, "message": message, "created": records.now()}
        self.actions.finish(server.id, message)
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
        if server.status not in states.RUNNING or server.task_state:
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
            self._record_event(server, "shut off: its first process has ended")
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
        known = ("name", "description", *_IGNORED_CHANGES)
        attributes.refuse_unknown(attrs, known)
        with self.cloud.lock:
            old = self.find_server(project_id, ident)
            states.require_unlocked(project_id, old)
            return self.servers.change(
                ident,
                name=attributes.text(attrs, "name", old.name) or old.name,
                description=attributes.text(attrs, "description", old.description),
                updated_at=records.now(),
            )

    def delete_server(
        self, project_id: str | None, ident: str, by: Caller = NOBODY
    ) -> None:
        """Start the deletion; the server is gone when it is no longer found.

        :raises Conflict: when it is locked.
        """
        with self.cloud.changed:
            server = self.find_server(project_id, ident)
            states.require_unlocked(project_id, server)
            if server.status == "DELETING":
                return
            self.actions.begin(server, "delete", "compute_terminate_instance", by)
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
                self.actions.forget(ident)
            self._record_event(server, "deleted")
            self.cloud.changed.notify_all()
