"""Labs: a thousand PoPs without processes, then a thousand instances with them.

Every figure stands beside what it costs without a lab, or with a lab of one PoP: the
instances are compared with namespaces made by ``ip`` and the same server started in
each, one after the other.
"""

from __future__ import annotations

import base64
import contextlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from by_hand import HTTPD, PlainNamespaces, p95, reached
from figures import report
from pops import BenchLab, BenchPop, bench_lab, free_network
from processes import cpu_seconds, proportional_kib, resident_mib

from tacker_lite.pop.runtime import capability, names

POPS, INSTANCES, SINGLE, PLAIN = 1024, 1000, 50, 50
SETTLED = 5.0
"""Seconds over which what is idle is watched."""

USER_DATA = base64.b64encode(f"#!/bin/sh\nexec {HTTPD}\n".encode())


def simulated_topology(count: int) -> dict[str, Any]:
    networks = [
        {"name": "mgmt", "cidr": f"10.{n // 256}.{n % 256}.0/24"} for n in range(count)
    ]
    return {
        "pops": [
            {"name": f"pop{n}", "networks": [network]}
            for n, network in enumerate(networks)
        ]
    }


def answers(lab: BenchLab, count: int) -> list[float]:
    """Seconds that each PoP takes for a token and the creation of a stack."""

    def ask(number: int) -> float:
        pop = lab.pop(f"pop{number}")
        begun = time.monotonic()
        pop.log_in()
        pop.create_stack("first")
        seconds = time.monotonic() - begun
        pop.close()
        return seconds

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(ask, range(count)))


def many_pops() -> bool:
    """Start, ask, kill and restart a lab of many PoPs; and one of one."""
    with bench_lab("simulated", simulated_topology(1)) as lab:
        lab.up()
        lab.down()
        one_ready = lab.up()
        one_answers = answers(lab, 1)
        one_mib = resident_mib(lab.process["pid"])
        one_cpu = idle_share([lab.process["pid"]])
    with bench_lab("simulated", simulated_topology(POPS)) as lab:
        ready = lab.up()
        empty = resident_mib(lab.process["pid"])
        seconds = answers(lab, POPS)
        full = resident_mib(lab.process["pid"])
        cpu = idle_share([lab.process["pid"]])
        lab.kill()
        again = lab.up()
    one = "a lab of one PoP"
    met = report(
        "lab.pops_ready", ready, "s", baseline=(one, one_ready), target=("<=", 5.0)
    )
    met &= report(
        "lab.pops_resident", full, "MiB", baseline=(one, one_mib), target=("<=", 300.0)
    )
    met &= report(
        "lab.pops_with_token_and_stack", len(seconds), "PoPs",
        baseline=("PoPs", POPS), target=(">=", POPS),
    )  # fmt: skip
    report(
        "lab.pop_token_and_stack_p95",
        1e3 * p95(seconds),
        "ms",
        baseline=(one, 1e3 * one_answers[0]),
    )
    report("lab.pops_ready_after_kill", again, "s", baseline=("the first start", ready))
    report(
        "lab.pop_idle_memory",
        1024 * (empty - one_mib) / (POPS - 1),
        "KiB",
        baseline=(one, 1024 * one_mib),
    )
    report("lab.pops_idle_cpu", 100 * cpu, "% of a core", baseline=(one, 100 * one_cpu))
    return met


def idle_share(processes: Iterable[int]) -> float:
    """What of a core the processes use together while nothing is asked of them."""
    processes = list(processes)
    before, begun = sum(map(cpu_seconds, processes)), time.monotonic()
    time.sleep(SETTLED)
    used = sum(map(cpu_seconds, processes)) - before
    return used / (time.monotonic() - begun)


class Instances:
    """Servers of one network of one PoP, made over the compute API."""

    def __init__(self, lab: BenchLab):
        self.lab = lab
        self.pop: BenchPop = lab.pop("pop0")
        self.pop.log_in()
        (network,) = self.pop.ask("GET", "network/v2.0/networks?name=mgmt")["networks"]
        self._network = network["id"]
        flavors = self.pop.ask("GET", "compute/v2.1/flavors")["flavors"]
        (self._flavor,) = (f["id"] for f in flavors if f["name"] == "bench")
        (image,) = self.pop.ask("GET", "image/v2/images?name=host")["images"]
        self._image = image["id"]

    def create(self, address: str) -> str:
        body = {
            "server": {
                "name": f"bench-{address}",
                "flavorRef": self._flavor,
                "imageRef": self._image,
                "networks": [{"uuid": self._network, "fixed_ip": address}],
                "user_data": USER_DATA.decode(),
            }
        }
        return str(self.pop.ask("POST", "compute/v2.1/servers", body)["server"]["id"])

    def timed(self, address: str) -> float:
        """Seconds from the request to the first connection that is taken."""
        begun = time.monotonic()
        ident = self.create(address)
        if not reached(address):
            server = self.pop.ask("GET", f"compute/v2.1/servers/{ident}")["server"]
            raise RuntimeError(f"{address} is not reached: {server.get('fault')}")
        return time.monotonic() - begun

    def processes(self) -> list[int]:
        """Everything that runs because of the lab's servers, but the lab."""
        found = []
        for number in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open(f"/proc/{number}/cgroup", encoding="utf-8") as file:
                    text = file.read()
                with open(f"/proc/{number}/cmdline", encoding="utf-8") as file:
                    words = file.read()
                if (
                    f"tacker-lite-pop/{self.lab.name}/" in text
                    or f"tacker-lite-pop-{self.lab.name}-" in words
                    or "guest_starter" in words
                ):
                    found.append(int(number))
        return found


def by_hand() -> dict[str, Any]:
    """What instances cost without a lab."""
    with PlainNamespaces() as plain:
        seconds = [plain.timed(number) for number in range(PLAIN)]
        return {
            "seconds": seconds,
            "kib": plain.kib(),
            "end": plain.remove() * INSTANCES / PLAIN,
        }


def in_a_lab() -> dict[str, Any]:
    """Instances one by one, side by side and all together; then none."""
    network = free_network()
    addresses = iter(str(network[n]) for n in range(10, 65000))
    topology = {
        "pops": [
            {"name": "pop0", "networks": [{"name": "mgmt", "cidr": str(network)}]}
        ],
        "flavors": [{"name": "bench", "vcpus": 1, "ram_mib": 64, "disk_gib": 1}],
        "default_security_group": "open",
        "capacity": {"vcpus": 4096, "ram_mib": 1 << 20, "disk_gib": 8192},
    }
    with bench_lab("namespace", topology) as lab:
        lab.up()
        instances = Instances(lab)
        instances.timed(next(addresses))
        single = [instances.timed(next(addresses)) for _ in range(SINGLE)]
        with ThreadPoolExecutor(8) as pool:
            wanted = [next(addresses) for _ in range(2 * SINGLE)]
            beside = list(pool.map(instances.timed, wanted))
        before = set(instances.processes())
        made = [next(addresses) for _ in range(INSTANCES)]
        seconds, lost = together(instances, made)
        added = set(instances.processes()) - before
        memory = sum(map(proportional_kib, added)) / INSTANCES
        everything = [lab.process["pid"], *instances.processes()]
        cpu = idle_share(everything)
        lab.kill()
        adopted = lab.up()
        end = lab.down()
        left = [
            n
            for n in os.listdir("/run/netns")
            if n.startswith(names.router(lab.name, ""))
        ]
        return {
            "single": single,
            "beside": beside,
            "seconds": seconds,
            "lost": lost,
            "kib": memory,
            "cpu": cpu,
            "adopted": adopted,
            "end": end,
            "left": len(left),
            "count": INSTANCES + 3 * SINGLE + 1,
        }


def many_instances() -> bool:
    """Compare instances of a lab with those made by hand."""
    plain, lab = by_hand(), in_a_lab()
    hand = f"ip netns and {HTTPD.split()[0]} by hand"
    whole = INSTANCES * statistics.mean(plain["seconds"])
    alone = 1e3 * p95(plain["seconds"])
    met = report(
        "lab.create_to_answer_p95", 1e3 * p95(lab["single"]), "ms",
        baseline=(hand, alone), target=("<=", 100.0),
    )  # fmt: skip
    report(
        "lab.create_to_answer_p95_of_8_at_a_time",
        1e3 * p95(lab["beside"]),
        "ms",
        baseline=(hand, alone),
    )
    met &= report(
        "lab.instances_ready",
        lab["seconds"],
        "s",
        baseline=(hand, whole),
        target=("<=", 15.0),
    )
    met &= report(
        "lab.instances_unreachable",
        lab["lost"],
        "instances",
        baseline=("instances", INSTANCES),
        target=("<=", 0),
    )
    report(
        "lab.instance_idle_memory",
        lab["kib"],
        "KiB",
        baseline=(f"{HTTPD.split()[0]} alone", plain["kib"]),
    )
    count = lab["count"]
    report(
        "lab.instances_idle_cpu",
        100 * lab["cpu"],
        "% of a core",
        baseline=("instances", count),
    )
    report(
        "lab.instances_adopted_after_kill",
        lab["adopted"],
        "s",
        baseline=("instances", count),
    )
    report("lab.instances_down", lab["end"], "s", baseline=(hand, plain["end"]))
    met &= report(
        "lab.instances_left",
        lab["left"],
        "namespaces",
        baseline=("instances", count),
        target=("<=", 0),
    )
    return met


def together(instances: Instances, addresses: list[str]) -> tuple[float, int]:
    """Seconds until all instances answer, and how many never do."""
    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(instances.create, addresses))
    with ThreadPoolExecutor(8) as pool:
        # Asking for an address that nobody has yet reaches every instance there is.
        answered = list(pool.map(lambda a: reached(a, 0.25, 0.1), addresses))
    return time.monotonic() - begun, answered.count(False)


def main(parts: list[str]) -> int:
    measured: dict[str, Callable[[], bool]] = {
        "pops": many_pops,
        "instances": many_instances,
    }
    met = True
    for part in parts or measured:
        reasons = capability.check() if part == "instances" else []
        if reasons:
            print(f"NO INSTANCE WAS MEASURED: {'; '.join(reasons)}", file=sys.stderr)
            met = False
        else:
            met &= measured[part]()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
