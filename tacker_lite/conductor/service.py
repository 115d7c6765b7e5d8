"""The conductor's process: RPC server, reconcile loop, workers, periodic tasks."""

from __future__ import annotations

import threading
import time

import oslo_messaging as messaging
from futurist import periodics
from oslo_config import cfg
from oslo_log import log

from tacker_lite import rpc
from tacker_lite.conductor.configuration import MgmtDrivers
from tacker_lite.conductor.drivers import Drivers
from tacker_lite.conductor.liveness import Liveness
from tacker_lite.conductor.manager import Manager
from tacker_lite.conductor.reconcile import Reconciler
from tacker_lite.conductor.vim import Vims
from tacker_lite.conductor.vnf import Vnfs
from tacker_lite.conductor.vnf_records import Records
from tacker_lite.conductor.vnf_work import VnfWork
from tacker_lite.conductor.vnfd import Vnfds
from tacker_lite.db import base

LOG = log.getLogger(__name__)

GRACE_SECONDS = 5.0
"""How long a shutdown waits for workers; what they do then is done again later."""


class ConductorService:
    """One conductor.

    :param database: shared with others of the process, or None for its own.
    :param transport: likewise.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        database: base.Database | None = None,
        transport: messaging.Transport | None = None,
    ):
        self._conf = conf
        self._database = database or base.Database(conf)
        self._drivers = Drivers(conf)
        self._liveness = Liveness(
            self._database, conf.host, conf.conductor.silent_after
        )
        records = Records(conf, self._database, self._drivers)
        mgmt = MgmtDrivers(conf)
        work = VnfWork(conf, records, mgmt)
        self._reconciler = Reconciler(conf, self._database, self._liveness, work)
        self._vims = Vims(conf, self._database, self._drivers)
        vnfs = Vnfs(conf, self._database, self._drivers, mgmt, work, self._reconciler)
        manager = Manager(self._vims, Vnfds(self._drivers), vnfs)
        self._server = rpc.get_server(
            conf, transport or rpc.get_transport(conf), [manager]
        )
        self._periodic = periodics.PeriodicWorker(self._periodic_tasks())
        self._threads = [
            threading.Thread(
                target=self._reconciler.run, name="reconcile", daemon=True
            ),
            threading.Thread(target=self._periodic.start, name="periodic", daemon=True),
        ]

    def start(self) -> None:
        """Take up work; what an earlier process of this host left comes first."""
        self._liveness.beat()
        for thread in self._threads:
            thread.start()
        self._server.start()
        LOG.info("Conductor %s is at work", self._conf.host)

    def stop(self, grace: float = GRACE_SECONDS) -> bool:
        """Shut down in order.

        :param grace: seconds to wait for workers.
        :returns: whether all of them ended; the others' work is taken up again by
            whoever comes next.
        """
        self._server.stop()
        self._periodic.stop()
        self._reconciler.stop()
        self._vims.shutdown()
        deadline = time.monotonic() + grace
        while not self._reconciler.idle and time.monotonic() < deadline:
            time.sleep(0.02)
        waiter = threading.Thread(target=self._server.wait, daemon=True)
        waiter.start()
        for thread in (*self._threads, waiter):
            thread.join(max(0.1, deadline - time.monotonic()))
        ended = self._reconciler.idle
        if ended:
            self._liveness.leave()
        LOG.info("Conductor %s has ended", self._conf.host)
        return ended

    def _periodic_tasks(self) -> list:
        @periodics.periodic(self._conf.conductor.heartbeat_interval)
        def beat() -> None:
            self._liveness.beat()

        @periodics.periodic(self._conf.vim.check_interval, run_immediately=True)
        def check_vims() -> None:
            self._vims.check_all()

        return [(task, (), {}) for task in (beat, check_vims)]
