"""kill -9 at any moment of an operation; a start; and the system converges.

A VNF whose creation was answered reaches ACTIVE; one that was not answered may be
there or not; a deleted one is gone. There is one stack for each VNF, and none without.
"""

import json
import threading
import time
import urllib.error
import urllib.request

import requests
import testtools
import yaml
from keystoneauth1 import exceptions as ks_exceptions

from tacker_lite.client import Client
from tacker_lite.client.http import ApiError
from tacker_lite.pop.runtime import capability
from tacker_lite.tests.functional.deployment import ROOT, Deployment, wait_for
from tacker_lite.tests.functional.pop import machine

MOMENTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
"""Seconds between the start of a request and the kill."""

MOMENTS_OF_REAL_SERVERS = (0.05, 0.3, 0.8, 1.6)
PATIENCE = 20.0

UNANSWERED = (ks_exceptions.ConnectionError, requests.RequestException, ApiError)


class CrashCase(testtools.TestCase):
    runtime = "simulated"
    pops = ("pop1",)

    def setUp(self):
        super().setUp()
        self.deployment = self.useFixture(Deployment(self.runtime))
        self.client = Client(self.deployment.session(), region_name="pop1")
        for pop in self.pops:
            self.deployment.openstack(
                *("vim", "register", "--config-file"),
                *(self.deployment.vim_file(pop), pop),
            )

    def onboard(self, sample: str) -> str:
        path = ROOT / "samples" / "vnfd" / f"{sample}.yaml"
        document = yaml.safe_load(path.read_text())
        body = {"name": sample, "attributes": {"vnfd": document}}
        return self.client.vnfds.create(body)["id"]

    def _crash_during(self, request, moment: float):
        """Kill the service ``moment`` seconds into ``request``; its answer or None."""
        answers = []

        def call():
            try:
                answers.append(request())
            except UNANSWERED:
                answers.append(None)

        thread = threading.Thread(target=call)
        thread.start()
        time.sleep(moment)
        self.deployment.kill_service()
        thread.join()
        self.deployment.start_service()
        return answers[0]

    def _settled(self):
        rows = self.client.vnfs.list()
        pending = [row for row in rows if row["status"].startswith("PENDING")]
        return None if pending else {row["name"]: row for row in rows} or {"": None}

    def _stacks(self) -> dict[str, str]:
        """Names of all stacks, by id."""
        stacks = [s for pop in self.pops for s in self.deployment.stacks(pop)]
        return {stack.id: stack.stack_name for stack in stacks}

    def _converges_to(self, expected: set[str], optional: set[str]) -> dict:
        rows = wait_for("the end of all operations", self._settled, 60)
        rows.pop("", None)
        self.assertLessEqual(expected, rows.keys())
        self.assertLessEqual(rows.keys(), expected | optional)
        for row in rows.values():
            self.assertEqual("ACTIVE", row["status"], row["error_reason"])
        stacks = {r["instance_id"]: f"{r['name']}_{r['id']}" for r in rows.values()}
        wait_for("the stacks to be those", lambda: self._stacks() == stacks, 20)
        return rows


class TestCrash(CrashCase):
    def test_create_and_delete(self):
        expected: set[str] = set()
        optional: set[str] = set()
        vnfd_id = self.onboard("hello-world")
        vim_id = self.client.vims.find("pop1")
        for number, moment in enumerate(MOMENTS):
            name = f"vnf-{number}"
            body = {"name": name, "vnfd_id": vnfd_id, "vim_id": vim_id}
            answer = self._crash_during(
                lambda b=body: self.client.vnfs.create(b), moment
            )
            (expected if answer else optional).add(name)
            self._converges_to(expected, optional)
        self.assertNotEqual(set(), expected)
        rows = self._converges_to(expected, optional)
        for moment, (name, row) in zip(MOMENTS, sorted(rows.items()), strict=False):
            ident = row["id"]
            self._crash_during(
                lambda i=ident: self.client.vnfs.delete(i) or True, moment
            )
            expected.discard(name)
            optional.discard(name)
            statuses = {row["name"]: row["status"] for row in self.client.vnfs.list()}
            # The request may have died before it was accepted.
            if statuses.get(name) == "ACTIVE":
                self.client.vnfs.delete(ident)
            self._converges_to(expected, optional)

    def test_change_of_size(self):
        vnfd_id = self.onboard("scale")
        vim_id = self.client.vims.find("pop1")
        body = {"name": "vnf", "vnfd_id": vnfd_id, "vim_id": vim_id}
        ident = self.client.vnfs.create(body)["id"]
        self._converges_to({"vnf"}, set())
        copies, answered = 1, 0
        for moment in MOMENTS:
            kind, step = ("out", 1) if copies < 3 else ("in", -1)
            done = self._crash_during(
                lambda k=kind: self.client.vnfs.scale(ident, "SP1", k) or True, moment
            )
            row = self._converges_to({"vnf"}, set())["vnf"]
            addresses = json.loads(row["mgmt_ip_address"])
            found = len(addresses["VDU1"])
            self.assertEqual(found, len(addresses["VDU2"]))
            # A request that got no answer may have died before it was accepted.
            self.assertIn(found, (copies + step,) if done else (copies, copies + step))
            copies, answered = found, answered + bool(done)
        self.assertGreater(answered, 0)
        servers = [
            each
            for each in self.client.vnfs.resources(ident)
            if each["type"] == "OS::Nova::Server"
        ]
        self.assertEqual(2 * copies, len(servers))


class TestCrashOfRealServers(CrashCase):
    """The two-site service, with servers that are processes in namespaces."""

    runtime = "namespace"
    pops = ("pop1", "pop2")

    def setUp(self):
        reasons = capability.check()
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))
        super().setUp()

    def _bodies(self) -> list[dict]:
        """One VNF for each site."""
        bodies = []
        vnfd_id = self.onboard("two-site-web")
        for number, pop in enumerate(self.pops, 1):
            values = {
                f"web{n}_{key}": value
                for n in (1, 2)
                for key, value in (
                    ("name", f"site{number}-web{n}"),
                    ("address", self.deployment.address(pop, "net0", 11 + n)),
                )
            }
            bodies.append(
                {
                    "name": f"site{number}",
                    "vnfd_id": vnfd_id,
                    "vim_id": self.client.vims.find(pop),
                    "attributes": {"param_values": values},
                }
            )
        return bodies

    def _server_namespaces(self) -> list[str]:
        # Those of routers stay as long as the lab; only a server's has this sign.
        return [n for n in machine.namespaces(self.deployment.lab) if "~" in n]

    def _answers(self, bodies: list[dict]) -> None:
        """Each of the four servers answers with its own name."""
        for body in bodies:
            values = body["attributes"]["param_values"]
            for n in (1, 2):
                url = f"http://{values[f'web{n}_address']}/"
                said = wait_for(url, lambda u=url: self._fetch(u), PATIENCE)
                self.assertEqual(values[f"web{n}_name"], said)

    def _fetch(self, url: str) -> str:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.read().decode().strip()
        except (urllib.error.URLError, OSError):
            return ""  # It does not listen yet.

    def test_create_and_delete(self):
        bodies = self._bodies()
        names = {body["name"] for body in bodies}
        for moment in MOMENTS_OF_REAL_SERVERS:
            self._crash_during(
                lambda: [self.client.vnfs.create(body) for body in bodies], moment
            )
            rows = self._converges_to(set(), names)
            for body in bodies:
                if body["name"] not in rows:
                    # The request died before it was accepted.
                    self.client.vnfs.create(body)
            rows = self._converges_to(names, set())
            self.assertEqual(4, len(self._server_namespaces()))
            self._answers(bodies)
            idents = [row["id"] for row in rows.values()]
            self._crash_during(
                lambda ids=idents: [self.client.vnfs.delete(i) for i in ids], moment
            )
            for row in self._converges_to(set(), names).values():
                self.client.vnfs.delete(row["id"])
            self._converges_to(set(), set())
            self.assertEqual([], self._server_namespaces())
