"""What instances use of the machine."""

from __future__ import annotations

import abc
from collections.abc import Callable, Collection, Mapping

from tacker_lite.pop.runtime.base import Capability, Usage

#: What use can be limited of, as capabilities name it.
LIMITS = ("CPU", "memory", "process")


class UsageRuntime(abc.ABC):
    """The part of a runtime that says what each instance uses."""

    @abc.abstractmethod
    def capabilities(self) -> list[Capability]:
        """Which limits of use are enforced here, and by what."""

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

    def capabilities(self) -> list[Capability]:
        reason = "no process runs, so none is limited"
        return [Capability(f"{what} limits", "simulated", reason) for what in LIMITS]

    def all(self) -> Mapping[str, Usage]:
        return {ident: Usage() for ident in self._running()}
