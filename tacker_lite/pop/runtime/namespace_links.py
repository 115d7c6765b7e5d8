"""Links between the PoPs of the namespace runtime, and what packets suffer there."""

from __future__ import annotations

import logging
import shlex
import threading
import time
from collections.abc import Callable, Sequence

from tacker_lite.pop.runtime import (
    kernel,
    link_counters,
    link_devices,
    link_means,
    link_shaping,
    names,
)
from tacker_lite.pop.runtime.base import Capability, LinkSpec, RuntimeFault
from tacker_lite.pop.runtime.labels import Label
from tacker_lite.pop.runtime.link_devices import TAP, VETH
from tacker_lite.pop.runtime.link_means import Means, Plan
from tacker_lite.pop.runtime.link_relays import LinkRelays
from tacker_lite.pop.runtime.links import LinkRuntime, LinkState
from tacker_lite.pop.runtime.routers import Routers

LOG = logging.getLogger(__name__)
#: Seconds before a relay that ended again is started again: first and at most.
AGAIN_SECONDS, AGAIN_MOST = 0.2, 30.0


def key_of(link: LinkSpec) -> str:
    """What a link is called in labels, whichever way round it is named."""
    return names.key(*sorted((link.left, link.right)))


class NamespaceLinks(LinkRuntime):
    """The links of one lab.

    :param routers: what makes their devices.
    :param reroute: sets every route again, after a link has changed its devices.
    """

    def __init__(self, routers: Routers, reroute: Callable[[], None]):
        self._routers = routers
        self._labels = routers.labels
        self._reroute = reroute
        self._relays = LinkRelays(routers.labels, self._relay_ended)
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._means = Means()
        self._plans: dict[str, Plan] = {}
        self._first: dict[str, str] = {}
        # When a relay was started again, and how long to wait before the next time.
        self._begun: dict[str, tuple[float, float]] = {}

    def restrict(self, means: Sequence[str]) -> None:
        self._means.restrict(means)

    def capabilities(self) -> list[Capability]:
        return link_means.capabilities(self._means.reasons())

    def check(self, links: Sequence[LinkSpec]) -> None:
        for link in links:
            self._means.plan(link)

    def relayed(self, links: Sequence[LinkSpec]) -> set[str]:
        """Keys of the links that take a relay; relays of all others are ended."""
        with self._lock:
            self._closed.clear()
            wanted = {key_of(link) for link in links}
            for key in self._relays.keys():  # noqa: SIM118 - not a mapping
                if key not in wanted or not self._has_ends(key):
                    self._relays.end(key)
            return {key_of(link) for link in links if self._means.plan(link).relay}

    def _has_ends(self, key: str) -> bool:
        """Whether the routers are there that a relay is between.

        One that was removed by somebody else lives on in the relay, unseen.
        """
        label = self._labels.read("link", key)
        return label is not None and all(
            kernel.netns_exists(end.namespace)
            for end in link_devices.ends(self._routers.lab, label)
        )

    def open(self, links: Sequence[LinkSpec]) -> None:
        """Do to packets what these links are to, once their devices are there.

        Routes are set after that, and then :meth:`finish` is called.
        """
        with self._lock:
            self._plans.clear()
            for link in links:
                label = self._labels.read("link", key_of(link))
                assert label is not None
                self._first[key_of(link)] = link.left
                self._apply(key_of(link), label, self._means.plan(link))

    def finish(self) -> None:
        """Remove what links had before they changed over."""
        with self._lock:
            for key in self._labels.keys("link"):
                self._drop_other(key)

    def set(self, link: LinkSpec) -> None:
        key, plan = key_of(link), self._means.plan(link)
        with self._lock:
            label = self._labels.read("link", key)
            if label is None:
                raise RuntimeFault(f"there is no link {link.left} - {link.right}")
            old = self._plans.get(key, Plan())
            kind = TAP if plan.relay else VETH
            if kind != link_devices.kind(label):
                self._move(key, kind, plan)
                return
            try:
                self._apply(key, label, plan)
            except RuntimeFault:
                self._apply(key, label, old)
                raise

    def _move(self, key: str, kind: str, plan: Plan) -> None:
        """Give a link devices of another kind, and have packets take them then."""
        self._routers.add_devices(key, kind)
        label = self._labels.read("link", key)
        assert label is not None
        try:
            self._apply(key, {**label, "device": kind, "shaped": False}, plan)
        except RuntimeFault:
            self._relays.end(key)
            self._routers.drop_other_devices(key)
            raise
        self._routers.change_over(key, kind)
        self._reroute()
        if kind == VETH:
            self._relays.drain(key)
        self._drop_other(key)

    def _drop_other(self, key: str) -> None:
        label = self._labels.read("link", key)
        if label is not None and link_devices.kind(label) == VETH:
            self._relays.end(key)
        self._routers.drop_other_devices(key)

    def _apply(self, key: str, label: Label, plan: Plan) -> None:
        """Make both ends of the label's devices do as planned."""
        ends = link_devices.ends(self._routers.lab, label)
        if plan.relay is not None:
            self._relays.ensure(key, ends, plan.relay)
        tc = (plan.netem, plan.rate_mbit, plan.loss_percent)
        if any(tc) or label.get("shaped"):
            self._mark_shaped(key)
            for end in ends:
                _shape(end, plan)
                if link_devices.kind(label) == VETH:
                    _join_packets(end, not plan.single_packets)
        self._plans[key] = plan

    def _mark_shaped(self, key: str) -> None:
        label = self._labels.read("link", key)
        if label is not None and not label.get("shaped"):
            self._labels.write("link", key, {**label, "shaped": True})

    def _relay_ended(self, key: str) -> None:
        """Start a relay again that ended by itself, without keeping others waiting."""
        threading.Thread(
            target=self._revive, args=(key,), name="relay", daemon=True
        ).start()

    def _revive(self, key: str) -> None:
        label = self._labels.read("link", key)
        if label is None:
            return
        self._tell(label, False, "its relay ended")
        began, pause = self._begun.get(key, (0.0, 0.0))
        if time.monotonic() - began > AGAIN_MOST:
            pause = 0.0
        while not self._closed.wait(pause):
            pause = min(max(pause * 2, AGAIN_SECONDS), AGAIN_MOST)
            self._begun[key] = time.monotonic(), pause
            try:
                again = self._start_again(key)
            except RuntimeFault as fault:
                LOG.warning("%s", fault)
                continue
            if again:
                self._tell(label, True, "its relay was started again")
            return

    def _start_again(self, key: str) -> bool:
        """Start a link's relay; False: it is to have none now."""
        with self._lock:
            label, plan = self._labels.read("link", key), self._plans.get(key)
            if (
                label is None
                or plan is None
                or plan.relay is None
                or self._closed.is_set()
            ):
                return False
            ends = link_devices.ends(self._routers.lab, label)
            self._relays.ensure(key, ends, plan.relay)
            return True

    def _tell(self, label: Label, up: bool, reason: str) -> None:
        LOG.warning(
            "Link %s - %s is %s: %s",
            *(label["left"], label["right"], "up" if up else "down", reason),
        )
        if self.listener is not None:
            self.listener(label["left"], label["right"], up, reason)

    def states(self) -> list[LinkState]:
        with self._lock:
            labels = self._labels.all("link")
            plans = {key: self._plans.get(key, Plan()) for key in labels}
        relays = {
            key: self._relays.state(key) for key, plan in plans.items() if plan.relay
        }
        found = link_counters.states(self._routers.lab, labels, plans, relays)
        return [
            state if self._first.get(key, state.left) == state.left else state.turned()
            for key, state in found.items()
        ]

    def close(self) -> None:
        """Watch the links no more; they go on."""
        self._closed.set()
        self._relays.close()

    def destroy(self) -> None:
        """End every relay; the devices go with the routers."""
        self.close()
        with self._lock:
            for key in self._relays.keys():  # noqa: SIM118 - not a mapping
                self._relays.end(key)


def _shape(end: link_devices.End, plan: Plan) -> None:
    tc = (end.device, plan.netem, plan.rate_mbit, plan.loss_percent)
    for lines, tolerated in (
        (link_shaping.cleared(*tc), link_shaping.GONE),
        (link_shaping.lines(*tc), link_shaping.EXISTS),
    ):
        texts = [shlex.join(line) for line in lines]
        kernel.tc(texts, end.namespace, tolerated)


def _join_packets(end: link_devices.End, joined: bool) -> None:
    work = link_shaping.join_packets([end.device], joined)
    try:
        kernel.in_netns(end.namespace, work)
    except OSError as error:
        raise RuntimeFault(
            f"cannot switch segmentation of {end.device} in {end.namespace}: {error}"
        ) from error
