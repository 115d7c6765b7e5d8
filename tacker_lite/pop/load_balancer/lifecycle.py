"""Making the runtime follow what the records of a load balancer say."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from tacker_lite.pop.load_balancer import records
from tacker_lite.pop.load_balancer.specification import specification
from tacker_lite.pop.runtime.base import RuntimeFault

if TYPE_CHECKING:
    from tacker_lite.pop.load_balancer.tables import Tables

LOG = logging.getLogger(__name__)
_TURNS = 64
_GONE = "PENDING_DELETE"
#: A process that ends so often within so many seconds is not run again by itself.
_MOST_ENDS = 5
_SHORTLY = 60


class Lifecycle:
    """Works on one load balancer at a time, on different ones side by side.

    Records come first, so doing it can be repeated, after a crash too.
    """

    def __init__(self, tables: Tables):
        self._tables = tables
        self._cloud = tables.cloud
        self._turns = [threading.Lock() for _ in range(_TURNS)]
        self._ends: dict[str, deque[float]] = {}

    def follow_later(self, balancer_id: str) -> None:
        """Have a thread of the lab do it."""
        self._later(balancer_id)

    def restart_later(self, balancer_id: str) -> None:
        """Have a thread of the lab run it anew."""
        self._later(balancer_id, True)

    def _later(self, balancer_id: str, *more: bool) -> None:
        """Do it once what is asked for has been pending as long as the PoP wants."""
        seconds = self._cloud.pop.load_balancer_seconds
        if not seconds:
            self._cloud.submit(self.follow, balancer_id, *more)
            return
        arguments = (self.follow, balancer_id, *more)
        timer = threading.Timer(seconds, self._cloud.submit, arguments)
        timer.daemon = True
        timer.start()

    def ended(self, balancer_id: str) -> None:
        """A load balancer's process is gone though nobody asked: run it again."""
        row = self._tables.balancers.get(balancer_id)
        if row is None or row.provisioning_status == _GONE:
            return
        times = self._ends.setdefault(balancer_id, deque(maxlen=_MOST_ENDS))
        times.append(time.monotonic())
        often = len(times) == _MOST_ENDS and times[-1] - times[0] < _SHORTLY
        self._tell(row, "ended; " + ("it ends too often" if often else "runs again"))
        if often:
            self._cloud.submit(self._give_up, balancer_id)
        else:
            self._cloud.submit(self.follow, balancer_id)

    def _give_up(self, balancer_id: str) -> None:
        reason = f"It ended {_MOST_ENDS} times within {_SHORTLY} s"
        with self._turns[hash(balancer_id) % _TURNS]:
            with self._cloud.lock:
                row = self._tables.balancers.get(balancer_id)
            if row is not None:
                self._settle(row, [], "ERROR", reason)

    def _tell(self, row: records.LoadBalancer, text: str) -> None:
        self._cloud.lab.events.record(
            self._cloud.pop.name,
            "load_balancer",
            row.name or row.id,
            text,
            resource_id=row.id,
        )

    def resume(self) -> None:
        """Take up every load balancer when the lab begins."""
        with self._cloud.lock:
            idents = [row.id for row in self._tables.balancers]
        for ident in idents:
            self.follow_later(ident)

    def follow(self, balancer_id: str, restart: bool = False) -> None:
        """Do what the records want; what fails becomes their status."""
        with self._turns[hash(balancer_id) % _TURNS]:
            with self._cloud.lock:
                balancer = self._tables.balancers.get(balancer_id)
                if balancer is None:
                    return
                seen = self._parts(balancer_id)
            try:
                if balancer.provisioning_status == _GONE:
                    self._cloud.runtime.load_balancers.delete(balancer_id)
                    self._forget(balancer, seen)
                    return
                self._run(balancer, restart)
            except RuntimeFault as fault:
                LOG.error("Load balancer %s: %s", balancer_id, fault)
                self._settle(balancer, seen, "ERROR", str(fault))
            except Exception as fault:  # noqa: BLE001 (worker loop: never stuck)
                LOG.exception("Load balancer %s", balancer_id)
                reason = f"Unexpected: {type(fault).__name__}: {fault}"
                self._settle(balancer, seen, "ERROR", reason)
            else:
                self._settle(balancer, seen, "ACTIVE", "")

    def _parts(self, balancer_id: str) -> list[tuple[Any, Any]]:
        return [
            (table, row)
            for table in self._tables.children
            for row in table
            if row.load_balancer_id == balancer_id
        ]

    def _run(self, balancer: records.LoadBalancer, restart: bool) -> None:
        with self._cloud.lock:
            spec = specification(self._tables, balancer)
        for network_id in {port.network_id for port in spec.ports}:
            self._cloud.fabric.ensure(network_id)
        runtime = self._cloud.runtime.load_balancers
        (runtime.restart if restart else runtime.ensure)(spec)

    def _settle(
        self,
        balancer: records.LoadBalancer,
        seen: list[tuple[Any, Any]],
        status: str,
        fault: str,
    ) -> None:
        """Record how it went, of what nobody has changed meanwhile."""
        with self._cloud.changed, self._cloud.store.transaction():
            for table, row in seen:
                if table.get(row.id) is not row or row.provisioning_status == "ACTIVE":
                    continue
                if row.provisioning_status != _GONE:
                    table.change(row.id, provisioning_status=status)
                elif status == "ACTIVE":
                    table.delete(row.id)
            if self._tables.balancers.get(balancer.id) is balancer:
                if status != balancer.provisioning_status:
                    self._tell(balancer, f"{status}: {fault}" if fault else status)
                balancer = dataclasses.replace(
                    balancer, provisioning_status=status, fault=fault
                )
                self._tables.balancers.put(self._without_idle_legs(balancer))
            self._mark_port(balancer, status)
            self._cloud.changed.notify_all()

    def _mark_port(self, balancer: records.LoadBalancer, status: str) -> None:
        ports = self._cloud.network.ports
        state = "ACTIVE" if status == "ACTIVE" else "DOWN"
        for ident in (balancer.vip_port_id, *balancer.legs.values()):
            port = ports.get(ident)
            if port is not None and port.status != state:
                ports.change(ident, status=state)

    def _without_idle_legs(
        self, balancer: records.LoadBalancer
    ) -> records.LoadBalancer:
        """Give up legs on networks where no member is any more."""
        network = self._cloud.network
        used = set()
        for member in self._tables.members:
            subnet = network.subnets.get(member.subnet_id or "")
            if member.load_balancer_id == balancer.id and subnet is not None:
                used.add(subnet.network_id)
        idle = set(balancer.legs) - used
        for network_id in idle:
            self._drop_port(balancer.legs[network_id])
        legs = {k: v for k, v in balancer.legs.items() if k not in idle}
        if idle:
            self.follow_later(balancer.id)
        return dataclasses.replace(balancer, legs=legs)

    def _drop_port(self, ident: str) -> None:
        port = self._cloud.network.ports.get(ident)
        if port is not None:
            self._cloud.network.drop_port(port)

    def _forget(
        self, balancer: records.LoadBalancer, seen: list[tuple[Any, Any]]
    ) -> None:
        with self._cloud.changed, self._cloud.store.transaction():
            for table, row in seen:
                table.delete(row.id)
            for ident in balancer.legs.values():
                self._drop_port(ident)
            if balancer.vip_port_given:
                if balancer.vip_port_id in self._cloud.network.ports:
                    self._cloud.network.ports.change(
                        balancer.vip_port_id,
                        device_id="",
                        device_owner="",
                        status="DOWN",
                    )
            else:
                self._drop_port(balancer.vip_port_id)
            self._tables.balancers.delete(balancer.id)
            self._ends.pop(balancer.id, None)
            self._tell(balancer, "DELETED")
            self._cloud.changed.notify_all()
