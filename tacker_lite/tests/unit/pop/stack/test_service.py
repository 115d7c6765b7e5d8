import dataclasses
import tempfile
import threading

import testtools

from tacker_lite.pop.stack.requests import read_request
from tacker_lite.tests.unit.pop.stack import labs


def template(**resources):
    return {"heat_template_version": "2021-04-16", "resources": resources}


def tester(**properties):
    return {"type": "OS::Heat::TestResource", "properties": properties}


class StackServiceTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="stacks-")
        self.addCleanup(directory.cleanup)
        lab = labs.open_lab(directory.name)
        self.addCleanup(lab.close)
        self.cloud = lab.clouds["pop1"]
        self.stacks = self.cloud.stacks

    def settled(self):
        return labs.settled(self.cloud)[0]

    def test_a_refused_delete_says_why_and_can_be_repeated(self):
        net = {"type": "OS::Neutron::Net"}
        stack = labs.begin(self.cloud, "held", template(net=net, other=tester()))
        self.settled()
        network = self.stacks.get_resource(stack, "net").physical_id
        subnet = {"network_id": network, "cidr": "10.8.0.0/24"}
        self.cloud.network.create_subnet(stack.project_id, subnet)
        port = self.cloud.network.create_port(
            stack.project_id, {"network_id": network, "device_owner": "compute:else"}
        )
        self.stacks.delete(stack)
        failed = self.settled()
        self.assertEqual("DELETE_FAILED", failed.state)
        self.assertIn("Resource DELETE failed: ", failed.reason)
        self.assertIn("resources.net: ", failed.reason)
        left = [r.name for r in self.stacks.list_resources(failed)]
        self.assertEqual(["net"], left)
        self.cloud.network.delete_port(stack.project_id, port.id)
        self.stacks.delete(failed)
        self.assertEqual([], labs.settled(self.cloud))

    def test_an_operation_times_out(self):
        request = read_request(
            {"stack_name": "late", "template": template(slow=tester(wait_secs=60))}
        )
        request = dataclasses.replace(request, timeout_mins=0.002)
        self.stacks.create(labs.owner_in(self.cloud), request)
        stack = self.settled()
        self.assertEqual("CREATE_FAILED", stack.state)
        self.assertEqual("Create timed out", stack.reason)
        slow = self.stacks.get_resource(stack, "slow")
        self.assertEqual("CREATE_FAILED", slow.state)

    def test_conditions_references_and_retained_resources(self):
        wanted = {
            "heat_template_version": "2021-04-16",
            "parameters": {"more": {"type": "boolean", "default": False}},
            "conditions": {"more": {"equals": [{"get_param": "more"}, True]}},
            "resources": {
                "text": tester(value="kept"),
                "copy": {
                    "type": "OS::Heat::Value",
                    "properties": {"value": {"get_attr": ["text", "output"]}},
                },
                "kept": {"type": "OS::Neutron::Net", "deletion_policy": "Retain"},
                "extra": {"type": "OS::Neutron::Net", "condition": "more"},
            },
            "outputs": {
                "text": {"value": {"get_attr": ["copy", "value"]}},
                "extra": {"value": {"get_resource": "extra"}, "condition": "more"},
            },
        }
        stack = labs.begin(self.cloud, "mixed", wanted)
        stack = self.settled()
        self.assertEqual("CREATE_COMPLETE", stack.state, stack.reason)
        text, extra = (o["output_value"] for o in self.stacks.outputs(stack))
        self.assertEqual("kept", text)
        self.assertIsNone(extra)
        labs.change(self.cloud, stack, wanted, parameters={"more": True})
        stack = self.settled()
        again, extra = (o["output_value"] for o in self.stacks.outputs(stack))
        self.assertEqual(text, again)
        self.cloud.network.get_network(stack.project_id, extra)
        kept = self.stacks.get_resource(stack, "kept").physical_id
        self.stacks.delete(stack)
        self.assertEqual([], labs.settled(self.cloud))
        self.cloud.network.get_network(stack.project_id, kept)

    def test_a_cancelled_update_goes_back(self):
        stack = labs.begin(self.cloud, "undo", template(one=tester()))
        self.settled()
        labs.change(
            self.cloud, stack, template(one=tester(), slow=tester(wait_secs=60))
        )
        self.stacks.act(stack, "cancel_update")
        stack = self.settled()
        self.assertEqual("ROLLBACK_COMPLETE", stack.state, stack.reason)
        self.assertEqual(["one"], [r.name for r in self.stacks.list_resources(stack)])

    def test_the_driver_sleeps_in_no_thread_once_all_is_done(self):
        labs.begin(self.cloud, "short", template(one=tester()))
        self.settled()
        for thread in threading.enumerate():
            if thread.name == "stacks-pop1":
                thread.join(5)
                self.assertFalse(thread.is_alive())

    def test_a_half_made_resource_leaves_nothing(self):
        wrong = {
            "type": "OS::Neutron::SecurityGroup",
            "properties": {
                "name": "half",
                "rules": [{"protocol": "tcp"}, {"protocol": "no-such-protocol"}],
            },
        }
        labs.begin(self.cloud, "half", template(group=wrong))
        stack = self.settled()
        self.assertEqual("CREATE_FAILED", stack.state)
        self.assertIn("resources.group: ", stack.reason)
        groups = self.cloud.network.list_security_groups(None)
        self.assertNotIn("half", [g.name for g in groups])
        self.stacks.delete(stack)
        self.assertEqual([], labs.settled(self.cloud))
