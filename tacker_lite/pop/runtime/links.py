"""The contract for links between PoPs: what happens to the packets on them.

A link that does nothing to packets costs nothing; for all else a runtime chooses the
means that this machine has, or refuses before anything is made.
"""

from __future__ import annotations

import abc
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tacker_lite.pop.runtime.base import Capability, LinkSpec

#: What a link can do to packets, as capabilities name it.
FEATURES = ("link delay", "link jitter", "link loss", "link rate")


@dataclass(frozen=True)
class DirectionCounters:
    """What went one way over a link since its means were last made.

    :ivar packets: that arrived, with ``bytes`` as Ethernet counts them.
    :ivar lost: packets lost by chance, as the link is to do.
    :ivar dropped: packets that found no room in the queue for the link's rate.
    :ivar queued: packets on their way now.
    """

    source: str
    target: str
    packets: int = 0
    bytes: int = 0
    lost: int = 0
    dropped: int = 0
    queued: int = 0


@dataclass(frozen=True)
class LinkState:
    """A link as it is on the machine.

    :ivar means: what does it, such as ``netem`` or ``relay, tbf``; ``plain`` when
        nothing is done to packets.
    :ivar up: whether packets pass.
    :ivar forth: from left to right; ``back`` the other way.
    """

    left: str
    right: str
    means: str
    up: bool
    forth: DirectionCounters
    back: DirectionCounters

    def turned(self) -> LinkState:
        """The same, seen from the other end."""
        return LinkState(
            self.right, self.left, self.means, self.up, self.back, self.forth
        )


#: Called with the names of the PoPs, whether packets pass, and why not.
LinkListener = Callable[[str, str, bool, str], None]


class LinkRuntime(abc.ABC):
    """One way to do to the packets of links what they are to suffer.

    :ivar listener: told when a link goes down or up by itself.
    """

    listener: LinkListener | None = None

    @abc.abstractmethod
    def capabilities(self) -> list[Capability]:
        """One for each of :data:`FEATURES`."""

    @abc.abstractmethod
    def check(self, links: Sequence[LinkSpec]) -> None:
        """See that this machine can do it, before anything is made.

        :raises RuntimeFault: naming the link, what is missing and what would do.
        """

    @abc.abstractmethod
    def set(self, link: LinkSpec) -> None:
        """Do this on a link from now on; what is on its way goes on.

        :raises RuntimeFault: when the machine cannot; then the link is as it was.
        """

    @abc.abstractmethod
    def states(self) -> list[LinkState]:
        """All links of the lab, each way round as it was opened.

        :raises RuntimeFault: when the machine does not tell.
        """

    @abc.abstractmethod
    def restrict(self, means: Sequence[str]) -> None:
        """Use no other means than these.

        :raises RuntimeFault: when there is no such means.
        """


class SimulatedLinks(LinkRuntime):
    """Links that exist as records only: no packet flows, nothing is done to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._links: dict[tuple[str, str], LinkSpec] = {}

    def capabilities(self) -> list[Capability]:
        reason = "it is recorded, and no traffic flows in this runtime"
        return [Capability(feature, "simulated", reason) for feature in FEATURES]

    def check(self, links: Sequence[LinkSpec]) -> None:
        """Any link can be recorded."""

    def open(self, links: Sequence[LinkSpec]) -> None:
        """Record just these links."""
        with self._lock:
            self._links = {(link.left, link.right): link for link in links}

    def restrict(self, means: Sequence[str]) -> None:
        """There are none to choose from."""

    def set(self, link: LinkSpec) -> None:
        with self._lock:
            self._links[link.left, link.right] = link

    def states(self) -> list[LinkState]:
        with self._lock:
            return [
                LinkState(
                    *(left, right, "simulated", True),
                    DirectionCounters(left, right),
                    DirectionCounters(right, left),
                )
                for left, right in self._links
            ]
