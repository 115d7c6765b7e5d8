import time

import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tosca import loader, patterns


def fault(pattern, value=None):
    return patterns.fault({"constraints": [{"pattern": pattern}]}, value)


class TestPatterns(testtools.TestCase):
    def test_quick_ones_match_anything(self):
        for pattern in ("[a-z0-9-]+", "(a|b){2}", r"([0-9]{1,3}\.){3}[0-9]{1,3}", "a*"):
            self.assertEqual("", fault(pattern))
            self.assertEqual("", fault(pattern, "a" * 1_000))

    def test_slow_ones_match_short_values_alone(self):
        for pattern in ("(a+)+$", "(x|x)*y", "(?:a*)*b", r"([a-z]+\.)+[a-z]+"):
            self.assertEqual("", fault(pattern, "a" * patterns.LONGEST_NESTED))
            self.assertIn("takes too long", fault(pattern, "a" * 23))
            self.assertIn("takes too long", fault(pattern))

    def test_many_repetitions_in_a_row(self):
        self.assertEqual("", fault("a*b*c*", "a" * 100))
        self.assertIn("takes too long", fault("a*a*a*a*b", "a" * 1_000))

    def test_entries_of_a_list(self):
        schema = {"entry_schema": {"constraints": [{"pattern": "(a+)+$"}]}}

        self.assertIn("takes too long", patterns.fault(schema, ["a" * 40]))

    def test_a_slow_value_is_refused_before_it_is_matched(self):
        document = descriptors.document(
            inputs={"it": {"type": "string", "constraints": [{"pattern": "(a+)+$"}]}}
        )
        values = {**descriptors.VALUES, "it": "a" * 60 + "b"}
        begin = time.process_time()

        error = self.assertRaises(
            exceptions.InvalidTemplate, loader.load, document, values
        )

        self.assertIn("takes too long", error.message)
        self.assertLess(time.process_time() - begin, 2)
