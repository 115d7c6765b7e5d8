"""Servers that are containers: how long one takes to answer, beside ``docker run``.

The engine is started for this and has nothing but an image of busybox.  What it is
compared with is a container on the network of the machine itself: it gets no port and
no namespace, which a server has.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from figures import report
from pops import BenchLab, bench_lab, free_network

from tacker_lite.tests.functional.pop import docker_engine, docker_images

SERVERS = 20
PATIENCE = 30.0
PORT = 8080
COMMAND = ["/bin/httpd", "-f", "-p", str(PORT), "-h", "/srv"]
IMAGE = "bench:1"


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def wait(address: str, port: int) -> None:
    """:raises RuntimeError: when no connection is taken within 30 seconds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            # Not longer: a first packet that comes too early is repeated after 1 s.
            socket.create_connection((address, port), 0.02).close()
            return
        time.sleep(0.002)
    raise RuntimeError(f"{address} port {port} is not reached")


@contextlib.contextmanager
def started_engine() -> Iterator[docker_engine.DockerEngine]:
    engine = docker_engine.DockerEngine()
    try:
        engine.start()
        os.environ["DOCKER_HOST"] = engine.host
        yield engine
    finally:
        engine.remove()


class Servers:
    """Servers of one PoP, made over the compute API."""

    def __init__(self, lab: BenchLab):
        self._pop = lab.pop("pop0")
        self._pop.log_in()
        (image,) = self._pop.ask("GET", "image/v2/images")["images"]
        (network,) = self._pop.ask("GET", "network/v2.0/networks?name=mgmt")["networks"]
        flavors = self._pop.ask("GET", "compute/v2.1/flavors")["flavors"]
        (flavor,) = (f["id"] for f in flavors if f["name"] == "bench")
        self._common = {"imageRef": image["id"], "flavorRef": flavor}
        self._network = network["id"]

    def timed(self, address: str) -> float:
        """Seconds from the request to the first connection that is taken."""
        networks = [{"uuid": self._network, "fixed_ip": address}]
        server = {**self._common, "name": f"bench-{address}", "networks": networks}
        begun = time.monotonic()
        made = self._pop.ask("POST", "compute/v2.1/servers", {"server": server})
        try:
            wait(address, PORT)
        except RuntimeError as error:
            path = f"compute/v2.1/servers/{made['server']['id']}"
            found = self._pop.ask("GET", path)["server"]
            raise RuntimeError(
                f"{error}: {found['status']} {found.get('fault')}"
            ) from (error)
        return time.monotonic() - begun


def by_hand(engine: docker_engine.DockerEngine) -> float:
    """Seconds until a container of the command takes a connection."""
    words = ["docker", "--host", engine.host, "run", "--detach", "--rm"]
    begun = time.monotonic()
    done = subprocess.run(
        [*words, "--network", "host", IMAGE, *COMMAND],
        check=True,
        capture_output=True,
        text=True,
    )
    wait("127.0.0.1", PORT)
    seconds = time.monotonic() - begun
    words = ["docker", "--host", engine.host, "kill", done.stdout.strip()]
    subprocess.run(words, check=True, capture_output=True)
    return seconds


def measure(engine: docker_engine.DockerEngine, directory: str) -> None:
    layer = docker_images.root_files()
    client = engine.client()
    client.import_image_from_data(layer, *IMAGE.split(":"))
    client.close()
    hand = [by_hand(engine) for _ in range(SERVERS)]
    path = Path(directory, "image.tar")
    path.write_bytes(docker_images.saved(layer, {"Cmd": COMMAND}, IMAGE))
    network = free_network()
    topology = {
        "images": [{"name": "web", "file": str(path)}],
        "flavors": [{"name": "bench", "vcpus": 1, "ram_mib": 64, "disk_gib": 1}],
        "pops": [
            {"name": "pop0", "networks": [{"name": "mgmt", "cidr": str(network)}]}
        ],
    }
    with bench_lab("docker", topology) as lab:
        lab.up()
        servers = Servers(lab)
        servers.timed(str(network[9]))  # It also loads the image.
        seconds = [servers.timed(str(network[10 + n])) for n in range(SERVERS)]
        lab.kill()
        adopted = lab.up()
        end = lab.down()
    name = "docker run --network host"
    for figure, value, base in (
        ("p95", p95(seconds), p95(hand)),
        ("median", statistics.median(seconds), statistics.median(hand)),
    ):
        report(
            f"lab_docker.create_to_answer_{figure}",
            1e3 * value,
            "ms",
            baseline=(name, 1e3 * base),
        )
    report("lab_docker.adopted", adopted, "s", baseline=("servers", float(SERVERS + 1)))
    report("lab_docker.down", end, "s", baseline=("servers", float(SERVERS + 1)))


def main() -> int:
    reasons = docker_engine.reasons()
    if reasons:
        print(f"NO CONTAINER WAS MEASURED: {'; '.join(reasons)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="tacker-lite-bench-") as directory:
        with started_engine() as engine:
            measure(engine, directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
