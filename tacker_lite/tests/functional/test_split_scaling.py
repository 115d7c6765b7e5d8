"""Steps of scaling that several conductors, callers and alarms want at once."""

from __future__ import annotations

import collections
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import requests
import testtools
import yaml

from tacker_lite.tests.functional import backends
from tacker_lite.tests.functional.deployment import ROOT, wait_for
from tacker_lite.tests.functional.split import HOSTS
from tacker_lite.tests.functional.test_split import Parts

ALARM = {"alarm_id": "1c2d", "current": "alarm", "previous": "ok", "reason": "busy"}
SAMPLE = ROOT / "samples" / "vnfd" / "alarm-scale.yaml"


class TestScaling(Parts, testtools.TestCase):
    database_class = backends.MariaDB

    def setUp(self):
        super().setUp()
        document = yaml.safe_load(SAMPLE.read_text())
        body = {"name": "many", "vnfd_template": document}
        self.ident = self.caller.client.vnfs.create(body)["id"]
        self.path = f"vnfs/{self.ident}"
        vnf = self.settled()
        target = urlsplit(vnf["attributes"]["busy"]).path
        self.alarm_url = f"{self.deployment.url}{target}"

    def settled(self):
        def active():
            row = self.caller.client.vnfs.show(self.ident)
            return row if row["status"] in ("ACTIVE", "ERROR") else None

        row = wait_for("the end of the operation", active, 60)
        self.assertEqual("ACTIVE", row["status"], row["error_reason"])
        return row

    def size(self):
        return len(json.loads(self.settled()["mgmt_ip_address"])["VDU1"])

    def size_on_the_vim(self):
        outputs = self.caller.heat.stacks.get(f"many_{self.ident}").outputs
        found = [each for each in outputs if each["output_key"] == "size-SP1"]
        return found[0]["output_value"]

    def scale(self, kind):
        body = {"scale": {"type": kind, "policy": "SP1"}}
        return self.caller.send("POST", f"{self.path}/actions", body).status_code

    def alarm(self, _number=0):
        answer = requests.post(self.alarm_url, json=ALARM, timeout=60)
        return answer.status_code

    def steps(self):
        """How often a step has begun, by its name."""
        events = self.caller.client.events.list(
            resource_id=self.ident, event_type="SCALE"
        )
        begun = [e for e in events if e["resource_state"].startswith("PENDING")]
        return collections.Counter(each["event_details"] for each in begun)

    def test_a_storm_of_alarms(self):
        with ThreadPoolExecutor(20) as service:
            codes = collections.Counter(service.map(self.alarm, range(200)))
        self.assertEqual({201: 200}, dict(codes))
        self.assertEqual(2, self.size())
        self.assertEqual({"SP1-out": 1}, dict(self.steps()))
        self.assertEqual(2, self.size_on_the_vim())

    def test_callers_and_an_alarm_at_once(self):
        with ThreadPoolExecutor(9) as pool:
            callers = [pool.submit(self.scale, "out") for _ in range(8)]
            alarm = pool.submit(self.alarm)
        codes = {each.result() for each in callers}
        self.assertLessEqual(codes, {201, 409})
        self.assertEqual(201, alarm.result())
        steps = self.steps()["SP1-out"]
        self.assertEqual(min(3, 1 + steps), self.size())

    def test_conductors_killed_at_any_moment(self):
        for turn in range(8):
            host, kind = HOSTS[turn % 2], "out" if turn % 4 < 2 else "in"
            ask = threading.Thread(target=self.scale, args=(kind,))
            ask.start()
            time.sleep(turn * 0.04)
            self.deployment.end_conductor(host, signal.SIGKILL)
            ask.join()
            self.deployment.start_conductor(host)
            self.deployment.wait_for_conductors()
            copies = self.size()
            self.assertEqual(copies, self.size_on_the_vim(), f"turn {turn}")
        expected = 1
        events = self.caller.client.events.list(
            resource_id=self.ident, event_type="SCALE"
        )
        for each in events:
            if each["event_details"] in ("SP1-out", "SP1-in"):
                step = 1 if each["event_details"] == "SP1-out" else -1
                expected = max(1, min(expected + step, 3))
        self.assertEqual(expected, copies)

    def test_what_others_change_on_the_vim_is_kept(self):
        self.caller.heat.resources.signal(f"many_{self.ident}", "SP1_scale_out")
        wait_for("another copy", lambda: self.size_on_the_vim() == 2)
        self.assertEqual(201, self.scale("out"))
        self.assertEqual(3, self.size())
        self.assertEqual(3, self.size_on_the_vim())
        self.assertEqual(201, self.scale("in"))
        self.assertEqual(2, self.size())
