"""kill -9 at any moment of a create or delete; a start; and the system converges.

A VNF whose creation was answered reaches ACTIVE; one that was not answered may be
there or not; a deleted one is gone. There is one stack for each VNF, and none without.
"""

import threading
import time

import requests
import testtools
import yaml
from heatclient import client as heat_client
from keystoneauth1 import exceptions as ks_exceptions
from keystoneauth1 import session as ks_session
from keystoneauth1.identity import v3

from tacker_lite.client import Client
from tacker_lite.client.http import ApiError
from tacker_lite.tests.functional.deployment import ROOT, Deployment, wait_for

MOMENTS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
"""Seconds between the start of a request and the kill."""

UNANSWERED = (ks_exceptions.ConnectFailure, requests.RequestException, ApiError)


class TestCrash(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.deployment = self.useFixture(Deployment())
        env = self.deployment.environment()
        auth = v3.Password(
            env["OS_AUTH_URL"],
            username="admin",
            password=self.deployment.password,
            project_name="admin",
            user_domain_name="Default",
            project_domain_name="Default",
        )
        self.session = ks_session.Session(auth)
        self.client = Client(self.session, region_name="pop1")
        self.heat = heat_client.Client("1", session=self.session, region_name="pop1")
        vim_file = self.deployment.vim_file("pop1")
        self.deployment.openstack(
            "vim", "register", "--config-file", vim_file, "--is-default", "pop1"
        )
        sample = ROOT / "samples" / "vnfd" / "hello-world.yaml"
        self.vnfd = self.client.vnfds.create(
            {
                "name": "hello",
                "attributes": {"vnfd": yaml.safe_load(sample.read_text())},
            }
        )

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

    def _stacks(self) -> list[str]:
        return sorted(
            stack.stack_name
            for stack in self.heat.stacks.list()
            if stack.stack_status != "DELETE_COMPLETE"
        )

    def _converges_to(self, expected: set[str], optional: set[str]) -> dict:
        rows = wait_for("the end of all operations", self._settled, 60)
        rows.pop("", None)
        self.assertLessEqual(expected, rows.keys())
        self.assertLessEqual(rows.keys(), expected | optional)
        for row in rows.values():
            self.assertEqual("ACTIVE", row["status"], row["error_reason"])
        names = [f"{row['name']}_{row['id']}" for row in rows.values()]
        wait_for("the stacks to be those", lambda: self._stacks() == sorted(names), 20)
        self.assertEqual(
            sorted(row["instance_id"] for row in rows.values()),
            sorted(stack.id for stack in self.heat.stacks.list()),
        )
        return rows

    def test_create_and_delete(self):
        expected: set[str] = set()
        optional: set[str] = set()
        for number, moment in enumerate(MOMENTS):
            name = f"vnf-{number}"
            body = {"name": name, "vnfd_id": self.vnfd["id"]}
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
            if any(row["name"] == name for row in self.client.vnfs.list()):
                # The request may have died before it was accepted.
                still = self.client.vnfs.show(ident)["status"]
                if still == "ACTIVE":
                    self.client.vnfs.delete(ident)
            self._converges_to(expected, optional)
