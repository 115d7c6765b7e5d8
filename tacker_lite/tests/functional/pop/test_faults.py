"""Faults as clients of a lab meet them, over its own API and the PoPs' ones."""

import concurrent.futures
import time

import openstack.exceptions
import requests

from tacker_lite.tests.functional.pop.lab_server import LabCase

#: The lab's own API must answer within, in seconds, whatever faults there are.
SOON = 5


class FaultsTest(LabCase):
    def setUp(self):
        super().setUp()
        self.session = requests.Session()
        self.addCleanup(self.session.close)
        self.session.trust_env = False
        self.own = f"{self.server.url}/lab/v1"
        self.owner = {"X-Lab-Token": self.server.lab.secrets.token}

    def ask(self, method, path, **more):
        more = {"headers": self.owner, "timeout": SOON, **more}
        return self.session.request(method, f"{self.own}{path}", **more)

    def put_in(self, **fault):
        answer = self.ask("POST", "/faults", json=fault)
        self.assertEqual(201, answer.status_code, answer.text)
        return answer.json()["fault"]["name"]

    def get(self, path, timeout=SOON):
        return self.session.get(f"{self.server.url}/{path}", timeout=timeout)

    def test_only_the_owner_changes_a_lab(self):
        fault = {"kind": "error"}
        for headers in ({}, {"X-Lab-Token": ""}, {"X-Lab-Token": "é".encode()}):
            for method, path in (
                ("POST", "/faults"),
                ("PUT", "/faults/x"),
                ("DELETE", "/faults"),
                ("PUT", "/links/pop1/pop2"),
                ("POST", "/instances/x/kill"),
            ):
                answer = self.ask(method, path, json=fault, headers=headers)
                self.assertEqual(401, answer.status_code, path)
                self.assertEqual(401, answer.json()["error"]["code"])
        self.assertEqual([], self.ask("GET", "/faults").json()["faults"])

    def test_bad_faults_are_refused_by_key(self):
        for body, said in (
            ({}, "needs the key 'kind'"),
            ({"kind": "gremlin"}, "kind: 'gremlin' must be a kind of fault"),
            ({"kind": "latency"}, "needs the key 'delay_ms'"),
            ({"kind": "error", "percent": 200}, "percent: '200' must be a number"),
            ({"kind": "error", "colour": 1}, "colour: unknown key; known are"),
            ({"kind": "error", "pop": 5}, "pop: must be a text"),
        ):
            answer = self.ask("POST", "/faults", json=body)
            self.assertEqual(400, answer.status_code, answer.text)
            self.assertIn(said, answer.json()["error"]["message"])
        for text in ("{", "[]", '{"kind": "latency", "delay_ms": NaN}'):
            answer = self.ask("POST", "/faults", data=text)
            self.assertEqual(400, answer.status_code, answer.text)
        answer = self.ask("POST", "/faults", json={"kind": "error", "pop": "nowhere"})
        self.assertEqual(404, answer.status_code)
        self.assertEqual(404, self.ask("DELETE", "/faults/none").status_code)
        self.assertEqual(404, self.ask("POST", "/instances/x/kill").status_code)

    def test_errors_come_in_the_words_of_the_service(self):
        sdk = self.sdk()
        self.assertEqual([], list(sdk.compute.servers()))
        self.put_in(kind="error", service="compute", status=500, name="broken")
        self.put_in(kind="error", service="network", status=429, name="busy")
        error = self.assertRaises(
            openstack.exceptions.HttpException, lambda: list(sdk.compute.servers())
        )
        self.assertEqual(500, error.status_code)
        self.assertIn("Injected by the lab's fault broken", str(error))
        answer = self.get("pop1/compute/v2.1/servers")
        self.assertEqual("broken; answered 500", answer.headers["X-Lab-Fault"])
        self.assertIn("computeFault", answer.json())
        answer = self.get("pop2/network/v2.0/ports")
        self.assertEqual(
            (429, "1"), (answer.status_code, answer.headers["Retry-After"])
        )
        self.assertIn("NeutronError", answer.json())
        events = self.ask("GET", "/events").json()["events"]
        self.assertTrue(any("broken; answered 500" in e["text"] for e in events))
        self.assertEqual(204, self.ask("DELETE", "/faults").status_code)
        self.assertEqual([], list(sdk.compute.servers()))

    def test_late_requests_do_not_keep_the_lab_from_answering(self):
        self.put_in(kind="latency", pop="pop1", delay_ms=3000, name="late")
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(30) as pool:
            url = f"{self.server.url}/pop1"
            late = [pool.submit(requests.get, url, timeout=30) for _ in range(30)]
            time.sleep(0.3)
            self.assertEqual(200, self.ask("GET", "/faults").status_code)
            self.assertEqual(200, self.get("pop2").status_code)
            self.assertLess(time.monotonic() - begun, 3)
            for future in late:
                answer = future.result()
                self.assertEqual(200, answer.status_code)
                self.assertIn("waited 3000 ms", answer.headers["X-Lab-Fault"])

    def test_a_pop_that_cannot_be_reached(self):
        self.put_in(kind="unreachable", pop="pop1", name="gone")
        self.assertRaises(requests.ConnectionError, self.get, "pop1/identity/v3")
        self.assertEqual(200, self.get("pop2/identity/v3").status_code)
        answer = self.ask("PUT", "/faults/gone", json={"kind": "unreachable"})
        self.assertEqual(200, answer.status_code)
        self.assertRaises(requests.ConnectionError, self.get, "pop2/identity/v3")
        self.ask("DELETE", "/faults/gone")
        self.assertEqual(200, self.get("pop1/identity/v3").status_code)

    def test_silent_pops_take_no_threads(self):
        self.put_in(kind="unreachable", mode="hang")
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            url = f"{self.server.url}/pop1/identity/v3"
            silent = [pool.submit(requests.get, url, timeout=1.5) for _ in range(20)]
            time.sleep(0.3)
            self.assertEqual(200, self.ask("GET", "/faults", timeout=1).status_code)
            for future in silent:
                self.assertRaises(requests.ReadTimeout, future.result)
        self.assertEqual(204, self.ask("DELETE", "/faults").status_code)
        self.assertEqual(200, self.get("pop1/identity/v3").status_code)

    def test_sdk_waits_through_a_slow_boot(self):
        self.put_in(kind="slow-boot", seconds=1)
        sdk = self.sdk()
        image = next(iter(sdk.image.images()))
        flavor = sdk.compute.find_flavor("m1.tiny")
        network = sdk.network.find_network("net_mgmt")
        server = sdk.compute.create_server(
            name="web",
            image_id=image.id,
            flavor_id=flavor.id,
            networks=[{"uuid": network.id}],
        )
        self.assertEqual("BUILD", sdk.compute.get_server(server.id).status)
        server = sdk.compute.wait_for_server(server, interval=0.1, wait=30)
        self.assertEqual("ACTIVE", server.status)
        answer = self.ask("POST", f"/instances/{server.id}/kill")
        self.assertEqual(204, answer.status_code)
        self.assertEqual("SHUTOFF", sdk.compute.get_server(server.id).status)
        answer = self.ask("POST", f"/instances/{server.id}/kill")
        self.assertEqual(409, answer.status_code)
