"""What tc is told for a link's device, and what it says of it.

Sources: tc-netem(8), tc-tbf(8), tc-bpf(8); linux/filter.h for the classic instructions.
"""

from __future__ import annotations

import array
import fcntl
import json
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.topology import Impairment

#: Bytes of the largest frame that a link carries in one piece.
FRAME = 1514
#: How long a frame may wait for the rate, and how many always may.
QUEUE_SECONDS, QUEUE_FRAMES = 0.05, 10
#: What may pass at once, as time at that rate: the kernel's clock is finer.
BURST_SECONDS = 0.004
#: Mbit/s that a link without a rate is taken to carry, to size its queue.
UNBOUND_RATE = 10_000
#: With a rate, netem lets no packet overtake another.
ORDERING_RATE = 30_000
PREFERENCE = 7
#: The kernel takes no larger size.
MOST = 2**31 - 1
# Each kind has a handle of its own: then what is replaced by its like keeps its queue.
_NETEM_HANDLE, _TBF_HANDLE = "10:", "20:"
#: Messages of tc that mean: already so.
EXISTS = ("File exists", "Exclusivity flag on")
GONE = (
    "No such file",
    "Invalid argument",
    "Cannot find",
    "doesn't exist",
    "handle of zero",
)
SIOCETHTOOL = 0x8946
ETHTOOL_STSO, ETHTOOL_SGSO = 0x1F, 0x24
# Classic BPF: load a random number, compare, return.  -1: go on with the next filter,
# 2: drop.
_LOAD_RANDOM = (0x20, 0, 0, 0xFFFFF000 + 56)
_JUMP_IF_GREATER_OR_EQUAL = 0x35
_GO_ON, _DROP = (0x06, 0, 0, 0xFFFFFFFF), (0x06, 0, 0, 2)


def lines(
    device: str, netem: Impairment | None, rate_mbit: float | None, loss_percent: float
) -> list[list[str]]:
    """Commands of tc that make a device do this; what is there already is replaced.

    :param rate_mbit: that tbf keeps to for what leaves, or None.
    :param loss_percent: that is lost of what arrives.
    """
    found = []
    if netem is not None:
        found.append(_netem(device, netem))
    elif rate_mbit is not None:
        found.append(_tbf(device, rate_mbit))
    if loss_percent:
        found += _loss(device, loss_percent)
    return found


def cleared(
    device: str, netem: Impairment | None, rate_mbit: float | None, loss_percent: float
) -> list[list[str]]:
    """Commands of tc that take from a device whatever else it may have done."""
    found = []
    if netem is None and rate_mbit is None:
        found.append(["qdisc", "del", "dev", device, "root"])
    if not loss_percent:
        found.append(
            ["filter", "del", "dev", device, "ingress", "pref", str(PREFERENCE)]
        )
    return found


def _netem(device: str, impairment: Impairment) -> list[str]:
    rate = impairment.rate_mbit or UNBOUND_RATE
    seconds = (impairment.delay_ms + impairment.jitter_ms) / 1000 + QUEUE_SECONDS
    waiting = QUEUE_FRAMES + round(rate * 1e6 * seconds / 8 / FRAME)
    words = ["limit", str(min(waiting, MOST))]
    if impairment.delay_ms or impairment.jitter_ms:
        words += ["delay", f"{impairment.delay_ms:g}ms"]
    if impairment.jitter_ms:
        words += [f"{impairment.jitter_ms:g}ms"]
    if impairment.loss_percent:
        words += ["loss", f"{impairment.loss_percent:g}%"]
    if impairment.rate_mbit or impairment.jitter_ms:
        words += ["rate", _bits(impairment.rate_mbit or ORDERING_RATE)]
    return [*_replaced(device, _NETEM_HANDLE), "netem", *words]


def _tbf(device: str, rate_mbit: float) -> list[str]:
    bytes_per_second = rate_mbit * 1e6 / 8
    burst = max(2 * FRAME, round(bytes_per_second * BURST_SECONDS))
    limit = max(QUEUE_FRAMES * FRAME, round(bytes_per_second * QUEUE_SECONDS))
    return [
        *_replaced(device, _TBF_HANDLE),
        *("tbf", "rate", _bits(rate_mbit)),
        *("burst", str(min(burst, MOST)), "limit", str(min(limit, MOST))),
    ]


def _replaced(device: str, handle: str) -> list[str]:
    return ["qdisc", "replace", "dev", device, "root", "handle", handle]


def _bits(rate_mbit: float) -> str:
    return f"{round(rate_mbit * 1e6)}bit"


def _loss(device: str, percent: float) -> list[list[str]]:
    # At the ingress of the far end: the sender must not learn of it.
    return [
        ["qdisc", "add", "dev", device, "clsact"],
        [
            *("filter", "replace", "dev", device, "ingress"),
            *("pref", str(PREFERENCE), "handle", "1", "protocol", "all"),
            *("bpf", "da", "bytecode", losing_program(percent)),
        ],
    ]


def losing_program(percent: float) -> str:
    """A program that loses that share of packets, as tc takes bytecode."""
    least_kept = min(round(percent / 100 * 2**32), 2**32 - 1)
    program = [
        _LOAD_RANDOM,
        (_JUMP_IF_GREATER_OR_EQUAL, 0, 1, least_kept),
        _GO_ON,
        _DROP,
    ]
    return ",".join([str(len(program)), *(" ".join(map(str, i)) for i in program)])


def join_packets(devices: Iterable[str], joined: bool) -> Callable[[], None]:
    """Work for a network namespace: whether devices carry TCP segments in one piece.

    Otherwise the loss of one packet would be that of up to 64 KiB.
    """

    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            for device in devices:
                for command in (ETHTOOL_STSO, ETHTOOL_SGSO):
                    value = array.array("I", (command, int(joined)))
                    address, _ = value.buffer_info()
                    request = struct.pack("16sP16x", device.encode(), address)
                    fcntl.ioctl(channel, SIOCETHTOOL, request)

    return work


@dataclass(frozen=True)
class Queue:
    """What a device's queueing disciplines have counted.

    :ivar dropped: of what was to leave; ``queued`` of it now, in packets.
    :ivar lost: of what arrived.
    """

    dropped: int = 0
    queued: int = 0
    lost: int = 0


def queues(listing: str) -> dict[str, Queue]:
    """By device, from the output of ``tc -s -j qdisc show``."""
    found: dict[str, Queue] = {}
    entries: list[dict[str, Any]] = json.loads(listing or "[]")
    for entry in entries:
        old = found.get(entry["dev"], Queue())
        if entry["kind"] == "clsact":
            new = Queue(old.dropped, old.queued, entry["drops"])
        elif entry.get("root"):
            new = Queue(entry["drops"], entry["qlen"], old.lost)
        else:
            continue
        found[entry["dev"]] = new
    return found
