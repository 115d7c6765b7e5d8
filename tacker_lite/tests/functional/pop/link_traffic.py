"""Small senders and receivers that measure the way between two network namespaces."""

import contextlib
import os
import socket
import statistics
import struct
import threading
import time

from tacker_lite.pop.runtime import kernel

PORT = 5005
#: What Ethernet, IP and UDP add to what is sent.
HEADERS = 14 + 20 + 8
FULL = 1472
SO_RCVBUFFORCE = 33
_ANSWER_SECONDS = 2.0
_BUFFER = 8 << 20


def open_socket(netns, address, kind=socket.SOCK_DGRAM):
    """A socket of a network namespace, bound to an address of it."""
    opened = []

    def work():
        opened.append(socket.socket(socket.AF_INET, kind))

    kernel.in_netns(netns, work)
    (channel,) = opened
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    channel.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, _BUFFER)
    channel.bind(address)
    return channel


@contextlib.contextmanager
def hurry():
    """Go before what else this machine does: the clock that measures must not wait."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


class Echo(threading.Thread):
    """Sends back whatever comes, until it is closed."""

    def __init__(self, netns, address):
        super().__init__(name="echo", daemon=True)
        self._channel = open_socket(netns, (address, PORT))
        self._channel.settimeout(0.1)
        self._closed = False

    def run(self):
        with hurry():
            self._echo()

    def _echo(self):
        while not self._closed:
            with contextlib.suppress(TimeoutError):
                data, peer = self._channel.recvfrom(2048)
                self._channel.sendto(data, peer)

    def close(self):
        self._closed = True
        self.join()
        self._channel.close()


class Way:
    """The way from one namespace to another.

    :param source: namespace and address; ``target`` likewise.
    """

    def __init__(self, source, target):
        self.source, self.target = source, target

    def round_trips(self, count=20):
        """Milliseconds that each took; what is lost is left out."""
        found = []
        echo = Echo(*self.target)
        echo.start()
        try:
            with hurry(), open_socket(self.source[0], (self.source[1], 0)) as channel:
                channel.connect((self.target[1], PORT))
                channel.settimeout(_ANSWER_SECONDS)
                for _ in range(count):
                    start = time.perf_counter()
                    channel.send(b"x")
                    with contextlib.suppress(TimeoutError):
                        channel.recv(16)
                        found.append((time.perf_counter() - start) * 1000)
        finally:
            echo.close()
        return found

    def round_trip(self):
        """What a quarter of them took at most, in milliseconds.

        What others on this machine add to the rest is not the link's.
        """
        return statistics.quantiles(self.round_trips())[0]

    def received(self, count, size=8, pause=0.0, wait=0.3, burst=25):
        """Numbers of those packets that arrived, with the moments of it.

        :param pause: seconds between bursts.
        """
        found = []
        with (
            hurry(),
            open_socket(self.target[0], (self.target[1], PORT)) as receiver,
            open_socket(self.source[0], (self.source[1], 0)) as sender,
        ):
            receiver.settimeout(wait)
            taking = threading.Thread(target=_take, args=(receiver, found))
            taking.start()
            padding = bytes(size - 8)
            start = time.perf_counter()
            for number in range(count):
                data = struct.pack("=Q", number) + padding
                sender.sendto(data, (self.target[1], PORT))
                if number % burst == burst - 1:
                    due = start + (number + 1) // burst * pause
                    time.sleep(max(0.0, due - time.perf_counter()))
            taking.join()
        return found

    def loss(self, count=20000):
        """Percent of packets that did not arrive."""
        arrived = self.received(count, pause=0.0005)
        return 100 * (1 - len(arrived) / count)

    def rate(self, limit_mbit, seconds=1.0):
        """Mbit/s that arrive of twice as many that are sent."""
        bits = (FULL + HEADERS) * 8
        burst = 5
        count = int(2 * limit_mbit * 1e6 * seconds / bits)
        pause = burst * bits / (2 * limit_mbit * 1e6)
        found = self.received(count, FULL, pause, burst=burst)
        # What may pass at once at the beginning is no rate.
        found = found[len(found) // 5 :]
        took = found[-1][1] - found[0][1]
        return (len(found) - 1) * bits / took / 1e6


def _take(receiver, found):
    with hurry(), contextlib.suppress(TimeoutError):
        while True:
            data = receiver.recv(2048)
            found.append((struct.unpack_from("=Q", data)[0], time.perf_counter()))
