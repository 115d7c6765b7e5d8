"""Ports of servers: made, bound, plugged and let go."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.compute.server_request import NetworkRequest
from tacker_lite.pop.compute.tables import ComputeTables
from tacker_lite.pop.errors import BadRequest, Conflict, Forbidden, NotFound
from tacker_lite.pop.runtime.base import RuntimeFault


class ServerPorts(ComputeTables):
    """The part of the compute service that deals with the network service.

    Callers of attach and detach must not hold the PoP's lock.
    """

    lifecycle: Any

    def ports_of(self, server: records.Server) -> list[records.Port]:
        """A server's ports in the order of its interfaces."""
        with self.cloud.lock:
            found = [self.cloud.network.ports.get(ident) for ident in server.port_ids]
        return [port for port in found if port is not None]

    def list_ports(self, project_id: str | None, ident: str) -> list[records.Port]:
        """The ports of a server of the project, in the order of its interfaces."""
        with self.cloud.lock:
            return self.ports_of(self.find_server(project_id, ident))

    def addresses(self, server: records.Server) -> dict[str, list[dict[str, Any]]]:
        """Addresses by network name, in the form of the compute API."""
        result: dict[str, list[dict[str, Any]]] = {}
        with self.cloud.lock:
            for port in self.ports_of(server):
                network = self.cloud.network.get_network(None, port.network_id)
                shown = [(entry["ip_address"], "fixed") for entry in port.fixed_ips]
                floating = self.cloud.network.floating_addresses(port)
                shown += [(address, "floating") for address in floating.values()]
                for address, kind in shown:
                    result.setdefault(network.name, []).append(
                        {
                            "version": 6 if ":" in address else 4,
                            "addr": address,
                            "OS-EXT-IPS:type": kind,
                            "OS-EXT-IPS-MAC:mac_addr": port.mac_address,
                        }
                    )
        return result

    def chosen_networks(self, project_id: str) -> tuple[NetworkRequest, ...]:
        """The network of a server whose creator names none; never an external one.

        :raises Conflict: when the project sees several.
        """
        networks = self.cloud.network.list_networks(project_id)
        candidates = [
            network
            for network in networks
            if self.cloud.network.subnets_of(network.id)
            and (network.shared or not network.external)
        ]
        if len(candidates) > 1:
            raise Conflict(
                "Multiple possible networks found, use a Network ID to be more"
                " specific."
            )
        return tuple(NetworkRequest(network_id=network.id) for network in candidates)

    def group_ids(self, project_id: str, names: tuple[str, ...] | None) -> list[str]:
        """Ids of the security groups given by name or id.

        :raises BadRequest: when the project has no such group, or several.
        """
        groups = self.cloud.network.list_security_groups(project_id)
        result = []
        for name in names or ("default",):
            found = [g.id for g in groups if g.id == name] or [
                g.id for g in groups if g.name == name
            ]
            if len(found) != 1:
                raise BadRequest(
                    f"Unable to find security_group with name or id '{name}'"
                    if not found
                    else f"Multiple security_group matches found for name '{name}', use"
                    " an ID to be more specific."
                )
            result.append(found[0])
        return result

    def bind(
        self,
        project_id: str | None,
        server: records.Server,
        request: NetworkRequest,
        groups: list[str],
    ) -> records.Port:
        """Give a server one port; the record of the server is the caller's to change.

        :raises BadRequest: when network or port do not exist or cannot be used.
        :raises Conflict: when port or address are in use, or none is free.
        """
        network = self.cloud.network
        try:
            if request.port_id:
                return self._bind_existing(project_id, server, request.port_id)
            chosen = network.get_network(project_id, request.network_id)
        except NotFound as error:
            raise BadRequest(error.message) from None
        if not network.subnets_of(chosen.id):
            raise BadRequest(
                f"Network {chosen.id} requires a subnet in order to boot instances on."
            )
        attrs: dict[str, Any] = {
            "network_id": chosen.id,
            "project_id": server.project_id,
            "device_id": server.id,
            "device_owner": f"compute:{server.availability_zone}",
            "binding:host_id": server.host,
        }
        if chosen.port_security_enabled:
            attrs["security_groups"] = groups
        if request.fixed_ip:
            attrs["fixed_ips"] = [{"ip_address": request.fixed_ip}]
        try:
            return network.make_port(None, attrs, for_server=True)
        except Conflict as refusal:
            if refusal.type != "OverQuota":
                raise
            raise Forbidden("Maximum number of ports exceeded") from refusal

    def _bind_existing(
        self, project_id: str | None, server: records.Server, port_id: str
    ) -> records.Port:
        try:
            port = self.cloud.network.get_port(project_id, port_id)
        except NotFound:
            raise BadRequest(f"Port id {port_id} could not be found.") from None
        if port.device_id:
            raise Conflict(f"Port {port_id} is still in use.")
        if not port.fixed_ips:
            raise BadRequest(f"Port {port_id} requires a FixedIP in order to be used.")
        return self.cloud.network.ports.change(
            port_id,
            device_id=server.id,
            device_owner=f"compute:{server.availability_zone}",
            binding_host_id=server.host,
        )

    def release(self, port_id: str) -> None:
        """Take a port from its server: remove it, or unbind it if others made it."""
        network = self.cloud.network
        port = network.ports.get(port_id)
        if port is None:
            return
        if port.created_by_server:
            network.drop_port(port)
        else:
            network.ports.change(
                port_id,
                device_id="",
                device_owner="",
                binding_host_id="",
                status="DOWN",
            )

    def release_orphans(self) -> None:
        """Release ports of servers that a crash kept from being recorded."""
        with self.cloud.lock, self.cloud.store.transaction():
            for port in self.cloud.network.ports:
                if port.device_owner.startswith("compute:"):
                    server = self.servers.get(port.device_id)
                    if server is None or port.id not in server.port_ids:
                        self.release(port.id)

    def attach_port(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Port:
        """Give a server a port, by ``port_id``, or by ``net_id`` with ``fixed_ips``.

        :raises Conflict: while the server is neither ACTIVE nor SHUTOFF, or the machine
            refuses.
        """
        attributes.refuse_unknown(attrs, ("port_id", "net_id", "fixed_ips", "tag"))
        if attrs.get("port_id") and attrs.get("net_id"):
            raise BadRequest("Must not input both network_id and port_id")
        ips = attributes.objects(attrs, "fixed_ips")
        request = NetworkRequest(
            port_id=attributes.text(attrs, "port_id"),
            network_id=attributes.text(attrs, "net_id"),
            fixed_ip=attributes.text(ips[0], "ip_address") if ips else "",
        )
        with self.lifecycle.turn(ident):
            with self.cloud.lock:
                server = self._changeable(project_id, ident, "attach_interface")
                if not request.port_id and not request.network_id:
                    (request,) = self.chosen_networks(server.project_id) or (request,)
                groups = self.group_ids(server.project_id, None)
                port = self.bind(project_id, server, request, groups)
                port_ids = [*server.port_ids, port.id]
                server = self.servers.change(ident, port_ids=port_ids)
            if server.status != "SHUTOFF":
                self._plug(server, port)
        return self.cloud.network.ports.get(port.id) or port

    def _plug(self, server: records.Server, port: records.Port) -> None:
        try:
            self.cloud.fabric.ensure(port.network_id)
            self.cloud.network.filtering.settle()
            with self.cloud.lock:
                specs = self.cloud.fabric.port_specs(self.ports_of(server))
            for spec in specs:
                if spec.id == port.id:
                    self.cloud.runtime.plug(server.id, spec)
        except RuntimeFault as fault:
            self._let_go(server.id, port.id)
            raise Conflict(f"Failed to attach port {port.id}: {fault}") from fault
        with self.cloud.lock:
            if port.id in self.cloud.network.ports:
                self.cloud.network.ports.change(port.id, status="ACTIVE")

    def detach_port(self, project_id: str | None, ident: str, port_id: str) -> None:
        """Take a port from a server.

        :raises NotFound: when it is none of the server's.
        """
        with self.lifecycle.turn(ident):
            with self.cloud.lock:
                server = self._changeable(project_id, ident, "detach_interface")
                if port_id not in server.port_ids:
                    raise NotFound("port", port_id)
            try:
                self.cloud.runtime.unplug(ident, port_id)
            except RuntimeFault as fault:
                raise Conflict(f"Failed to detach port {port_id}: {fault}") from fault
            self._let_go(ident, port_id)

    def _let_go(self, ident: str, port_id: str) -> None:
        with self.cloud.lock, self.cloud.store.transaction():
            server = self.servers.get(ident)
            if server is not None:
                rest = [other for other in server.port_ids if other != port_id]
                self.servers.change(ident, port_ids=rest)
            self.release(port_id)

    def _changeable(
        self, project_id: str | None, ident: str, action: str
    ) -> records.Server:
        return self.ready_server(
            project_id, ident, action, "ACTIVE", "SHUTOFF", "PAUSED"
        )

    def port_deleted(self, port: records.Port) -> None:
        """A port is about to be removed: its server, if any, loses it."""
        server = self.servers.get(port.device_id)
        if server is None or port.id not in server.port_ids:
            return
        rest = [other for other in server.port_ids if other != port.id]
        self.servers.change(server.id, port_ids=rest)
        self.cloud.lab.submit_boot(self._unplug, server.id, port.id)

    def _unplug(self, server_id: str, port_id: str) -> None:
        with self.lifecycle.turn(server_id):
            self.cloud.runtime.unplug(server_id, port_id)

    def port_changed(self, port: records.Port) -> None:
        """A port has other addresses: its running server gets them."""
        server = self.servers.get(port.device_id)
        if server is not None and server.status == "ACTIVE":
            self.cloud.lab.submit_boot(self._replug, server.id, port.id)

    def _replug(self, server_id: str, port_id: str) -> None:
        with self.lifecycle.turn(server_id):
            with self.cloud.lock:
                server = self.servers.get(server_id)
                port = self.cloud.network.ports.get(port_id)
            if server is not None and port is not None and port_id in server.port_ids:
                self.cloud.runtime.unplug(server_id, port_id)
                self._plug(server, port)
