"""Resource types that exist in the stack only, on the simulated runtime."""

import json
import tempfile

import testtools

from tacker_lite.pop.stack.errors import NotSupported, StackValidationFailed
from tacker_lite.pop.stack.requests import read_request
from tacker_lite.tests.unit.pop.stack import labs

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJuYXRlc3RrZXl0ZXN0a2V5dGVzdGtleXRl a@b"


class StackLab(testtools.TestCase):
    """A test with a lab, and templates of resources only."""

    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="stacks-")
        self.addCleanup(directory.cleanup)
        self.lab = labs.open_lab(directory.name)
        self.addCleanup(self.lab.close)
        self.cloud = self.lab.clouds["pop1"]
        self.stacks = self.cloud.stacks

    def template(self, outputs=None, **resources):
        shown = {key: {"value": value} for key, value in (outputs or {}).items()}
        return {
            "heat_template_version": "2021-04-16",
            "resources": resources,
            "outputs": shown,
        }

    def make(self, template, state="CREATE_COMPLETE", **fields):
        stack = labs.begin(self.cloud, "s", template, **fields)
        return self.ended(stack, state)

    def change(self, stack, template, state="UPDATE_COMPLETE", **fields):
        labs.change(self.cloud, stack, template, **fields)
        return self.ended(stack, state)

    def ended(self, stack, state):
        (found,) = [s for s in labs.settled(self.cloud) if s.id == stack.id]
        self.assertEqual(state, found.state, found.reason)
        return found

    def outputs(self, stack):
        found = self.stacks.outputs(self.stacks.get_stack(None, stack.id))
        return {o["output_key"]: o["output_value"] for o in found}

    def names(self, stack, resource="group"):
        """Names of the members of a group."""
        made = self.stacks.get_resource(self.stacks.get_stack(None, stack.id), resource)
        inner = self.stacks.get_nested(made)
        return sorted(r.name for r in self.stacks.list_resources(inner))


class ValueTest(StackLab):
    def test_a_random_string_has_what_was_asked_for(self):
        properties = {
            "length": 20,
            "character_classes": [{"class": "digits", "min": 15}],
            "character_sequences": [{"sequence": "-_", "min": 2}],
        }
        one = {"type": "OS::Heat::RandomString", "properties": properties}
        attribute, reference = {"get_attr": ["x", "value"]}, {"get_resource": "x"}
        stack = self.make(self.template({"v": attribute, "r": reference}, x=one))
        value = self.outputs(stack)["v"]
        self.assertEqual(20, len(value))
        self.assertGreaterEqual(sum(c in "0123456789" for c in value), 15)
        self.assertGreaterEqual(sum(c in "-_" for c in value), 2)
        self.assertEqual(value, self.outputs(stack)["r"])
        again = self.change(stack, self.template({"v": attribute}, x=one))
        self.assertEqual(value, self.outputs(again)["v"])
        salted = {**one, "properties": {**properties, "salt": "another"}}
        other = self.change(stack, self.template({"v": attribute}, x=salted))
        self.assertNotEqual(value, self.outputs(other)["v"])
        short = {**one, "properties": {**properties, "length": 10}}
        error = self.assertRaises(
            StackValidationFailed, labs.begin, self.cloud, "t", self.template(x=short)
        )
        self.assertIn("combined character class", str(error))

    def test_nothing_takes_any_properties_and_has_any_attribute(self):
        template = self.template(
            {"v": {"get_attr": ["x", "fixed_ips", 0]}},
            x={"type": "OS::Neutron::Port", "properties": {"network": "absent"}},
        )
        registry = {"resource_registry": {"OS::Neutron::P*": "OS::Heat::None"}}
        stack = self.make(template, environment=registry)
        self.assertEqual({"v": None}, self.outputs(stack))

    def test_the_registry_may_speak_of_one_resource(self):
        kind = {"type": "Own::Thing"}
        registry = {
            "resource_registry": {
                "Own::Thing": "Own::Other",
                "Own::Other": "OS::Heat::None",
                "resources": {"y": {"Own::Thing": "OS::Neutron::Net"}},
            }
        }
        error = self.assertRaises(
            NotSupported, self.make, self.template(x=kind, y=kind), environment=registry
        )
        self.assertIn("Own::Thing: Own::Other is none of", str(error))
        del registry["resource_registry"]["Own::Other"]
        registry["resource_registry"]["Own::Thing"] = "OS::Heat::None"
        stack = self.make(self.template(x=kind, y=kind), environment=registry)
        kinds = {r.name: r.type for r in self.stacks.list_resources(stack)}
        self.assertEqual({"x": "OS::Heat::None", "y": "OS::Neutron::Net"}, kinds)

    def test_user_data_of_several_parts(self):
        cloud_config = {
            "type": "OS::Heat::CloudConfig",
            "properties": {"cloud_config": {"runcmd": ["echo hi"]}},
        }
        part = {"config": {"get_resource": "one"}, "subtype": "cloud-config"}
        mime = {
            "type": "OS::Heat::MultipartMime",
            "properties": {
                "parts": [part, {"config": "#!/bin/sh\n", "filename": "run.sh"}]
            },
        }
        nested = {
            "type": "OS::Heat::MultipartMime",
            "properties": {
                "parts": [{"config": {"get_resource": "two"}, "type": "multipart"}]
            },
        }
        shown = {"text": {"get_attr": ["three", "config"]}}
        stack = self.make(
            self.template(shown, one=cloud_config, two=mime, three=nested)
        )
        text = self.outputs(stack)["text"]
        self.assertIn("Content-Type: multipart/mixed", text)
        self.assertIn("text/cloud-config", text)
        self.assertIn('filename="run.sh"', text)

    def test_a_key_pair_and_a_rule_of_a_group(self):
        key = {
            "type": "OS::Nova::KeyPair",
            "properties": {"name": "k1", "public_key": KEY},
        }
        group = {"type": "OS::Neutron::SecurityGroup"}
        rule = {
            "type": "OS::Neutron::SecurityGroupRule",
            "properties": {
                "security_group": {"get_resource": "group"},
                "port_range_min": 80,
                "port_range_max": 80,
            },
        }
        outputs = {"key": {"get_attr": ["key", "public_key"]}}
        stack = self.make(self.template(outputs, key=key, group=group, rule=rule))
        self.assertEqual({"key": KEY}, self.outputs(stack))
        made = self.stacks.get_resource(stack, "rule").physical_id
        found = self.cloud.network.get_security_group_rule(None, made)
        self.assertEqual(("tcp", 80), (found.protocol, found.port_range_min))
        self.stacks.delete(stack)
        self.assertEqual([], labs.settled(self.cloud))
        self.assertEqual([], self.cloud.compute.list_keypairs("a-user"))

    def test_a_network_of_a_given_number(self):
        wanted = {"network_type": "vlan", "physical_network": "p", "segmentation_id": 7}
        net = {"type": "OS::Neutron::ProviderNet", "properties": wanted}
        stack = self.make(self.template(net=net))
        made = self.stacks.get_resource(stack, "net").physical_id
        self.assertTrue(self.cloud.network.get_network(None, made).shared)

    def test_a_stack_of_a_property(self):
        inner = """
heat_template_version: 2018-08-31
parameters: {name: {type: string}}
resources: {x: {type: OS::Heat::Value, properties: {value: {get_param: name}}}}
outputs: {v: {value: {get_attr: [x, value]}}}
"""
        one = {
            "type": "OS::Heat::Stack",
            "properties": {"template": inner, "parameters": {"name": "a"}},
        }
        outputs = {"v": {"get_attr": ["one", "outputs", "v"]}}
        stack = self.make(self.template(outputs, one=one))
        self.assertEqual({"v": "a"}, self.outputs(stack))
        one["properties"]["context"] = {"region_name": "elsewhere"}
        failed = self.change(stack, self.template(outputs, one=one), "UPDATE_FAILED")
        self.assertIn("context.region_name", failed.reason)


class WaitTest(StackLab):
    def waiting(self, **properties):
        handle = {"type": "OS::Heat::WaitConditionHandle"}
        condition = {
            "type": "OS::Heat::WaitCondition",
            "properties": {
                "handle": {"get_resource": "handle"},
                "timeout": 20,
                "count": 2,
                **properties,
            },
        }
        outputs = {"data": {"get_attr": ["condition", "data"]}}
        return self.template(outputs, handle=handle, condition=condition)

    def begin(self, template):
        stack = labs.begin(self.cloud, "s", template)
        with self.cloud.changed:
            self.cloud.changed.wait_for(
                lambda: self.stacks.get_resource(stack, "condition").physical_id, 10
            )
        return stack

    def test_signals_complete_it(self):
        stack = self.begin(self.waiting())
        self.stacks.signal(stack, "handle", None)
        self.stacks.signal(stack, "handle", {"id": "web", "data": [1]})
        stack = self.ended(stack, "CREATE_COMPLETE")
        told = json.loads(self.outputs(stack)["data"])
        self.assertEqual({"1": None, "web": [1]}, told)

    def test_a_failure_fails_it_with_its_reason(self):
        stack = self.begin(self.waiting())
        failure = {"status": "FAILURE", "reason": "no disk"}
        self.stacks.signal(stack, "handle", failure)
        stack = self.ended(stack, "CREATE_FAILED")
        self.assertIn(
            "WaitConditionFailure: resources.condition: no disk", stack.reason
        )

    def test_without_signals_it_fails_in_time(self):
        stack = self.make(self.waiting(timeout=1), "CREATE_FAILED")
        self.assertIn(
            "WaitConditionTimeout: resources.condition: 0 of 2 received", stack.reason
        )

    def test_a_delay(self):
        delay = {
            "type": "OS::Heat::Delay",
            "properties": {"min_wait": 0.3, "actions": ["CREATE", "DELETE"]},
        }
        stack = labs.begin(self.cloud, "s", self.template(delay=delay))
        self.assertTrue(self.stacks.get_stack(None, stack.id).busy)
        stack = self.ended(stack, "CREATE_COMPLETE")
        self.stacks.delete(stack)
        self.assertEqual(1, len(self.stacks.list_stacks(None)))
        self.assertEqual([], labs.settled(self.cloud))


class ExternalTest(StackLab):
    def test_an_external_object_is_used_and_stays(self):
        found = self.cloud.network.list_networks(None)
        (network,) = [row for row in found if row.name == "net_mgmt"]
        outside = {"type": "OS::Neutron::Net", "external_id": network.id}
        port = {
            "type": "OS::Neutron::Port",
            "properties": {"network": {"get_resource": "net"}},
        }
        outputs = {"name": {"get_attr": ["net", "name"]}}
        template = self.template(outputs, net=outside, port=port)
        stack = self.make(template)
        self.assertEqual({"name": "net_mgmt"}, self.outputs(stack))
        state = self.stacks.get_resource(stack, "net").state
        self.assertEqual("CHECK_COMPLETE", state)
        self.change(stack, template)
        self.stacks.delete(stack)
        self.assertEqual([], labs.settled(self.cloud))
        self.cloud.network.get_network(None, network.id)

    def test_an_external_object_that_is_not_there_fails_the_stack(self):
        outside = {"type": "OS::Neutron::Net", "external_id": "absent"}
        stack = self.make(self.template(net=outside), "CREATE_FAILED")
        self.assertIn("resources.net: Network absent could not be", stack.reason)

    def test_snapshots_are_refused(self):
        net = {"type": "OS::Neutron::Net", "deletion_policy": "Snapshot"}
        error = self.assertRaises(
            StackValidationFailed, labs.begin, self.cloud, "s", self.template(net=net)
        )
        self.assertIn('"Snapshot" deletion policy not supported', str(error))


class ConstraintTest(StackLab):
    def test_values_that_need_no_cloud(self):
        cases = [
            ("ip_or_cidr", ("10.0.0.1", "10.0.0.0/8", "fd00::/8"), ("10.0.0", "x/8")),
            ("dns_name", ("a.b", "a.b.", "a-1"), ("-a", "a..b", "a_b", "x" * 64)),
            ("dns_domain", ("a.b.",), ("a.b", ".")),
            ("rel_dns_name", ("a.b", "a"), ("a.b.", "")),
            ("mac_addr", ("fa:16:3e:00:00:01",), ("fa:16",)),
            ("cinder.vtype", ("simulated",), ("golden",)),
        ]
        for name, right, wrong in cases:
            template = {
                "heat_template_version": "2018-08-31",
                "parameters": {
                    "p": {
                        "type": "string",
                        "constraints": [{"custom_constraint": name}],
                    }
                },
            }
            for value in (*right, *wrong):
                request = read_request(
                    {
                        "stack_name": "s",
                        "template": template,
                        "parameters": {"p": value},
                    }
                )
                call = (self.stacks.preview, labs.owner_in(self.cloud), request)
                if value in right:
                    call[0](*call[1:])
                else:
                    self.assertRaises(StackValidationFailed, *call)
