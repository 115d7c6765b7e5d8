import concurrent.futures
import threading

import testtools
from testtools import matchers

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tosca import loader, model

POLICY = """\
  policies:
    - grow:
        type: tosca.policies.tacker.Growing
        targets: [VDU1]
topology_template_end:
"""


def refusal(text, inputs=None, error=exceptions.InvalidTemplate):
    """The error that loading the text raises."""
    try:
        loader.load(loader.read(text, "vnfd.yaml"), inputs, file="vnfd.yaml")
    except error as found:
        return found
    raise AssertionError("the descriptor was accepted")


class TestLoad(testtools.TestCase):
    def test_template_tells_what_the_descriptor_means(self):
        template = loader.load(loader.read(descriptors.TEXT), descriptors.VALUES)

        self.assertEqual("small", template.name)
        self.assertEqual("One server", template.description)
        self.assertEqual({"network": "net0", "address": "10.0.0.5"}, template.inputs)
        self.assertEqual(["VDU1"], [vdu.name for vdu in template.vdus])
        self.assertEqual("debian-12", template.vdus[0].properties["image"])
        self.assertEqual(
            [
                model.ConnectionPoint(
                    "CP1",
                    vdu="VDU1",
                    virtual_link="VL1",
                    management=True,
                    properties={
                        "management": True,
                        "ip_address": {"get_input": "address"},
                    },
                )
            ],
            list(template.connection_points),
        )
        self.assertEqual(["VL1"], [link.name for link in template.virtual_links])

    def test_document_is_left_as_it_was(self):
        document = loader.read(descriptors.TEXT)

        loader.load(document, descriptors.VALUES)

        self.assertEqual(loader.read(descriptors.TEXT), document)

    def test_onboarding_needs_no_values(self):
        template = loader.load(loader.read(descriptors.TEXT))

        self.assertEqual({"network": "net0"}, template.inputs)

    def test_nodes_keep_their_order(self):
        document = descriptors.document()
        nodes = document["topology_template"]["node_templates"]
        nodes["CP10"] = {**nodes["CP1"], "properties": {}}
        nodes["CP2"] = {**nodes["CP1"], "properties": {}}

        again = loader.read(loader.dump(document))
        points = loader.load(again).connection_points

        self.assertEqual(["CP1", "CP10", "CP2"], [point.name for point in points])

    def test_short_requirements(self):
        text = descriptors.changed(("{ node: VL1 }", "VL1"), ("{ node: VDU1 }", "VDU1"))

        point = loader.load(loader.read(text)).connection_points[0]

        self.assertEqual(("VDU1", "VL1"), (point.vdu, point.virtual_link))

    def test_management_is_a_boolean_also_from_an_input(self):
        for value, expected in (("false", False), ("true", True), (True, True)):
            document = descriptors.document(
                point={"properties": {"management": {"get_input": "flag"}}},
                inputs={"flag": {"type": "boolean"}},
            )
            values = {**descriptors.VALUES, "flag": value}

            point = loader.load(document, values).connection_points[0]

            self.assertIs(expected, point.management)

    def test_monitoring_policy_of_a_vdu_is_kept(self):
        wanted = {"name": "ping", "actions": {"failure": "respawn"}}
        document = descriptors.document(
            vdu={"properties": {"monitoring_policy": wanted}}
        )

        policies = loader.load(document).policies

        self.assertEqual(
            [(("VDU1",), wanted)],
            [(each.targets, each.properties) for each in policies],
        )

    def test_actions_among_the_parameters_of_monitoring(self):
        parameters = {"count": 3, "actions": {"failure": "respawn"}}
        given = {"name": "ping", "parameters": parameters}
        vdu = {"properties": {"monitoring_policy": given}}

        (policy,) = loader.load(descriptors.document(vdu=vdu)).policies

        self.assertEqual(
            {
                "name": "ping",
                "parameters": {"count": 3},
                "actions": {"failure": "respawn"},
            },
            policy.properties,
        )
        for wrong, told in (
            ({**given, "actions": {"failure": "log"}}, "actions stand twice"),
            ({"name": "ping", "parameters": {"actions": {"failure": "x"}}}, "respawn"),
        ):
            vdu["properties"]["monitoring_policy"] = wrong
            document = descriptors.document(vdu=vdu)
            error = self.assertRaises(exceptions.InvalidTemplate, loader.load, document)
            self.assertIn(told, str(error))

    def test_failure_policy_of_any_form(self):
        for value in ("respawn", {"action": "respawn"}, ["respawn"]):
            vdu = {"properties": {"failure_policy": value}}
            (found,) = loader.load(descriptors.document(vdu=vdu)).vdus
            self.assertEqual(value, found.properties["failure_policy"])

    def test_metadata_that_is_no_text(self):
        vdu = {"properties": {"metadata": {"a": 1, "b": ["x"], "c": {"x": "y"}}}}
        error = self.assertRaises(
            exceptions.InvalidTemplate, loader.load, descriptors.document(vdu=vdu)
        )
        self.assertEqual(
            [
                'node "VDU1", property metadata.b must be text, not a list',
                'node "VDU1", property metadata.c must be text, not a mapping',
            ],
            [reason for _, reason in error.fields["problems"]],
        )

    def test_own_node_type(self):
        document = descriptors.document(vdu={"type": "tosca.nodes.nfv.Router"})
        document["node_types"] = {
            "tosca.nodes.nfv.Router": {"derived_from": "tosca.nodes.nfv.VDU.Tacker"}
        }

        self.assertEqual("VDU1", loader.load(document).vdus[0].name)

    def test_own_types_do_not_stay(self):
        document = descriptors.document(vdu={"type": "tosca.nodes.nfv.Router"})
        other = descriptors.document(vdu={"type": "tosca.nodes.nfv.Router"})
        document["node_types"] = {
            "tosca.nodes.nfv.Router": {"derived_from": "tosca.nodes.nfv.VDU.Tacker"}
        }
        loader.load(document)

        self.assertRaises(exceptions.UnsupportedNodeType, loader.load, other)

    def test_every_kind_of_link(self):
        for kind in ("VL", "VL.ELAN", "VL.ELine", "VL.ETree"):
            document = descriptors.document(link={"type": f"tosca.nodes.nfv.{kind}"})

            self.assertEqual("VL1", loader.load(document).virtual_links[0].name)

    def test_threads_do_not_see_each_others_errors(self):
        good = loader.read(descriptors.TEXT)
        bad = loader.read(descriptors.changed(("vendor: example", "colour: red")))
        start = threading.Barrier(4)

        def load(document):
            start.wait()
            found = []
            for _ in range(25):
                try:
                    loader.load(document, descriptors.VALUES)
                    found.append("accepted")
                except exceptions.InvalidTemplate as error:
                    found.append(error.message)
            return set(found)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            results = list(pool.map(load, [good, bad, good, bad]))

        self.assertEqual({"accepted"}, results[0] | results[2])
        self.assertEqual(results[1], results[3])
        self.assertEqual(1, len(results[1]))


class TestRefusal(testtools.TestCase):
    """What is wrong with a descriptor, where, and what would be right."""

    cases = (
        ("vendor: example", "vendor: x\n        y: z", 33, 'no property "y"'),
        ("vendor: example", "", 30, "vendor is missing"),
        ("management: true", "management: maybe", 23, "not a boolean"),
        ("image: debian-12", "image: [a]", 17, "must be text, not a list"),
        ("image: debian-12", "image:", 17, "image is empty"),
        ("node: VDU1", "node: VDU7", 27, 'none called "VDU7"'),
        ("node: VDU1", "node: VL1", 27, "must name a VDU"),
        ("virtualLink: ", "virtualCable: ", 26, '"virtualCable" is not known'),
        ("get_input: network", "get_input: net", 31, 'no input "net"'),
        ("get_input: network", "get_property: net", 31, "get_property is not"),
        ("type: string\n      default", "type: text\n      default", 8, "type text"),
        ("nfv_1_0_0", "nfv_9_9", 1, "use tosca_simple_profile_for_nfv_1_0_0"),
        ("VDU.Tacker", "VDU.Other", 14, "tosca.nodes.nfv.VDU.Other is not"),
        ("description: One server", "imports: [a.yaml]", 2, "pack the descriptor"),
    )

    def test_line_and_reason(self):
        for old, new, line, reason in self.cases:
            error = refusal(descriptors.changed((old, new)))

            self.assertThat(
                error.message, matchers.StartsWith(f"vnfd.yaml:{line}: "), new
            )
            self.assertIn(reason, error.message)

    def test_all_problems_are_told(self):
        text = descriptors.changed(
            ("management: true", "management: maybe"), ("vendor: example", "")
        )

        problems = refusal(text).fields["problems"]

        self.assertEqual([23, 30], [line for line, _ in problems])

    def test_an_unknown_requirement_is_told_once(self):
        text = descriptors.changed(
            ("- virtualLink: { node: VL1 }", "- virtualLinks: { node: VL1 }")
        )
        error = self.assertRaises(
            exceptions.InvalidTemplate, loader.load, loader.read(text)
        )
        (told,) = (reason for _, reason in error.fields["problems"])
        self.assertIn('"virtualLinks" is not known in requirements', told)

    def test_messages_hold_no_percent_sign_and_no_path_of_the_server(self):
        text = descriptors.changed(("vendor: example", '"%(x)s %s": 1'))

        message = refusal(text).message

        self.assertNotIn("%", message)
        self.assertNotIn("site-packages", message)
        self.assertNotIn("Traceback", message)

    def test_unknown_node_type(self):
        text = descriptors.changed(("nfv.VL", "BlockStorage.Other"))

        error = refusal(text, error=exceptions.UnsupportedNodeType)

        self.assertIn("tosca.nodes.BlockStorage.Other", error.message)
        self.assertEqual("ToscaParserFailed", error.public_type)

    def test_unknown_policy_type(self):
        text = descriptors.TEXT + POLICY.replace("topology_template_end:\n", "")

        error = refusal(text, error=exceptions.UnsupportedNodeType)

        self.assertIn("tosca.policies.tacker.Growing", error.message)

    def test_not_a_descriptor(self):
        for text in ("", "[]", "x", "a: 1", "topology_template: 3"):
            self.assertIn("vnfd.yaml:", refusal(text).message)

    def test_depth_is_bounded(self):
        document = descriptors.document()
        deep = {}
        for _ in range(900):
            deep = {"a": [deep]}
        document["topology_template"]["node_templates"]["VDU1"]["properties"] = deep

        error = self.assertRaises(exceptions.InvalidTemplate, loader.load, document)

        self.assertIn("levels deep", error.message)

    def test_management_drivers(self):
        unknown = refusal(descriptors.changed(("mgmt_driver: noop", "mgmt_driver: x")))
        self.assertEqual("InvalidMgmtDriver", unknown.public_type)
        self.assertIn("noop, openwrt", unknown.message)

        document = descriptors.document()
        nodes = document["topology_template"]["node_templates"]
        self.assertEqual("noop", loader.mgmt_driver(document))
        nodes["VDU2"] = {
            "type": "tosca.nodes.nfv.VDU.Tacker",
            "properties": {"mgmt_driver": "openwrt"},
        }
        several = self.assertRaises(exceptions.InvalidTemplate, loader.load, document)
        self.assertEqual("MultipleMGMTDriversSpecified", several.public_type)

    def test_built_in_type_defined_again(self):
        document = descriptors.document()
        document["node_types"] = {
            "tosca.nodes.nfv.VDU.Tacker": {"derived_from": "tosca.nodes.Root"}
        }

        error = self.assertRaises(exceptions.InvalidTemplate, loader.load, document)

        self.assertIn("is built in", error.message)

    def test_near_misses(self):
        for old, new, meant in (
            ("vendor: example", "vender: example", "vendor"),
            ("virtualLink: ", "virtualLnk: ", "virtualLink"),
            ("node: VDU1", "node: VDU_1", "VDU1"),
            ("get_input: network", "get_input: netwrok", "network"),
            ("nfv.VDU.Tacker", "nfv.VDU.Taker", "tosca.nodes.nfv.VDU.Tacker"),
        ):
            message = refusal(descriptors.changed((old, new))).message

            self.assertIn(f"(did you mean {meant}?)", message)
        for new in ("colour: red", "x" * 500 + ": red"):
            message = refusal(descriptors.changed(("vendor: example", new))).message

            self.assertNotIn("did you mean", message)

    def test_a_stored_descriptor_has_no_lines(self):
        text = descriptors.changed(("vendor: example", "colour: red"))
        document = loader.read_stored(loader.dump(loader.read(text)))

        error = self.assertRaises(
            exceptions.InvalidTemplate, loader.load, document, descriptors.VALUES
        )

        self.assertThat(
            error.message,
            matchers.StartsWith('node "VL1": there is no property "colour"'),
        )
        self.assertNotIn("line ", error.message)
