"""Input values of descriptors."""

import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tests.unit.tosca.test_loader import refusal
from tacker_lite.tosca import loader


class TestInputs(testtools.TestCase):
    def load(self, schema, value):
        document = descriptors.document(
            vdu={"properties": {"name": {"get_input": "wanted"}}},
            inputs={"wanted": schema},
        )
        return loader.load(document, {**descriptors.VALUES, "wanted": value})

    def test_missing_value(self):
        error = refusal(descriptors.TEXT, {}, exceptions.MissingParameter)

        self.assertEqual("InputValuesMissing", error.public_type)
        self.assertIn('input "address"', error.message)
        self.assertIn("give it a value with --param-file", error.message)

    def test_values_that_are_no_mapping(self):
        for values in (["address"], "address: 10.0.0.5"):
            error = refusal(descriptors.TEXT, values)

            self.assertIn("must be a mapping", error.message)

    def test_undeclared_value(self):
        error = refusal(descriptors.TEXT, {**descriptors.VALUES, "adress": "x"})

        self.assertIn('no input "adress"', error.message)
        self.assertIn("network, address", error.message)

    def test_values_that_suit(self):
        for schema, value in (
            ({"type": "string"}, "x"),
            ({"type": "string"}, 7),
            ({"type": "integer", "constraints": [{"in_range": [1, 4]}]}, 4),
            ({"type": "float"}, 0.5),
            ({"type": "boolean"}, True),
            ({"type": "scalar-unit.size"}, "2 GB"),
            ({"type": "string", "constraints": [{"valid_values": ["a", "b"]}]}, "b"),
        ):
            self.assertEqual(value, self.load(schema, value).inputs["wanted"])

    def test_values_that_do_not_suit_are_not_repeated(self):
        for schema, value, reason in (
            ({"type": "integer"}, "topsecret", "type integer"),
            ({"type": "boolean"}, "topsecret", "type boolean"),
            ({"type": "string"}, ["topsecret"], "type string"),
            ({"type": "list"}, "topsecret", "type list"),
            ({"type": "string", "constraints": [{"max_length": 3}]}, "topsecret", "3"),
            (
                {"type": "string", "constraints": [{"valid_values": ["a"]}]},
                "topsecret",
                "valid_values",
            ),
        ):
            error = self.assertRaises(
                exceptions.InvalidTemplate, self.load, schema, value
            )

            self.assertIn(reason, error.message)
            self.assertNotIn("topsecret", error.message)

    def test_value_must_suit_the_property_that_uses_it(self):
        document = descriptors.document(
            vdu={"properties": {"config_drive": {"get_input": "drive"}}},
            inputs={"drive": {"type": "string"}},
        )
        values = {**descriptors.VALUES, "drive": "topsecret"}

        error = self.assertRaises(
            exceptions.InvalidTemplate, loader.load, document, values
        )

        self.assertIn("property config_drive", error.message)
        self.assertNotIn("topsecret", error.message)

    def test_default_must_suit(self):
        error = refusal(descriptors.changed(("default: net0", "default: [net0]")))

        self.assertIn('input "network" must be of type string', error.message)
