"""Networks and their subnets."""

from __future__ import annotations

import dataclasses
from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Conflict, Forbidden
from tacker_lite.pop.network import addressing
from tacker_lite.pop.network.tables import NetworkTables, refuse_read_only

_PROVIDER_KEYS = (
    "provider:network_type",
    "provider:physical_network",
    "provider:segmentation_id",
)
_NETWORK_KEYS = (
    *("name", "description", "admin_state_up", "shared", "router:external", "mtu"),
    *("port_security_enabled", "tags", "project_id", "tenant_id", "is_default"),
    *("availability_zone_hints", *_PROVIDER_KEYS),
)
_ADMIN_KEYS = ("shared", "router:external", "is_default", *_PROVIDER_KEYS)
_SUBNET_CHANGES = (
    *("name", "description", "gateway_ip", "enable_dhcp", "allocation_pools"),
    *("dns_nameservers", "host_routes", "tags"),
)
_SUBNET_KEYS = (
    *_SUBNET_CHANGES,
    *("network_id", "cidr", "ip_version", "ipv6_address_mode", "ipv6_ra_mode"),
    *("project_id", "tenant_id"),
)


class Segments(NetworkTables):
    """The network and subnet part of the network service."""

    def create_network(self, project_id: str | None, attrs: Attrs) -> records.Network:
        """A network, at first without subnets.

        :raises Forbidden: when only an administrator may set one of the keys.
        """
        attributes.refuse_unknown(attrs, _NETWORK_KEYS)
        _refuse_admin_keys(project_id, attrs)
        moment = records.now()
        network = records.Network(
            id=records.new_id(),
            project_id=self.owner(project_id, attrs),
            created_at=moment,
            updated_at=moment,
        )
        with self.cloud.lock:
            self.quotas.require(network.project_id, "network")
            return self.networks.put(_network_with(network, attrs))

    def update_network(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Network:
        """Change the given keys only."""
        allowed = (
            *("name", "description", "admin_state_up", "shared", "router:external"),
            *("mtu", "port_security_enabled", "tags"),
        )
        refuse_read_only(attrs, allowed)
        _refuse_admin_keys(project_id, attrs)
        with self.cloud.lock:
            old = self.own(project_id, self.networks, "network", ident)
            return self.networks.put(_network_with(old, attrs))

    def delete_network(self, project_id: str | None, ident: str) -> None:
        """Remove a network with its subnets.

        :raises Conflict: while it has ports, and when the topology demands it.
        """
        with self.cloud.lock:
            network = self.own(project_id, self.networks, "network", ident)
            if network.routed:
                raise Conflict(
                    f"Network {ident} is part of the lab's topology.",
                    type="NetworkInUse",
                )
            ports = self.ports_of(ident)
            if ports:
                raise Conflict(
                    f"Unable to complete operation on network {ident}. There are one "
                    f"or more ports still in use on the network, id for these ports "
                    f"is {','.join(port.id for port in ports)}.",
                    type="NetworkInUse",
                )
            spec = self.cloud.fabric.spec(network)
            with self.cloud.store.transaction():
                for subnet in self.subnets_of(ident):
                    self._drop_subnet(subnet.id)
                self.networks.delete(ident)
        self.cloud.fabric.remove_later(spec)

    def get_network(self, project_id: str | None, ident: str) -> records.Network:
        """By id.

        :raises NotFound: when the project sees no such network.
        """
        with self.cloud.lock:
            return self.find(project_id, self.networks, "network", ident)

    def list_networks(self, project_id: str | None) -> list[records.Network]:
        """The project's own and those that are for all; oldest first."""
        with self.cloud.lock:
            return [row for row in self.networks if self.seen(project_id, row)]

    def create_subnet(self, project_id: str | None, attrs: Attrs) -> records.Subnet:
        """A subnet of a network.

        :raises BadRequest: with Neutron's type for addresses that do not fit together,
            among them an overlap with another subnet of the network.
        """
        attributes.refuse_unknown(attrs, _SUBNET_KEYS)
        network_id = attributes.required_text(attrs, "network_id")
        with self.cloud.lock:
            network = self.own(project_id, self.networks, "network", network_id)
            if network.routed:
                raise Conflict(
                    f"Network {network_id} is part of the lab's topology.",
                    type="NetworkInUse",
                )
            owner = self.owner(project_id, attrs)
            self.quotas.require(owner, "subnet")
            return self.add_subnet(network, attrs, owner)

    def add_subnet(
        self, network: records.Network, attrs: Attrs, owner: str, ident: str = ""
    ) -> records.Subnet:
        """Make a subnet on any network.

        :param ident: its id; a fresh one when empty.
        """
        version = attributes.integer(attrs, "ip_version", 4)
        if version not in (4, 6):
            raise invalid("ip_version", f"{version} is not 4 or 6")
        if not attrs.get("cidr"):
            raise BadRequest("A subnet needs a cidr: a lab has no subnet pools.")
        cidr = addressing.network("cidr", attrs["cidr"], version)
        for other in self.subnets_of(network.id):
            if other.ip_version == version and cidr.overlaps(
                addressing.network("cidr", other.cidr, version)
            ):
                raise BadRequest(
                    f"Invalid input for operation: Requested subnet with cidr: {cidr} "
                    f"for network: {network.id} overlaps with another subnet.",
                    type="InvalidInput",
                )
        gateway = _gateway(cidr, attrs, cidr.network_address + 1)
        pools = addressing.default_pools(cidr, gateway)
        if attrs.get("allocation_pools"):
            asked = attributes.objects(attrs, "allocation_pools")
            pools = addressing.checked_pools(cidr, gateway, asked)
        moment = records.now()
        subnet = records.Subnet(
            id=ident or records.new_id(),
            project_id=owner,
            network_id=network.id,
            cidr=str(cidr),
            ip_version=version,
            gateway_ip=str(gateway) if gateway else None,
            allocation_pools=pools,
            ipv6_address_mode=attributes.text(attrs, "ipv6_address_mode", None),
            ipv6_ra_mode=attributes.text(attrs, "ipv6_ra_mode", None),
            created_at=moment,
        )
        self.subnets.put(_subnet_with(subnet, attrs))
        self.used_addresses[subnet.id] = set()
        return self.subnets.get(subnet.id) or subnet

    def update_subnet(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Subnet:
        """Change the given keys only."""
        refuse_read_only(attrs, _SUBNET_CHANGES)
        with self.cloud.lock:
            old = self.own(project_id, self.subnets, "subnet", ident)
            new = _subnet_with(old, attrs)
            cidr = addressing.network("cidr", old.cidr, old.ip_version)
            before = (
                addressing.address("gateway_ip", old.gateway_ip)
                if old.gateway_ip
                else None
            )
            gateway = _gateway(cidr, attrs, before)
            if gateway != before and self.networks.get(old.network_id).routed:  # type: ignore[union-attr]
                raise Conflict(
                    f"The gateway of subnet {ident} is part of the lab's topology.",
                    type="GatewayIpInUse",
                )
            pools = attributes.objects(attrs, "allocation_pools")
            checked = addressing.checked_pools(
                cidr, gateway, pools or old.allocation_pools
            )
            return self.subnets.put(
                dataclasses.replace(
                    new,
                    gateway_ip=str(gateway) if gateway else None,
                    allocation_pools=checked,
                )
            )

    def delete_subnet(self, project_id: str | None, ident: str) -> None:
        """Remove a subnet.

        :raises Conflict: while a port has an address of it, and when the topology
            demands it.
        """
        with self.cloud.lock:
            subnet = self.own(project_id, self.subnets, "subnet", ident)
            network = self.networks.get(subnet.network_id)
            if self.used_addresses[ident] or (network is not None and network.routed):
                raise Conflict(
                    f"Unable to complete operation on subnet {ident}: One or more "
                    "ports have an IP allocation from this subnet, or the lab's "
                    "topology demands it.",
                    type="SubnetInUse",
                )
            self._drop_subnet(ident)

    def _drop_subnet(self, ident: str) -> None:
        self.subnets.delete(ident)
        self.used_addresses.pop(ident, None)

    def get_subnet(self, project_id: str | None, ident: str) -> records.Subnet:
        """By id.

        :raises NotFound: when the project sees no such subnet.
        """
        with self.cloud.lock:
            return self.find(project_id, self.subnets, "subnet", ident)

    def list_subnets(self, project_id: str | None) -> list[records.Subnet]:
        """The project's own and those of networks for all; oldest first."""
        with self.cloud.lock:
            return [row for row in self.subnets if self.seen(project_id, row)]


def _refuse_admin_keys(project_id: str | None, attrs: Attrs) -> None:
    for key in _ADMIN_KEYS:
        if project_id is not None and attrs.get(key) not in (None, False):
            raise Forbidden(f"Only an administrator may set {key} of a network")


def _network_with(old: records.Network, attrs: Attrs) -> records.Network:
    """The network with the attributes of a body."""
    provider = dict(old.provider)
    provider.update({k: attrs[k] for k in _PROVIDER_KEYS if attrs.get(k) is not None})
    return dataclasses.replace(
        old,
        **attributes.changed(
            old,
            attrs,
            name=attributes.text,
            description=attributes.text,
            admin_state_up=attributes.flag,
            shared=attributes.flag,
            port_security_enabled=attributes.flag,
            tags=attributes.texts,
        ),
        external=attributes.flag(attrs, "router:external", old.external),
        mtu=attributes.integer(attrs, "mtu", old.mtu, 68, 65535),
        provider=provider,
        updated_at=records.now(),
    )


def _gateway(
    cidr: addressing.IpNetwork, attrs: Attrs, default: addressing.IpAddress | None
) -> addressing.IpAddress | None:
    """The gateway that a body asks for; an explicit null means none."""
    if "gateway_ip" not in attrs:
        return default
    if attrs["gateway_ip"] in (None, ""):
        return None
    gateway = addressing.address("gateway_ip", attrs["gateway_ip"])
    if not addressing.is_host(cidr, gateway):
        raise invalid("gateway_ip", f"{gateway} is not a host address of {cidr}")
    return gateway


def _subnet_with(old: records.Subnet, attrs: Attrs) -> records.Subnet:
    """The subnet with those attributes of a body that stand for themselves."""
    routes: list[dict[str, Any]] = old.host_routes
    if "host_routes" in attrs:
        routes = attributes.objects(attrs, "host_routes")
        for route in routes:
            if set(route) != {"destination", "nexthop"}:
                raise invalid("host_routes", "each needs destination and nexthop")
            addressing.network("host_routes", route["destination"], old.ip_version)
            addressing.address("host_routes", route["nexthop"])
    servers = attributes.texts(attrs, "dns_nameservers", old.dns_nameservers)
    for server in servers:
        addressing.address("dns_nameservers", server)
    return dataclasses.replace(
        old,
        **attributes.changed(
            old,
            attrs,
            name=attributes.text,
            description=attributes.text,
            enable_dhcp=attributes.flag,
            tags=attributes.texts,
        ),
        dns_nameservers=servers,
        host_routes=routes,
        updated_at=records.now(),
    )
