"""Alarms on what real servers do change the size of their group, and back."""

import time
import urllib.request

from tacker_lite.pop.runtime import capability
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.lab_command import LabCommandCase

TOPOLOGY = """
name: {name}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: {cidr}}}]
"""
#: GET /start makes the server busy with one processor, GET /stop ends that.
WORKER = """#!/bin/sh
exec python3 - <<'END'
import http.server, threading
busy = threading.Event()
def work():
    while True:
        busy.wait()
        sum(range(20000))
threading.Thread(target=work, daemon=True).start()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        busy.set() if self.path == "/start" else busy.clear()
        self.send_response(204)
        self.end_headers()
http.server.HTTPServer(("", 80), Handler).serve_forever()
END
"""


def alarm(operator, threshold, policy):
    return {
        "type": "OS::Aodh::GnocchiAggregationByResourcesAlarm",
        "properties": {
            "metric": "cpu_util",
            "aggregation_method": "max",
            "granularity": 2,
            "evaluation_periods": 1,
            "threshold": threshold,
            "comparison_operator": operator,
            "resource_type": "instance",
            "query": '{"=": {"server_group": "workers"}}',
            "alarm_actions": [{"get_attr": [policy, "alarm_url"]}],
        },
    }


def policy(change):
    return {
        "type": "OS::Heat::ScalingPolicy",
        "properties": {
            "auto_scaling_group_id": {"get_resource": "group"},
            "adjustment_type": "change_in_capacity",
            "scaling_adjustment": change,
        },
    }


TEMPLATE = {
    "heat_template_version": "2018-08-31",
    "resources": {
        "group": {
            "type": "OS::Heat::AutoScalingGroup",
            "properties": {
                "min_size": 1,
                "max_size": 2,
                "desired_capacity": 1,
                "resource": {
                    "type": "OS::Nova::Server",
                    "properties": {
                        "image": "host",
                        "flavor": "m1.tiny",
                        "networks": [{"network": "net0"}],
                        "metadata": {"metering.server_group": "workers"},
                        "user_data_format": "RAW",
                        "user_data": WORKER,
                    },
                },
            },
        },
        "out": policy(1),
        "in": policy(-1),
        "busy": alarm("gt", 15, "out"),
        "idle": alarm("lt", 5, "in"),
    },
}
PATIENCE = 40.0


class AlarmScalingTest(LabCommandCase):
    runtime = "namespace"

    def setUp(self):
        super().setUp()
        reasons = capability.check()
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))
        self.write(TOPOLOGY.format(name=self.name, cidr=machine.free_networks(1)[0]))
        self.up()

    def test_load_makes_a_group_larger_and_its_end_smaller(self):
        pop = self.pop()
        body = {"stack_name": "scaled", "template": TEMPLATE}
        pop._ask("POST", f"{pop._heat}/stacks", body)
        ((_, _, _, (address,)),) = self.wait_size(pop, 1)
        self.ask(f"http://{address}/start")
        self.wait_size(pop, 2)
        self.assertEqual("alarm", self.alarms(pop)["busy"]["state"])
        self.assertIn("outside threshold", self.alarms(pop)["busy"]["state_reason"])
        # What happened so far outlives the lab's process.
        self.kill()
        self.output_of("up", self.file)  # on the address that it had
        pop = self.pop()
        self.assertEqual("alarm", self.alarms(pop)["busy"]["state"])
        self.ask(f"http://{address}/stop")
        self.wait_size(pop, 1)

    def ask(self, url):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return urllib.request.urlopen(url, timeout=2).close()
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def wait_size(self, pop, size):
        end = time.monotonic() + PATIENCE
        while True:
            servers = [s for s in pop.servers() if s[1] == "ACTIVE"]
            if len(servers) == len(pop.servers()) == size:
                return servers
            self.assertLess(time.monotonic(), end, (servers, self.alarms(pop)))
            time.sleep(0.2)

    def alarms(self, pop):
        """Alarms by the name of their resource."""
        url = pop._base + "/alarming/v2/alarms"
        found = pop._ask("GET", url)
        return {row["name"].split("-")[1]: row for row in found}
