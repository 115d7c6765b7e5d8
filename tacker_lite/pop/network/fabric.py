"""The networks of a PoP as its runtime is told of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tacker_lite.pop import records
from tacker_lite.pop.network.addressing import with_prefix
from tacker_lite.pop.runtime.base import NetworkSpec, PortSpec, SubnetSpec

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


class Fabric:
    """Segments on the machine: routed ones from the start, others when first needed."""

    def __init__(self, cloud: Cloud):
        self._cloud = cloud
        self._turn = threading.Lock()
        self._made: dict[str, NetworkSpec] = {}

    def spec(self, network: records.Network) -> NetworkSpec:
        """What the runtime is to make of a network."""
        subnets = tuple(
            SubnetSpec(row.id, row.cidr, row.gateway_ip if network.routed else None)
            for row in self._cloud.network.subnets_of(network.id)
        )
        pop = self._cloud.pop.name
        return NetworkSpec(network.id, pop, network.name, subnets, network.routed)

    def routed(self) -> list[NetworkSpec]:
        """The networks that are there from the start, external ones not among them."""
        return [
            self.spec(network)
            for network in self._cloud.network.list_networks(None)
            if network.routed and not network.external
        ]

    def open(self) -> None:
        """Make the routed networks.

        :raises RuntimeFault: when the machine refuses.
        """
        for spec in self.routed():
            self.ensure(spec.id)

    def ensure(self, network_id: str) -> None:
        """Make the segment as the records have it; nothing to do is cheap.

        :raises RuntimeFault: when the machine refuses.
        """
        with self._turn:
            with self._cloud.lock:
                network = self._cloud.network.get_network(None, network_id)
                spec = self.spec(network)
            if self._made.get(network_id) != spec:
                self._cloud.runtime.ensure_network(spec)
                self._made[network_id] = spec

    def remove_later(self, spec: NetworkSpec) -> None:
        """Remove a segment that no record names any more."""
        self._cloud.submit(self._remove, spec)

    def _remove(self, spec: NetworkSpec) -> None:
        with self._turn:
            self._cloud.runtime.delete_network(spec)
            self._made.pop(spec.id, None)

    def port_specs(self, ports: list[records.Port]) -> tuple[PortSpec, ...]:
        """What the runtime is to make of a server's ports, in their order.

        The default route leads through the first port on a routed network, else
        through the first one whose subnet has a gateway at all.
        """
        service = self._cloud.network
        gateways: dict[str, str] = {}
        routed: list[str] = []
        addresses: dict[str, tuple[str, ...]] = {}
        for port in ports:
            subnets = [service.get_subnet(None, e["subnet_id"]) for e in port.fixed_ips]
            addresses[port.id] = tuple(
                with_prefix(subnet, entry["ip_address"])
                for subnet, entry in zip(subnets, port.fixed_ips, strict=True)
            )
            taken = {entry["ip_address"] for entry in port.fixed_ips}
            gateway = next((row.gateway_ip for row in subnets if row.gateway_ip), None)
            if gateway is not None and gateway not in taken:
                gateways[port.id] = gateway
                if service.get_network(None, port.network_id).routed:
                    routed.append(port.id)
        through = next(iter((*routed, *gateways)), None)
        return tuple(
            PortSpec(
                id=port.id,
                network_id=port.network_id,
                mac_address=port.mac_address,
                addresses=addresses[port.id],
                gateway=gateways[port.id] if port.id == through else None,
            )
            for port in ports
        )
