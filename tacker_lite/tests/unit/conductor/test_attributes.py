import json

import testtools

from tacker_lite import exceptions
from tacker_lite.conductor import attributes
from tacker_lite.tests.functional import scaled
from tacker_lite.tosca import loader


class TestAttributes(testtools.TestCase):
    def test_parse(self):
        for given in ({"a": 1}, "a: 1", '{"a": 1}'):
            self.assertEqual({"a": 1}, attributes.parse("config", given))
        self.assertEqual({}, attributes.parse("config", ""))
        self.assertEqual({}, attributes.parse("config", None))

    def test_refusals(self):
        for given, public_type in (
            ("a: [1", "ParamYAMLNotWellFormed"),
            ("- 1", "InvalidAPIAttributeType"),
            (["a"], "InvalidAPIAttributeType"),
        ):
            error = self.assertRaises(
                exceptions.InvalidInput, attributes.parse, "param_values", given
            )
            self.assertEqual(public_type, error.public_type)
            self.assertIn("param_values", error.message)

    def test_refusal_does_not_repeat_values(self):
        error = self.assertRaises(
            exceptions.InvalidInput, attributes.parse, "param_values", "pw: [s3cret"
        )
        self.assertNotIn("s3cret", error.message)

    def test_merge(self):
        old = {"a": {"b": 1, "c": [1]}, "d": 1}
        new = {"a": {"c": [2]}, "e": None}
        self.assertEqual(
            {"a": {"b": 1, "c": [2]}, "d": 1, "e": None}, attributes.merge(old, new)
        )
        self.assertEqual({"a": {"b": 1, "c": [1]}, "d": 1}, old)


class TestOfPolicies(testtools.TestCase):
    def test_what_a_descriptor_says(self):
        document = scaled.with_alarms()
        nodes = document["topology_template"]["node_templates"]
        nodes["VDU1"]["properties"]["monitoring_policy"]["parameters"]["count"] = {
            "get_input": "count"
        }
        document["topology_template"]["inputs"]["count"] = {"type": "integer"}
        template = loader.load(document, {"count": 7})
        found = attributes.of_policies(template, "1")
        ping = json.loads(found["monitoring_policy"])["vdus"]["VDU1"]["ping"]
        parameters = {"count": 7, "interval": 10}
        self.assertEqual(
            {
                "name": "ping",
                "parameters": parameters,
                "monitoring_params": parameters,
                "actions": {"failure": "respawn"},
            },
            ping,
        )
        self.assertEqual({"SP1": "SP1_group"}, json.loads(found["scaling_group_names"]))
        self.assertEqual("1", found["alarming_policy"])
        self.assertNotIn("reservation_policy", found)
        self.assertNotIn("app_monitoring_policy", found)

    def test_what_the_service_writes_stays(self):
        current = {"heat_template": "a", "mine": "b"}
        hooks = {"busy": "http://a"}
        for given in (
            {"heat_template": "a"},
            {"mine": "c"},
            {"busy": "http://a"},
            {"other": "d"},
        ):
            attributes.refuse_written(given, current, hooks)
        for name in ("heat_template", "busy", "SP1_res.yaml", "alarming_policy"):
            error = self.assertRaises(
                exceptions.InvalidInput,
                attributes.refuse_written,
                {name: "x"},
                current,
                hooks,
            )
            self.assertIn(name, error.message)


class TestGrowth(testtools.TestCase):
    def test_updates_cannot_grow_without_end(self):
        full = {"mine": "x" * attributes.LARGEST}
        attributes.refuse_growth({}, {"mine": "x"})
        attributes.refuse_growth(full, {"mine": full["mine"][1:]})
        grown = {**full, "other": "x"}
        error = self.assertRaises(
            exceptions.InvalidInput, attributes.refuse_growth, full, grown
        )
        self.assertIn("4194304", error.message)
