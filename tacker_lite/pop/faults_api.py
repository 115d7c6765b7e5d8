"""What faults do to one request to a PoP."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tacker_lite.pop.faults import Fault, Faults


@dataclass(frozen=True)
class RequestFault:
    """What a request meets instead of, or before, its answer.

    :ivar names: of the faults.
    :ivar drop: ``reset`` or ``hang``: no answer at all; else empty.
    :ivar delay_ms: to wait beforehand.
    :ivar status: of the error to answer with; 0: none.
    """

    names: tuple[str, ...]
    drop: str = ""
    delay_ms: float = 0.0
    status: int = 0

    def __str__(self) -> str:
        """For people: the header of the answer and the log."""
        words = [", ".join(self.names)]
        if self.drop:
            words.append(f"no answer ({self.drop})")
        if self.delay_ms:
            words.append(f"waited {self.delay_ms:.0f} ms")
        if self.status:
            words.append(f"answered {self.status}")
        return "; ".join(words)


def of_request(
    faults: Faults, pop: str, service: str, method: str, path: str
) -> RequestFault | None:
    """The fault that a request meets, or None.

    :param path: the service's own part of the path.
    """
    found = faults.active(pop, "unreachable", "latency", "error")
    if not found:
        return None
    for fault in found:
        if fault.kind == "unreachable":
            return RequestFault((fault.id,), drop=fault["mode"])
    fitting = [fault for fault in found if _fits(fault, service, method, path)]
    late = [fault for fault in fitting if fault.kind == "latency"]
    delay = sum(faults.spread(fault, "delay_ms", "jitter_ms") for fault in late)
    broken = next((f for f in fitting if f.kind == "error" and faults.strikes(f)), None)
    names = tuple(fault.id for fault in (*late, *([broken] if broken else [])))
    if not names:
        return None
    status = broken["status"] if broken else 0
    return RequestFault(names, delay_ms=delay, status=status)


def _fits(fault: Fault, service: str, method: str, path: str) -> bool:
    return (
        fault["service"] in ("", service)
        and fault["method"] in ("", method)
        and (not fault["path"] or fnmatchcase(path, fault["path"]))
    )
