"""The program that carries the packets of a link: later, fewer or slower.

It runs as a process of its own between two TAP devices, started with nothing but the
standard library, and outlives the lab's process.  Arguments: a JSON file that names the
ends and what to do, and the path of the socket on which it takes other values and tells
what it has counted.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import gc
import json
import os
import random
import select
import socket
import struct
import sys
import time
from collections import deque
from typing import Any

CLONE_NEWNET = 0x40000000
TUN = "/dev/net/tun"
TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
# Checksums left open, and segments of TCP in one piece: TUN_F_CSUM, _TSO4, _TSO6, _ECN.
WHOLE_SEGMENTS = 0x01 | 0x02 | 0x04 | 0x08
TFD_NONBLOCK, TFD_CLOEXEC, TFD_TIMER_ABSTIME = os.O_NONBLOCK, os.O_CLOEXEC, 1
CLOCK_MONOTONIC = 1
#: Of struct virtio_net_hdr, which comes before each frame.
HEADER_BYTES = 10
LARGEST_FRAME = 65536 + 64
#: Frames taken from one end before the other has its turn.
TURN = 64
#: Nanoseconds: what is due so soon goes now, rather than wake again for it.
EARLY = 20_000
#: Bytes of one direction that may wait for their delay.
MOST_WAITING = 64 << 20
#: Nanoseconds that a frame may wait for the rate, and frames that always may.
RATE_WAIT, RATE_FRAMES = 50_000_000, 10
FRAME = 1514
PRIORITY = -20

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> int:
    found: int = getattr(_libc, name)(*arguments)
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return found


class Timer:
    """Wakes at a moment of the monotonic clock, to the microsecond.

    The timeouts of epoll are too coarse: whole milliseconds.
    """

    def __init__(self) -> None:
        self.descriptor = _call(
            "timerfd_create", CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC
        )
        self._moment = 0

    def set(self, moment: int) -> None:
        """:param moment: nanoseconds; 0: never."""
        if moment != self._moment:
            self._moment = moment
            value = struct.pack("@4q", 0, 0, *divmod(moment, 1_000_000_000))
            _call("timerfd_settime", self.descriptor, TFD_TIMER_ABSTIME, value, None)

    def rung(self) -> None:
        """Take note that it has woken us."""
        self._moment = 0
        with contextlib.suppress(BlockingIOError):
            os.read(self.descriptor, 8)


class Direction:
    """What goes from one end to the other.

    :ivar waiting: frames with the moments at which they are due, in order: no frame
        overtakes another, whatever their own delays are.
    """

    def __init__(self, source: int, target: int):
        self.source, self.target = source, target
        self.waiting: deque[tuple[int, bytes]] = deque()
        self.waiting_bytes = 0
        self.packets = self.bytes = self.lost = self.dropped = 0
        self._last_due = self._free_at = 0
        self._delay = self._jitter = 0
        self._loss = self._bit_time = 0.0

    def impair(self, impairment: dict[str, Any]) -> None:
        """Take other values for what comes from now on."""
        self._delay = round(impairment["delay_ms"] * 1e6)
        self._jitter = round(impairment["jitter_ms"] * 1e6)
        self._loss = impairment["loss_percent"] / 100
        rate = impairment["rate_mbit"]
        self._bit_time = 1000 / rate if rate else 0.0

    def receive(self) -> None:
        """Take the frames that have come.

        :raises OSError: when the device is gone.
        """
        now = time.monotonic_ns()
        source, waiting = self.source, self.waiting
        for _ in range(TURN):
            try:
                frame = os.read(source, LARGEST_FRAME)
            except BlockingIOError:
                return
            due = now
            if self._bit_time:
                due = self._through_rate(now, len(frame) - HEADER_BYTES)
                if not due:
                    self.dropped += 1
                    continue
            if self._loss and random.random() < self._loss:  # noqa: S311 - no secret
                self.lost += 1
                continue
            due += self._delay
            if self._jitter:
                due += round(random.uniform(-self._jitter, self._jitter))  # noqa: S311
            if due < self._last_due:
                due = self._last_due
            self._last_due = due
            if self.waiting_bytes > MOST_WAITING:
                self.dropped += 1
            else:
                self.waiting_bytes += len(frame)
                waiting.append((due, frame))

    def _through_rate(self, now: int, size: int) -> int:
        """When the last bit of a frame is through; 0: too many wait before it."""
        start = max(now, self._free_at)
        longest = max(RATE_WAIT, RATE_FRAMES * FRAME * 8 * self._bit_time)
        if start - now > longest:
            return 0
        self._free_at = start + round(size * 8 * self._bit_time)
        return self._free_at

    def send_due(self) -> None:
        """Pass on what is due."""
        waiting = self.waiting
        if not waiting:
            return
        now = time.monotonic_ns() + EARLY
        while waiting and waiting[0][0] <= now:
            frame = waiting.popleft()[1]
            self.waiting_bytes -= len(frame)
            try:
                os.write(self.target, frame)
            except OSError as error:
                # The device is down or its queue is full: as on any other link.
                if error.errno == errno.EBADFD:
                    raise
                self.dropped += 1
            else:
                self.packets += 1
                self.bytes += len(frame) - HEADER_BYTES

    def counters(self) -> dict[str, int]:
        return {
            "packets": self.packets,
            "bytes": self.bytes,
            "lost": self.lost,
            "dropped": self.dropped,
            "queued": len(self.waiting),
        }


class Relay:
    """Both directions of a link.

    :param ends: TAP devices, left and right.
    :param listener: where other values come in and counters go out.
    """

    def __init__(self, ends: tuple[int, int], listener: socket.socket):
        self._ends = ends
        self._directions = (Direction(*ends), Direction(*reversed(ends)))
        self._timer = Timer()
        self._listener = listener
        self._callers: dict[int, socket.socket] = {}
        self._impairment: dict[str, Any] = {}
        self._epoll = select.epoll()
        for descriptor in (*ends, self._timer.descriptor, listener.fileno()):
            self._epoll.register(descriptor, select.EPOLLIN)

    def impair(self, impairment: dict[str, Any]) -> None:
        """Do this from now on; what waits keeps its moment."""
        self._impairment = impairment
        for direction in self._directions:
            direction.impair(impairment)
        # Whoever loses or delays single packets must see single packets.
        single = ("jitter_ms", "loss_percent", "rate_mbit")
        whole = 0 if any(impairment[name] for name in single) else WHOLE_SEGMENTS
        for end in self._ends:
            fcntl.ioctl(end, TUNSETOFFLOAD, whole)

    def run(self) -> None:
        """Relay until a device is gone."""
        forth, back = self._directions
        left, right = self._ends
        timer = self._timer
        while True:
            for descriptor, _ in self._epoll.poll():
                if descriptor == left:
                    forth.receive()
                elif descriptor == right:
                    back.receive()
                elif descriptor == timer.descriptor:
                    timer.rung()
                else:
                    self._serve(descriptor)
            forth.send_due()
            back.send_due()
            heads = [d.waiting[0][0] for d in self._directions if d.waiting]
            timer.set(min(heads, default=0))

    def _serve(self, descriptor: int) -> None:
        if descriptor == self._listener.fileno():
            caller = self._listener.accept()[0]
            caller.setblocking(False)
            self._callers[caller.fileno()] = caller
            self._epoll.register(caller.fileno(), select.EPOLLIN)
            return
        self._epoll.unregister(descriptor)
        # Whoever hangs up has heard enough.
        with self._callers.pop(descriptor) as caller, contextlib.suppress(OSError):
            request = json.loads(caller.recv(65536) or b"{}")
            if "impairment" in request:
                self.impair(request["impairment"])
            caller.send(json.dumps(self._state()).encode())

    def _state(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "impairment": self._impairment,
            "directions": [direction.counters() for direction in self._directions],
        }


def attach(namespace: str, device: str) -> int:
    """A descriptor of a TAP device in a network namespace.

    The process stays in that namespace.
    """
    with open(namespace, "rb") as file:
        _call("setns", file.fileno(), CLONE_NEWNET)
    descriptor = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", device.encode(), flags))
    return descriptor


def _listen(path: str) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path)
    listener.listen(16)
    listener.setblocking(False)
    return listener


def _hurry() -> None:
    """Go before what else this machine does: a packet that waits for us is late.

    In a container it may be refused: then packets are as late as others make them.
    """
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    # Where each session has a share of its own, what counts is that of the session.
    with contextlib.suppress(OSError):
        with open("/proc/self/autogroup", "w", encoding="ascii") as file:
            file.write(str(PRIORITY))


def main(settings: str, path: str) -> None:
    # Whoever has started this has written down which process it is, or is gone.
    if sys.stdin.readline() != "go\n":
        return
    with open(settings, encoding="utf-8") as file:
        said = json.load(file)
    with open("/proc/self/ns/net", "rb") as home:
        left, right = (attach(*end) for end in said["ends"])
        _call("setns", home.fileno(), CLONE_NEWNET)
    _hurry()
    relay = Relay((left, right), _listen(path))
    relay.impair(said["impairment"])
    # Nothing here has cycles, and a collection would hold packets up.
    gc.disable()
    relay.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
