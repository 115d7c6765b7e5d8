"""kill -9 of a lab with traffic: all it does to packets goes on and is taken up again.

What is led through a chain, filtered, delayed, cut off and owed to an alarm's URL is
the same before, without and after the lab's process; and the end of a lab beside it,
which does the same, changes none of it.
"""

import http.server
import json
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import yaml

from tacker_lite.pop.runtime import capability, names, nftables
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.lab_command import TIMEOUT, LabCommandCase

SAMPLE = Path(__file__).resolve().parents[4] / "samples" / "hot" / "chain.yaml"
DELAY_MS = 20
TOPOLOGY = """
name: {name}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: {near}}}]
  - name: pop2
    networks: [{{name: net0, cidr: {far}}}]
links: [{{left: pop1, right: pop2, delay_ms: 1}}]
"""
#: Says what comes of connections to places, and how many milliseconds each took.
TRY = """
import concurrent.futures, json, socket, sys, time
def tried(place):
    host, port = place.split(":")
    begun = time.monotonic()
    try:
        socket.create_connection((host, int(port)), 0.7).close()
        word = "open"
    except ConnectionRefusedError:
        word = "refused"
    except OSError:
        word = "silent"
    return word, (time.monotonic() - begun) * 1000
with concurrent.futures.ThreadPoolExecutor() as pool:
    print(json.dumps(list(pool.map(tried, sys.argv[1:]))))
"""
FUNCTIONS = ("function1", "function2", "function3")
CONNECTIONS = 5


class Receiver(http.server.BaseHTTPRequestHandler):
    """Notes what alarms send."""

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.server.bodies.append(json.loads(self.rfile.read(length)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        """Nothing on the terminal."""


def alarm(url):
    return {
        "type": "OS::Aodh::GnocchiAggregationByResourcesAlarm",
        "properties": {
            "metric": "cpu_util",
            "aggregation_method": "max",
            "granularity": 1,
            "evaluation_periods": 1,
            "threshold": 50,
            "comparison_operator": "gt",
            "resource_type": "instance",
            "query": '{"=": {"display_name": "web"}}',
            "alarm_actions": [url],
        },
    }


class KillTrafficTest(LabCommandCase):
    runtime = "namespace"

    def setUp(self):
        super().setUp()
        reasons = capability.check()
        try:
            nftables.check()
        except RuntimeFault as fault:
            reasons.append(str(fault))
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))

    def test_all_goes_on(self):
        self.receiver = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
        self.addCleanup(self.receiver.server_close)
        self.receiver.bodies = []
        url = f"http://127.0.0.1:{self.receiver.server_port}/"
        self.bring_up(busy=alarm(url))
        self.make_traffic()
        self.owe_a_call()
        self.kill()
        self.assert_traffic()
        threading.Thread(target=self.receiver.serve_forever, daemon=True).start()
        self.addCleanup(self.receiver.shutdown)
        self.output_of("up", self.file)
        self.assert_traffic()
        self.assert_taken_up()
        self.end_another()
        self.ask("DELETE", "/faults/gone")
        (far,) = self.tried(f"{self.far[1]}:9")
        self.assertEqual("refused", far[0])
        self.assertGreaterEqual(far[1], 2 * DELAY_MS)
        self.assert_traffic(cut=False)
        self.output_of("down", self.name)
        self.assert_nothing_left()

    def bring_up(self, **resources):
        near, self.far = machine.free_networks(2)
        text = TOPOLOGY.format(name=self.name, near=near, far=self.far)
        self.write(text)
        self.up()
        self.make_stack(**resources)

    def make_stack(self, **resources):
        """The sample's servers in pop1, once all of them do their work."""
        template = yaml.safe_load(SAMPLE.read_text())
        template["resources"].update(resources)
        version = str(template["heat_template_version"])  # a date to YAML
        template["heat_template_version"] = version
        pop = self.pop()
        pop._ask(
            "POST", f"{pop._heat}/stacks", {"stack_name": "way", "template": template}
        )
        servers, _ = self.settled(pop)
        self.address = next(s[3][0] for s in servers if s[0] == "web")
        rows = self.ask("GET", "/instances")["instances"]
        self.servers = {row["name"]: row["id"] for row in rows}
        deadline = time.monotonic() + TIMEOUT
        while self.tried(f"{self.address}:80")[0][0] != "open":
            self.assertLess(time.monotonic(), deadline)

    def ask(self, method, path, body=None):
        """The answer of the lab's own API to its owner."""
        token = Path(f"{self.directory}/token").read_text()
        asked = urllib.request.Request(  # noqa: S310 (the lab's own address)
            f"{self.process()['url']}/lab/v1{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"X-Lab-Token": token},
            method=method,
        )
        with urllib.request.urlopen(asked, timeout=TIMEOUT) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def inside(self, server, *command):
        """What a command prints in the network of a server of pop1."""
        namespace = names.server_namespace(
            self.name, "pop1", names.key(self.servers[server])
        )
        return subprocess.run(
            ["ip", "netns", "exec", namespace, *command],
            check=True,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        ).stdout

    def tried(self, *places):
        """What comes of connections from the client, and after how long."""
        return json.loads(self.inside("client", sys.executable, "-c", TRY, *places))

    def forwarded(self):
        """Packets that each function has got."""
        stats = []
        for name in FUNCTIONS:
            (link,) = json.loads(
                self.inside(name, "ip", "-j", "-s", "link", "show", "eth0")
            )
            stats.append(link["stats64"]["rx"]["packets"])
        return stats

    def assert_traffic(self, cut=True):
        """HTTP goes through all functions, nothing else gets in or out."""
        before = self.forwarded()
        places = [f"{self.address}:80"] * CONNECTIONS
        *web, closed, far = self.tried(
            *places, f"{self.address}:81", f"{self.far[1]}:9"
        )
        self.assertEqual(["open"] * CONNECTIONS, [word for word, _ in web])
        self.assertEqual("silent", closed[0])
        self.assertEqual("silent" if cut else "refused", far[0])
        for early, late in zip(before, self.forwarded(), strict=True):
            # A connection that is opened and closed is three packets at least.
            self.assertGreaterEqual(late - early, 3 * CONNECTIONS)

    def make_traffic(self):
        self.ask("PUT", "/links/pop1/pop2", {"delay_ms": DELAY_MS})
        self.assert_traffic(cut=False)
        fault = {"kind": "unreachable", "pop": "pop2", "cut_links": True}
        self.ask("PUT", "/faults/gone", fault)
        self.assert_traffic()

    def owe_a_call(self):
        """Have the alarm go off while nobody listens at its URL."""
        path = f"/instances/{self.servers['web']}/metrics"
        self.ask("PUT", path, {"cpu_util": 90})
        deadline = time.monotonic() + TIMEOUT
        while self.alarm_state() != "alarm":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def alarm_state(self):
        pop = self.pop()
        (row,) = pop._ask("GET", f"{pop._base}/alarming/v2/alarms")
        return row["state"]

    def assert_taken_up(self):
        """The lab knows what it did before, and does what it owed."""
        deadline = time.monotonic() + TIMEOUT
        while not self.receiver.bodies:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertEqual("alarm", self.receiver.bodies[0]["current"])
        self.assertEqual("alarm", self.alarm_state())
        self.assertEqual(
            ["gone"], [row["name"] for row in self.ask("GET", "/faults")["faults"]]
        )
        (link,) = self.ask("GET", "/links")["links"]
        self.assertEqual(DELAY_MS, link["delay_ms"])

    def end_another(self):
        """A lab with the same stack comes and goes; this one has all it had."""
        mine = (self.name, self.address, self.servers, self.far)
        before = machine.everything(self.name, self.directory)
        self.name = f"{mine[0]}b"
        self.addCleanup(self.run_command, "down", self.name)
        self.bring_up()
        self.assert_traffic(cut=False)
        self.output_of("down", self.name)
        self.assert_nothing_left()
        self.name, self.address, self.servers, self.far = mine
        self.assertEqual(before, machine.everything(self.name, self.directory))
        self.assert_traffic()
