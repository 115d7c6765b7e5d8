"""What an alarm service does: it calls the URL it was given, without a token.

The service runs as users run it, and asks all other callers for tokens.
"""

import http.client
import json
from urllib.parse import unquote, urlsplit

import testtools
import yaml

from tacker_lite.client import Client
from tacker_lite.tests.functional.deployment import (
    ROOT,
    Deployment,
    free_port,
    wait_for,
)

ALARM = {"alarm_id": "1c2d", "current": "alarm", "previous": "ok", "reason": "busy"}


class TestAlarmUrls(testtools.TestCase):
    def setUp(self):
        super().setUp()
        # The host and port are those of no machine: a test calls the real ones.
        self.alarm = {"host": "nfv.example", "port": str(free_port())}
        options = {"alarm": self.alarm}
        self.deployment = self.useFixture(Deployment(options=options))
        self.client = Client(self.deployment.session(), region_name="pop1")
        self.deployment.openstack(
            *("vim", "register", "--config-file"),
            *(self.deployment.vim_file("pop1"), "--is-default", "pop1"),
        )

    def create(self, sample):
        path = ROOT / "samples" / "vnfd" / f"{sample}.yaml"
        body = {"name": sample, "vnfd_template": yaml.safe_load(path.read_text())}
        ident = self.client.vnfs.create(body)["id"]
        return self.settled(ident)

    def settled(self, ident):
        def active():
            row = self.client.vnfs.show(ident)
            return row if row["status"] == "ACTIVE" else None

        return wait_for("an active VNF", active, 60)

    def post(self, target, body=ALARM):
        """Status and body of an answer to a request whose target is sent as it is."""
        parts = urlsplit(self.deployment.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self.addCleanup(connection.close)
        connection.putrequest("POST", target)
        data = json.dumps(body).encode()
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def size(self, ident):
        return len(json.loads(self.settled(ident)["mgmt_ip_address"])["VDU1"])

    def test_an_alarm_changes_the_size(self):
        vnf = self.create("alarm-scale")
        url = vnf["attributes"]["busy"]
        self.assertTrue(
            url.startswith(f"http://nfv.example:{self.alarm['port']}/v1.0/vnfs/")
        )
        self.assertIn(f"- {url}\n", vnf["attributes"]["heat_template"])
        target = urlsplit(url).path
        status, answer = self.post(target)
        self.assertEqual((201, "busy"), (status, answer["trigger"]["policy_name"]))
        self.assertEqual(2, self.size(vnf["id"]))
        for wrong in (f"{target[:-1]}_", target.replace(vnf["id"], "x" * 36)):
            status, answer = self.post(wrong)
            self.assertEqual((404, "NotFound"), (status, answer["TackerError"]["type"]))
        self.assertEqual(401, self.post(f"/v1.0/vnfs/{vnf['id']}/triggers")[0])
        log = self.deployment.log
        self.assertIn("/busy/SP1-out/***", log)
        self.assertNotIn(target.rpartition("/")[2], log)

    def test_several_actions_with_the_percent_sign_in_either_form(self):
        vnf = self.create("alarm-multi-actions")
        target = urlsplit(vnf["attributes"]["busy"]).path
        self.assertIn("/log%25respawn/", target)
        for sent in (target, unquote(target)):
            self.assertEqual(201, self.post(sent)[0], sent)
        events = self.client.events.list(resource_id=vnf["id"], event_type="MONITOR")
        texts = [each["event_details"] for each in events]
        self.assertEqual(2, texts.count("Alarm of trigger busy: log"))
