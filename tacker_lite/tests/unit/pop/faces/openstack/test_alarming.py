"""The alarm API, asked as its clients ask."""

import json

import testtools
from werkzeug.test import Client

from tacker_lite.pop.alarm.records import ONE_RESOURCE
from tacker_lite.pop.faces.openstack.app import Application
from tacker_lite.tests.unit.pop.open_lab import OpenLab

RULE = {
    "metric": "cpu_util",
    "aggregation_method": "mean",
    "granularity": 300,
    "threshold": 70.0,
    "comparison_operator": "gt",
    "resource_type": "instance",
    "resource_id": "none",
}
URL = "http://nfvo.example/key"


class AlarmingTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.http = Client(Application(self.fixture.lab))
        self.admin, self.demo = self.token("admin"), self.token("demo")

    def token(self, name):
        identity = self.fixture.cloud.identity
        user = {
            "name": name,
            "domain": {"id": "default"},
            "password": identity.initial_password(name),
        }
        scope = {"project": {"name": name, "domain": {"id": "default"}}}
        methods = {"methods": ["password"], "password": {"user": user}}
        return identity.authenticate({"auth": {"identity": methods, "scope": scope}}).id

    def alarm(self, name, project="demo", **more):
        body = {"name": name, "rule": RULE, "alarm_actions": [URL], **more}
        return self.fixture.cloud.alarm.create_alarm(
            self.fixture.project(project), "u1", ONE_RESOURCE, body
        )

    def ask(self, method, path, token=None, **options):
        headers = {"X-Auth-Token": token or self.demo}
        answer = self.http.open(
            f"/pop1/alarming{path}", method=method, headers=headers, **options
        )
        return answer.status_code, json.loads(answer.get_data() or "null")

    def names(self, path, token=None):
        status, rows = self.ask("GET", path, token)
        self.assertEqual(200, status, rows)
        return [row["name"] for row in rows]

    def test_an_alarm_is_shown_as_aodh_shows_it(self):
        alarm = self.alarm("busy", severity="moderate")
        _, shown = self.ask("GET", f"/v2/alarms/{alarm.id}")
        self.assertEqual(alarm.id, shown["alarm_id"])
        self.assertEqual(RULE, shown["gnocchi_resources_threshold_rule"])
        self.assertEqual(
            ("gnocchi_resources_threshold", "moderate", "insufficient data", [URL]),
            tuple(shown[k] for k in ("type", "severity", "state", "alarm_actions")),
        )

    def test_lists_are_the_projects_own(self):
        self.alarm("one")
        self.alarm("two")
        self.alarm("other", "admin")
        self.assertEqual(["one", "two"], self.names("/v2/alarms"))
        path = "/v2/alarms?q.field=name&q.op=eq&q.value=two"
        self.assertEqual(["two"], self.names(path))
        self.assertEqual(["one"], self.names("/v2/alarms?limit=1"))
        everything = self.names("/v2/alarms?all_projects=true", self.admin)
        self.assertEqual(["one", "two", "other"], everything)
        self.assertEqual(403, self.ask("GET", "/v2/alarms?all_projects=true")[0])
        status, body = self.ask("GET", "/v2/alarms?q.field=colour&q.value=red")
        self.assertEqual(400, status)
        self.assertIn("colour", body["error_message"]["faultstring"])

    def test_the_state_can_be_set_and_is_in_the_history(self):
        path = f"/v2/alarms/{self.alarm('busy').id}"
        self.assertEqual((200, "insufficient data"), self.ask("GET", f"{path}/state"))
        self.assertEqual((200, "ok"), self.ask("PUT", f"{path}/state", json="ok"))
        self.assertEqual(400, self.ask("PUT", f"{path}/state", json="blue")[0])
        self.assertEqual(400, self.ask("PUT", f"{path}/state", json=["ok"])[0])
        _, changes = self.ask("GET", f"{path}/history")
        self.assertEqual(
            ["state transition", "creation"], [change["type"] for change in changes]
        )
        self.assertEqual("ok", json.loads(changes[0]["detail"])["state"])
        self.assertNotIn(URL, json.dumps(changes))

    def test_others_alarms_are_not_there(self):
        path = f"/v2/alarms/{self.alarm('other', 'admin').id}"
        for method, place in (("GET", path), ("DELETE", path), ("GET", "/v2/alarms/x")):
            status, body = self.ask(method, place)
            self.assertEqual(404, status)
            self.assertIn("could not be found", body["error_message"]["faultstring"])
        self.assertEqual((204, None), self.ask("DELETE", path, self.admin))
        self.assertEqual(404, self.ask("GET", path, self.admin)[0])

    def test_making_one_is_refused_with_the_remedy(self):
        status, body = self.ask("POST", "/v2/alarms", json={"name": "x"})
        self.assertEqual(400, status)
        self.assertIn("a template", body["error_message"]["faultstring"])
