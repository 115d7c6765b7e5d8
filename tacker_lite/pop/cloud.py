"""A lab and its clouds: what the faces and the stack engine hold on to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tacker_lite.pop.compute import ComputeService
from tacker_lite.pop.identity import IdentityService
from tacker_lite.pop.image import ImageService
from tacker_lite.pop.network import NetworkService
from tacker_lite.pop.runtime.base import Runtime
from tacker_lite.pop.store import Store
from tacker_lite.pop.topology import Pop, Topology


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
        self.identity = IdentityService(self)
        self.network = NetworkService(self)
        self.image = ImageService(self)
        self.compute = ComputeService(self)
        self.stacks: Any = None

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
        self.clouds: dict[str, Cloud] = {}

    def open(self) -> None:
        """Make the machine what the store says; resume what was interrupted."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish what the pool is doing; servers go on running."""
        raise NotImplementedError

    def submit(self, function: Callable[..., None], *args: Any) -> None:
        """Run ``function(*args)`` in the lab's pool; a failure is logged.

        Server boots have threads of their own, so a task here may wait for a server
        with ``Cloud.changed``.
        """
        raise NotImplementedError
