"""Links of labs: how near they come to what they are to do, and what they cost.

Every figure stands beside the same measured on a link that does nothing to packets.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

from figures import report
from pops import free_network
from processes import cpu_seconds, resident_mib

from tacker_lite.pop.runtime import capability, kernel, names
from tacker_lite.pop.runtime.base import LinkSpec, NetworkSpec, RuntimeFault, SubnetSpec
from tacker_lite.pop.runtime.labels import Labels
from tacker_lite.pop.runtime.namespace import NamespaceRuntime
from tacker_lite.pop.topology import Impairment

POPS = ("left", "right")
PORT = 5005
TRIPS, PACKETS, CHANGES = 100, 20000, 10
STREAM_SECONDS = 2.0
FULL, HEADERS = 1472, 42
"""Bytes of a packet's content, and those that Ethernet, IP and UDP add."""

BUFFER = 8 << 20
SO_RCVBUFFORCE = 33


class BenchLink:
    """Two PoPs and the link between them."""

    def __init__(self, directory: str):
        self.lab = f"bench{os.getpid()}links"
        self._runtime = NamespaceRuntime(self.lab, directory)
        self.addresses: dict[str, str] = {}

    def open(self) -> None:
        self._runtime.open(POPS, [LinkSpec(*POPS)])
        for pop in POPS:
            cidr = free_network()
            self.addresses[pop] = str(cidr[1])
            subnets = (SubnetSpec(pop, str(cidr), str(cidr[1])),)
            self._runtime.ensure_network(
                NetworkSpec(pop, pop, "net", subnets, routed=True)
            )

    def set(self, **values: float) -> float:
        """Change the link; returns the seconds that it took."""
        begun = time.monotonic()
        self._runtime.links.set(LinkSpec(*POPS, Impairment(**values)))
        return time.monotonic() - begun

    def relay(self) -> int:
        """The number of the relay's process."""
        (label,) = Labels(self.lab).all("relay").values()
        return int(label["process"][0])

    def close(self) -> None:
        self._runtime.destroy()

    def socket(self, pop: str, port: int = 0, kind: int = socket.SOCK_DGRAM):
        """A socket in a PoP's router, bound to the PoP's address."""
        opened: list[socket.socket] = []
        kernel.in_netns(
            names.router(self.lab, pop),
            lambda: opened.append(socket.socket(socket.AF_INET, kind)),
        )
        opened[0].setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        opened[0].bind((self.addresses[pop], port))
        return opened[0]


@contextlib.contextmanager
def echo(link: BenchLink) -> Iterator[None]:
    """Somebody on the right who sends back whatever comes."""
    channel = link.socket("right", PORT)
    channel.settimeout(0.1)
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                channel.sendto(*channel.recvfrom(2048))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        channel.close()


def round_trips(link: BenchLink) -> list[float]:
    """Milliseconds that each took."""
    found = []
    with echo(link), link.socket("left") as channel:
        channel.connect((link.addresses["right"], PORT))
        channel.settimeout(5)
        for _ in range(TRIPS):
            begun = time.perf_counter()
            channel.send(b"x")
            channel.recv(16)
            found.append((time.perf_counter() - begun) * 1000)
    return found


def arrived(
    link: BenchLink, count: int, size: int, per_second: float
) -> tuple[int, float]:
    """How many of so many packets arrived, and how many of them in a second."""
    moments: list[float] = []

    def take() -> None:
        with contextlib.suppress(TimeoutError):
            while receiver.recv(2048):
                moments.append(time.perf_counter())

    with link.socket("right", PORT) as receiver, link.socket("left") as sender:
        receiver.settimeout(0.5)
        taking = threading.Thread(target=take)
        taking.start()
        begun = time.perf_counter()
        for number in range(count):
            sender.sendto(bytes(size), (link.addresses["right"], PORT))
            time.sleep(max(0.0, begun + number / per_second - time.perf_counter()))
        taking.join()
    late = moments[len(moments) // 5 :]
    return len(moments), (len(late) - 1) / (late[-1] - late[0])


def stream_mbit(link: BenchLink) -> float:
    """Mbit/s of one TCP connection."""
    with link.socket("right", 0, socket.SOCK_STREAM) as listener:
        listener.listen()
        sender = link.socket("left", 0, socket.SOCK_STREAM)
        sender.connect(listener.getsockname())
        receiver, _ = listener.accept()
    taken = [0]

    def take() -> None:
        buffer = bytearray(1 << 20)
        while size := receiver.recv_into(buffer):
            taken[0] += size

    taking = threading.Thread(target=take)
    taking.start()
    begun = time.monotonic()
    with sender:
        while time.monotonic() - begun < STREAM_SECONDS:
            sender.sendall(bytes(1 << 18))
    taking.join()
    receiver.close()
    return taken[0] * 8 / (time.monotonic() - begun) / 1e6


def delay(link: BenchLink) -> bool:
    link.set()
    plain = statistics.median(round_trips(link))
    link.set(delay_ms=20)
    error = abs(statistics.median(round_trips(link)) - 40)
    return report(
        *("lab.link_delay_error", error, "ms"),
        baseline=("plain round trip", plain),
        target=("<=", 1),
    )


def loss(link: BenchLink) -> bool:
    met = True
    for what, extra in (("loss", {}), ("loss_and_delay", {"delay_ms": 2.0})):
        link.set()
        plain = 100 * (1 - arrived(link, PACKETS, 64, 2e4)[0] / PACKETS)
        link.set(loss_percent=5, **extra)
        found = 100 * (1 - arrived(link, PACKETS, 64, 2e4)[0] / PACKETS)
        met &= report(
            *(f"lab.link_{what}_error", abs(found - 5), "percent of packets"),
            baseline=("plain loss", plain),
            target=("<=", 1),
        )
    return met


def rate(link: BenchLink) -> bool:
    met = True
    bits = (FULL + HEADERS) * 8
    for wanted in (10, 50):
        packets = wanted * 1e6 / bits
        count = int(4 * packets)
        link.set()
        plain = arrived(link, count, FULL, 2 * packets)[1] * bits / 1e6
        link.set(rate_mbit=wanted)
        found = arrived(link, count, FULL, 2 * packets)[1] * bits / 1e6
        met &= report(
            *(
                f"lab.link_rate_{wanted}_error",
                100 * abs(found / wanted - 1),
                "percent",
            ),
            baseline=("plain Mbit/s of what was sent", plain),
            target=("<=", 5),
        )
    return met


def cost(link: BenchLink) -> bool:
    link.set()
    plain = stream_mbit(link)
    link.set(delay_ms=0.5)
    report(
        *("lab.link_stream", stream_mbit(link), "Mbit/s, delay 0.5 ms"),
        baseline=("plain Mbit/s", plain),
    )
    link.set(delay_ms=0.5, jitter_ms=0.1)
    before = cpu_seconds(link.relay())
    count, _ = arrived(link, PACKETS, 64, 2e4)
    used = (cpu_seconds(link.relay()) - before) / count * 1e6
    report(*("lab.link_relay_packet", used, "us of a processor"), baseline=("plain", 0))
    report(
        *("lab.link_relay_memory", resident_mib(link.relay()), "MiB"),
        baseline=("plain", 0),
    )
    changes = [link.set(delay_ms=number) for number in range(1, CHANGES)]
    moves = [link.set(delay_ms=number % 2) for number in range(CHANGES)]
    report(
        *("lab.link_change", 1000 * statistics.median(changes), "ms"),
        baseline=("ms to put in or take out a relay", 1000 * statistics.median(moves)),
    )
    return True


def main() -> int:
    reasons = capability.check()
    if reasons:
        print(f"NO LINK WAS MEASURED: {'; '.join(reasons)}", file=sys.stderr)
        return 1
    met = True
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        link = BenchLink(os.path.join(directory, "state"))
        try:
            link.open()
            for part in (delay, loss, rate, cost):
                met &= part(link)
        except RuntimeFault as fault:
            print(f"LINKS WERE NOT MEASURED TO THE END: {fault}", file=sys.stderr)
            met = False
        finally:
            link.close()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
