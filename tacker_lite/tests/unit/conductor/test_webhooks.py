import re

import testtools

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions
from tacker_lite.conductor import triggers, webhooks
from tacker_lite.tests.functional import scaled
from tacker_lite.tosca import loader

VNF = "77aa77aa-0000-1111-2222-333333333333"
LEASE = "11111111-2222-3333-4444-555555555555"


class UrlCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.conf = tacker_lite_conf.new([], [])
        self.conf.set_override("host", "nfv.example", group="alarm")

    def make(self, document, **inputs):
        template = loader.load(document, inputs)
        return webhooks.make(self.conf, VNF, "project-1", template)


class TestUrls(UrlCase):
    def test_directions(self):
        for operator, way in (
            ("gt", "out"), ("ge", "out"), ("lt", "in"), ("le", "in"),
        ):  # fmt: skip
            policy = scaled.alarming(t=scaled.trigger(operator, "SP1", "log"))
            made = self.make(scaled.vnfd(("watch", policy)))
            start = f"http://nfv.example:9890/v1.0/vnfs/{VNF}/t/SP1-{way}%25log/"
            self.assertEqual(["t"], list(made))
            self.assertRegex(made["t"], f"^{re.escape(start)}[a-z0-9]{{8}}$")

    def test_hosts_and_schemes(self):
        policy = scaled.alarming(t=scaled.trigger("gt", "log"))
        document = scaled.vnfd(("watch", policy))
        for options, start in (
            ({"host": "192.0.2.1", "port": 80}, "http://192.0.2.1:80/"),
            ({"host": "2001:db8::1"}, "http://[2001:db8::1]:80/"),
            ({"host": "a.example", "scheme": "https"}, "https://a.example:80/"),
        ):
            for name, value in options.items():
                self.conf.set_override(name, value, group="alarm")
            self.assertTrue(self.make(document)["t"].startswith(start))

    def test_the_old_section_of_the_configuration(self):
        path = self.useFixture(scaled.ConfigFile("[ceilometer]\nhost=old\nport=1\n"))
        conf = tacker_lite_conf.new([], [path.name])
        self.assertEqual(("old", 1), (conf.alarm.host, conf.alarm.port))

    def test_without_actions_there_is_no_url(self):
        policy = scaled.alarming(t=scaled.trigger("gt", "log"))
        policy["triggers"]["t"]["action"] = []
        template = loader.load(scaled.vnfd(("watch", policy)), {})
        self.assertEqual({}, webhooks.make(self.conf, VNF, "p", template))

    def test_maintenance(self):
        document = scaled.vnfd()
        nodes = document["topology_template"]["node_templates"]
        nodes["VDU2"]["properties"]["maintenance"] = True
        made = self.make(document)
        self.assertIn("/maintenance/project-1/", made["maintenance"])

    def test_names_that_are_taken(self):
        for name in ("config", "param_values", "alarming_policy"):
            policy = scaled.alarming(**{name: scaled.trigger("gt", "log")})
            error = self.assertRaises(
                exceptions.InvalidTemplate, self.make, scaled.vnfd(("watch", policy))
            )
            self.assertIn(name, error.message)

    def test_keys_differ(self):
        keys = {webhooks.new_key() for _ in range(1000)}
        self.assertEqual(1000, len(keys))


class TestTriggers(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.template = loader.load(scaled.with_alarms(), {})

    def read(self, name, action, **data):
        alarm = {"alarm_id": "1", "current": "alarm", **data}
        body = {"policy_name": name, "action_name": action, "data": alarm}
        return triggers.read(self.template, VNF, body)

    def test_named_actions_come_first(self):
        found = self.read("too_busy", "SP1-out%respawn%log")
        self.assertEqual(("respawn", "log"), found.named)
        self.assertEqual(["SP1-out"], [str(each) for each in found.changes])
        self.assertEqual(
            ["action respawn is not available yet", "log"], triggers.told(found)
        )

    def test_split_at_the_last_hyphen(self):
        document = scaled.vnfd()
        policies = document["topology_template"]["policies"]
        policies[0]["my-scale-in"] = policies[0].pop("SP1")
        policies.append({"w": scaled.alarming(t=scaled.trigger("gt", "my-scale-in"))})
        self.template = loader.load(document, {})
        (change,) = self.read("t", "my-scale-in-out").changes
        self.assertEqual(("my-scale-in", "out"), (change.policy, change.type))
        # The name of the policy alone, although it ends like a direction.
        self.assertEqual((), self.read("t", "my-scale-in").changes)

    def test_triggers_of_every_policy(self):
        for name in ("too_busy", "bored", "dead"):
            self.assertEqual(("log",), self.read(name, "log").named)

    def test_what_is_not_raised(self):
        for data in ({"current": "ok"}, {"alarm_id": None}, {"alarm_id": ""}):
            error = self.assertRaises(
                exceptions.InvalidInput, self.read, "dead", "log", **data
            )
            self.assertEqual("AlarmUrlInvalid", error.public_type)


class TestReservation(UrlCase):
    def test_directions(self):
        reservation = {
            "start_actions": ["SP1", "log"],
            "before_end_actions": ["noop"],
            "end_actions": ["SP1"],
            "properties": {"lease_id": LEASE},
        }
        policy = {
            "type": "tosca.policies.tacker.Reservation",
            "reservation": reservation,
        }
        made = self.make(scaled.vnfd(("lease", policy)))
        self.assertIn("/start_actions/SP1-out%25log/", made["start_actions"])
        self.assertIn("/before_end_actions/noop/", made["before_end_actions"])
        self.assertIn("/end_actions/SP1-in/", made["end_actions"])
