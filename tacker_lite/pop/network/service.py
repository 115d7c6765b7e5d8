"""Networks, subnets, ports, routers, floating IPs and security groups of a PoP."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import identifiers, records
from tacker_lite.pop.errors import TopologyError
from tacker_lite.pop.network.chaining import Chaining
from tacker_lite.pop.network.filtering import Filtering
from tacker_lite.pop.network.floating_ip import FloatingIps
from tacker_lite.pop.network.quota import NetworkQuotas
from tacker_lite.pop.network.router import GATEWAY, INTERFACE
from tacker_lite.pop.network.segment import Segments
from tacker_lite.pop.topology import NetworkEntry, default_external

#: The PoP's own router, as the API calls it.
ROUTER_NAME = "router1"


class NetworkService(Segments, FloatingIps):
    """What the network API offers, as Neutron behaves.

    Every method takes the caller's project (None: an administrator, who sees all) and
    the keys of the request body, and returns records.

    :ivar filtering: makes the machine filter as security groups say.
    :ivar chaining: service function chaining.
    :ivar quotas: how much projects may use.
    """

    def __init__(self, cloud: Any):
        super().__init__(cloud)
        self.filtering = Filtering(cloud, self)
        self.chaining = Chaining(cloud, self)
        self.quotas = NetworkQuotas(cloud, self)

    def delete_port(self, project_id: str | None, ident: str) -> None:
        """Remove a port; a server that has it loses it.

        :raises Conflict: when a service, a port pair or a flow classifier needs it.
        """
        with self.cloud.lock:
            self.own(project_id, self.ports, "port", ident)
            self.chaining.refuse_used_port(ident)
            super().delete_port(project_id, ident)

    def seed(self) -> None:
        """Make the networks of the topology.

        :raises TopologyError: when one is there already with other addresses.
        """
        for entry in self.cloud.pop.networks:
            self._seed_network(entry)

    def seed_external(self, cidr: str) -> None:
        """Make the external network, and the router between it and the others.

        :param cidr: its addresses when the topology names none.
        :raises TopologyError: when it is there already with others than named.
        """
        pop = self.cloud.pop
        entry = pop.external or default_external(pop, cidr)
        known = self.subnets.get(self._topology_id("subnet", entry.name))
        if pop.external is None and known is not None and known.gateway_ip:
            entry = NetworkEntry(entry.name, known.cidr, known.gateway_ip)
        self._seed_network(entry, external=True)
        network_id = self._topology_id("network", entry.name)
        router_id = self._topology_id("router", ROUTER_NAME)
        if router_id not in self.routers:
            moment = records.now()
            self.routers.put(
                records.Router(
                    id=router_id,
                    project_id=self.cloud.identity.project_named("admin"),
                    name=ROUTER_NAME,
                    description="The PoP's own router",
                    external_network_id=network_id,
                    enable_snat=False,
                    of_topology=True,
                    created_at=moment,
                    updated_at=moment,
                )
            )
        self._seed_leg(router_id, entry, GATEWAY)
        for inner in pop.networks:
            self._seed_leg(router_id, inner, INTERFACE)

    def _topology_id(self, kind: str, name: str) -> str:
        lab, pop = self.cloud.lab.topology.name, self.cloud.pop.name
        return identifiers.of_topology(lab, pop, kind, name)

    def _seed_network(self, entry: NetworkEntry, external: bool = False) -> None:
        owner = self.cloud.identity.project_named("admin")
        network_id = self._topology_id("network", entry.name)
        subnet_id = self._topology_id("subnet", entry.name)
        moment = records.now()
        if network_id not in self.networks:
            self.networks.put(
                records.Network(
                    id=network_id,
                    project_id=owner,
                    name=entry.name,
                    shared=not external,
                    external=external,
                    routed=True,
                    created_at=moment,
                    updated_at=moment,
                )
            )
        subnet = self.subnets.get(subnet_id)
        if subnet is None:
            network = self.find(None, self.networks, "network", network_id)
            attrs = {
                "name": f"{entry.name}-subnet",
                "cidr": entry.cidr,
                "gateway_ip": entry.gateway,
                "ip_version": 6 if ":" in entry.cidr else 4,
                "enable_dhcp": not external,
            }
            self.add_subnet(network, attrs, owner, subnet_id)
        elif (subnet.cidr, subnet.gateway_ip) != (entry.cidr, entry.gateway):
            raise TopologyError(
                f"network {entry.name} of PoP {self.cloud.pop.name} exists with "
                f"{subnet.cidr}, gateway {subnet.gateway_ip}; take the lab down to "
                "change that"
            )

    def _seed_leg(self, router_id: str, entry: NetworkEntry, owner: str) -> None:
        """The port by which the PoP's own router has its address on a network."""
        ident = self._topology_id("router_port", entry.name)
        if ident in self.ports:
            return
        moment = records.now()
        subnet_id = self._topology_id("subnet", entry.name)
        port = records.Port(
            id=ident,
            project_id=self.cloud.identity.project_named("admin"),
            network_id=self._topology_id("network", entry.name),
            mac_address=self.fresh_mac(),
            fixed_ips=[{"subnet_id": subnet_id, "ip_address": entry.gateway}],
            device_id=router_id,
            device_owner=owner,
            port_security_enabled=False,
            status="ACTIVE",
            created_at=moment,
            updated_at=moment,
        )
        self.ports.put(port)
        self.note_use(port)
