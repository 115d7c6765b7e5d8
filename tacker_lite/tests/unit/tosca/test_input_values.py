"""Values of inputs wherever a descriptor asks for one: of any type, never told."""

import logging

import fixtures
import testtools

from tacker_lite import exceptions
from tacker_lite.conductor import attributes
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tests.unit.tosca.test_traps import SCALING, SIZES, with_policies
from tacker_lite.tosca import alarm_checks, loader, model
from tacker_lite.vim.openstack import hot

SECRET = "topsecret"
GIVEN = {"get_input": "given"}


def load(value, kind, **changes):
    """The small descriptor, with ``value`` for the input ``given``."""
    changes.setdefault("inputs", {})["given"] = {"type": kind}
    document = descriptors.document(**changes)
    return loader.load(document, {**descriptors.VALUES, "given": value})


class TestInputValues(testtools.TestCase):
    def refusal(self, value, kind, **changes):
        error = self.assertRaises(
            exceptions.InvalidTemplate,
            lambda: hot.render(load(value, kind, **changes)),
        )
        self.assertNotIn(SECRET, error.message)
        return error.message

    def test_a_monitoring_policy_is_checked_and_not_told(self):
        vdu = {"properties": {"monitoring_policy": GIVEN}}
        for value, words in (
            ({"name": SECRET}, "name must be one of ping"),
            ({"name": "ping", SECRET: 1}, "what its input gives is not known"),
            ({"name": "ping", "parameters": {"count": SECRET}}, "count must be a"),
            ({"name": "ping", "actions": {"failure": SECRET}}, "failure must be one"),
        ):
            self.assertIn(words, self.refusal(value, "map", vdu=vdu))

        found = load({"name": "ping"}, "map", vdu=vdu)

        self.assertEqual("ping", found.policies[0].properties["name"])
        self.assertEqual((), load({"name": "noop"}, "map", vdu=vdu).policies)

    def test_parts_of_a_flavor(self):
        for compute, value, kind, words in (
            ({"cpu_allocation": {"cpu_affinity": GIVEN}}, {}, "map", "one of shared"),
            ({"cpu_allocation": {"core_count": GIVEN}}, SECRET, "string", "at least 1"),
            ({"numa_nodes": {"a": {"id": GIVEN}}}, SECRET, "string", "id (a number)"),
            (
                {"numa_nodes": {"a": {"id": 0, "vcpus": [GIVEN]}}},
                SECRET,
                "string",
                "numa_nodes a vcpus must be a list of numbers",
            ),
            ({"mem_page_size": GIVEN}, "9" * 5000, "string", "small, large, any"),
            ({"mem_size": GIVEN}, "9" * 5000, "string", "mem_size must be a number"),
        ):
            properties = {"num_cpus": 1, "mem_size": "1 GB", **compute}
            vdu = {
                "properties": {"flavor": None},
                "capabilities": {"nfv_compute": {"properties": properties}},
            }
            self.assertIn(words, self.refusal(value, kind, vdu=vdu))

    def test_an_order_as_text(self):
        point = {"properties": {"order": GIVEN}}

        found = hot.render(load("1", "integer", point=point))

        self.assertIn("get_resource: CP1", found.text)

    def test_sizes_of_a_scaling_policy(self):
        properties = {**SIZES, "max_instances": GIVEN}
        document = with_policies(
            ("grow", {"type": SCALING, "properties": properties}),
            inputs={"given": {"type": "string"}},
        )
        for value, expected in (("5", 5), ("5.0", 5)):
            values = {**descriptors.VALUES, "given": value}
            found = loader.load(document, values).policies_of(model.ScalingPolicy)
            self.assertEqual(expected, found[0].max_instances)
        for value in ("5.5", SECRET, "0"):
            values = {**descriptors.VALUES, "given": value}
            error = self.assertRaises(
                exceptions.InvalidTemplate, loader.load, document, values
            )
            self.assertIn("max_instances must be a whole number", error.message)
            self.assertNotIn(SECRET, error.message)

    def test_what_is_no_value(self):
        deep: list = []
        for _ in range(500):
            deep = [deep]
        for value, words in (
            ([{"get_input": SECRET}], "it holds get_input"),
            (deep, "nests too deep"),
        ):
            self.assertIn(words, self.refusal(value, "list"))

    def test_none_reaches_the_log(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))

        self.assertIn("must be of type timestamp", self.refusal(SECRET, "timestamp"))

        self.assertNotIn(SECRET, log.output)


class TestNamesOfTriggers(testtools.TestCase):
    def test_none_is_that_of_an_attribute_which_the_service_writes(self):
        written = {*attributes.WRITTEN, *attributes.OBJECTS}

        self.assertEqual(set(), written - set(alarm_checks.TAKEN))
        self.assertEqual(attributes.WRITTEN_FILES, alarm_checks.TAKEN_ENDING)
