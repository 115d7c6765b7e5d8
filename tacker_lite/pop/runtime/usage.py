"""What instances use of the machine."""

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Mapping

from tacker_lite.pop.runtime.base import Usage


class UsageRuntime(abc.ABC):
    """The part of a runtime that says what each instance uses."""

    @abc.abstractmethod
    def all(self) -> Mapping[str, Usage]:
        """What every running server and load balancer uses now, by its id.

        Cheap enough to be asked every second.  One that ends meanwhile is left out.
        """


class SimulatedUsage(UsageRuntime):
    """Zeros: where no process runs, nothing is used.

    :param running: gives the ids of what is called running.
    """

    def __init__(self, running: Callable[[], Collection[str]]):
        self._running = running

    def all(self) -> Mapping[str, Usage]:
        return {ident: Usage() for ident in self._running()}
