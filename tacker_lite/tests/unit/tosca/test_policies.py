import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tests.unit.tosca.test_traps import (
    ALARMING,
    SCALING,
    SIZES,
    with_policies,
)
from tacker_lite.tosca import loader, model, problems

PLACEMENT = "tosca.policies.tacker.Placement"
SCRIPT = "#!/bin/sh\necho hello\n"


def software(script, **kwargs):
    """The small descriptor with a software component, loaded."""
    document = descriptors.document()
    document["topology_template"]["node_templates"]["sw"] = {
        "type": "tosca.nodes.nfv.VNFC.Tacker",
        "requirements": [{"host": {"node": "VDU1"}}],
        "interfaces": {"Standard": script},
    }
    return loader.load(document, **kwargs).software[0]


class TestScaling(testtools.TestCase):
    def load(self, policy, inputs=None):
        document = with_policies(("grow", {"type": SCALING, **policy}))
        return loader.load(document, inputs).policies_of(model.ScalingPolicy)[0]

    def test_targets_may_stand_at_either_place_or_both(self):
        for policy in (
            {"targets": ["VDU1"], "properties": SIZES},
            {"properties": {**SIZES, "targets": ["VDU1"]}},
            {"targets": ["VDU1"], "properties": {**SIZES, "targets": ["VDU1"]}},
            {"properties": SIZES},
        ):
            self.assertEqual(("VDU1",), self.load(policy).targets)

    def test_numbers_may_be_text(self):
        sizes = {key: str(value) for key, value in SIZES.items()}

        self.assertEqual(3, self.load({"properties": sizes}).max_instances)

    def test_a_cluster_that_measures_for_itself_needs_less(self):
        sizes = {
            "min_instances": 2,
            "max_instances": 3,
            "target_cpu_utilization_percentage": 40,
        }

        policy = self.load({"properties": sizes})

        self.assertEqual((1, 2), (policy.increment, policy.default_instances))

    def test_a_key_without_a_value_is_none(self):
        policy = self.load({"properties": {**SIZES, "cooldown": None}})

        self.assertEqual(120, policy.cooldown)


class TestPlacement(testtools.TestCase):
    def test_strictness_as_text(self):
        content = {"type": PLACEMENT, "targets": ["VDU1"]}
        for strict, expected in (("false", False), (False, False), ("true", True)):
            document = with_policies(
                ("apart", {**content, "properties": {"strict": strict}})
            )

            found = loader.load(document).policies_of(model.PlacementPolicy)[0]

            self.assertIs(expected, found.strict)
            self.assertEqual("affinity", found.policy)


class TestAlarming(testtools.TestCase):
    trigger = {"metric": "m", "condition": {"threshold": "0.5"}, "metadata": "g"}

    def load(self, trigger, values=None, inputs=None):
        document = with_policies(
            ("watch", {"type": ALARMING, "triggers": {"busy": trigger}}),
            vdu={"properties": {"metadata": {"metering.server_group": "g"}}},
            inputs=inputs,
        )
        return loader.load(document, values).policies_of(model.AlarmingPolicy)[0]

    def test_no_action_is_legal(self):
        for trigger in (self.trigger, {**self.trigger, "action": []}):
            self.assertEqual((), self.load(trigger).triggers[0].actions)

    def test_every_action(self):
        actions = ["respawn", "log", "log_and_kill", "terminate", "notify", "noop"]

        found = self.load({**self.trigger, "action": actions}).triggers[0]

        self.assertEqual(tuple(actions), found.actions)

    def test_a_constraint_is_text(self):
        condition = {"threshold": 1, "constraint": {"gt": 1}}
        error = self.assertRaises(
            exceptions.InvalidTemplate,
            self.load,
            {**self.trigger, "condition": condition},
        )
        self.assertIn("constraint must be text, not a mapping", error.message)

    def test_a_group_of_an_input(self):
        trigger = {**self.trigger, "metadata": {"get_input": "group"}}
        inputs = {"group": {"type": "string"}}

        self.load(trigger, inputs=inputs)  # its value comes later
        found = self.load(trigger, {**descriptors.VALUES, "group": "g"}, inputs)

        self.assertEqual("g", found.triggers[0].group)
        error = self.assertRaises(
            exceptions.InvalidTemplate,
            self.load,
            trigger,
            {**descriptors.VALUES, "group": "topsecret"},
            inputs,
        )
        self.assertIn("the value of its input names no VDU", error.message)


class TestSoftware(testtools.TestCase):
    def test_scripts_run_in_their_order_and_stop_has_no_effect(self):
        found = software(
            {
                "delete": "gone.sh",
                "start": {"implementation": SCRIPT, "inputs": {"a": "b"}},
                "create": SCRIPT,
            },
        )

        self.assertEqual(
            (
                model.Operation("create", SCRIPT),
                model.Operation("start", SCRIPT, {"a": "b"}),
            ),
            found.operations,
        )

    def test_a_file_of_the_package(self):
        found = software({"create": "scripts/a.sh"}, files={"scripts/a.sh": SCRIPT})

        self.assertEqual("scripts/a.sh", found.operations[0].implementation)

    def test_a_file_nearly_of_the_package(self):
        error = self.assertRaises(
            exceptions.InvalidTemplate,
            software,
            {"create": "scripts/b.sh"},
            files={"scripts/a.sh": SCRIPT},
        )

        self.assertIn("did you mean scripts/a.sh", error.message)


class TestAllAtOnce(testtools.TestCase):
    """Problems of every stage are told together, by line."""

    def test_of_every_stage(self):
        text = descriptors.changed(
            ("description: One", "descripton: One"),
            ("type: string\n      default", "type: text\n      default"),
            ("flavor: m1.small", "flavour: m1.small"),
            ("mgmt_driver: noop", "mgmt_driver: nop"),
            ("node: VDU1", "node: CP1"),
            ("type: tosca.nodes.nfv.VL\n", "type: tosca.nodes.nfv.VLAN\n"),
        )
        text += "  policies:\n    - grow: {type: tosca.policies.tacker.Growing}\n"
        text += "    - apart: {type: tosca.policies.tacker.Placement, targets: [CP1]}\n"

        error = self.assertRaises(
            exceptions.InvalidTemplate, loader.load, loader.read(text), {}
        )

        lines = [line for line, _ in error.fields["problems"]]
        self.assertEqual(sorted(lines), lines)
        told = " | ".join(reason for _, reason in error.fields["problems"])
        for words in (
            '"descripton" is not known',
            "type text",
            'no property "flavour"',
            "nop is not enabled",
            "virtualBinding must name a VDU",
            "VLAN is not supported",
            "Growing is not supported",
            "targets must name VDUs",
            'input "address" has no default',
        ):
            self.assertIn(words, told)
        self.assertEqual(len(lines), len(error.fields["places"]))
        self.assertEqual(
            {"", "VDU1", "CP1", "VL1"},
            {problems.node_of(path) for path in error.fields["places"]},
        )

    def test_the_message_is_bounded_and_the_list_less_so(self):
        text = descriptors.TEXT.replace(
            "        image:",
            "".join(f"        wrong{index}: 1\n" for index in range(120))
            + "        image:",
        )

        error = self.assertRaises(
            exceptions.InvalidTemplate, loader.load, loader.read(text)
        )

        self.assertEqual(problems.MAX_REPORTED, len(error.fields["problems"]))
        self.assertIn("; and 110 more", error.message)
        self.assertNotIn("wrong11:", error.message)
