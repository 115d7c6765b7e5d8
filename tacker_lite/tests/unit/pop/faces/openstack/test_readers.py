"""What callers may do who have the role ``reader`` alone."""

import re

import testtools

from tacker_lite.pop.faces.openstack.app import SERVICES
from tacker_lite.tests.unit.pop.faces.openstack.api_client import ApiClient
from tacker_lite.tests.unit.pop.open_lab import OpenLab

TOPOLOGY = """
name: unit
pops:
  - name: pop1
    networks: [{name: net0, cidr: 10.1.0.0/29}]
    users:
      - {name: admin, project: admin, roles: [admin]}
      - {name: demo, project: demo, roles: [member]}
      - {name: eve, project: demo, roles: [reader]}
      - {name: both, project: demo, roles: [reader, member]}
"""
#: What readers may do all the same, or without a token.
OPEN = {
    ("identity", "POST", "/v3/auth/tokens"),
    ("identity", "DELETE", "/v3/auth/tokens"),
    ("identity", "POST", "/v3/users/<user_id>/application_credentials"),
    ("identity", "DELETE", "/v3/users/<user_id>/application_credentials/<ident>"),
    ("identity", "POST", "/v3/users/<user_id>/password"),
    ("compute", "POST", "/v2.1/os-keypairs"),
    ("compute", "DELETE", "/v2.1/os-keypairs/<name>"),
    ("orchestration", "POST", "/v1/<project>/stacks/preview"),
    ("orchestration", "POST", "/v1/signal/<stack>/<resource>"),
}


def changes():
    """Every route of every service that is no look."""
    for service in SERVICES:
        for method, rule, _ in service.ROUTES:
            if method not in ("GET", "HEAD"):
                yield service.SERVICE, method, rule


class ReadersTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(TOPOLOGY))
        self.eve = ApiClient(self.fixture, "eve")

    def test_no_route_changes_anything_for_them(self):
        count = 0
        for service, method, rule in changes():
            if (service, method, rule) in OPEN:
                continue
            path = rule.replace("<project>", self.eve.project_id)
            path = re.sub("<[^>]*>", "x", path)
            with self.subTest(f"{method} {service}{rule}"):
                answer = self.eve.ask(method, f"{service}{path}", {})
                self.assertEqual(403, answer.status_code, answer.text)
                self.assertIn("reader", answer.text)
            count += 1
        self.assertGreater(count, 100)

    def test_all_that_is_open_is_a_route(self):
        self.assertLessEqual(OPEN, set(changes()))

    def test_they_look_at_what_their_project_has(self):
        server = self.fixture.create_server()
        for path in (
            "compute/v2.1/servers",
            f"compute/v2.1/servers/{server.id}",
            "network/v2.0/ports",
            "image/v2/images",
            f"orchestration/v1/{self.eve.project_id}/stacks",
            "load-balancer/v2/lbaas/loadbalancers",
            "alarming/v2/alarms",
        ):
            self.assertEqual(200, self.eve.ask("GET", path).status_code, path)
            self.assertEqual(200, self.eve.ask("HEAD", path).status_code, path)

    def test_they_look_after_what_is_their_own(self):
        path = f"identity/v3/users/{self.eve.user_id}/application_credentials"
        body = {"application_credential": {"name": "mine"}}
        made = self.eve.ask("POST", path, body)
        self.assertEqual(201, made.status_code)
        roles = made.json["application_credential"]["roles"]
        self.assertEqual(["reader"], [role["name"] for role in roles])
        ident = made.json["application_credential"]["id"]
        self.assertEqual(204, self.eve.ask("DELETE", f"{path}/{ident}").status_code)
        keys = "compute/v2.1/os-keypairs"
        body = {"keypair": {"name": "k", "public_key": "ssh-ed25519 AAAA"}}
        self.assertEqual(200, self.eve.ask("POST", keys, body).status_code)
        self.assertEqual(202, self.eve.ask("DELETE", f"{keys}/k").status_code)

    def test_one_more_role_is_enough_to_change_things(self):
        both = ApiClient(self.fixture, "both")
        body = {"network": {"name": "new"}}
        answer = both.ask("POST", "network/v2.0/networks", body)
        self.assertEqual(201, answer.status_code, answer.text)
