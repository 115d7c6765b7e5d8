"""A lab and its clouds: what the faces and the stack engine hold on to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tacker_lite.pop.alarm.evaluator import Alarms
from tacker_lite.pop.alarm.service import AlarmService
from tacker_lite.pop.compute.service import ComputeService
from tacker_lite.pop.errors import LabError
from tacker_lite.pop.events import Events
from tacker_lite.pop.faults import Faults
from tacker_lite.pop.identity.service import IdentityService
from tacker_lite.pop.image import ImageService
from tacker_lite.pop.lab.progress import Progress
from tacker_lite.pop.lab.secrets import LabSecrets
from tacker_lite.pop.links import Links
from tacker_lite.pop.load_balancer.service import LoadBalancerService
from tacker_lite.pop.metrics.service import LabMetrics
from tacker_lite.pop.network.fabric import Fabric
from tacker_lite.pop.network.service import NetworkService
from tacker_lite.pop.runtime.base import Runtime
from tacker_lite.pop.stack.service import StackService
from tacker_lite.pop.store import Store
from tacker_lite.pop.topology import Pop, Topology
from tacker_lite.pop.volume.service import VolumeService

LOG = logging.getLogger(__name__)
_TASKS = 16
_BOOTS = 8
_SERVER_TURNS = 1024


class Cloud:
    """One PoP: its services over one lock, one store and one runtime.

    :ivar changed: condition over ``lock``, notified whenever a server has reached
        another status or is gone; wait on it instead of polling.
    """

    def __init__(self, lab: Lab, pop: Pop):
        self.lab = lab
        self.pop = pop
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.store: Store = lab.store
        self.runtime: Runtime = lab.runtime
        self.fabric: Fabric = Fabric(self)
        self.identity: IdentityService = IdentityService(self)
        self.network: NetworkService = NetworkService(self)
        self.image: ImageService = ImageService(self)
        self.compute: ComputeService = ComputeService(self)
        self.volume: VolumeService = VolumeService(self)
        self.load_balancer: LoadBalancerService = LoadBalancerService(self)
        self.alarm: AlarmService = AlarmService(self)
        self.stacks: StackService = StackService(self)

    def seed(self) -> None:
        """Make what the topology says is there from the start.

        :raises TopologyError: when it contradicts what is there already.
        """
        with self.lock, self.store.transaction():
            self.identity.seed()
            self.network.seed()
            self.image.open()
            self.compute.seed_flavors()
            self.volume.seed()

    def seed_external(self, cidr: str) -> None:
        """Make the external network, which takes a lab that is open.

        :param cidr: its addresses when the topology names none.
        :raises TopologyError: when the topology contradicts what is there already.
        """
        with self.lock, self.store.transaction():
            self.network.seed_external(cidr)

    def submit(self, function: Callable[..., None], *args: Any) -> None:
        """Run ``function(*args)`` in the lab's pool; a failure is logged."""
        self.lab.submit(function, *args)


class Lab:
    """All PoPs of one topology.

    :param url: where the lab is reached, without a trailing slash.
    """

    def __init__(self, topology: Topology, runtime: Runtime, store: Store, url: str):
        self.topology = topology
        self.runtime = runtime
        self.store = store
        self.url = url
        self.secrets = LabSecrets(store)
        self.events = Events()
        # Of all PoPs together: a thousand of them would have too many.
        self.server_turns = [threading.RLock() for _ in range(_SERVER_TURNS)]
        self.links = Links(self)
        self.faults = Faults(self)
        self.metrics = LabMetrics(self)
        self.alarms = Alarms(self)
        self._tasks = _started_pool(_TASKS, "task")
        self._boots = _started_pool(_BOOTS, "boot")
        with store.prefetched():
            self.clouds = {pop.name: Cloud(self, pop) for pop in topology.pops}

    def open(self, progress: Progress = lambda what, done, total: None) -> None:
        """Make the machine what the store says; resume what was interrupted.

        :param progress: told how far it has come.
        :raises RuntimeFault: when the machine refuses.
        :raises TopologyError: when the topology contradicts the store.
        """
        number = len(self.clouds)
        for done, cloud in enumerate(self.clouds.values(), 1):
            cloud.seed()
            progress("PoPs", done, number)
        self.faults.seed()
        routed = [spec for c in self.clouds.values() for spec in c.fabric.routed()]
        self.runtime.resume = self._resume_servers
        self.runtime.open(list(self.clouds), self.links.machine_specs(), routed)
        progress("links", len(self.links.specs()), len(self.links.specs()))
        external = self.runtime.external_networks(list(self.clouds))
        for name, cloud in self.clouds.items():
            cloud.seed_external(external[name])
        self._prune()
        for done, cloud in enumerate(self.clouds.values(), 1):
            cloud.fabric.open()
            cloud.network.filtering.open()
            cloud.network.chaining.steering.open()
            cloud.compute.open()
            cloud.network.router_lifecycle.resume()
            cloud.load_balancer.lifecycle.resume()
            cloud.stacks.resume()
            progress("networks and instances of PoPs", done, number)
        self.runtime.load_balancers.watch(self._balancer_ended)
        self.faults.open()
        self.metrics.open()
        self.alarms.open()

    def _balancer_ended(self, balancer_id: str) -> None:
        for cloud in self.clouds.values():
            cloud.load_balancer.lifecycle.ended(balancer_id)

    def _resume_servers(self) -> None:
        for cloud in self.clouds.values():
            cloud.compute.lifecycle.resume()

    def _prune(self) -> None:
        """Remove from the machine what no record names."""
        clouds = self.clouds.values()
        servers = {row.id for cloud in clouds for row in cloud.compute.servers}
        networks = {row.id for cloud in clouds for row in cloud.network.networks}
        routers = {row.id for cloud in clouds for row in cloud.network.routers}
        balancers = {row.id for c in clouds for row in c.load_balancer.balancers}
        self.runtime.load_balancers.prune(balancers)
        self.runtime.routers.prune(routers)
        self.runtime.prune(servers, networks)

    def close(self) -> None:
        """Finish what is being done; servers go on running."""
        self.faults.close()
        self.alarms.close()
        self.metrics.close()
        for cloud in self.clouds.values():
            if cloud.stacks:
                cloud.stacks.close()
        self._tasks.shutdown(wait=True, cancel_futures=True)
        self._boots.shutdown(wait=True, cancel_futures=True)
        self.runtime.close()
        self.store.close()

    def submit(self, function: Callable[..., None], *args: Any) -> None:
        """Run ``function(*args)`` in the lab's pool; a failure is logged.

        Server boots have threads of their own, so a task here may wait for a server
        with ``Cloud.changed``.
        """
        _submit(self._tasks, function, *args)

    def submit_boot(self, function: Callable[..., None], *args: Any) -> None:
        """Run what makes the machine follow a server's record."""
        _submit(self._boots, function, *args)


def _started_pool(size: int, name: str) -> ThreadPoolExecutor:
    """A pool that has its threads, as a machine may have none left later.

    :raises LabError: when it has none left now.
    """
    pool = ThreadPoolExecutor(size, thread_name_prefix=name)
    all_there = threading.Barrier(size)
    try:
        for _ in range(size):
            pool.submit(all_there.wait)
    except RuntimeError as error:
        all_there.abort()
        pool.shutdown(wait=False, cancel_futures=True)
        raise LabError(
            f"this machine does not let the lab have its threads ({error}): raise its "
            "limit of processes"
        ) from error
    return pool


def _submit(
    pool: ThreadPoolExecutor, function: Callable[..., None], *args: Any
) -> None:
    try:
        pool.submit(_logged, function, *args)
    except RuntimeError:
        # The lab is closing: what is recorded is taken up at its next start.
        LOG.info("%s is left to the next start of the lab", function.__qualname__)


def _logged(function: Callable[..., None], *args: Any) -> None:
    try:
        function(*args)
    except Exception:  # noqa: BLE001 (worker loop)
        LOG.exception("%s failed", function.__qualname__)
