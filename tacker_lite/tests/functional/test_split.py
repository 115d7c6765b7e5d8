"""API and conductors as processes of their own, over a broker and a database server."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import requests
import testtools
import yaml
from heatclient import client as heat_client
from keystoneauth1 import session as ks_session
from keystoneauth1.identity import v3

from tacker_lite.client import Client
from tacker_lite.client.http import ApiError
from tacker_lite.tests.functional import backends
from tacker_lite.tests.functional.deployment import (
    ROOT,
    Deployment,
    free_port,
    wait_for,
)
from tacker_lite.tests.functional.split import HOSTS, RPC_SECONDS, SplitDeployment

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DESCRIPTORS = ("hello-world", "inputs")
OTHER_SERVER = """
import sys
from wsgiref.simple_server import make_server
from tacker_lite.wsgi import application
make_server("127.0.0.1", int(sys.argv[1]), application).serve_forever()
"""


class Caller:
    """Speaks to the API of a deployment as an administrator."""

    def __init__(self, deployment: Deployment):
        self.deployment = deployment
        auth = v3.Password(
            deployment.identity,
            username="admin",
            password=deployment.password,
            project_name="admin",
            user_domain_name="Default",
            project_domain_name="Default",
        )
        self.session = ks_session.Session(auth)
        self.client = Client(self.session, region_name="pop1")
        self.heat = heat_client.Client("1", session=self.session, region_name="pop1")

    def vim(self, **changes) -> dict:
        """The body of a registration of the first PoP."""
        return {
            "type": "openstack",
            "auth_url": self.deployment.identity,
            "vim_project": {"name": "admin", "project_domain_name": "Default"},
            "auth_cred": {
                "username": "admin",
                "password": self.deployment.password,
                "user_domain_name": "Default",
            },
            **changes,
        }

    def prepare(self) -> None:
        """Register the first PoP and onboard the descriptors."""
        self.client.vims.create(self.vim(name="pop1", is_default=True))
        for name in DESCRIPTORS:
            sample = ROOT / "samples" / "vnfd" / f"{name}.yaml"
            document = yaml.safe_load(sample.read_text())
            body = {"name": name, "attributes": {"vnfd": document}}
            self.client.vnfds.create(body)

    def send(self, method: str, path: str, body=None, url: str = ""):
        """The plain answer to a request."""
        return requests.request(
            method,
            f"{url or self.deployment.url}/v1.0/{path}",
            json=body,
            headers={"X-Auth-Token": self.session.get_token()},
            timeout=60,
        )

    def create(self, name: str, vnfd: str = "hello-world", **more) -> dict:
        return self.client.vnfs.create({"name": name, "vnfd_id": vnfd, **more})

    def vnfs(self) -> dict[str, dict]:
        return {row["name"]: row for row in self.client.vnfs.list()}

    def wait_status(self, names, status: str, timeout: float = 30.0) -> None:
        def reached():
            rows = self.vnfs()
            failed = [r for r in rows.values() if r["status"] == "ERROR"]
            if failed and status != "ERROR":
                raise AssertionError(
                    f"{failed[0]['name']}: {failed[0]['error_reason']}"
                )
            return all(
                name in rows and rows[name]["status"] == status for name in names
            )

        wait_for(f"{', '.join(names)} {status}", reached, timeout)

    def remove_all(self) -> None:
        """Delete every VNF and wait until they and their stacks are gone."""
        for row in self.client.vnfs.list():
            self.client.vnfs.delete(row["id"])
        wait_for("the end of all VNFs", lambda: not self.vnfs())
        wait_for("the end of all stacks", lambda: not self.stacks())

    def stacks(self) -> list[str]:
        return sorted(stack.stack_name for stack in self.heat.stacks.list())


class Parts:
    """One deployment for all tests of a class."""

    database_class: type[backends.DatabaseServer]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broker = cls._start(backends.Rabbit())
        cls.database = cls._start(cls.database_class())
        url = cls.database.new_database()
        cls.deployment = cls._start(SplitDeployment(cls.broker.url, url))
        cls.caller = Caller(cls.deployment)
        cls.caller.prepare()

    @classmethod
    def _start(cls, fixture):
        fixture.setUp()
        cls.addClassCleanup(fixture.cleanUp)
        return fixture

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
        for case in refusals(self.caller):
            answers = [
                refusal(caller, *request)
                for caller, request in zip(
                    (together, self.caller),
                    (dict(refusals(together))[case[0]], case[1]),
                    strict=True,
                )
            ]
            with self.subTest(case[0]):
                self.assertEqual(*answers)
                self.assertIn(answers[0]["status"], (400, 404, 409))
                self.assertNotIn("Traceback", answers[0]["message"])
                seen.add(answers[0]["status"])
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


def refusals(caller: Caller):
    """Requests that a conductor refuses, by what is wrong with them."""
    taken = caller.vnfs()["taken"]["id"]
    (vim,) = caller.client.vims.list()
    hello = {"vnfd_id": "hello-world"}
    unsupported = {
        "tosca_definitions_version": "tosca_simple_profile_for_nfv_1_0_0",
        "topology_template": {
            "node_templates": {"storage": {"type": "tosca.nodes.BlockStorage"}}
        },
    }
    cred = {"username": "admin", "user_domain_name": "Default"}

    def vnf(**body):
        return "POST", "vnfs", {"vnf": {"name": "refused", **body}}

    def new_vim(**changes):
        return "POST", "vims", {"vim": caller.vim(name="refused", **changes)}

    def change(**attributes):
        return "PUT", f"vnfs/{taken}", {"vnf": {"attributes": attributes}}

    yield "doubled name", vnf(**{**hello, "name": "taken"})
    yield "unknown region", vnf(**hello, placement_attr={"region_name": "nowhere"})
    yield "missing input", vnf(vnfd_id="inputs")
    yield (
        "wrong input",
        vnf(
            vnfd_id="inputs",
            attributes={"param_values": {"server_name": "x", "cpus": 99}},
        ),
    )
    yield "unknown node type", vnf(vnfd_template=unsupported)
    yield "no descriptor at all", vnf(vnfd_template={"a": "100%"})
    yield "unknown input in an update", change(param_values={"colour": "red"})
    yield "unknown VNF to change", ("PUT", f"vnfs/{vim['id']}", {"vnf": {}})
    yield "unknown VIM to remove", ("DELETE", f"vims/{taken}", None)
    yield "VIM in use", ("DELETE", f"vims/{vim['id']}", None)
    yield "second default VIM", new_vim(is_default=True)
    yield "doubled VIM", ("POST", "vims", {"vim": caller.vim(name="pop1")})
    yield "unknown VIM type", new_vim(type="abacus")
    yield "wrong password", new_vim(auth_cred={**cred, "password": "wrong"})
    port = caller.deployment.url.rsplit(":", 1)[1]
    nobody = f"http://127.0.0.1:{port}/nobody"
    yield "no identity service", new_vim(auth_url=nobody)


def refusal(caller: Caller, method: str, path: str, body) -> dict:
    """Status and error body of a refused request, without what is unique to it."""
    answer = caller.send(method, path, body)
    fault = answer.json()["TackerError"] if answer.content else {}
    fault.pop("request_id", None)
    words = str(fault.get("message", ""))
    for unique in (caller.deployment.lab_url, caller.deployment.url):
        words = words.replace(unique, "<url>")
    return {
        **fault,
        "message": UUID.sub("<id>", words),
        "status": answer.status_code,
        "type of content": answer.headers.get("Content-Type"),
    }
