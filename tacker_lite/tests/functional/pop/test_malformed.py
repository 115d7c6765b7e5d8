"""Whatever a client sends to whatever path of the lab's APIs, it is never a 500."""

import itertools
import json
import re

from werkzeug.test import Client

from tacker_lite.pop.faces.openstack.app import SERVICES, Application
from tacker_lite.tests.functional.pop.lab_server import LabCase

VALUES = (None, 1, -1, True, "", "x", "\x00", "é\ud800", [], [1], {}, {"a": None}, [{}])
QUERIES = (
    "limit=x&marker=y",
    "limit=0",
    "marker=nothing",
    "sort_key=nothing&sort_dir=sideways",
    "name=*&status=(&ip=[&id=in:&fields=&tags=,",
    "fixed_ips=x&is_public=what&all_tenants=perhaps&deleted=x",
    "minRam=-1&size_min=x&changes-since=x&visibility=x&os_hidden=x",
    "%00=%ff&name=%ff%fe&limit=99999999999999999999",
    "user.id=x&scope.project.id=y&role.id=z&include_names=maybe",
)
IDENTS = ("nothing", "%00", "%ff%fe", "a" * 5000, "..", "é")
KEYS = {
    "networks": "network",
    "subnets": "subnet",
    "ports": "port",
    "security-groups": "security_group",
    "security-group-rules": "security_group_rule",
    "servers": "server",
    "flavors": "flavor",
    "os-keypairs": "keypair",
    "projects": "project",
    "users": "user",
    "tokens": "auth",
    "os-interface": "interfaceAttachment",
    "os-extra_specs": "extra_specs",
    "metadata": "metadata",
}


class MalformedTest(LabCase):
    def setUp(self):
        super().setUp()
        self.client = Client(Application(self.server.lab))
        self.headers = {"X-Auth-Token": self.token()}
        self.idents = self._existing()

    def _existing(self):
        """An id of each kind, by the names that routes give to them."""
        cloud = self.server.lab.clouds["pop1"]
        user = cloud.identity.list_users()[0]
        [image] = cloud.image.list_images(None)
        network = cloud.network.list_networks(None)[0]
        flavor = cloud.compute.list_flavors(None)[0]
        owner = cloud.identity.list_projects()[0].id
        server = cloud.compute.create_server(
            owner,
            {
                "name": "web",
                "imageRef": image.id,
                "flavorRef": flavor.id,
                "networks": [{"uuid": network.id}],
            },
            user_id=user.id,
        )
        return {
            "project_id": owner,
            "project": owner,
            "user_id": user.id,
            "image_id": image.id,
            "flavor_id": flavor.id,
            "server_id": server.id,
            "port_id": server.port_ids[0],
            "networks": network.id,
            "subnets": cloud.network.subnets_of(network.id)[0].id,
            "ports": server.port_ids[0],
            "security-groups": cloud.network.list_security_groups(owner)[0].id,
        }

    def _paths(self, pattern):
        """The path with junk in place of each name, and with what there really is."""
        for ident in IDENTS:
            yield re.sub(r"<[^>]+>", ident, pattern)
        collection = pattern.split("/")[3] if pattern.count("/") > 2 else ""
        existing = {**self.idents, "ident": self.idents.get(collection, "nothing")}
        yield re.sub(
            r"<([^>]+)>", lambda match: existing.get(match[1], "nothing"), pattern
        )

    def _send(self, method, path, **arguments):
        answer = self.client.open(
            path, method=method, headers=self.headers, **arguments
        )
        if answer.status_code >= 500:
            self.failures.append((method, path, arguments, answer.status_code))

    def _bodies(self, pattern):
        names = [part for part in pattern.split("/") if part in KEYS]
        key = KEYS[names[-1]] if names else "x"
        yield from (json.dumps(value) for value in VALUES)
        yield from (json.dumps({key: value}) for value in VALUES)
        yield from ("", "{", "nul", '{"a":1}{', "[" * 5000, '{"x": 1e999}')
        for name, value in itertools.product(
            ("name", "description", "tags", "fixed_ips", "port_id", "security_groups"),
            VALUES,
        ):
            yield json.dumps({key: {name: value}})

    def test_every_route(self):
        self.failures = []
        for service in SERVICES:
            for method, pattern, _ in service.ROUTES:
                for path in self._paths(f"/{service.SERVICE}{pattern}"):
                    if method == "GET":
                        for query in ("", *QUERIES):
                            self._send("GET", f"/pop1{path}", query_string=query)
                    elif method == "DELETE":
                        if "nothing" in path or "%" in path:
                            self._send("DELETE", f"/pop1{path}")
                        continue
                    self._send(method, f"/pop1{path}")
                if method in ("POST", "PUT", "PATCH"):
                    *_, path = self._paths(f"/{service.SERVICE}{pattern}")
                    for body in self._bodies(pattern):
                        self._send(method, f"/pop1{path}", data=body)
        self.assertEqual([], self.failures)

    def test_actions(self):
        self.failures = []
        path = f"/pop1/compute/v2.1/servers/{self.idents['server_id']}/action"
        names = ("os-start", "os-stop", "reboot", "os-getConsoleOutput", "x", "")
        lengths = [{"length": value} for value in VALUES]
        types = [{"type": value} for value in VALUES]
        for name, value in itertools.product(names, [*VALUES, *lengths, *types]):
            self._send("POST", path, data=json.dumps({name: value}))
        self.assertEqual([], self.failures)
