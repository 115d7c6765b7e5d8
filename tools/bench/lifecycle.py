"""300 VNFs created within a minute on a simulated lab, then deleted likewise.

The baseline is the same stacks made straight through the lab's Heat API, without an
orchestrator: what remains is what the orchestrator adds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml
from figures import report
from heatclient import client as heat_client
from keystoneauth1 import session as ks_session
from keystoneauth1.identity import v3
from processes import resident_mib

from tacker_lite.client import Client
from tacker_lite.tests.functional.deployment import ROOT, Deployment, wait_for
from tacker_lite.tosca import loader
from tacker_lite.vim.openstack import hot

DESCRIPTOR = ROOT / "samples" / "vnfd" / "hello-world.yaml"
ROOMY = {"net_mgmt": "10.64.0.0/18", "net0": "10.64.64.0/18", "net1": "10.64.128.0/18"}
"""Networks with more addresses than VNFs."""

LOOK = 0.1
"""Seconds between two looks at the listing."""


class Watch:
    """Times at which rows were first seen to have left a pending status."""

    def __init__(self, statuses: Callable[[], dict[str, str]], ended: Callable):
        self._statuses, self._ended = statuses, ended
        self.started: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(LOOK):
            open_ids = self.started.keys() - self.seconds.keys() - self.failed
            if not open_ids:
                continue
            statuses, now = self._statuses(), time.monotonic()
            for ident in open_ids:
                verdict = self._ended(statuses.get(ident))
                if verdict is True:
                    self.seconds[ident] = now - self.started[ident]
                elif verdict is None:
                    self.failed.add(ident)

    def wait(self, count: int, timeout: float) -> None:
        wait_for(
            f"the end of {count} operations",
            lambda: len(self.seconds) + len(self.failed) >= count,
            timeout,
        )


def paced(actions: Iterable[Callable[[], None]], period: float) -> None:
    """Start one action every ``period`` seconds, whatever the earlier ones do."""
    start = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        futures = []
        for number, action in enumerate(actions):
            time.sleep(max(0.0, start + number * period - time.monotonic()))
            futures.append(pool.submit(action))
        for future in futures:
            future.result()


def percentile(values: Iterable[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def created(status: str | None) -> bool | None:
    return {"ACTIVE": True, "ERROR": None}.get(status or "", False)


def deleted(status: str | None) -> bool | None:
    return None if status == "ERROR" else status is None


def orchestrated(session, count: int, period: float) -> dict[str, Watch]:
    client = Client(session, region_name="pop1")
    vnfd = client.vnfds.create(
        {
            "name": "bench",
            "attributes": {"vnfd": yaml.safe_load(DESCRIPTOR.read_text())},
        }
    )

    def statuses() -> dict[str, str]:
        return {
            row["id"]: row["status"]
            for row in client.vnfs.list(fields=["id", "status"])
        }

    watches = {}
    with Watch(statuses, created) as watch:

        def create(number: int) -> None:
            start = time.monotonic()
            row = client.vnfs.create({"name": f"vnf-{number}", "vnfd_id": vnfd["id"]})
            watch.started[row["id"]] = start

        paced(((lambda n=n: create(n)) for n in range(count)), period)
        watch.wait(count, 120)
        watches["create"] = watch
    with Watch(statuses, deleted) as watch:

        def delete(ident: str) -> None:
            watch.started[ident] = time.monotonic()
            client.vnfs.delete(ident)

        paced(((lambda i=i: delete(i)) for i in watches["create"].started), period)
        watch.wait(count, 120)
        watches["delete"] = watch
    return watches


def direct(session, count: int, period: float) -> Watch:
    """The same stacks without us."""
    heat = heat_client.Client("1", session=session, region_name="pop1")
    template = loader.load(yaml.safe_load(DESCRIPTOR.read_text()), {})
    rendered = hot.render(template)

    def statuses() -> dict[str, str]:
        return {stack.id: stack.stack_status for stack in heat.stacks.list()}

    verdicts = {"CREATE_COMPLETE": True, "CREATE_FAILED": None}
    with Watch(statuses, lambda status: verdicts.get(status, False)) as watch:

        def create(number: int) -> None:
            start = time.monotonic()
            made = heat.stacks.create(
                stack_name=f"direct-{number}",
                template=rendered.text,
                files=rendered.files,
            )
            watch.started[made["stack"]["id"]] = start

        paced(((lambda n=n: create(n)) for n in range(count)), period)
        watch.wait(count, 120)
    for ident in watch.started:
        heat.stacks.delete(ident)
    wait_for("the end of the direct stacks", lambda: not statuses(), 60)
    return watch


def lab_pid(deployment: Deployment) -> int:
    record = Path(deployment.directory) / "lab" / deployment.lab / "process.json"
    return int(json.loads(record.read_text())["pid"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    count, period = arguments.count, arguments.seconds / arguments.count
    with Deployment(networks=ROOMY) as deployment:
        env = deployment.environment()
        auth = v3.Password(
            env["OS_AUTH_URL"], username="admin", password=deployment.password,
            project_name="admin", user_domain_name="Default",
            project_domain_name="Default",
        )  # fmt: skip
        session = ks_session.Session(auth)
        base = direct(session, min(count, 60), period)
        deployment.openstack(
            "vim", "register", "--config-file", deployment.vim_file("pop1"),
            "--is-default", "pop1",
        )  # fmt: skip
        watches = orchestrated(session, count, period)
        assert deployment.service is not None
        lab = resident_mib(lab_pid(deployment))
        resident = resident_mib(deployment.service.pid) + lab
    met = True
    base_95 = percentile(base.seconds.values(), 95)
    for verb, watch in watches.items():
        lost = count - len(watch.seconds)
        met &= report(
            f"lifecycle.{verb}.lost", lost, "VNFs",
            baseline=("direct stacks lost", len(base.failed)), target=("<=", 0),
        )  # fmt: skip
        met &= report(
            f"lifecycle.{verb}.p95", percentile(watch.seconds.values(), 95), "s",
            baseline=("direct stack create p95", base_95), target=("<=", 2.0),
        )  # fmt: skip
    met &= report(
        "lifecycle.resident", resident, "MiB",
        baseline=("the lab alone", lab), target=("<=", 512.0),
    )  # fmt: skip
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
