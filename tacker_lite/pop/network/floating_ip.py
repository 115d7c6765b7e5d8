"""Floating IPs: addresses of an external network that lead to ports."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound
from tacker_lite.pop.network.router import FLOATING, INTERFACE, Routers
from tacker_lite.pop.network.tables import refuse_read_only

_CHANGES = ("port_id", "fixed_ip_address", "description", "tags")
_KEYS = (
    *_CHANGES,
    *("floating_network_id", "floating_ip_address", "subnet_id", "project_id"),
    *("tenant_id", "qos_policy_id", "dns_name", "dns_domain"),
)


#: The fields of a floating IP that leads to no port.
_NOWHERE: dict[str, Any] = dict.fromkeys(("port_id", "fixed_ip_address", "router_id"))


class FloatingIps(Routers):
    """The part of the network service for floating IPs.

    The address is kept by a port of its own on the external network.
    """

    def create_floatingip(
        self, project_id: str | None, attrs: Attrs
    ) -> records.FloatingIp:
        """A free or demanded address, leading to a port when the body names one.

        :raises BadRequest: when the network is not external or not IPv4.
        :raises NotFound: when no router leads from the network to the port.
        :raises Conflict: when address or port have a floating IP already.
        """
        attributes.refuse_unknown(attrs, _KEYS)
        for key in ("qos_policy_id", "dns_name", "dns_domain"):
            if attrs.get(key):
                raise BadRequest(f"A lab offers no {key} of floating IPs")
        network_id = attributes.required_text(attrs, "floating_network_id")
        ident = records.new_id()
        owner = self.owner(project_id, attrs)
        with self.cloud.lock, self.cloud.store.transaction():
            network = self.find(project_id, self.networks, "network", network_id)
            if not network.external:
                raise BadRequest(
                    f"Bad floatingip request: Network {network_id} is not a valid "
                    "external network.",
                    type="BadRequest",
                )
            self.quotas.require(owner, "floatingip")
            way = _NOWHERE
            if attrs.get("port_id"):
                way = self._way(project_id, ident, network_id, attrs)
            address = self._take_address(ident, owner, network, attrs)
            moment = records.now()
            row = self.floating_ips.put(
                records.FloatingIp(
                    id=ident,
                    project_id=owner,
                    floating_network_id=network_id,
                    floating_ip_address=address,
                    description=attributes.text(attrs, "description"),
                    tags=attributes.texts(attrs, "tags"),
                    created_at=moment,
                    updated_at=moment,
                    **way,
                )
            )
        self._follow(row.router_id)
        return row

    def _take_address(
        self, ident: str, owner: str, network: records.Network, attrs: Attrs
    ) -> str:
        wanted: dict[str, str] = {}
        if attrs.get("floating_ip_address"):
            wanted["ip_address"] = attributes.text(attrs, "floating_ip_address")
        if attrs.get("subnet_id"):
            wanted["subnet_id"] = attributes.text(attrs, "subnet_id")
        if not wanted:
            subnets = self.subnets_of(network.id)
            first = next((row.id for row in subnets if row.ip_version == 4), "")
            wanted = {"subnet_id": first}
        if wanted == {"subnet_id": ""}:
            raise BadRequest(f"Network {network.id} does not contain any IPv4 subnet")
        port = self.make_port(
            None,
            {
                "network_id": network.id,
                "project_id": owner,
                "device_id": ident,
                "device_owner": FLOATING,
                "port_security_enabled": False,
                "fixed_ips": [wanted],
            },
        )
        return port.fixed_ips[0]["ip_address"]

    def update_floatingip(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.FloatingIp:
        """Lead to another port, or with ``port_id`` null to none.

        :raises NotFound: when no router leads to the port.
        :raises Conflict: when the port's address has another floating IP.
        """
        refuse_read_only(attrs, _CHANGES)
        with self.cloud.lock, self.cloud.store.transaction():
            old = self.own(project_id, self.floating_ips, "floatingip", ident)
            way = {name: getattr(old, name) for name in _NOWHERE}
            if "port_id" in attrs or "fixed_ip_address" in attrs:
                way = _NOWHERE
                if attrs.get("port_id", old.port_id):
                    asked = {"port_id": old.port_id, **attrs}
                    network_id = old.floating_network_id
                    way = self._way(project_id, ident, network_id, asked)
            new = self.floating_ips.change(
                ident,
                description=attributes.text(attrs, "description", old.description),
                tags=attributes.texts(attrs, "tags", old.tags),
                updated_at=records.now(),
                status=old.status if way["port_id"] == old.port_id else "DOWN",
                **way,
            )
        self._follow(old.router_id)
        if new.router_id != old.router_id:
            self._follow(new.router_id)
        return new

    def delete_floatingip(self, project_id: str | None, ident: str) -> None:
        """Give the address back."""
        with self.cloud.lock, self.cloud.store.transaction():
            row = self.own(project_id, self.floating_ips, "floatingip", ident)
            for port in self.legs(ident, FLOATING):
                self.drop_port(port)
            self.floating_ips.delete(ident)
        self._follow(row.router_id)

    def get_floatingip(self, project_id: str | None, ident: str) -> records.FloatingIp:
        """By id.

        :raises NotFound: when the project sees no such floating IP.
        """
        with self.cloud.lock:
            return self.find(project_id, self.floating_ips, "floatingip", ident)

    def list_floatingips(self, project_id: str | None) -> list[records.FloatingIp]:
        """Those of the project, oldest first."""
        with self.cloud.lock:
            return [row for row in self.floating_ips if self.seen(project_id, row)]

    def _follow(self, router_id: str | None) -> None:
        if router_id is not None:
            self.router_lifecycle.follow_later(router_id)

    def _way(
        self, project_id: str | None, ident: str, network_id: str, attrs: Attrs
    ) -> dict[str, Any]:
        """What a floating IP leads to, and how, when that can be."""
        port_id = attributes.required_text(attrs, "port_id")
        port = self.find(project_id, self.ports, "port", port_id)
        entry = _fixed_entry(port, attributes.text(attrs, "fixed_ip_address"))
        for other in self.floating_ips:
            taken = (other.port_id, other.fixed_ip_address)
            if other.id != ident and taken == (port_id, entry["ip_address"]):
                raise Conflict(
                    f"Cannot associate a floating IP with port {port_id} using fixed "
                    f"IP {entry['ip_address']}, as that fixed IP already has a "
                    f"floating IP, {other.floating_ip_address} ({other.id}).",
                    type="FloatingIPPortAlreadyAssociated",
                )
        router = self._router_between(network_id, entry["subnet_id"])
        if router is None:
            raise NotFoundRouter(network_id, entry["subnet_id"], port_id)
        self.check_routing()
        return {
            "port_id": port_id,
            "fixed_ip_address": entry["ip_address"],
            "router_id": router.id,
        }

    def _router_between(self, network_id: str, subnet_id: str) -> records.Router | None:
        """The router that joins a subnet and has its gateway on the network."""
        for port in self.ports:
            if port.device_owner == INTERFACE and any(
                entry["subnet_id"] == subnet_id for entry in port.fixed_ips
            ):
                router = self.routers.get(port.device_id)
                if router is not None and router.external_network_id == network_id:
                    return router
        return None

    def drop_port(self, port: records.Port) -> None:
        """Forget a port; floating IPs that led to it lead nowhere."""
        self._leave(port, set())
        super().drop_port(port)

    def update_port(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Port:
        """Change the given keys only; a floating IP leaves an address that goes."""
        port = super().update_port(project_id, ident, attrs)
        with self.cloud.lock:
            self._leave(port, {entry["ip_address"] for entry in port.fixed_ips})
        return port

    def _leave(self, port: records.Port, kept: set[str]) -> None:
        for row in self.floating_ips:
            if row.port_id == port.id and row.fixed_ip_address not in kept:
                self.floating_ips.change(row.id, status="DOWN", **_NOWHERE)
                self._follow(row.router_id)

    def floating_addresses(self, port: records.Port) -> dict[str, str]:
        """Floating addresses that lead to a port, by the fixed one."""
        with self.cloud.lock:
            return {
                row.fixed_ip_address: row.floating_ip_address
                for row in self.floating_ips
                if row.port_id == port.id and row.fixed_ip_address
            }


class NotFoundRouter(NotFound):
    """No router leads from an external network to a port."""

    def __init__(self, network_id: str, subnet_id: str, port_id: str):
        super().__init__("router", network_id)
        self.message = (
            f"External network {network_id} is not reachable from subnet {subnet_id}. "
            f"Therefore, cannot associate Port {port_id} with a Floating IP."
        )
        self.args = (self.message,)
        self.type = "ExternalGatewayForFloatingIPNotFound"


def _fixed_entry(port: records.Port, wanted: str) -> dict[str, str]:
    """The one of a port's addresses that a floating IP is to lead to."""
    fitting = [
        entry
        for entry in port.fixed_ips
        if ":" not in entry["ip_address"] and wanted in ("", entry["ip_address"])
    ]
    if not fitting:
        which = f"does not have fixed ip {wanted}" if wanted else "has no IPv4 address"
        raise BadRequest(f"Bad floatingip request: Port {port.id} {which}.")
    if len(fitting) > 1:
        raise BadRequest(
            f"Bad floatingip request: Port {port.id} has multiple fixed IPv4 "
            "addresses. Must provide a specific IPv4 address when assigning a floating "
            "IP."
        )
    return fitting[0]
