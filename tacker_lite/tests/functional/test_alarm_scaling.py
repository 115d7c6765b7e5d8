"""Our orchestrator's sample with alarms, scaled by a lab's own alarms.

The numbers are fed: what the lab and the service do with them is real.
"""

import json
import urllib.request

import testtools
import yaml

from tacker_lite.client import Client
from tacker_lite.tests.functional.deployment import (
    ROOT,
    Deployment,
    wait_for,
)


class ServedOn(Deployment):
    """A deployment whose alarms call the service itself."""

    def _write_configuration(self):
        host, port = self.url.removeprefix("http://").split(":")
        self.options = {"alarm": {"host": host, "port": port}}
        super()._write_configuration()


class AlarmScalingTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.deployment = self.useFixture(ServedOn())
        self.client = Client(self.deployment.session(), region_name="pop1")
        self.deployment.openstack(
            *("vim", "register", "--config-file"),
            *(self.deployment.vim_file("pop1"), "--is-default", "pop1"),
        )

    def create(self):
        path = ROOT / "samples" / "vnfd" / "alarm-scale.yaml"
        template = yaml.safe_load(path.read_text())
        scaling, alarming = template["topology_template"]["policies"]
        scaling["SP1"]["properties"].update(cooldown=1, max_instances=2)
        for trigger in alarming["cpu_watch"]["triggers"].values():
            trigger["condition"]["granularity"] = 1
        body = {"name": "alarmed", "vnfd_template": template}
        return self.client.vnfs.create(body)["id"]

    def addresses(self, ident, size):
        """The addresses of a VNF once it has so many."""

        def settled():
            row = self.client.vnfs.show(ident)
            if row["status"] != "ACTIVE":
                return None
            found = json.loads(row["mgmt_ip_address"])["VDU1"]
            found = found if isinstance(found, list) else [found]
            return found if len(found) == size else None

        return wait_for(f"{size} servers", settled, 60)

    def feed(self, value):
        """Tell the lab's alarms how busy each server is."""
        base = f"{self.deployment.lab_url}/lab/v1/instances"
        state = self.deployment.directory / "lab" / self.deployment.lab
        headers = {"X-Lab-Token": (state / "token").read_text().strip()}
        with urllib.request.urlopen(base, timeout=10) as answer:
            rows = json.load(answer)["instances"]
        for row in rows:
            request = urllib.request.Request(
                f"{base}/{row['id']}/metrics",
                data=json.dumps({"cpu_util": value}).encode(),
                headers=headers,
                method="PUT",
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                self.assertEqual({"fed": {"cpu_util": value}}, json.load(answer))

    def test_busy_servers_get_company_until_they_idle(self):
        ident = self.create()
        self.addresses(ident, 1)
        self.feed(90)
        self.addresses(ident, 2)
        self.feed(5)
        self.addresses(ident, 1)
        log = self.deployment.log
        self.assertIn("/busy/SP1-out/***", log)
        lab = self.deployment.directory / "lab" / self.deployment.lab / "lab.log"
        url = self.client.vnfs.show(ident)["attributes"]["busy"]
        self.assertNotIn(url.rpartition("/")[2], lab.read_text() + log)
