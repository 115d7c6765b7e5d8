"""Mistaken requests, answered as real services answered them.

What those said is in ``refusals``: recorded, with the ids of that cloud taken out.
"""

import pathlib

import requests
import yaml

from tacker_lite.tests.functional.pop.lab_server import LabCase

TABLES = pathlib.Path(__file__).parent / "refusals"
#: Not a secret of any cloud.
NOTHING = "11111111-2222-3333-4444-555555555555"


class RefusalTest(LabCase):
    def setUp(self):
        super().setUp()
        demo, admin = self.sdk("demo"), self.sdk("admin")
        compute = demo.compute
        flavor = next(f for f in compute.flavors() if f.name == "m1.tiny")
        host = demo.image.find_image("host")
        own = demo.image.post("/images", json={"name": "own"}).json()
        server = compute.create_server(
            name="x", image_id=host.id, flavor_id=flavor.id, networks="none"
        )
        compute.wait_for_server(server, interval=0.05, wait=10)
        root = f"{self.server.url}/pop1"
        self.words = {
            "identity": f"{root}/identity/v3",
            "compute": f"{root}/compute/v2.1",
            "image_api": f"{root}/image/v2",
            "nothing": NOTHING,
            "host_image": host.id,
            "own_image": own["id"],
            "flavor": flavor.id,
            "server": server.id,
            "project": demo.current_project_id,
            "user": demo.current_user_id,
            "other_project": admin.current_project_id,
            "other_user": admin.current_user_id,
        }
        self.tokens = {
            "demo": self.token("demo"),
            "admin": self.token("admin"),
            "nobody": "",
            "a wrong token": "bad",
        }

    def filled(self, value):
        """A value of a table with this lab's ids and addresses."""
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, str):
            for name, word in self.words.items():
                value = value.replace("{" + name + "}", word)
        return value

    def ask(self, row):
        method, _, url = self.filled(row["request"]).partition(" ")
        headers = {
            "Accept": "application/json",
            "X-Auth-Token": self.tokens[row["by"]],
            "OpenStack-API-Version": f"compute {row.get('version', '2.79')}",
        }
        if "type" in row:
            headers["Content-Type"] = row["type"]
        body = {"json": self.filled(row["body"])} if "body" in row else {}
        if "data" in row:
            body = {"data": self.filled(row["data"])}
        return requests.request(method, url, headers=headers, timeout=10, **body)

    def check(self, service):
        rows = yaml.safe_load((TABLES / f"{service}.yaml").read_text())
        wrong = []
        for row in rows:
            answer = self.ask(row)
            document = answer.json()
            key, message = "glance", document.get("message", "")
            if not message:
                [(key, fault)] = document.items()
                message = fault["message"]
            wanted = (row["status"], row["key"])
            said = self.filled(row["message"])
            if (answer.status_code, key) != wanted or said not in message:
                wrong.append((row["name"], *wanted, said, answer.status_code, message))
        self.assertEqual([], wrong)
        return len(rows)

    def test_compute(self):
        self.assertGreater(self.check("compute"), 90)

    def test_identity(self):
        self.assertGreater(self.check("identity"), 50)

    def test_image(self):
        self.assertGreater(self.check("image"), 35)
