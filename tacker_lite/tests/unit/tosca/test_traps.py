"""What naive handling of the profile gets wrong; each test names its trap (T-n)."""

import copy

import testtools
import yaml

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tests.unit.tosca.corpus import cases
from tacker_lite.tosca import loader, model

SCALING = "tosca.policies.tacker.Scaling"
ALARMING = "tosca.policies.tacker.Alarming"
RESERVATION = "tosca.policies.tacker.Reservation"
LEASE = "2bb2dab9-6ba2-4b52-8a6a-6a1a5c2ac4b1"
ANOTHER_LEASE = "2bb2dab9-6ba2-4b52-8a6a-6a1a5c2ac4b2"
SIZES = {
    "increment": 1,
    "min_instances": 0,
    "max_instances": 3,
    "default_instances": 0,
}


def with_policies(*policies, inputs=None, vdu=None):
    """The small descriptor with policies, given as pairs of name and content."""
    document = descriptors.document(vdu=vdu, inputs=inputs)
    document["topology_template"]["policies"] = [
        {name: content} for name, content in policies
    ]
    return document


class TestTraps(testtools.TestCase):
    def test_t14_inputs_are_found_within_lists_and_mappings(self):
        document = descriptors.document(
            vdu={"properties": {"metadata": {"owner": {"get_input": "who"}}}},
            point={"properties": {"security_groups": ["a", {"get_input": "who"}]}},
            inputs={"who": {"type": "string"}},
        )

        template = loader.load(document, {**descriptors.VALUES, "who": "ops"})

        point = template.connection_points[0].properties["security_groups"]
        self.assertEqual(["a", {"get_input": "who"}], point)
        self.assertEqual(["a", "ops"], template.resolve(point))
        metadata = template.vdus[0].properties["metadata"]
        self.assertEqual({"owner": "ops"}, template.resolve(metadata))

    def test_t14_inputs_are_found_within_policies(self):
        document = with_policies(
            (
                "grow",
                {
                    "type": SCALING,
                    "targets": [{"get_input": "which"}],
                    "properties": {**SIZES, "max_instances": {"get_input": "most"}},
                },
            ),
            inputs={"which": {"type": "string"}, "most": {"type": "integer"}},
        )
        values = {**descriptors.VALUES, "which": "VDU1", "most": "5"}

        policy = loader.load(document, values).policies_of(model.ScalingPolicy)[0]

        self.assertEqual((("VDU1",), 5), (policy.targets, policy.max_instances))
        onboarded = loader.load(document).policies_of(model.ScalingPolicy)[0]
        self.assertEqual(1, onboarded.max_instances)

    def test_t15_metadata_needs_no_group(self):
        document = descriptors.document(vdu={"properties": {"metadata": {"a": "b"}}})

        template = loader.load(document, descriptors.VALUES)

        self.assertEqual({"a": "b"}, template.vdus[0].properties["metadata"])

    def test_t15_an_alarm_without_its_group_is_refused_not_a_crash(self):
        trigger = {"metric": "cpu_util", "condition": {"threshold": 1}, "metadata": "g"}
        document = with_policies(
            ("watch", {"type": ALARMING, "triggers": {"busy": trigger}}),
            vdu={"properties": {"metadata": {"a": "b"}}},
        )

        error = self.assertRaises(exceptions.InvalidTemplate, loader.load, document)

        self.assertEqual("MetadataNotMatched", error.public_type)
        self.assertIn("metering.server_group", error.message)

    def test_t16_management_is_a_boolean_whatever_its_form(self):
        for value, expected in (("false", False), ("False", False), ("true", True)):
            document = descriptors.document(
                point={"properties": {"management": {"get_input": "flag"}}},
                inputs={"flag": {"type": "string"}},
            )
            values = {**descriptors.VALUES, "flag": value}

            self.assertIs(
                expected, loader.load(document, values).connection_points[0].management
            )

    def test_t16_several_management_points_keep_their_order(self):
        document = descriptors.document()
        nodes = document["topology_template"]["node_templates"]
        nodes["CP2"] = copy.deepcopy(nodes["CP1"])

        points = loader.load(document).connection_points

        self.assertEqual(
            ["CP1", "CP2"], [each.name for each in points if each.management]
        )

    def test_t21_nodes_keep_the_order_in_which_they_were_written(self):
        document = descriptors.document()
        nodes = document["topology_template"]["node_templates"]
        for name in ("CP10", "CP2", "A"):
            nodes[name] = copy.deepcopy(nodes["CP1"])

        again = loader.read_stored(loader.dump(document))

        self.assertEqual(
            ["CP1", "CP10", "CP2", "A"],
            [each.name for each in loader.load(again).connection_points],
        )

    def test_t22_a_reservation_is_read(self):
        reservation = {
            "start_actions": ["grow"],
            "before_end_actions": ["grow"],
            "end_actions": ["noop"],
            "properties": {"lease_id": {"get_input": "lease_id"}},
        }
        document = with_policies(
            ("grow", {"type": SCALING, "targets": ["VDU1"], "properties": SIZES}),
            ("lease", {"type": RESERVATION, "reservation": reservation}),
            inputs={"lease_id": {"type": "string"}},
        )
        values = {**descriptors.VALUES, "lease_id": LEASE}

        found = loader.load(document, values).policies_of(model.ReservationPolicy)[0]

        self.assertEqual(LEASE, found.lease_id)
        self.assertEqual(("grow",), found.start_actions)
        self.assertEqual(("noop",), found.end_actions)
        loader.load(document)  # onboards before anybody knows the lease

    def test_t22_an_input_called_lease_id_comes_before_the_descriptor(self):
        reservation = {
            "start_actions": ["grow"],
            "before_end_actions": ["grow"],
            "end_actions": [],
            "properties": {"lease_id": LEASE},
        }
        document = with_policies(
            ("grow", {"type": SCALING, "properties": SIZES}),
            ("lease", {"type": RESERVATION, "reservation": reservation}),
            inputs={"lease_id": {"type": "string"}},
        )
        values = {**descriptors.VALUES, "lease_id": ANOTHER_LEASE}

        found = loader.load(document, values).policies_of(model.ReservationPolicy)[0]

        self.assertEqual(ANOTHER_LEASE, found.lease_id)

    def test_t25_neither_document_nor_values_are_changed(self):
        text = (cases.HERE / cases.BASE).read_text("utf-8")
        document, inputs = yaml.safe_load(text), {"copies": 4}

        first = loader.load(document, inputs)
        second = loader.load(document, inputs)

        self.assertEqual(yaml.safe_load(text), document)
        self.assertEqual(document, first.document)
        self.assertEqual({"copies": 4}, inputs)
        self.assertEqual(first, second)

    def test_t26_monitoring_takes_numbers_as_text(self):
        wanted = {
            "name": "ping",
            "parameters": {"monitoring_delay": "45", "count": "3", "interval": 0.5},
            "actions": {"failure": "vdu_autoheal"},
        }
        document = descriptors.document(
            vdu={"properties": {"monitoring_policy": wanted}}
        )

        found = loader.load(document).policies

        self.assertEqual([wanted], [each.properties for each in found])

    def test_t26_noop_is_no_monitoring(self):
        document = descriptors.document(
            vdu={"properties": {"monitoring_policy": {"name": "noop"}}}
        )

        self.assertEqual((), loader.load(document).policies)

    def test_t26_what_is_no_number_is_refused(self):
        document = descriptors.document(
            vdu={
                "properties": {
                    "monitoring_policy": {
                        "name": "ping",
                        "parameters": {"monitoring_delay": ["soon"]},
                    }
                }
            }
        )

        error = self.assertRaises(exceptions.InvalidTemplate, loader.load, document)

        self.assertIn("monitoring_delay must be a number", error.message)
