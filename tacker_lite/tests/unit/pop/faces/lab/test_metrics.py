"""Metrics in the Prometheus format, and numbers fed over the lab's API."""

import json

import testtools
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from tacker_lite.pop.faces.lab.metrics_text import Exposition
from tacker_lite.pop.faces.openstack.app import Application
from tacker_lite.pop.lab.secrets import TOKEN_HEADER
from tacker_lite.pop.metrics.histogram import Counts
from tacker_lite.tests.unit.pop.open_lab import OpenLab


def samples(text):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class ExpositionTest(testtools.TestCase):
    def test_a_parser_reads_what_was_meant(self):
        out = Exposition("x_", {"lab": "l1"})
        awkward = 'a\\b"c\nd {}=,'
        out.gauge("g", "Text.", [({"name": awkward}, 1.5), ({"name": "b"}, 10**15)])
        out.counter("c_total", "Text.", [({}, 7)])
        out.histogram("h_seconds", "Text.", [({}, Counts((0.1, 1.0), (1, 2, 4), 3.5))])
        found = samples(out.text())
        lab = ("lab", "l1")
        self.assertEqual(1.5, found["x_g", (lab, ("name", awkward))])
        self.assertEqual(1e15, found["x_g", (lab, ("name", "b"))])
        self.assertEqual(7, found["x_c_total", (lab,)])
        self.assertEqual(4, found["x_h_seconds_bucket", (lab, ("le", "+Inf"))])
        self.assertEqual(1, found["x_h_seconds_bucket", (lab, ("le", "0.1"))])
        self.assertEqual(
            (3.5, 4),
            (found["x_h_seconds_sum", (lab,)], found["x_h_seconds_count", (lab,)]),
        )


class LabMetricsTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.http = Client(Application(self.fixture.lab))

    def found(self):
        answer = self.http.get("/metrics")
        self.assertEqual(
            "text/plain; version=0.0.4; charset=utf-8", answer.content_type
        )
        return samples(answer.get_data(as_text=True))

    def value(self, name, **labels):
        labels = {"lab": "unit", **labels}
        return self.found().get(
            (f"tacker_lite_pop_{name}", tuple(sorted(labels.items())))
        )

    def test_what_pops_have_and_gave_away(self):
        server = self.fixture.create_server()
        self.fixture.settled(server.id, "ACTIVE")
        self.assertEqual(4, self.value("capacity_vcpus", pop="pop1"))
        self.assertEqual(1, self.value("allocated_vcpus", pop="pop1"))
        self.assertEqual(512 * 2**20, self.value("allocated_memory_bytes", pop="pop1"))
        self.assertEqual(1, self.value("servers", pop="pop1", status="ACTIVE"))
        self.assertEqual(1, self.value("boot_duration_seconds_count"))
        self.assertEqual([], [name for name, _ in self.found() if "_cpu_sec" in name])

    def test_answers_are_counted(self):
        for path in ("/pop1/network/", "/pop1/network/x", "/pop1/none/", "/nowhere/"):
            self.http.get(path)
        self.http.open("/pop1/network/", method="BREW")
        labels = {"pop": "pop1", "service": "network", "method": "GET", "code": "200"}
        self.assertEqual(1, self.value("requests_total", **labels))
        labels |= {"method": "other", "code": "405"}
        self.assertEqual(1, self.value("requests_total", **labels))
        services = {dict(labels).get("service") for _, labels in self.found()}
        self.assertEqual({"network", "lab", None}, services)

    def test_feeding_takes_the_labs_token_and_a_server(self):
        server = self.fixture.create_server()
        path = f"/lab/v1/instances/{server.id}/metrics"
        self.assertEqual(401, self.http.put(path, json={"cpu_util": 9}).status_code)
        headers = {TOKEN_HEADER: self.fixture.lab.secrets.token}
        for body, status in (({"cpu_util": "high"}, 400), ([1], 400), ({}, 200)):
            answer = self.http.put(path, json=body, headers=headers)
            self.assertEqual(status, answer.status_code, answer.get_data())
        answer = self.http.put(path, json={"cpu_util": 90}, headers=headers)
        self.assertEqual({"fed": {"cpu_util": 90.0}}, json.loads(answer.get_data()))
        self.assertEqual({"fed": {"cpu_util": 90.0}}, self.http.get(path).get_json())
        other = path.replace(server.id, "none")
        self.assertEqual(
            404, self.http.put(other, json={}, headers=headers).status_code
        )
