"""Alarms on numbers that a test feeds, and the calls that they make."""

import http.server
import json
import logging
import threading
import time

import fixtures
import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.alarm import caller
from tacker_lite.pop.alarm.records import BY_RESOURCES, EVENT, ONE_RESOURCE
from tacker_lite.tests.unit.pop.open_lab import OpenLab

PATIENCE = 10.0
SECRET = "a-key-nobody-may-read"


class Listener(fixtures.Fixture):
    """Keeps what is posted to it; ``answers`` are the statuses of the next answers."""

    def __init__(self):
        self.posts = []
        self.answers = []
        self._changed = threading.Condition()

    def _setUp(self):
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                status = listener.answers.pop(0) if listener.answers else 200
                with listener._changed:
                    listener.posts.append((self.path, body))
                    listener._changed.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)

    def wait(self, count):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.posts) >= count, PATIENCE):
                raise AssertionError(f"{self.posts}, not {count} of them")
            return [body for _, body in self.posts]


class AlarmCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.listener = self.useFixture(Listener())
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))

    @property
    def service(self):
        return self.fixture.cloud.alarm

    def server(self, group="SG1"):
        server = self.fixture.create_server(metadata={"metering.server_group": group})
        return self.fixture.settled(server.id, "ACTIVE")

    def alarm(self, kind=BY_RESOURCES, rule=None, **attrs):
        wanted = {
            "metric": "cpu_util",
            "aggregation_method": "mean",
            "granularity": 1,
            "evaluation_periods": 1,
            "threshold": 70.0,
            "comparison_operator": "gt",
            "resource_type": "instance",
            "query": '{"=": {"server_group": "SG1"}}',
        }
        body = {
            "name": "busy",
            "rule": wanted if kind == BY_RESOURCES else {},
            "alarm_actions": [f"{self.listener.url}/{SECRET}"],
            **attrs,
        }
        body["rule"] = {**body["rule"], **(rule or {})}
        return self.service.create_alarm(self.fixture.project(), "u1", kind, body)

    def feed(self, server, **values):
        self.fixture.lab.metrics.fed.feed(server.id, values)

    def wait_state(self, alarm, state):
        end = time.monotonic() + PATIENCE
        while (now := self.service.get_alarm(None, alarm.id)).state != state:
            if time.monotonic() > end:
                self.fail(f"the alarm is {now.state} ({now.state_reason}), not {state}")
            time.sleep(0.02)
        return now


class FedAlarmTest(AlarmCase):
    def test_it_says_why_there_is_no_number(self):
        cases = {
            "no server of the project is meant": {
                "query": '{"=": {"server_group": "none"}}'
            },
            "the simulated runtime measures nothing; feed numbers: PUT": {},
            "the lab does not measure colour; it measures cpu_util": {
                "metric": "colour"
            },
            "it has count": {"aggregation_method": "mode"},
            "cpu is a counter: use the aggregation method rate:mean": {"metric": "cpu"},
            "not volume": {"resource_type": "volume"},
        }
        self.server()
        alarms = {text: self.alarm(rule=rule) for text, rule in cases.items()}
        for text, alarm in alarms.items():
            end = time.monotonic() + PATIENCE
            while (
                text not in (now := self.service.get_alarm(None, alarm.id)).state_reason
            ):
                self.assertLess(time.monotonic(), end, now.state_reason)
                time.sleep(0.02)
            self.assertEqual("insufficient data", now.state)
        self.assertEqual([], self.listener.posts)

    def test_a_crossed_threshold_calls_the_url_as_aodh_does(self):
        server, other = self.server(), self.server("SG2")
        alarm = self.alarm(severity="critical")
        self.feed(other, cpu_util=99)
        self.feed(server, cpu_util=90)
        body = self.listener.wait(1)[0]
        reason = (
            "Transition to alarm due to 1 samples outside threshold, most recent: 90 "
            "(fed, not measured)"
        )
        self.assertEqual(
            {
                "severity": "critical",
                "alarm_name": "busy",
                "alarm_id": alarm.id,
                "previous": "insufficient data",
                "current": "alarm",
                "reason": reason,
                "reason_data": {
                    "type": "threshold",
                    "disposition": "outside",
                    "count": 1,
                    "most_recent": 90.0,
                },
            },
            body,
        )
        self.assertEqual(f"/{SECRET}", self.listener.posts[0][0])
        self.feed(server, cpu_util=10)
        self.wait_state(alarm, "ok")
        time.sleep(1.2)
        self.assertEqual(1, len(self.listener.posts))
        kinds = [change.type for change in self.service.history(None, alarm.id)]
        self.assertEqual(["state transition", "state transition", "creation"], kinds)
        events = [(e.kind, e.name) for e in self.fixture.lab.events.since()]
        self.assertEqual(2, events.count(("alarm", "busy")))
        told = repr((self.service.history(None, alarm.id), events, alarm))
        self.assertNotIn(SECRET, self.log.output + told)

    def test_the_mean_of_all_that_are_meant_decides(self):
        first, second = self.server(), self.server()
        alarm = self.alarm()
        self.feed(first, cpu_util=100)
        self.feed(second, cpu_util=20)
        self.wait_state(alarm, "ok")
        self.feed(second, cpu_util=80)
        self.wait_state(alarm, "alarm")

    def test_actions_are_repeated_when_asked_for(self):
        self.feed(self.server(), cpu_util=90)
        self.alarm(repeat_actions=True)
        bodies = self.listener.wait(3)
        self.assertEqual(["alarm"] * 2, [body["previous"] for body in bodies[1:3]])
        self.assertIn("Remaining as alarm", bodies[2]["reason"])

    def test_one_server_by_its_id(self):
        server, other = self.server(), self.server()
        rule = {
            "metric": "memory.usage",
            "aggregation_method": "max",
            "granularity": 1,
            "threshold": 100,
            "comparison_operator": "ge",
            "resource_type": "instance",
            "resource_id": server.id,
        }
        alarm = self.alarm(ONE_RESOURCE, rule)
        self.feed(other, **{"memory.usage": 500})
        self.feed(server, **{"memory.usage": 99})
        self.wait_state(alarm, "ok")
        self.feed(server, **{"memory.usage": 100})
        self.wait_state(alarm, "alarm")

    def test_other_projects_servers_do_not_count(self):
        self.feed(self.server(), cpu_util=90)
        rule = {
            "metric": "cpu_util",
            "aggregation_method": "mean",
            "granularity": 1,
            "threshold": 1,
            "comparison_operator": "gt",
            "query": '{"=": {"server_group": "SG1"}}',
        }
        alarm = self.service.create_alarm(
            self.fixture.project("admin"),
            "u1",
            BY_RESOURCES,
            {"name": "x", "rule": rule},
        )
        time.sleep(1.0)
        self.assertEqual(
            "insufficient data", self.service.get_alarm(None, alarm.id).state
        )

    def test_a_disabled_alarm_is_not_judged(self):
        self.feed(self.server(), cpu_util=90)
        alarm = self.alarm(enabled=False)
        time.sleep(1.2)
        self.assertEqual(
            "Not evaluated yet", self.service.get_alarm(None, alarm.id).state_reason
        )

    def test_wrong_queries_are_refused(self):
        for query in (
            "",
            "[]",
            "{}",
            '{"=": {"colour": "red"}}',
            '{"x": {}}',
            "[" * 9999,
        ):
            error = self.assertRaises(
                errors.BadRequest, self.alarm, rule={"query": query}
            )
            self.assertIn("query", str(error))
        self.assertEqual([], self.service.list_alarms(None))


class CallTest(AlarmCase):
    def setUp(self):
        super().setUp()
        self.fixture.lab.alarms._caller._pauses = (0.01, 0.01)
        self.feed(self.server(), cpu_util=90)

    def test_a_call_that_fails_is_made_again(self):
        self.listener.answers = [503, 500]
        self.alarm()
        self.listener.wait(3)
        self.assertNotIn("given up", self.log.output)

    def test_one_that_is_refused_is_given_up_and_told(self):
        self.listener.answers = [404]
        self.alarm()
        self.listener.wait(1)
        self.wait_told("answered 404")

    def test_where_nobody_listens_it_is_given_up_without_the_key(self):
        for url in (
            f"http://127.0.0.1:1/{SECRET}",
            f"gopher://127.0.0.1/{SECRET}",
            f"http://[/{SECRET}",
        ):
            self.alarm(name=url[:9], alarm_actions=[url])
            self.wait_told("could not call", url[:9])
        self.assertNotIn(SECRET, self.log.output)
        self.assertEqual([], list(self.service.calls))

    def wait_told(self, text, name="busy"):
        end = time.monotonic() + PATIENCE
        while True:
            texts = [e.text for e in self.fixture.lab.events.since() if e.name == name]
            if any(text in each for each in texts):
                return
            self.assertLess(time.monotonic(), end, texts)
            time.sleep(0.02)

    def test_what_a_killed_lab_owed_is_called_by_the_next(self):
        self.fixture.lab.alarms._caller.close()
        alarm = self.alarm()
        self.wait_state(alarm, "alarm")
        self.assertEqual([], self.listener.posts)
        self.fixture.crash()
        self.assertEqual(alarm.id, self.listener.wait(1)[0]["alarm_id"])
        again = self.service.get_alarm(None, alarm.id)
        self.assertEqual("alarm", again.state)
        self.assertEqual(alarm.rule, again.rule)


class EventAlarmTest(AlarmCase):
    def test_a_server_that_comes_and_goes(self):
        made = self.alarm(EVENT, {"event_type": "compute.instance.create.*"})
        gone = self.alarm(EVENT, {"event_type": "compute.instance.delete.end"})
        other = self.alarm(
            EVENT,
            {
                "event_type": "*",
                "query": [{"field": "traits.display_name", "op": "eq", "value": "x"}],
            },
        )
        time.sleep(0.7)
        server = self.server()
        self.wait_state(made, "alarm")
        traits = self.listener.wait(1)[0]["reason_data"]["event"]["traits"]
        self.assertIn(["instance_id", 1, server.id], traits)
        self.fixture.cloud.compute.delete_server(None, server.id)
        self.wait_state(gone, "alarm")
        self.assertEqual(
            "insufficient data", self.service.get_alarm(None, other.id).state
        )

    def test_events_that_the_lab_never_sends(self):
        alarm = self.alarm(EVENT, {"event_type": "maintenance.scheduled"})
        self.assertIn("sends no events maintenance.scheduled", alarm.state_reason)


class HostTest(testtools.TestCase):
    def test_only_scheme_host_and_port_are_told(self):
        for url, shown in {
            "http://user:word@host.example:80/path/key?a=b#c": "http://host.example:80",
            "https://host.example/key": "https://host.example",
            "http://host:port/key": "a malformed URL",
        }.items():
            self.assertEqual(shown, caller.host_of(url))
