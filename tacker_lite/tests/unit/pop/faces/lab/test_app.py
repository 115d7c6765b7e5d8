"""The lab's own API: who may change what, and what is told of the lab."""

import re

import testtools
from werkzeug.test import Client

from tacker_lite.pop.faces.lab.app import MODULES
from tacker_lite.pop.faces.openstack.app import Application
from tacker_lite.tests.unit.pop.open_lab import OpenLab

TOPOLOGY = """
name: unit
users: [{name: amy, project: art, password: amys secret}]
pops:
  - name: pop1
    capacity: {overcommit: {vcpus: 4, ram: none}}
    quotas: {art: {instances: 5}}
    networks: [{name: net0, cidr: 10.1.0.0/29}]
  - {name: pop2, region: west}
links:
  - {left: pop1, right: pop2, delay_ms: 10, jitter_ms: 0.5}
"""


class LabFaceTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(TOPOLOGY))
        self.lab = self.fixture.lab
        self.client = Client(Application(self.lab))

    def test_topology_without_passwords(self):
        answer = self.client.get("/lab/v1/topology")
        self.assertEqual(200, answer.status_code)
        self.assertNotIn("amys secret", answer.text)
        pop1, pop2 = answer.json["pops"]
        self.assertEqual({"art": {"instances": 5}}, pop1["quotas"])
        self.assertEqual(
            {"vcpus": 4.0, "ram": None, "disk": 1.0}, pop1["capacity"]["overcommit"]
        )
        self.assertEqual("http://lab.test:1/pop2/identity/v3", pop2["auth_url"])
        (link,) = answer.json["links"]
        self.assertEqual((10.0, 0.5), (link["delay_ms"], link["jitter_ms"]))

    def test_instances(self):
        server = self.fixture.create_server()
        self.fixture.settled(server.id, "ACTIVE")
        (row,) = self.client.get("/lab/v1/instances").json["instances"]
        self.assertEqual(
            ("pop1", "server", "web", "ACTIVE", "host", "m1.tiny"),
            tuple(
                row[key] for key in ("pop", "kind", "name", "status", "image", "flavor")
            ),
        )
        (address,) = row["addresses"]
        self.assertEqual("net0", address["network"])
        self.assertEqual([], self._instances("pop2"))
        self.assertEqual([row], self._instances("pop1"))
        self.assertEqual(404, self.client.get("/lab/v1/instances?pop=pop9").status_code)

    def _instances(self, pop):
        return self.client.get(f"/lab/v1/instances?pop={pop}").json["instances"]

    def test_events(self):
        last = max((event.number for event in self.lab.events.since()), default=0)
        self.lab.events.record("pop1", "server", "web", "was looked at")
        answer = self.client.get(f"/lab/v1/events?since={last}").json
        self.assertEqual(["was looked at"], [e["text"] for e in answer["events"]])
        answer = self.client.get("/lab/v1/events?since=now")
        self.assertEqual(400, answer.status_code)
        self.assertEqual(
            {"message": "'since' must be a whole number from 0 on, not 'now'."}
            | {"code": 400},
            answer.json["error"],
        )

    def test_every_change_needs_the_token(self):
        changes = [
            (method, pattern)
            for module in MODULES
            for method, pattern, _ in module.ROUTES
            if method != "GET"
        ]
        self.assertIn(("DELETE", "/lab/v1/faults"), changes)
        for method, pattern in changes:
            path = re.sub("<[^>]+>", "x", pattern)
            for token in (None, "", "é", self.lab.secrets.token[:-1]):
                headers = {} if token is None else {"X-Lab-Token": token}
                answer = self.client.open(path, method=method, headers=headers)
                self.assertEqual(401, answer.status_code, (method, path))
                self.assertIn("token", answer.json["error"]["message"])
                self.assertFalse(answer.headers.get("Access-Control-Allow-Origin"))

    def test_names_of_elsewhere_do_not_lead_to_loopback(self):
        for own, name, status in (
            ("127.0.0.1", "127.0.0.1:8774", 200),
            ("127.0.0.1", "localhost:8774", 200),
            ("127.0.0.1", "evil.example:8774", 403),
            ("127.0.0.1", "127.0.0.1.evil.example", 403),
            ("[::1]", "[::1]:8774", 200),
            ("[::1]", "evil.example", 403),
            ("192.0.2.1", "lab.example", 200),
        ):
            self.lab.url = f"http://{own}:8774"
            client = Client(Application(self.lab))
            for path in ("/lab/page", "/metrics", "/lab/v1/topology"):
                answer = client.get(path, headers={"Host": name})
                self.assertEqual(status, answer.status_code, (own, name, path))

    def test_unknown_paths_and_methods(self):
        for method, path, status in (
            ("GET", "/lab", 404),
            ("GET", "/lab/v1/nothing", 404),
            ("POST", "/lab/v1/topology", 405),
        ):
            answer = self.client.open(path, method=method)
            self.assertEqual(status, answer.status_code)
            self.assertEqual(status, answer.json["error"]["code"])
