"""Software deployments of templates in real servers."""

import dataclasses
import os

from tacker_lite.pop import topology
from tacker_lite.pop.cloud import Lab
from tacker_lite.pop.store import Store
from tacker_lite.tests.functional.pop.namespace_case import NamespaceCase
from tacker_lite.tests.unit.pop.stack import labs

INSTALL = """#!/bin/sh
echo "$colour on $(hostname)"
echo $deploy_action > $heat_outputs_path.action
[ "$colour" != red ]
"""


def template(group="script", **inputs):
    return {
        "heat_template_version": "2018-08-31",
        "resources": {
            "VDU1": {
                "type": "OS::Nova::Server",
                "properties": {
                    "name": "vdu1",
                    "image": "host",
                    "flavor": "m1.tiny",
                    "networks": [{"network": "net_mgmt"}],
                    "user_data_format": "SOFTWARE_CONFIG",
                },
            },
            "config": {
                "type": "OS::Heat::SoftwareConfig",
                "properties": {
                    "group": group,
                    "config": INSTALL,
                    "inputs": [{"name": "colour", "default": "green"}],
                    "outputs": [{"name": "action"}],
                },
            },
            "install": {
                "type": "OS::Heat::SoftwareDeployment",
                "properties": {
                    "config": {"get_resource": "config"},
                    "server": {"get_resource": "VDU1"},
                    "input_values": inputs,
                },
            },
        },
        "outputs": {
            "said": {"value": {"get_attr": ["install", "deploy_stdout"]}},
            "action": {"value": {"get_attr": ["install", "action"]}},
            "status": {"value": {"get_attr": ["install", "deploy_status_code"]}},
        },
    }


class SoftwareTest(NamespaceCase):
    pops = ("pop1",)
    links = ()

    def setUp(self):
        super().setUp()
        cidr = self.cidrs["pop1"]
        entry = topology.NetworkEntry("net_mgmt", str(cidr), str(cidr[1]))
        pop = dataclasses.replace(labs.POP, networks=(entry,))
        os.makedirs(self.directory)
        self.lab_cloud = Lab(
            topology.Topology(self.lab, (pop,)),
            self.runtime,
            Store(f"{self.directory}/lab.db"),
            "http://127.0.0.1:1",
        )
        self.addCleanup(self.lab_cloud.close)
        self.lab_cloud.open()
        self.cloud = self.lab_cloud.clouds["pop1"]

    def settled(self):
        (stack,) = labs.settled(self.cloud, 60)
        outputs = self.cloud.stacks.outputs(stack)
        return stack, {o["output_key"]: o["output_value"] for o in outputs}

    def test_a_script_runs_at_creation_and_again_at_an_update(self):
        stack = labs.begin(self.cloud, "soft", template())
        stack, outputs = self.settled()
        self.assertEqual("CREATE_COMPLETE", stack.state, stack.reason)
        self.assertEqual(
            {"said": "green on vdu1\n", "action": "CREATE\n", "status": 0}, outputs
        )
        labs.change(self.cloud, stack, template(colour="blue"))
        stack, outputs = self.settled()
        self.assertEqual("UPDATE_COMPLETE", stack.state, stack.reason)
        self.assertEqual(
            {"said": "blue on vdu1\n", "action": "UPDATE\n", "status": 0}, outputs
        )

    def test_a_script_that_fails_fails_the_stack(self):
        labs.begin(self.cloud, "soft", template(colour="red"))
        stack, outputs = self.settled()
        self.assertEqual("CREATE_FAILED", stack.state)
        self.assertIn("non-zero status code: 1", stack.reason)
        self.assertEqual(1, outputs["status"])
        self.assertEqual("red on vdu1\n", outputs["said"])

    def test_a_group_that_cannot_be_served_is_refused_by_name(self):
        labs.begin(self.cloud, "soft", template(group="salt"))
        stack, _ = self.settled()
        self.assertEqual("CREATE_FAILED", stack.state)
        self.assertIn("group salt cannot be run", stack.reason)
        self.assertIn("script, ansible, puppet can", stack.reason)
