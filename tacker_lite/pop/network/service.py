"""Networks, subnets, ports and security groups of a PoP."""

from __future__ import annotations

from tacker_lite.pop import identifiers, records
from tacker_lite.pop.errors import TopologyError
from tacker_lite.pop.network.port import Ports
from tacker_lite.pop.network.segment import Segments


class NetworkService(Segments, Ports):
    """What the network API offers, as Neutron behaves.

    Every method takes the caller's project (None: an administrator, who sees all) and
    the keys of the request body, and returns records.  Security groups are kept and
    shown, not enforced.
    """

    def seed(self) -> None:
        """Make the networks of the topology.

        :raises TopologyError: when one is there already with other addresses.
        """
        pop = self.cloud.pop
        lab = self.cloud.lab.topology.name
        owner = self.cloud.identity.project_named("admin")
        for entry in pop.networks:
            network_id = identifiers.of_topology(lab, pop.name, "network", entry.name)
            subnet_id = identifiers.of_topology(lab, pop.name, "subnet", entry.name)
            moment = records.now()
            if network_id not in self.networks:
                self.networks.put(
                    records.Network(
                        id=network_id,
                        project_id=owner,
                        name=entry.name,
                        shared=True,
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
                }
                self.add_subnet(network, attrs, owner, subnet_id)
            elif (subnet.cidr, subnet.gateway_ip) != (entry.cidr, entry.gateway):
                raise TopologyError(
                    f"network {entry.name} of PoP {pop.name} exists with {subnet.cidr},"
                    f" gateway {subnet.gateway_ip}; take the lab down to change that"
                )
