"""Faults of servers that run: they die, one that is named or some at random."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from tacker_lite.pop import errors
from tacker_lite.pop.runtime.base import RuntimeFault

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud, Lab
    from tacker_lite.pop.faults import Fault, Faults

LOG = logging.getLogger(__name__)


class Deaths:
    """Kills servers of a lab as a crash would."""

    def __init__(self, lab: Lab, faults: Faults):
        self._lab = lab
        self._faults = faults

    def wind(self, fault: Fault) -> None:
        """Have a fault kill the next server when its time has come."""
        seconds = self._faults.drawn(fault).expovariate(fault["per_minute"] / 60)
        strike = functools.partial(self._strike, fault)
        self._faults.clock.after(seconds, strike)

    def _strike(self, fault: Fault) -> None:
        if not self._faults.has(fault):
            return
        pops = [fault.pop] if fault.pop else list(self._lab.clouds)
        running = [
            (cloud, server.id)
            for cloud in map(self._lab.clouds.__getitem__, pops)
            for server in cloud.compute.servers
            if server.status == "ACTIVE" and not server.task_state
        ]
        if running:
            cloud, server_id = self._faults.drawn(fault).choice(running)
            try:
                self._kill(cloud, server_id, f"killed by the fault {fault.id}")
            except (errors.PopError, RuntimeFault) as reason:
                LOG.info("Fault %s killed nothing: %s", fault.id, reason)
        self.wind(fault)

    def kill(self, server_id: str) -> None:
        """End a server at once.

        :raises NotFound: when there is none in any PoP.
        :raises Conflict: when it does not run.
        """
        for cloud in self._lab.clouds.values():
            if server_id in cloud.compute.servers:
                return self._kill(cloud, server_id, "killed as asked")
        raise errors.NotFound("server", server_id)

    def _kill(self, cloud: Cloud, server_id: str, text: str) -> None:
        with cloud.compute.lifecycle.turn(server_id):
            server = cloud.compute.servers.find("server", server_id)
            try:
                self._lab.runtime.kill(server_id)
            except RuntimeFault as reason:
                raise errors.Conflict(str(reason)) from reason
        self._faults.tell(cloud.pop.name, "server", server.name, text, server_id)
