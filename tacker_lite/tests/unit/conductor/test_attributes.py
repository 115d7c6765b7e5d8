import testtools

from tacker_lite import exceptions
from tacker_lite.conductor import attributes


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
