"""Routers: what joins subnets, and leads to an external network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Unavailable,
)
from tacker_lite.pop.network import addressing, routes
from tacker_lite.pop.network.port import Ports
from tacker_lite.pop.network.router_lifecycle import RouterLifecycle
from tacker_lite.pop.network.tables import refuse_read_only
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.store import Table

INTERFACE = "network:router_interface"
GATEWAY = "network:router_gateway"
FLOATING = "network:floatingip"
LOAD_BALANCER = "Octavia"
#: Owners of ports that only their service may remove.
_SERVICE_OWNERS = (INTERFACE, GATEWAY, FLOATING, LOAD_BALANCER)
_CHANGES = (
    *("name", "description", "admin_state_up", "external_gateway_info", "tags"),
    *("distributed", "ha", "routes"),
)
_KEYS = (*_CHANGES, "project_id", "tenant_id", "availability_zone_hints")


class Routers(Ports):
    """The router part of the network service.

    A router's legs are ports: one on each subnet it joins, and one on its external
    network, each known by its owner and by the router's id as its device.
    """

    def __init__(self, cloud: Any):
        super().__init__(cloud)
        place = (cloud.store, cloud.pop.name)
        self.routers = Table(*place, "router", records.Router)
        self.floating_ips = Table(*place, "floating_ip", records.FloatingIp)
        self.router_lifecycle = RouterLifecycle(cloud)

    def check_routing(self) -> None:
        """:raises Unavailable: when this machine cannot run a router."""
        try:
            self.cloud.runtime.routers.check()
        except RuntimeFault as fault:
            raise Unavailable(str(fault)) from fault

    def create_router(self, project_id: str | None, attrs: Attrs) -> records.Router:
        """A router, with a gateway when the body names an external network.

        :raises BadRequest: when the network named is not external.
        :raises Unavailable: when this machine cannot run one.
        """
        attributes.refuse_unknown(attrs, _KEYS)
        _refuse_modes(project_id, attrs)
        self.check_routing()
        moment = records.now()
        router = records.Router(
            id=records.new_id(),
            project_id=self.owner(project_id, attrs),
            created_at=moment,
        )
        with self.cloud.lock, self.cloud.store.transaction():
            self.quotas.require(router.project_id, "router")
            router = _router_with(router, attrs)
            if attrs.get("external_gateway_info"):
                router = self._with_gateway(project_id, router, attrs)
            self.routers.put(router)
        self.router_lifecycle.follow_later(router.id)
        return router

    def update_router(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Router:
        """Change the given keys only; an empty ``external_gateway_info`` takes it away.

        :raises Conflict: when floating addresses need the gateway.
        """
        refuse_read_only(attrs, _CHANGES)
        _refuse_modes(project_id, attrs)
        with self.cloud.lock, self.cloud.store.transaction():
            old = self._own_router(project_id, ident)
            router = _router_with(old, attrs)
            if "external_gateway_info" in attrs:
                router = self._with_gateway(project_id, router, attrs)
            if "routes" in attrs:
                router = self._with_routes(router, attributes.objects(attrs, "routes"))
            self.routers.put(router)
        self.router_lifecycle.follow_later(ident)
        return router

    def delete_router(self, project_id: str | None, ident: str) -> None:
        """Remove a router.

        :raises Conflict: while it joins subnets.
        """
        with self.cloud.lock, self.cloud.store.transaction():
            router = self._own_router(project_id, ident)
            if self.legs(ident, INTERFACE):
                raise Conflict(f"Router {ident} still has ports", type="RouterInUse")
            self._without_gateway(router)
            self.routers.delete(ident)
        self.router_lifecycle.follow_later(ident)

    def get_router(self, project_id: str | None, ident: str) -> records.Router:
        """By id.

        :raises NotFound: when the project sees no such router.
        """
        with self.cloud.lock:
            return self.find(project_id, self.routers, "router", ident)

    def list_routers(self, project_id: str | None) -> list[records.Router]:
        """Those of the project, oldest first."""
        with self.cloud.lock:
            return [row for row in self.routers if self.seen(project_id, row)]

    def legs(self, router_id: str, owner: str) -> list[records.Port]:
        """A router's ports of one kind."""
        with self.cloud.lock:
            return [
                port
                for port in self.ports
                if port.device_id == router_id and port.device_owner == owner
            ]

    def change_routes(
        self, project_id: str | None, ident: str, attrs: Attrs, add: bool
    ) -> records.Router:
        """Add routes to a router, or take some away; the others stay.

        :param attrs: has the ``routes``.
        :raises BadRequest: InvalidRoutes.
        """
        attributes.refuse_unknown(attrs, ("routes",))
        given = attributes.objects(attrs, "routes")
        with self.cloud.lock:
            old = self._own_router(project_id, ident).routes
            kept = [route for route in old if route not in given]
            wanted = [*kept, *given] if add else kept
            return self.update_router(project_id, ident, {"routes": wanted})

    def _with_routes(
        self, router: records.Router, asked: list[dict[str, Any]]
    ) -> records.Router:
        """A router with these routes, each by an address on a network it joins."""
        joined = []
        for owner in (INTERFACE, GATEWAY):
            for leg in self.legs(router.id, owner):
                for entry in leg.fixed_ips:
                    subnet = self.subnets.find("subnet", entry["subnet_id"])
                    joined.append((subnet, entry["ip_address"]))
        checked = routes.checked(asked, joined)
        return dataclasses.replace(router, routes=checked)

    def add_router_interface(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Port:
        """Join a subnet by its gateway address, or by a port that is there already.

        :raises BadRequest: when the body names neither or both, or a subnet that has no
            gateway or shares addresses with one the router joins.
        :raises Conflict: when the gateway's address or the port are in use.
        """
        attributes.refuse_unknown(attrs, ("subnet_id", "port_id"))
        self.check_routing()
        with self.cloud.lock, self.cloud.store.transaction():
            router = self._own_router(project_id, ident)
            if bool(attrs.get("subnet_id")) == bool(attrs.get("port_id")):
                raise BadRequest("Either subnet_id or port_id must be specified")
            if attrs.get("port_id"):
                port = self._given_leg(project_id, router, str(attrs["port_id"]))
            else:
                port = self._new_leg(project_id, router, str(attrs["subnet_id"]))
            port = self.ports.change(
                port.id, device_id=ident, device_owner=INTERFACE, status="ACTIVE"
            )
        self.router_lifecycle.follow_later(ident)
        return port

    def remove_router_interface(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Port:
        """Take a router from a subnet; its port there goes too.

        :raises NotFound: when it has no such leg.
        :raises Conflict: when a floating address needs it.
        """
        attributes.refuse_unknown(attrs, ("subnet_id", "port_id"))
        with self.cloud.lock, self.cloud.store.transaction():
            router = self._own_router(project_id, ident)
            subnet_id, port_id = attrs.get("subnet_id"), attrs.get("port_id")
            for port in self.legs(ident, INTERFACE):
                subnets = [entry["subnet_id"] for entry in port.fixed_ips]
                if port_id in (None, port.id) and (
                    subnet_id in subnets or (port_id and subnet_id is None)
                ):
                    break
            else:
                kind = "subnet" if subnet_id else "port"
                raise NotFound(
                    f"router {ident} interface for {kind}", str(subnet_id or port_id)
                )
            self._refuse_floating(ident, set(subnets))
            self._refuse_routes(router, set(subnets))
            self.drop_port(port)
        self.router_lifecycle.follow_later(ident)
        return port

    def _own_router(self, project_id: str | None, ident: str) -> records.Router:
        router = self.own(project_id, self.routers, "router", ident)
        if router.of_topology:
            raise Conflict(
                f"Router {ident} is part of the lab's topology.", type="RouterInUse"
            )
        return router

    def _given_leg(
        self, project_id: str | None, router: records.Router, port_id: str
    ) -> records.Port:
        port = self.own(project_id, self.ports, "port", port_id)
        if port.device_id:
            raise Conflict(
                f"Port {port_id} is used by {port.device_owner}.", type="PortInUse"
            )
        if not port.fixed_ips:
            raise BadRequest(f"Port {port_id} has no address to route from.")
        subnets = [self.subnets.get(entry["subnet_id"]) for entry in port.fixed_ips]
        self._refuse_overlap(router, subnets, (INTERFACE, GATEWAY))
        return port

    def _new_leg(
        self, project_id: str | None, router: records.Router, subnet_id: str
    ) -> records.Port:
        subnet = self.find(project_id, self.subnets, "subnet", subnet_id)
        if not subnet.gateway_ip:
            raise BadRequest("Subnet for router interface must have a gateway IP")
        self._refuse_overlap(router, [subnet], (INTERFACE, GATEWAY))
        ip = {"subnet_id": subnet_id, "ip_address": subnet.gateway_ip}
        attrs = {
            "network_id": subnet.network_id,
            "project_id": router.project_id,
            "fixed_ips": [ip],
            "port_security_enabled": False,
        }
        return self.make_port(None, attrs)

    def _refuse_overlap(
        self,
        router: records.Router,
        subnets: Sequence[records.Subnet | None],
        owners: tuple[str, ...],
    ) -> None:
        """:raises BadRequest: when legs of these owners share addresses with them."""
        for owner in owners:
            for leg in self.legs(router.id, owner):
                for entry in leg.fixed_ips:
                    other = self.subnets.get(entry["subnet_id"])
                    for subnet in subnets:
                        if subnet and other and _overlap(subnet, other):
                            raise BadRequest(
                                f"Cidr {subnet.cidr} of subnet {subnet.id} overlaps "
                                f"with cidr {other.cidr} of subnet {other.id}"
                            )

    def _refuse_floating(self, router_id: str, subnets: set[str]) -> None:
        for row in self.floating_ips:
            port = self.ports.get(row.port_id or "")
            if row.router_id != router_id or port is None:
                continue
            if subnets & {entry["subnet_id"] for entry in port.fixed_ips}:
                raise Conflict(
                    f"Router interface for subnet {', '.join(subnets)} on router "
                    f"{router_id} cannot be deleted, as it is required by one or "
                    "more floating IPs.",
                    type="RouterInterfaceInUseByFloatingIP",
                )

    def _refuse_routes(self, router: records.Router, subnets: set[str]) -> None:
        for subnet in map(self.subnets.get, subnets):
            if subnet and any(routes.leads_over(r, subnet) for r in router.routes):
                raise Conflict(
                    f"Router interface for subnet {subnet.id} on router {router.id} "
                    "cannot be deleted, as it is required by one or more routes.",
                    type="RouterInterfaceInUseByRoute",
                )

    def _with_gateway(
        self, project_id: str | None, router: records.Router, attrs: Attrs
    ) -> records.Router:
        """A router with the gateway that a body asks for, or none."""
        info = attrs["external_gateway_info"] or {}
        if not isinstance(info, Mapping):
            raise invalid("external_gateway_info", "must be an object")
        known = ("network_id", "enable_snat", "external_fixed_ips")
        attributes.refuse_unknown(info, known)
        if not info.get("network_id"):
            return self._without_gateway(router)
        network_id = attributes.required_text(info, "network_id")
        network = self.find(project_id, self.networks, "network", network_id)
        if not network.external:
            raise BadRequest(
                f"Network {network_id} is not an external network", type="BadRequest"
            )
        snat = attributes.flag(info, "enable_snat", True)
        if router.external_network_id != network_id or info.get("external_fixed_ips"):
            self._refuse_overlap(router, self.subnets_of(network_id), (INTERFACE,))
            self._refuse_needed_gateway(router)
            old = self.legs(router.id, GATEWAY)
            self._make_gateway(router, network_id, info)
            for port in old:
                self.drop_port(port)
        return dataclasses.replace(
            router, external_network_id=network_id, enable_snat=snat
        )

    def _make_gateway(
        self, router: records.Router, network_id: str, info: Attrs
    ) -> None:
        leg: dict[str, Any] = {
            "network_id": network_id,
            "project_id": router.project_id,
            "device_id": router.id,
            "device_owner": GATEWAY,
            "port_security_enabled": False,
        }
        if info.get("external_fixed_ips"):
            leg["fixed_ips"] = attributes.objects(info, "external_fixed_ips")
        port = self.make_port(None, leg)
        self.ports.change(port.id, status="ACTIVE")

    def _refuse_needed_gateway(self, router: records.Router) -> None:
        if any(row.router_id == router.id for row in self.floating_ips):
            raise Conflict(
                f"Gateway cannot be updated for router {router.id}, since a gateway to "
                f"external network {router.external_network_id} is required by one or "
                "more floating IPs.",
                type="RouterExternalGatewayInUseByFloatingIp",
            )

    def _without_gateway(self, router: records.Router) -> records.Router:
        self._refuse_needed_gateway(router)
        for port in self.legs(router.id, GATEWAY):
            self.drop_port(port)
        return dataclasses.replace(router, external_network_id=None)

    def delete_port(self, project_id: str | None, ident: str) -> None:
        """Remove a port; a server that has it loses it.

        :raises Conflict: when it belongs to a router, floating address or balancer.
        """
        with self.cloud.lock:
            port = self.own(project_id, self.ports, "port", ident)
            if port.device_owner in _SERVICE_OWNERS and port.device_id:
                raise Conflict(
                    f"Port {ident} cannot be deleted directly via the port API: has "
                    f"device owner {port.device_owner}.",
                    type="ServicePortInUse",
                )
            super().delete_port(project_id, ident)


def _refuse_modes(project_id: str | None, attrs: Attrs) -> None:
    for key in ("distributed", "ha"):
        if project_id is not None and attrs.get(key) is not None:
            raise Forbidden(f"Only an administrator may set {key} of a router")
        if attributes.flag(attrs, key, False):
            raise BadRequest(f"A lab has no {key} routers; leave {key} out")


def _overlap(left: records.Subnet, right: records.Subnet) -> bool:
    from_left = addressing.network("cidr", left.cidr, left.ip_version)
    from_right = addressing.network("cidr", right.cidr, right.ip_version)
    return from_left.version == from_right.version and from_left.overlaps(from_right)


def _router_with(old: records.Router, attrs: Attrs) -> records.Router:
    return dataclasses.replace(
        old,
        **attributes.changed(
            old,
            attrs,
            name=attributes.text,
            description=attributes.text,
            admin_state_up=attributes.flag,
            tags=attributes.texts,
        ),
        updated_at=records.now(),
    )
