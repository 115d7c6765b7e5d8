"""How a load balancer and its parts do now: the API's ``operating_status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tacker_lite.pop.load_balancer import records
from tacker_lite.pop.runtime.appliances import Health, Observation, Traffic

if TYPE_CHECKING:
    from tacker_lite.pop.load_balancer.service import LoadBalancerService

_MEMBER = {
    Health.UP: "ONLINE",
    Health.DOWN: "ERROR",
    Health.DRAINING: "DRAINING",
    Health.DISABLED: "OFFLINE",
    Health.UNCHECKED: "NO_MONITOR",
}


class Outlook:
    """The operating statuses of one load balancer, by one look at the runtime."""

    def __init__(self, service: LoadBalancerService, balancer_id: str):
        self._service = service
        self._balancer = service.balancers.find("load balancer", balancer_id)
        runtime = service.cloud.runtime.load_balancers
        self.seen: Observation = runtime.observe(balancer_id)

    def of(self, row: Any) -> str:
        """The status of the load balancer or of something that belongs to it."""
        if not row.admin_state_up or not self._balancer.admin_state_up:
            return "OFFLINE"
        if isinstance(row, records.LoadBalancer):
            return self._of_balancer(row)
        if not self.seen.running:
            return "OFFLINE"
        if isinstance(row, records.Member):
            return self._of_member(row)
        if isinstance(row, records.Pool):
            return self._of_pool(row)
        return "ONLINE" if row.provisioning_status != "PENDING_CREATE" else "OFFLINE"

    def _of_balancer(self, row: records.LoadBalancer) -> str:
        if row.provisioning_status == "PENDING_CREATE":
            return "OFFLINE"
        if not self.seen.running:
            return "ERROR"
        pools = [self.of(pool) for pool in self._service.pools_of(row.id)]
        return "DEGRADED" if {"DEGRADED", "ERROR"} & set(pools) else "ONLINE"

    def _of_pool(self, row: records.Pool) -> str:
        members = [self.of(member) for member in self._service.members_of(row.id)]
        failed = members.count("ERROR")
        if not failed:
            return "ONLINE"
        return "ERROR" if failed == len(members) else "DEGRADED"

    def _of_member(self, row: records.Member) -> str:
        health = self.seen.members.get((row.pool_id, row.id))
        if health is not None:
            return _MEMBER[health]
        new = row.provisioning_status == "PENDING_CREATE"
        return "OFFLINE" if new else "NO_MONITOR"

    def traffic(self, listener_id: str = "") -> Traffic:
        """What went through one listener, or through all."""
        found = [
            traffic
            for ident, traffic in self.seen.traffic.items()
            if listener_id in ("", ident)
        ]
        return sum(found, Traffic())
