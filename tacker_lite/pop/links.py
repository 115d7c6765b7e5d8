"""Links between the PoPs of a lab: what they do to packets, now and after a restart."""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tacker_lite.pop.errors import BadRequest, NotFound, Unavailable
from tacker_lite.pop.runtime.base import LinkSpec, RuntimeFault
from tacker_lite.pop.runtime.links import DirectionCounters, LinkState
from tacker_lite.pop.store import Table
from tacker_lite.pop.topology import Impairment

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Lab

#: Least and most of each value.
BOUNDS = {
    "delay_ms": (0.0, 60_000.0, "milliseconds"),
    "jitter_ms": (0.0, 60_000.0, "milliseconds"),
    "loss_percent": (0.0, 100.0, "percent"),
    "rate_mbit": (0.01, 1_000_000.0, "Mbit/s"),
}
#: Seconds over which a rate is taken at least.
RATE_SECONDS = 0.5


@dataclass(frozen=True)
class LinkRecord:
    """A link that was changed while the lab ran.

    :ivar impairment: what it does to packets now.
    :ivar start: what the topology file said then; once it says something else, that
        counts.
    """

    id: str
    impairment: dict[str, Any]
    start: dict[str, Any]


@dataclass(frozen=True)
class LinkReport:
    """A link: what it is to do, how it is, and what passes now.

    :ivar forth_rate: bit/s from left to right since it was asked before, half a second
        ago or more; ``back_rate`` the other way.
    """

    spec: LinkSpec
    state: LinkState
    forth_rate: float
    back_rate: float


def in_words(impairment: Impairment) -> str:
    """What a link does to packets, for people."""
    words = []
    if impairment.delay_ms:
        jitter = f" ± {impairment.jitter_ms:g}" if impairment.jitter_ms else ""
        words.append(f"delay {impairment.delay_ms:g}{jitter} ms")
    if impairment.loss_percent:
        words.append(f"loss {impairment.loss_percent:g} %")
    if impairment.rate_mbit:
        words.append(f"rate {impairment.rate_mbit:g} Mbit/s")
    return ", ".join(words) or "plain"


class Links:
    """The links of a lab."""

    def __init__(self, lab: Lab):
        self._lab = lab
        self._lock = threading.RLock()
        self._records: Table[LinkRecord] = Table(lab.store, "", "link", LinkRecord)
        self._starts = {
            _id(link.left, link.right): link.impairment for link in lab.topology.links
        }
        self._specs = {
            _id(link.left, link.right): LinkSpec(
                link.left, link.right, self._recalled(_id(link.left, link.right))
            )
            for link in lab.topology.links
        }
        self._cut: set[str] = set()
        self._samples: dict[tuple[str, str], tuple[float, int, float]] = {}
        lab.runtime.links.listener = self._has_changed

    def _recalled(self, ident: str) -> Impairment:
        """What a link does at the start: what it was set to, or what the file says."""
        start = self._starts[ident]
        record = self._records.get(ident)
        if record is None or record.start != asdict(start):
            return start
        return Impairment(**record.impairment)

    def specs(self) -> list[LinkSpec]:
        """All links as they are to be, in the order of the topology file."""
        with self._lock:
            return list(self._specs.values())

    def machine_specs(self) -> list[LinkSpec]:
        """All links as the machine is to make them: what is cut lets nothing pass."""
        with self._lock:
            return [self._on_machine(spec) for spec in self._specs.values()]

    def _on_machine(self, spec: LinkSpec) -> LinkSpec:
        if _id(spec.left, spec.right) in self._cut:
            return dataclasses.replace(spec, impairment=Impairment(loss_percent=100.0))
        return spec

    def cut(self, pops: Collection[str], *, on_machine: bool = True) -> None:
        """Let nothing pass the links of these PoPs, and of no others.

        :param on_machine: False: only remember it, as long as the lab is not open.
        :raises RuntimeFault: when this machine cannot; the links are as they were.
        """
        with self._lock:
            old = self._cut
            new = {
                ident
                for ident, spec in self._specs.items()
                if spec.left in pops or spec.right in pops
            }
            changed = [self._specs[ident] for ident in sorted(old ^ new)]
            self._cut = new
            if not on_machine:
                return
            try:
                self._remake(changed)
            except BaseException:
                self._cut = old
                self._remake(changed)
                raise
        for spec in changed:
            ended = _id(spec.left, spec.right) not in new
            text = f"{'no longer ' if ended else ''}cut by a fault"
            self._record(spec.left, spec.right, text)

    def _remake(self, specs: list[LinkSpec]) -> None:
        wanted = [self._on_machine(spec) for spec in specs]
        self._lab.runtime.links.check(wanted)
        for spec in wanted:
            self._lab.runtime.links.set(spec)

    def find(self, left: str, right: str) -> LinkSpec:
        """The link between two PoPs, whichever is named first.

        :raises NotFound: when there is none.
        """
        with self._lock:
            spec = self._specs.get(_id(left, right))
        if spec is None:
            raise NotFound("link", f"{left} - {right}")
        return spec

    def set(self, left: str, right: str, values: Mapping[str, Any]) -> LinkSpec:
        """Have a link do something else to packets from now on, also after a restart.

        :param values: by the names of the topology file; what is not named stays as it
            is.  ``rate_mbit`` None: as fast as the machine.
        :raises NotFound: when the PoPs have no link.
        :raises BadRequest: naming a value that cannot be.
        :raises Unavailable: when this machine cannot do it; the link is as it was.
        """
        checked: dict[str, Any] = {
            name: _checked(name, value) for name, value in values.items()
        }
        with self._lock:
            old = self.find(left, right)
            impairment = dataclasses.replace(old.impairment, **checked)
            if impairment.jitter_ms > impairment.delay_ms:
                raise BadRequest(
                    f"jitter_ms {impairment.jitter_ms:g} is more than delay_ms "
                    f"{impairment.delay_ms:g}: no packet arrives before it is sent"
                )
            new = dataclasses.replace(old, impairment=impairment)
            self._make(old, new)
            self._specs[_id(left, right)] = new
        self._record(old.left, old.right, f"now {in_words(impairment)}")
        return new

    def _make(self, old: LinkSpec, new: LinkSpec) -> None:
        try:
            self._lab.runtime.links.check([self._on_machine(new)])
            # Written down first: whoever starts the lab again does this.
            self._store(new)
            try:
                self._lab.runtime.links.set(self._on_machine(new))
            except BaseException:
                self._store(old)
                raise
        except RuntimeFault as fault:
            raise Unavailable(str(fault)) from fault

    def _store(self, spec: LinkSpec) -> None:
        ident = _id(spec.left, spec.right)
        start = asdict(self._starts[ident])
        self._records.put(LinkRecord(ident, asdict(spec.impairment), start))

    def report(self) -> list[LinkReport]:
        """All links, with their counters and rates.

        :raises RuntimeFault: when the machine does not tell.
        """
        states = {
            _id(state.left, state.right): state
            for state in self._lab.runtime.links.states()
        }
        with self._lock:
            return [
                LinkReport(spec, state, self._rate(state.forth), self._rate(state.back))
                for ident, spec in self._specs.items()
                if (state := states.get(ident))
            ]

    def _rate(self, way: DirectionCounters) -> float:
        now = time.monotonic()
        then, size, rate = self._samples.get(
            (way.source, way.target), (now, way.bytes, 0.0)
        )
        if now - then >= RATE_SECONDS:
            # The counters begin anew when a link changes its means.
            rate = max(way.bytes - size, 0) * 8 / (now - then)
            then, size = now, way.bytes
        self._samples[way.source, way.target] = (then, size, rate)
        return rate

    def _has_changed(self, left: str, right: str, up: bool, reason: str) -> None:
        """Tell people of a link that went down or up by itself."""
        spec = self.find(left, right)
        text = f"link {'up' if up else 'down'}: {reason}"
        self._record(spec.left, spec.right, text)

    def _record(self, left: str, right: str, text: str) -> None:
        self._lab.events.record("", "link", f"{left} - {right}", text)


def _id(left: str, right: str) -> str:
    return "/".join(sorted((left, right)))


def _checked(name: str, value: Any) -> float | None:
    if name not in BOUNDS:
        raise BadRequest(f"{name!r} is nothing that a link has; it has {list(BOUNDS)}")
    least, most, unit = BOUNDS[name]
    if name == "rate_mbit" and value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not least <= value <= most
    ):
        raise BadRequest(
            f"{name} must be a number of {unit} from {least:g} to {most:.0f}, "
            f"not {value!r}"
        )
    return float(value)
