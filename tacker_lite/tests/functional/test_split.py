"""API and conductors as processes of their own, over a broker and a database server."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import requests
import testtools
import yaml

from tacker_lite.client.http import ApiError
from tacker_lite.tests.functional import backends
from tacker_lite.tests.functional.deployment import (
    Deployment,
    free_port,
    wait_for,
)
from tacker_lite.tests.functional.refusals import refusal, refusals
from tacker_lite.tests.functional.split import (
    HOSTS,
    RPC_SECONDS,
    Caller,
    SplitDeployment,
)

OTHER_SERVER = """
import sys
from wsgiref.simple_server import make_server
from tacker_lite.wsgi import application
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
"""


class Parts:
    """One deployment for all tests of a class."""

    database_class: type[backends.DatabaseServer]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broker = backends.shared(backends.Rabbit)
        cls.database = backends.shared(cls.database_class)
        url = cls.database.new_database()
        cls.deployment = SplitDeployment(cls.broker.url, url)
        cls.deployment.setUp()
        cls.addClassCleanup(cls.deployment.cleanUp)
        cls.caller = Caller(cls.deployment)
        cls.caller.prepare()

    def setUp(self):
        super().setUp()
        for host in HOSTS:
            self.deployment.start_conductor(host)
        self.deployment.wait_for_conductors()
        self.addCleanup(self.caller.remove_all)
        self.addOnException(self._show_logs)

    def _show_logs(self, _information):
        logs = {host: self.deployment.conductor_log(host) for host in HOSTS}
        for name, text in {**logs, "api": self.deployment.log}.items():
            content = testtools.content.text_content(text[-4000:])
            self.addDetail(f"end of the log of {name}", content)

    def begun_by(self) -> dict[str, int]:
        """How many creates each conductor has begun."""
        return {
            host: self.deployment.conductor_log(host).count(": create begins")
            for host in HOSTS
        }


class LifeTests(Parts):
    def test_life(self):
        caller, names = self.caller, [f"vnf-{number}" for number in range(6)]
        for name in names:
            self.assertEqual("PENDING_CREATE", caller.create(name)["status"])
        caller.wait_status(names, "ACTIVE")
        rows = caller.vnfs()
        expected = sorted(f"{name}_{rows[name]['id']}" for name in names)
        self.assertEqual(expected, caller.stacks())
        found = caller.client.vnfs.resources(rows["vnf-0"]["id"])
        self.assertEqual({"VDU1", "CP1"}, {resource["name"] for resource in found})
        self.assertNotIn(0, self.begun_by().values())

    def test_update(self):
        caller = self.caller
        attributes = {"param_values": {"server_name": "edge-1"}}
        row = caller.create("edge", "inputs", attributes=attributes)
        caller.wait_status(["edge"], "ACTIVE")
        new = {"attributes": {"param_values": {"server_name": "edge-2"}}}
        caller.client.vnfs.update(row["id"], new)
        caller.wait_status(["edge"], "ACTIVE")
        shown = caller.client.vnfs.show(row["id"])
        self.assertIn("edge-2", shown["attributes"]["param_values"])
        events = caller.client.events.list(resource_id=row["id"])
        self.assertEqual(
            ["CREATE"] * 3 + ["UPDATE"] * 2, [event["event_type"] for event in events]
        )

    def test_characters(self):
        caller = self.caller
        caller.create("Käse 😀", attributes={"config": "{größe: 😀}"})
        caller.wait_status(["Käse 😀"], "ACTIVE")
        kept = caller.vnfs()["Käse 😀"]["attributes"]["config"]
        self.assertEqual({"größe": "😀"}, yaml.safe_load(kept))
        hello = {"vnfd_id": "hello-world"}
        for path, body in (
            ("vnfs", {"vnf": {**hello, "name": "a\0b"}}),
            ("vnfs", {"vnf": {**hello, "name": "a", "description": "\0"}}),
            ("vnfs", {"vnf": {**hello, "name": "\ud800"}}),
            ("vnfs", {"vnf": {**hello, "name": "a" * 256}}),
            ("vims", {"vim": caller.vim(name="\0")}),
            ("vims", {"vim": caller.vim(name="b", description="\0")}),
            ("vnfds", {"vnfd": {"name": "\0", "attributes": {"vnfd": {"a": 1}}}}),
        ):
            answer = caller.send("POST", path, body)
            self.assertEqual(400, answer.status_code, f"{body}: {answer.text}")
        for path in (
            "vnfs?name=%00",
            "vnfs/%00",
            "vims?id=a%00",
            "events?details=%00",
            "events?id=99999999999999999999",
            "vnfs?name=%F0%9F%98%80",
        ):
            answer = caller.send("GET", path)
            self.assertIn(answer.status_code, (200, 400, 404), f"{path}: {answer.text}")

    def test_a_dead_conductor_s_work_is_taken_over(self):
        survivor = self.deployment.conductor_log
        for turn in range(4):
            names = self._kill_among_creates("north", f"turn-{turn}")
            self.caller.wait_status(names, "ACTIVE", 40)
            self._one_stack_for_each_vnf()
            if "Taken over from north" in survivor("south"):
                return
            self.deployment.start_conductor("north")
            self.deployment.wait_for_conductors()
        self.fail("north never had work in hand when it died")

    def _kill_among_creates(self, host: str, prefix: str) -> list[str]:
        """Names of VNFs whose creation was answered around the death of a conductor."""
        answered: list[str] = []
        reached = threading.Event()

        def create(number):
            try:
                self.caller.create(f"{prefix}-{number}")
            except ApiError as error:
                # It was that conductor's to answer.
                self.assertEqual(503, error.status, str(error))
                return
            answered.append(f"{prefix}-{number}")
            if len(answered) >= 6:
                reached.set()

        with ThreadPoolExecutor(4) as pool:
            results = [pool.submit(create, number) for number in range(20)]
            self.assertTrue(reached.wait(20), answered)
            self.deployment.end_conductor(host, signal.SIGKILL)
            for result in results:
                result.result()
        return answered

    def _one_stack_for_each_vnf(self):
        def settled():
            rows = self.caller.vnfs().values()
            return not [row for row in rows if row["status"].startswith("PENDING")]

        wait_for("the end of all operations", settled)
        rows = self.caller.vnfs()
        expected = sorted(f"{name}_{row['id']}" for name, row in rows.items())
        self.assertEqual(expected, self.caller.stacks())


class TestOnMariaDB(LifeTests, testtools.TestCase):
    """Everything that needs a broker, with MariaDB."""

    database_class = backends.MariaDB

    def test_errors_are_those_of_the_all_in_one(self):
        together = Caller(self.useFixture(Deployment()))
        together.prepare()
        for caller in (together, self.caller):
            caller.create("taken")
            caller.wait_status(["taken"], "ACTIVE")
        seen = set()
        for (wrong, one), (_, other) in zip(
            refusals(together), refusals(self.caller), strict=True
        ):
            expected = refusal(together, *one)
            with self.subTest(wrong):
                self.assertIn(expected["status"], (400, 404, 409), expected)
                self.assertEqual(expected, refusal(self.caller, *other))
                self.assertNotIn("Traceback", expected["message"])
                seen.add(expected["status"])
        self.assertEqual({400, 404, 409}, seen)
        for caller in (together, self.caller):
            self.assertEqual(["taken"], list(caller.vnfs()))
            self.assertEqual(1, len(caller.client.vims.list()))

    def test_without_a_conductor(self):
        for host in HOSTS:
            self.deployment.end_conductor(host)
        body = {"vnf": {"name": "nobody", "vnfd_id": "hello-world"}}
        answer = self.caller.send("POST", "vnfs", body)
        self.assertEqual(503, answer.status_code, answer.text)
        self.assertEqual("5", answer.headers["Retry-After"])
        fault = answer.json()["TackerError"]
        self.assertEqual("ServiceUnavailable", fault["type"])
        self.assertEqual(
            f"No conductor answered within {RPC_SECONDS} seconds: is one running?",
            fault["message"],
        )
        self.assertEqual({}, self.caller.vnfs())
        self.deployment.start_conductor("south")
        self.deployment.wait_for_conductors()
        self.caller.create("later")
        self.caller.wait_status(["later"], "ACTIVE")
        # What was refused is not done after all.
        self.assertEqual(["later"], list(self.caller.vnfs()))

    def test_broker_and_database_may_restart(self):
        self.caller.create("before")
        self.caller.wait_status(["before"], "ACTIVE")
        self.broker.kill()
        self.database.kill()
        self.database.start()
        self.assertEqual(["before"], list(self.caller.vnfs()))
        self.broker.start()

        def create():
            answer = self.caller.send(
                "POST", "vnfs", {"vnf": {"name": "after", "vnfd_id": "hello-world"}}
            )
            # An earlier try may have been carried out when nobody could say so.
            self.assertIn(answer.status_code, (201, 409, 503), answer.text)
            return answer.status_code != 503

        wait_for("the first create after the restart", create, 60)
        self.caller.wait_status(["before", "after"], "ACTIVE")

    def test_another_wsgi_server(self):
        home = self.deployment.directory / "home"
        (home / ".tacker-lite").mkdir(parents=True)
        configuration = home / ".tacker-lite" / "tacker-lite.conf"
        configuration.write_text(self.deployment.configuration.read_text())
        port = free_port()
        with open(home / "log", "wb") as log:
            server = subprocess.Popen(
                [sys.executable, "-c", OTHER_SERVER, str(port)],
                env={"HOME": str(home), "PATH": ""},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.addCleanup(server.wait, 20)
        self.addCleanup(server.kill)
        url = f"http://127.0.0.1:{port}"

        def answers():
            try:
                return requests.get(url, timeout=10).status_code == 200
            except requests.ConnectionError:
                return False

        wait_for("the other server's first answer", answers)
        self.assertEqual(401, requests.get(f"{url}/v1.0/vnfs", timeout=10).status_code)
        body = {"vnf": {"name": "there", "vnfd_id": "hello-world"}}
        answer = self.caller.send("POST", "vnfs", body, url)
        self.assertEqual(201, answer.status_code, answer.text)
        self.caller.wait_status(["there"], "ACTIVE")
        missing = self.caller.send("GET", "vnfs/nowhere", None, url)
        self.assertEqual(404, missing.status_code)
        self.assertIn("nowhere", missing.json()["TackerError"]["message"])


class TestOnPostgreSQL(LifeTests, testtools.TestCase):
    """The life of VNFs with PostgreSQL."""

    database_class = backends.PostgreSQL
