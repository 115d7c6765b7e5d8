import copy

import testtools
import yaml

from tacker_lite import exceptions
from tacker_lite.tosca import loader, report
from tacker_lite.vim.openstack import alarm, hot

TEXT = """\
tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
topology_template:
  inputs:
    memory:
      type: integer
  node_templates:
    VDU1:
      type: tosca.nodes.nfv.VDU.Tacker
      capabilities:
        nfv_compute:
          properties:
            num_cpus: 2
            mem_size: 1 GB
            disk_size: 3 GB
      properties:
        image: debian-12
    VDU2:
      type: tosca.nodes.nfv.VDU.Tacker
      properties:
        image: debian-12
        flavor: m1.small
    CP1:
      type: tosca.nodes.nfv.CP.Tacker
      properties:
        ip_address: 10.0.0.5
      requirements:
        - virtualBinding: VDU1
        - virtualLink: VL1
    VL1:
      type: tosca.nodes.nfv.VL
      properties:
        vendor: example
        cidr: 10.0.0.0/24
    VB1:
      type: tosca.nodes.BlockStorage.Tacker
      properties:
        size: 1 GB
    CB1:
      type: tosca.nodes.BlockStorageAttachment
      properties:
        location: /dev/vdb
      requirements:
        - virtualBinding: VDU1
        - virtualAttachment: VB1
    FIP1:
      type: tosca.nodes.network.FloatingIP
      properties:
        floating_network: public
        floating_ip_address: 192.0.2.5
      requirements:
        - link: CP1
    VNFC1:
      type: tosca.nodes.nfv.VNFC.Tacker
      requirements:
        - host: VDU1
        - dependency: VDU2
      interfaces:
        Standard:
          create: |
            #!/bin/sh
            true
  policies:
    - SP1:
        type: tosca.policies.tacker.Scaling
        targets: [VDU2]
        properties:
          increment: 1
          min_instances: 1
          max_instances: 3
          default_instances: 1
    - PL1:
        type: tosca.policies.tacker.Placement
        targets: [VDU1, VDU2]
        properties:
          policy: affinity
"""
NODES = ("topology_template", "node_templates")
COMPUTE = ("capabilities", "nfv_compute", "properties")
WRONG = ("x", -1, None, [], {}, ["x"], {"x": "y"}, {"get_input": "memory"})


class TestProblemsTogether(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.document = loader.read(TEXT)

    def write(self, value, *keys):
        here = self.document
        for key in keys[:-1]:
            here = here[key]
        here[keys[-1]] = value

    def of_node(self, value, *keys):
        self.write(value, *NODES, *keys)

    def reasons(self, inputs=None):
        try:
            loader.load_and_check(self.document, inputs, check=hot.render)
        except exceptions.InvalidTemplate as error:
            return [told.reason for told in report.told(error)]
        return []

    def assert_told(self, *parts):
        found = self.reasons()
        self.assertEqual(len(parts), len(found), found)
        for part, reason in zip(parts, found, strict=True):
            self.assertIn(part, reason)

    def test_one_without_problems_is_rendered(self):
        made = loader.load_and_check(self.document, check=hot.render)
        self.assertEqual(hot.render(loader.load(self.document)), made)

    def test_what_the_vim_cannot_take_beside_what_is_no_tosca(self):
        self.of_node("1 XB", "VDU1", *COMPUTE, "mem_size")
        self.of_node("maybe", "VDU2", "properties", "config_drive")
        self.of_node("1.2.3", "CP1", "properties", "ip_address")
        self.of_node(0, "VB1", "properties", "size")
        self.assert_told("mem_size", "config_drive", "ip_address", "size must be")

    def test_other_values_of_the_same_node(self):
        self.of_node("two", "VDU1", *COMPUTE, "num_cpus")
        self.of_node("1 XB", "VDU1", *COMPUTE, "mem_size")
        self.of_node("3 QB", "VDU1", *COMPUTE, "disk_size")
        self.assert_told("num_cpus", "mem_size", "disk_size")

    def test_nothing_that_follows_from_a_problem(self):
        for keys, value in (
            (("VDU1", "properties", "image"), ["debian-12"]),
            (("VDU1", "properties", "config_drive"), "maybe"),
            (("VL1", "properties", "cidr"), ["10.0.0.0/24"]),
            (("VB1", "properties", "size"), []),
            (("CP1", "properties", "ip_address"), ["x"]),
        ):
            self.document = loader.read(TEXT)
            self.of_node(value, *keys)
            self.assertEqual(1, len(self.reasons()), keys)

    def test_nodes_that_name_one_left_out(self):
        self.of_node("tosca.nodes.nfv.VDU.Tackr", "VDU1", "type")
        found = self.reasons()
        self.assertEqual(1, len(found), found)

    def test_a_value_that_does_not_suit_its_input(self):
        self.of_node({"get_input": "memory"}, "VDU1", *COMPUTE, "mem_size")
        self.of_node("1.2.3", "CP1", "properties", "ip_address")
        found = self.reasons({"memory": "secret"})
        self.assertEqual(2, len(found), found)
        self.assertNotIn("secret", str(found))

    def test_public_types(self):
        self.of_node("2 QB", "VDU1", *COMPUTE, "mem_page_size")
        self.of_node("maybe", "VDU2", "properties", "config_drive")
        error = self.assertRaises(
            exceptions.InvalidTemplate,
            loader.load_and_check,
            self.document,
            check=hot.render,
        )
        self.assertEqual(
            ["HugePageSizeInvalidInput", "ToscaParserFailed"],
            [told.public_type for told in report.told(error)],
        )

    def test_values_without_effect_do_not_disturb(self):
        self.of_node("respawn", "VDU1", "properties", "failure_policy")
        self.assert_told()

    def test_metadata_becomes_text(self):
        given = {"a": 1, "b": True, "c": "x", "d": {"get_input": "memory"}}
        self.of_node(given, "VDU1", "properties", "metadata")
        self.of_node(given, "VB1", "properties", "metadata")
        resources = yaml.safe_load(hot.render(loader.load(self.document)).text)
        wanted = {"a": "1", "b": "true", "c": "x", "d": {"get_param": "memory"}}
        for name in ("VDU1", "VB1"):
            made = resources["resources"][name]["properties"]["metadata"]
            self.assertEqual(wanted, made)

    def test_a_group_that_is_a_number(self):
        group = {"metering.server_group": 7}
        self.of_node(group, "VDU1", "properties", "metadata")
        trigger = {"metric": "cpu", "metadata": "7", "condition": {"threshold": 1}}
        alarming = {
            "type": "tosca.policies.tacker.Alarming",
            "triggers": {"t": trigger},
        }
        self.document["topology_template"]["policies"].append({"AL1": alarming})
        resources = yaml.safe_load(hot.render(loader.load(self.document)).text)
        metadata = resources["resources"]["VDU1"]["properties"]["metadata"]
        self.assertEqual({"metering.server_group": alarm.group_id("7", "")}, metadata)

    def test_a_link_that_a_network_service_gives(self):
        self.write([{"virtualBinding": "VDU1"}], *NODES, "CP1", "requirements")
        error = self.assertRaises(
            exceptions.InvalidTemplate, hot.render, loader.load(self.document)
        )
        self.assertEqual("ToscaParserFailed", error.public_type)
        mappings = {"requirements": {"virtualLink1": ["CP1", "virtualLink"]}}
        self.write(mappings, "topology_template", "substitution_mappings")
        error = self.assertRaises(
            exceptions.InvalidTemplate, hot.render, loader.load(self.document)
        )
        self.assertEqual("InvalidParamsForSM", error.public_type)

    def test_anything_wrong_anywhere(self):
        """Whatever is wrong, it is an InvalidTemplate that tells of it."""
        good = self.document
        for path in list(_paths(good)):
            for value in WRONG:
                self.document = copy.deepcopy(good)
                self.write(value, *path)
                self.reasons({})


def _paths(value, path=()):
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else ()
    for key, item in enumerate(value) if isinstance(value, list) else items:
        yield from _paths(item, (*path, key))
