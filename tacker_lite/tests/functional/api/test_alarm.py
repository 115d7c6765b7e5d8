"""Alarms: the URLs that are made for them, and what they lead to."""

from __future__ import annotations

import concurrent.futures
import datetime
import re
import threading
import time
from urllib.parse import unquote, urlsplit

from tacker_lite.db import query
from tacker_lite.db import vnf as vnf_table
from tacker_lite.tests.functional import scaled
from tacker_lite.tests.functional.api import base, test_vnf_scale
from tacker_lite.tosca import parser

ALARM = {"alarm_id": "1c2d", "current": "alarm", "previous": "ok", "reason": "busy"}
UNKNOWN = "11111111-2222-3333-4444-555555555555"


class AlarmCase(test_vnf_scale.ScaleCase):
    document = scaled.with_alarms()
    options = {"alarm": {"host": "fd00::1", "port": "9899"}}

    def url(self, trigger):
        return self.vnf["attributes"][trigger]

    def raise_alarm(self, path, body=ALARM, **kwargs):
        return self.call("POST", path, body, **kwargs)

    def heard(self, trigger, body=ALARM, **kwargs):
        return self.raise_alarm(urlsplit(self.url(trigger)).path, body, **kwargs)

    def monitored(self):
        return [text for _, text in self.events("MONITOR")]


class TestUrls(AlarmCase):
    def test_form(self):
        start = re.escape(f"http://[fd00::1]:9899/v1.0/vnfs/{self.vnf['id']}")
        for trigger, actions in (
            ("too_busy", "SP1-out"),
            ("bored", "log%25SP1-in"),
            ("dead", "log%25respawn"),
        ):
            self.assertRegex(
                self.url(trigger), f"^{start}/{trigger}/{actions}/[a-z0-9]{{8}}$"
            )
        self.assertEqual(self.vnf["id"], self.vnf["attributes"]["alarming_policy"])
        keys = {self.url(name)[-8:] for name in ("too_busy", "bored", "dead")}
        self.assertEqual(3, len(keys))

    def test_the_vim_is_given_them_and_they_stay(self):
        (stack,) = self.cloud.stacks.values()
        names = ("too_busy", "bored", "dead")
        urls = {name: self.url(name) for name in names}
        self.assertEqual(urls, dict(stack.template.webhooks))
        self.assertEqual(self.vnf["id"], stack.template.vnf_id)
        body = {"vnf": {"attributes": {"param_values": {"image_name": "debian"}}}}
        self.call("PUT", self.path, body)
        self.vnf = self.wait_status(self.vnf["id"], "ACTIVE")
        self.assertEqual(urls, {name: self.url(name) for name in names})
        (stack,) = self.cloud.stacks.values()
        self.assertEqual(urls, dict(stack.template.webhooks))

    def test_they_are_told_in_events_without_their_keys(self):
        texts = self.monitored()
        self.assertEqual(3, len([t for t in texts if "alarm URL of trigger" in t]))
        for name in ("too_busy", "bored", "dead"):
            self.assertNotIn(self.url(name)[-8:], str(texts))

    def test_nobody_overwrites_them(self):
        body = {"vnf": {"attributes": {"too_busy": "http://example/"}}}
        answer = self.call("PUT", self.path, body)
        self.assert_refused(400, "HTTPBadRequest", "too_busy", answer=answer)
        body = {"vnf": {"attributes": {"too_busy": self.url("too_busy"), "mine": "x"}}}
        self.assertEqual(200, self.call("PUT", self.path, body).status)
        vnf = self.wait_status(self.vnf["id"], "ACTIVE")
        self.assertEqual("x", vnf["attributes"]["mine"])

    def test_a_trigger_that_no_url_can_have_as_a_part(self):
        for name in (".", ".."):
            triggers = scaled.alarming(**{name: scaled.trigger("gt", "SP1")})
            body = {"name": "b", "vnfd_template": scaled.vnfd(("watch", triggers))}
            answer = self.call("POST", "/v1.0/vnfs", {"vnf": body})
            self.assert_refused(400, "ToscaParserFailed", f"{name}", answer=answer)

    def test_odd_names_of_triggers(self):
        names = ("a b", "50%25", "a?b#c", "\N{OCTOPUS}", "actions", "a.json", "x" * 200)
        triggers = scaled.alarming(**{n: scaled.trigger("gt", "log") for n in names})
        body = scaled.vnfd(("watch", triggers))
        made = self.make_vnf("odd", vnfd_template=body)
        self.vnf = self.wait_status(made["id"], "ACTIVE")
        for name in names:
            self.assertEqual(201, self.heard(name).status, name)

    def test_a_trigger_called_like_an_attribute(self):
        triggers = scaled.alarming(heat_template=scaled.trigger("gt", "SP1"))
        body = {"name": "b", "vnfd_template": scaled.vnfd(("watch", triggers))}
        answer = self.call("POST", "/v1.0/vnfs", {"vnf": body})
        self.assert_refused(
            400, "ToscaParserFailed", "heat_template", "call", answer=answer
        )


class TestAlarms(AlarmCase):
    def test_an_alarm_adds_a_copy_and_another_waits(self):
        answer = self.heard("too_busy")
        self.assertEqual(201, answer.status, answer.body)
        trigger = answer.json["trigger"]
        self.assertEqual("too_busy", trigger["policy_name"])
        self.assertEqual("SP1-out", trigger["action_name"])
        self.assertEqual(ALARM, trigger["params"]["data"])
        self.assertEqual(2, len(self.addresses()["VDU1"]))
        self.assertEqual(201, self.heard("too_busy").status)
        self.assertEqual(2, len(self.addresses()["VDU1"]))
        self.assertIn("cooldown", self.monitored()[-1])
        # A person may, at once.
        self.assertEqual(201, self.scale("SP1", "out").status)
        self.assertEqual(3, len(self.addresses()["VDU1"]))

    def test_the_percent_sign_in_either_form(self):
        path = urlsplit(self.url("bored")).path
        self.assertIn("%25", path)
        for each in (path, unquote(path)):
            self.assertEqual(201, self.raise_alarm(each).status)
            self.addresses()
        logged = [t for t in self.monitored() if t == "Alarm of trigger bored: log"]
        self.assertEqual(2, len(logged))

    def test_a_plain_percent_sign_before_two_hexadecimal_digits(self):
        # Whoever decodes the URL takes the three for one byte.
        grows = scaled.VNFD["topology_template"]["policies"][0]["SP1"]
        alarms = scaled.alarming(busy=scaled.trigger("gt", "log", "ab1"))
        document = scaled.vnfd(("ab1", grows), ("watch", alarms))
        del document["topology_template"]["policies"][0]
        made = self.make_vnf("hexadecimal", vnfd_template=document)
        self.vnf = self.wait_status(made["id"], "ACTIVE")
        path = urlsplit(self.url("busy")).path
        self.assertIn("log%25ab1-out", path)

        answer = self.raise_alarm(path.replace("%25", "%"))

        self.assertEqual(201, answer.status, answer.body)
        self.assertEqual("log%ab1-out", answer.json["trigger"]["action_name"])

    def test_an_action_that_is_not_there_yet_keeps_no_other_away(self):
        self.assertEqual(201, self.heard("dead").status)
        self.assertEqual(
            [
                "Alarm of trigger dead: log",
                "Alarm of trigger dead: action respawn is not available yet",
            ],
            self.monitored()[-2:],
        )
        self.assertEqual("ACTIVE", self.call("GET", self.path).json["vnf"]["status"])

    def test_an_alarm_during_an_operation_is_recorded(self):
        self.cloud.delay = 0.5
        self.scale("SP1", "out")
        self.assertEqual(201, self.heard("too_busy").status)
        self.assertIn("PENDING_SCALE_OUT", self.monitored()[-1])
        self.assertEqual(2, len(self.addresses()["VDU1"]))

    def test_a_storm_adds_one_copy(self):
        with concurrent.futures.ThreadPoolExecutor(16) as service:
            answers = list(service.map(self.heard, ["too_busy"] * 200))
        self.assertEqual([201] * 200, [answer.status for answer in answers])
        self.assertEqual(2, len(self.addresses()["VDU1"]))
        self.assertEqual(2, len(self.events("SCALE")))
        alarms = [t for t in self.monitored() if t.startswith("Alarm of trigger")]
        self.assertEqual(199, len(alarms))

    def test_a_cooldown_that_begins_while_the_alarm_is_read(self):
        # Reading its trigger loads the descriptor, which waits for this lock.
        alarm = threading.Thread(target=self.heard, args=("too_busy",))
        with parser.LOCK:
            alarm.start()
            time.sleep(0.5)
            later = query.now() + datetime.timedelta(seconds=60)
            with self.database.writer() as session:
                row = vnf_table.get(session, self.vnf["id"])
                changes = {"cooldowns": {"SP1": later.isoformat()}}
                vnf_table.set_values(session, row, **changes, updated_at=query.now())
        alarm.join()
        self.assertEqual(1, len(self.addresses()["VDU1"]))
        self.assertIn("before the cooldown", self.monitored()[-1])

    def test_bodies(self):
        for raw, status in (
            (b"", 400),
            (b"nonsense", 400),
            (b"[]", 400),
            (b"[" * 100_000, 413),
            (b"[" * 60_000, 400),
            (b"{}", 400),
            (b'{"alarm_id": "1", "current": "ok"}', 400),
            (b'{"current": "alarm"}', 400),
            (b'{"alarm_id": "\\u0000\\ud800", "current": "ok"}', 400),
            (b'{"alarm_id": "' + b"x" * 70_000 + b'", "current": "alarm"}', 413),
        ):
            answer = self.heard("too_busy", None, raw=raw)
            self.assertEqual(status, answer.status, raw[:80])
            if status == 400:
                self.assertIn(
                    answer.fault["type"], ("AlarmUrlInvalid", "MalformedRequestBody")
                )
        self.assertEqual([], self.events("SCALE"))

    def test_wrong_urls_are_all_the_same(self):
        path = urlsplit(self.url("too_busy")).path
        *rest, action, key = path.split("/")
        wrong = [
            path[:-1] + ("a" if path[-1] != "a" else "b"),
            path + "x",
            path[:-1],
            "/".join([*rest, "SP1-in", key]),
            path.replace("too_busy", "nope"),
            path.replace("too_busy", "%FF%00"),
            path.replace("too_busy", "bored"),
            path.replace(self.vnf["id"], UNKNOWN),
            path.replace(self.vnf["id"], "edge-1"),
            path.replace(self.vnf["id"], "%00"),
        ]
        answers = [self.raise_alarm(each, raw=b"{") for each in wrong]
        faults = set()
        for answer in answers:
            self.assertEqual(404, answer.status, answer.body)
            faults.add((answer.fault["type"], answer.fault["message"]))
        self.assertEqual(1, len(faults))
        self.assertEqual([], self.events("SCALE"))

    def test_other_methods_are_no_alarms(self):
        path = urlsplit(self.url("too_busy")).path
        for method in ("GET", "PUT", "DELETE"):
            self.assertEqual(405, self.call(method, path).status)

    def test_keys_reach_no_log(self):
        self.heard("too_busy")
        self.heard("too_busy", raw=b"nonsense")
        self.addresses()
        path = urlsplit(self.url("too_busy")).path
        self.call("GET", path)
        self.raise_alarm(f"/{path}/")
        for name in ("too_busy", "bored", "dead"):
            self.assertNotIn(self.url(name)[-8:], self.log.output)
        self.assertIn("/too_busy/SP1-out/***", self.log.output)

    def test_names_of_another_kind_of_policy(self):
        for name in ("start_actions", "before_end_actions", "end_actions"):
            trigger = {"policy_name": name, "action_name": "log", "params": {}}
            answer = self.call("POST", f"{self.path}/triggers", {"trigger": trigger})
            self.assert_refused(
                400, "VnfPolicyTypeInvalid", "Reservation", answer=answer
            )


class TestTriggers(AlarmCase):
    def trigger(self, name="too_busy", action="SP1-out", params=None):
        params = {"data": ALARM} if params is None else params
        body = {"policy_name": name, "action_name": action, "params": params}
        return self.call("POST", f"{self.path}/triggers.json", {"trigger": body})

    def test_with_a_token(self):
        params = {"data": ALARM, "credential": "anything"}
        answer = self.trigger(params=params)
        self.assertEqual(201, answer.status, answer.body)
        self.assertEqual(params, answer.json["trigger"]["params"])
        self.assertEqual(2, len(self.addresses()["VDU1"]))

    def test_a_trigger_of_the_second_policy(self):
        self.assertEqual(201, self.trigger("dead", "log").status)

    def test_actions(self):
        for action in ("noop", "SP1", "apart", "log%noop", "log%25noop"):
            self.assertEqual(201, self.trigger(action=action).status, action)
        self.assertEqual([], self.events("SCALE"))
        for action in ("", "%", "nope", "log%nope", "apart-out", "SP1-up"):
            answer = self.trigger(action=action)
            self.assert_refused(400, "VnfPolicyActionInvalid", "log", answer=answer)

    def test_refusals(self):
        answer = self.trigger("nope")
        self.assert_refused(404, "TriggerNotFound", "too_busy", answer=answer)
        for params in (
            {},
            {"data": None},
            {"data": {}},
            {"data": {"alarm_id": "1"}},
            {"data": {"alarm_id": "", "current": "alarm"}},
            {"data": {"alarm_id": "1", "current": "ok"}},
        ):
            answer = self.trigger(params=params)
            self.assert_refused(400, "AlarmUrlInvalid", "alarm_id", answer=answer)
        answer = self.trigger("x" * 256)
        self.assert_refused(400, "HTTPBadRequest", "policy_name", answer=answer)
        for body in ({}, {"policy_name": "too_busy"}, {"policy_name": 1}):
            answer = self.call("POST", f"{self.path}/triggers", {"trigger": body})
            self.assert_refused(400, "HTTPBadRequest", answer=answer)


class TestWithoutAlarms(test_vnf_scale.ScaleCase):
    def test_no_alarming_policy(self):
        body = {"policy_name": "x", "action_name": "log", "params": {"data": ALARM}}
        answer = self.call("POST", f"{self.path}/triggers", {"trigger": body})
        self.assert_refused(400, "VnfPolicyTypeInvalid", "Alarming", answer=answer)
        written = {"monitoring_policy", "scaling_group_names", "fake_template"}
        self.assertEqual(written, set(self.vnf["attributes"]))

    def test_monitoring_attribute(self):
        self.assertEqual(
            '{"vdus": {"VDU1": {"ping": {"name": "ping", '
            '"parameters": {"count": 3, "interval": 10}, '
            '"actions": {"failure": "respawn"}, '
            '"monitoring_params": {"count": 3, "interval": 10}}}}}',
            self.vnf["attributes"]["monitoring_policy"],
        )


class TestProtectedApi(AlarmCase):
    """Where callers are asked who they are, an alarm needs its URL alone."""

    options = {
        **AlarmCase.options,
        "api": {"auth_strategy": "http_basic", "http_basic_admins": "root"},
    }

    def configuration(self):
        sections = super().configuration()
        path = base.write_passwords(f"{self.directory}/htpasswd", root="pw", eve="pw")
        sections["api"]["http_basic_auth_user_file"] = path
        return sections

    def call(self, *args, user=("root", "pw"), **kwargs):
        return super().call(*args, user=user, **kwargs)

    def test_an_alarm_and_a_caller_without_rights(self):
        self.assertEqual(201, self.heard("too_busy", user=None).status)
        self.assertEqual(2, len(self.addresses()["VDU1"]))
        path = urlsplit(self.url("too_busy")).path
        self.assertEqual(404, self.raise_alarm(f"{path}x", user=None).status)
        body = {"scale": {"type": "out", "policy": "SP1"}}
        for user, status in ((None, 401), (("eve", "pw"), 404)):
            answer = self.call("POST", f"{self.path}/actions", body, user=user)
            self.assertEqual(status, answer.status)


class TestReservation(AlarmCase):
    document = scaled.vnfd(
        (
            "lease",
            {
                "type": "tosca.policies.tacker.Reservation",
                "reservation": {
                    "start_actions": ["SP1"],
                    "before_end_actions": ["SP1", "log"],
                    "end_actions": ["noop"],
                    "properties": {"lease_id": UNKNOWN},
                },
            },
        )
    )

    def test_a_lease_begins_and_ends(self):
        self.assertEqual(self.vnf["id"], self.vnf["attributes"]["reservation_policy"])
        self.assertIn("/start_actions/SP1-out/", self.url("start_actions"))
        self.assertIn("/SP1-in%25log/", self.url("before_end_actions"))
        self.assertEqual(201, self.heard("start_actions").status)
        self.assertEqual(2, len(self.addresses()["VDU1"]))
        self.assertEqual(201, self.heard("end_actions").status)
