"""Making the machine follow what the records of a router say."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from tacker_lite.pop import records
from tacker_lite.pop.network.addressing import with_prefix
from tacker_lite.pop.runtime.appliances import RouterSpec
from tacker_lite.pop.runtime.base import PortSpec, RuntimeFault

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

LOG = logging.getLogger(__name__)


class RouterLifecycle:
    """Brings one router at a time to where its records want it.

    Records come first, so doing it can be repeated, after a crash too.
    """

    def __init__(self, cloud: Cloud):
        self._cloud = cloud
        self._turn = threading.Lock()

    def follow_later(self, router_id: str) -> None:
        """Have a thread of the lab do it."""
        self._cloud.submit(self.follow, router_id)

    def resume(self) -> None:
        """Take up every router when the lab begins."""
        with self._cloud.lock:
            routers = list(self._cloud.network.routers)
        for router in routers:
            if not router.of_topology or self._cloud.runtime.name == "namespace":
                self.follow_later(router.id)

    def follow(self, router_id: str) -> None:
        """Do what the records want; what fails is shown as their status."""
        with self._turn:
            with self._cloud.lock:
                router = self._cloud.network.routers.get(router_id)
                spec = self._spec(router) if router else None
                floating = self._floating(router_id)
            try:
                if spec is None:
                    self._cloud.runtime.routers.delete(router_id)
                    return
                for port in spec.ports:
                    self._cloud.fabric.ensure(port.network_id)
                if spec.of_topology and floating:
                    # The host's way to the addresses leads over their network.
                    self._cloud.fabric.ensure(floating[0].floating_network_id)
                self._cloud.runtime.routers.ensure(spec)
            except RuntimeFault as fault:
                LOG.error("Router %s: %s", router_id, fault)
                self._settle(router_id, floating, "ERROR")
            except Exception:  # noqa: BLE001 (worker loop: never stuck)
                LOG.exception("Router %s", router_id)
                self._settle(router_id, floating, "ERROR")
            else:
                self._settle(router_id, floating, "ACTIVE")

    def _settle(
        self, router_id: str, floating: list[records.FloatingIp], status: str
    ) -> None:
        network = self._cloud.network
        with self._cloud.changed, self._cloud.store.transaction():
            router = network.routers.get(router_id)
            if router is not None and router.status != status:
                network.routers.change(router_id, status=status)
            for row in floating:
                newest = network.floating_ips.get(row.id)
                if newest is None or newest.router_id != router_id:
                    continue
                if newest.status != status:
                    network.floating_ips.change(row.id, status=status)
            self._cloud.changed.notify_all()

    def _floating(self, router_id: str) -> list[records.FloatingIp]:
        rows = self._cloud.network.floating_ips
        return [row for row in rows if row.router_id == router_id]

    def _spec(self, router: records.Router) -> RouterSpec:
        network = self._cloud.network
        inner = network.legs(router.id, "network:router_interface")
        outer = network.legs(router.id, "network:router_gateway")
        cidrs = [
            network.get_subnet(None, entry["subnet_id"]).cidr
            for port in inner
            for entry in port.fixed_ips
        ]
        address = ""
        if outer and router.enable_snat:
            addresses = (entry["ip_address"] for entry in outer[0].fixed_ips)
            address = next((ip for ip in addresses if ":" not in ip), "")
        pairs = [
            (row.floating_ip_address, row.fixed_ip_address)
            for row in self._floating(router.id)
            if row.fixed_ip_address
        ]
        up = router.admin_state_up
        legs = () if router.of_topology or not up else (*inner, *outer)
        return RouterSpec(
            id=router.id,
            pop=self._cloud.pop.name,
            ports=tuple(self._leg(port) for port in legs),
            outer_port_id=outer[0].id if outer and up else "",
            outer_address=address,
            floating=tuple(pairs),
            cidrs=tuple(cidr for cidr in cidrs if ":" not in cidr),
            of_topology=router.of_topology,
            routes=tuple((r["destination"], r["nexthop"]) for r in router.routes),
        )

    def _leg(self, port: records.Port) -> PortSpec:
        network = self._cloud.network
        subnets = [network.get_subnet(None, e["subnet_id"]) for e in port.fixed_ips]
        gateway = None
        if port.device_owner == "network:router_gateway":
            gateway = next((row.gateway_ip for row in subnets if row.gateway_ip), None)
        return PortSpec(
            id=port.id,
            network_id=port.network_id,
            mac_address=port.mac_address,
            addresses=tuple(
                with_prefix(subnet, entry["ip_address"])
                for subnet, entry in zip(subnets, port.fixed_ips, strict=True)
            ),
            gateway=gateway,
        )
