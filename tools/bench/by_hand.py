"""Instances without a lab: each step a command of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import time

from pops import free_network
from processes import proportional_kib

PATIENCE = 30.0
PORT = 80
HTTPD = (
    "busybox httpd -f -p 80 -h /proc"
    if shutil.which("busybox")
    else "python3 -m http.server 80"
)


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def reached(address: str, pause: float = 0.002, wait: float = 0.01) -> bool:
    """Whether something answers before long.

    :param pause: seconds between two attempts.
    :param wait: seconds that one takes at most: what is sent before there is a port is
        lost, and an answer of this machine takes far less.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection((address, PORT), wait).close()
            return True
        time.sleep(pause)
    return False


class PlainNamespaces:
    """The same without a lab: each step a command of its own."""

    def __init__(self) -> None:
        self._network = free_network()
        self._router = f"bench{os.getpid()}"
        self._made: list[str] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> PlainNamespaces:
        leg, router = self._router, self._router
        self._ip(f"netns add {router}")
        try:
            self._ip(f"link add {leg} type veth peer name up0 netns {router}")
            self._ip(f"addr add {self._network[1]}/16 dev {leg}")
            self._ip(f"link set {leg} up")
            self._ip(f"-n {router} link add bridge0 type bridge")
            self._ip(f"-n {router} link set bridge0 up")
            self._ip(f"-n {router} link set up0 up master bridge0")
        except subprocess.CalledProcessError:
            self._ip(f"netns del {router}")
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
        self._ip(f"link del {self._router}")
        self._ip(f"netns del {self._router}")

    def _ip(self, line: str) -> None:
        subprocess.run(["ip", *line.split()], check=True)

    def timed(self, number: int) -> float:
        """Seconds until an instance by hand takes a connection."""
        begun = time.monotonic()
        address, name = str(self._network[10 + number]), f"{self._router}-{number}"
        self._ip(f"netns add {name}")
        self._made.append(name)
        pair = f"link add v{number} type veth peer name eth0 netns {name}"
        self._ip(f"-n {self._router} {pair}")
        self._ip(f"-n {self._router} link set v{number} up master bridge0")
        self._ip(f"-n {name} addr add {address}/16 dev eth0")
        self._ip(f"-n {name} link set eth0 up")
        words = ["ip", "netns", "exec", name, *HTTPD.split()]
        self._processes.append(
            subprocess.Popen(words, stderr=subprocess.DEVNULL, cwd="/run")
        )
        if not reached(address):
            raise RuntimeError(f"{address} is not reached")
        return time.monotonic() - begun

    def kib(self) -> float:
        """Memory of one instance."""
        return statistics.mean(proportional_kib(p.pid) for p in self._processes)

    def remove(self) -> float:
        begun = time.monotonic()
        for process in self._processes:
            process.kill()
            process.wait()
        for name in self._made:
            self._ip(f"netns del {name}")
        self._made, self._processes = [], []
        return time.monotonic() - begun
