"""What can delay, lose or slow down the packets of a link on this machine.

Every kernel feature is probed by using it, in a network namespace that has no name and
ends with the probe.
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tacker_lite.pop.runtime import kernel, link_relay, link_shaping
from tacker_lite.pop.runtime.base import Capability, LinkSpec, RuntimeFault
from tacker_lite.pop.runtime.links import FEATURES
from tacker_lite.pop.topology import Impairment

NETEM, TBF, BPF, RELAY = "netem", "tbf", "bpf", "relay"
#: What each means takes of this machine.
NEEDS = {
    NETEM: "the queueing discipline netem (kernel module sch_netem)",
    TBF: "the queueing discipline tbf (kernel module sch_tbf)",
    BPF: "the classifier bpf on clsact (kernel modules cls_bpf and sch_ingress)",
    RELAY: "TAP devices (kernel module tun and /dev/net/tun)",
}
#: By what a link can do to packets: the means for it, the best one first.
CHOICE = {
    "delay": (NETEM, RELAY),
    "jitter": (NETEM, RELAY),
    "loss": (NETEM, BPF, RELAY),
    "rate": (NETEM, TBF, RELAY),
}
_PROBED_DEVICE = "probe"
_PROBE_SECONDS = 20.0
_KEYS = {
    "delay": "delay_ms",
    "jitter": "jitter_ms",
    "loss": "loss_percent",
    "rate": "rate_mbit",
}

#: Reason why a means is not there, by means; empty: it is.
Reasons = Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """Which means does which part of an impairment.

    :ivar netem: what netem does; ``relay`` what the relay does; None: they are not
        part of it.
    :ivar rate_mbit: that tbf keeps to, or None.
    :ivar loss_percent: that the classifier loses.
    """

    netem: Impairment | None = None
    relay: Impairment | None = None
    rate_mbit: float | None = None
    loss_percent: float = 0.0

    @property
    def means(self) -> str:
        """The means in words."""
        used = {
            NETEM: self.netem is not None,
            RELAY: self.relay is not None,
            TBF: self.rate_mbit is not None,
            BPF: bool(self.loss_percent),
        }
        return ", ".join(name for name, is_used in used.items() if is_used) or "plain"

    @property
    def single_packets(self) -> bool:
        """Whether something is done to each packet, so that none may be joined."""
        netem = self.netem or Impairment()
        return bool(
            self.loss_percent
            or netem.loss_percent
            or netem.jitter_ms
            or netem.rate_mbit
        )


def wanted(impairment: Impairment) -> list[str]:
    """What is done to packets at all: keys of :data:`CHOICE`."""
    return [name for name in CHOICE if getattr(impairment, _KEYS[name])]


def plan(link: LinkSpec, reasons: Reasons) -> Plan:
    """Choose the means for a link.

    :param reasons: what this machine lacks.
    :raises RuntimeFault: naming the link, what is missing and what would do.
    """
    features = wanted(link.impairment)
    if not features:
        return Plan()
    if not reasons[NETEM]:
        return Plan(netem=link.impairment)
    for feature in features:
        if all(reasons[means] for means in CHOICE[feature]):
            raise RuntimeFault(_refusal(link, feature, reasons))
    rate, loss = link.impairment.rate_mbit, link.impairment.loss_percent
    by_tbf = bool(rate) and not reasons[TBF]
    delayed = "delay" in features or "jitter" in features
    by_bpf = bool(loss) and not delayed and not reasons[BPF]
    rest = dataclasses.replace(
        link.impairment,
        rate_mbit=None if by_tbf else rate,
        loss_percent=0.0 if by_bpf else loss,
    )
    return Plan(
        relay=rest if wanted(rest) else None,
        rate_mbit=rate if by_tbf else None,
        loss_percent=loss if by_bpf else 0.0,
    )


def _refusal(link: LinkSpec, feature: str, reasons: Reasons) -> str:
    key = _KEYS[feature]
    value = getattr(link.impairment, key)
    lacking = "; ".join(
        f"{means} cannot be used: {reasons[means]}" for means in CHOICE[feature]
    )
    return (
        f"link {link.left} - {link.right}: {key} {value:g} needs "
        f"{' or '.join(CHOICE[feature])}. {lacking}. Make one of them available, or "
        f"leave {key} out of the link; --runtime simulated only records it"
    )


def capabilities(reasons: Reasons) -> list[Capability]:
    """What links can do on this machine."""
    found = []
    for feature, (name, choice) in zip(FEATURES, CHOICE.items(), strict=True):
        assert feature.endswith(name)
        usable = [means for means in choice if not reasons[means]]
        better = choice[: choice.index(usable[0])] if usable else choice
        reason = "; ".join(f"no {means}: {reasons[means]}" for means in better)
        found.append(Capability(feature, usable[0] if usable else "", reason))
    return found


def check_names(means: Collection[str]) -> None:
    """:raises RuntimeFault: when one is no means that there is."""
    unknown = sorted(set(means) - set(NEEDS))
    if unknown:
        raise RuntimeFault(
            f"{', '.join(map(repr, unknown))}: no such means for links; there are "
            f"{', '.join(NEEDS)}"
        )


def probe(allowed: Collection[str] = tuple(NEEDS)) -> dict[str, str]:
    """Why each means cannot be used here; empty when it can.

    :param allowed: means that may be used.
    """
    reasons = dict.fromkeys(NEEDS, "it is not among the means that --link-means allows")
    probed = [means for means in NEEDS if means in allowed]
    if os.geteuid() != 0:
        root = f"root is needed, this is user {os.geteuid()}"
        return {**reasons, **dict.fromkeys(probed, root)}

    def work() -> None:
        for means in probed:
            reasons[means] = _refused_tap() if means == RELAY else _refused_tc(means)

    try:
        kernel.in_new_netns(work)
    except OSError as error:
        return {**reasons, **dict.fromkeys(probed, str(error))}
    return reasons


def _refused_tc(means: str) -> str:
    """The kernel's reason why a means of tc cannot be used, or ''."""
    if not shutil.which("tc"):
        return "the command tc is missing: install the package iproute2"
    sample = {
        NETEM: Plan(netem=Impairment(delay_ms=1, rate_mbit=1)),
        TBF: Plan(rate_mbit=1),
        BPF: Plan(loss_percent=1),
    }[means]
    # A device to try it on: the loopback device of the namespace is its own.
    lines = link_shaping.lines(
        "lo", sample.netem, sample.rate_mbit, sample.loss_percent
    )
    for line in lines:
        said = _tc(line)
        if said:
            return f"this kernel lacks {NEEDS[means]}: {said}"
    return ""


def _tc(line: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["tc", *line],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=_PROBE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"tc did not answer within {_PROBE_SECONDS:.0f} seconds"
    said = " ".join(done.stderr.split()).removeprefix("Error: ").rstrip(".")
    return said if done.returncode else ""


def _refused_tap() -> str:
    """The kernel's reason why there can be no TAP device, or ''."""
    flags = link_relay.IFF_TAP | link_relay.IFF_NO_PI | link_relay.IFF_VNET_HDR
    request = struct.pack("16sH22x", _PROBED_DEVICE.encode(), flags)
    try:
        descriptor = os.open(link_relay.TUN, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.ioctl(descriptor, link_relay.TUNSETIFF, request)
        finally:
            os.close(descriptor)
    except OSError as error:
        return f"this machine lacks {NEEDS[RELAY]}: {error.strerror}"
    return ""


class Means:
    """What may be used of what this machine has; probed when it is first needed."""

    def __init__(self) -> None:
        self._allowed: tuple[str, ...] = tuple(NEEDS)
        self._reasons: Reasons | None = None

    def restrict(self, means: Sequence[str]) -> None:
        """Use no others than these.

        :raises RuntimeFault: when one is no means that there is.
        """
        check_names(means)
        self._allowed, self._reasons = tuple(means), None

    def reasons(self) -> Reasons:
        """Why each means cannot be used here; empty when it can."""
        if self._reasons is None:
            self._reasons = probe(self._allowed)
        return self._reasons

    def plan(self, link: LinkSpec) -> Plan:
        """Choose the means for a link.

        :raises RuntimeFault: naming the link, what is missing and what would do.
        """
        # Most links do nothing to packets: then nothing has to be probed.
        return plan(link, self.reasons()) if wanted(link.impairment) else Plan()
