"""Traps of translating with heat-translator alone: none of them is fallen into.

Their numbers are those of the table in ``doc/source/reference/compatibility.rst``.
"""

import json
import os

import fixtures
import testtools
import yaml

from tacker_lite.tests.unit.vim.openstack import test_samples
from tacker_lite.tests.unit.vim.openstack.rendered import problems, render, template
from tacker_lite.tosca import loader
from tacker_lite.vim.openstack import hot

SCALING = """
- tier:
    type: tosca.policies.tacker.Scaling
    targets: [VDU1]
    properties:
      {increment: 2, min_instances: 1, max_instances: 3, default_instances: 2}
"""
SECOND_VDU = """
VDU2: {type: tosca.nodes.nfv.VDU.Tacker, properties: {image: a, flavor: b}}
CP2:
  type: tosca.nodes.nfv.CP.Tacker
  properties: {management: true}
  requirements: [{virtualLink: VL1}, {virtualBinding: VDU2}]
"""
OWN_NETWORK = """
VL1:
  type: tosca.nodes.nfv.VL
  properties: {network_name: own, cidr: 10.9.0.0/24, vendor: x}
"""


def vdu(**properties):
    """VDU1 with more properties, as YAML."""
    given = {"image": "a", "flavor": "b", **properties}
    node = {"type": "tosca.nodes.nfv.VDU.Tacker", "properties": given}
    return yaml.safe_dump({"VDU1": node})


def point(**properties):
    """CP1 with properties, as YAML."""
    node = {
        "type": "tosca.nodes.nfv.CP.Tacker",
        "properties": properties,
        "requirements": [{"virtualLink": "VL1"}, {"virtualBinding": "VDU1"}],
    }
    return yaml.safe_dump({"CP1": node})


def unit(found):
    """The resources of which the policy makes copies."""
    return found.nested["tier_res.yaml"]["resources"]


class TestText(testtools.TestCase):
    def test_1_quotes_stay(self):
        script = "#!/bin/sh\necho 'one' \"two\" it''s\n"
        found = render(vdu(user_data=script, availability_zone="az'1"))

        self.assertEqual(script, found.properties("VDU1")["user_data"])
        self.assertEqual("az'1", found.properties("VDU1")["availability_zone"])

    def test_2_long_lines_stay_whole(self):
        # A blank at the end of a line takes another way through the writer of texts.
        for end in ("", " "):
            script = "#!/bin/sh\necho" + " word" * 60 + end + "\nexit\n"

            found = render(vdu(user_data=script)).properties("VDU1")

            self.assertEqual(script, found["user_data"])

    def test_3_any_first_letter_and_all_blank_lines(self):
        script = "Content-Type: text/plain" + "\n\n" * 20 + "end"

        found = render(vdu(user_data=script)).properties("VDU1")

        self.assertEqual(script, found["user_data"])

    def test_4_texts_that_look_like_something_else(self):
        for text in ("yes", "0755", "4", "1e3", "null", "2024-01-01", "12:30:45"):
            found = render(vdu(name=text) + point(name=text))
            self.assertEqual(text, found.properties("VDU1")["name"])
            self.assertEqual(text, found.properties("CP1")["name"])
        address = "00:11:22:33:44:55"
        found = render(point(mac_address=address)).properties("CP1")
        self.assertEqual(address, found["mac_address"])

    def test_5_references_are_no_texts(self):
        for sample in test_samples.samples():
            document = loader.read(sample.read_text("utf-8"), sample.name)
            loaded = test_samples.prepared(document, test_samples.values(sample)[0])
            found = hot.render(loaded)
            for text in (found.text, *found.files.values()):
                for value in self._texts(yaml.safe_load(text)):
                    self.assertFalse(value.startswith("{ get_"), (sample.name, value))

    def _texts(self, value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list)):
            for item in value.values() if isinstance(value, dict) else value:
                yield from self._texts(item)

    def test_12_nothing_is_written(self):
        directory = self.useFixture(fixtures.TempDir()).path
        before = os.getcwd()
        os.chdir(directory)
        self.addCleanup(os.chdir, before)

        render(policies=SCALING)

        self.assertEqual([], os.listdir(directory))


class TestScaled(testtools.TestCase):
    def test_6_no_blanks_at_the_end(self):
        found = render(policies=SCALING)

        for direction, change in (("out", 2), ("in", -2)):
            properties = found.properties(f"tier_scale_{direction}")
            self.assertEqual("change_in_capacity", properties["adjustment_type"])
            self.assertEqual(change, properties["scaling_adjustment"])

    def test_7_networks_that_exist_are_not_made(self):
        found = render(policies=SCALING)

        self.assertEqual({"VDU1", "CP1"}, set(unit(found)))
        self.assertEqual("net0", unit(found)["CP1"]["properties"]["network"])
        self.assertNotIn("VL1", found.resources)

    def test_8_one_server_group_for_all_copies(self):
        found = render(
            policies=SCALING
            + "- apart: {type: tosca.policies.tacker.Placement, targets: [VDU1]}"
        )

        self.assertEqual("OS::Nova::ServerGroup", found.resources["apart"]["type"])
        hints = unit(found)["VDU1"]["properties"]["scheduler_hints"]
        self.assertEqual({"group": {"get_param": "apart"}}, hints)
        passed = found.properties("tier_group")["resource"]["properties"]
        self.assertEqual({"get_resource": "apart"}, passed["apart"])

    def test_9_every_copy_has_its_own_disk_and_address(self):
        found = render(
            """
disk: {type: tosca.nodes.BlockStorage.Tacker, properties: {size: 1 GB}}
attached:
  type: tosca.nodes.BlockStorageAttachment
  properties: {location: /dev/vdb}
  requirements: [{virtualBinding: VDU1}, {virtualAttachment: disk}]
fip:
  type: tosca.nodes.network.FloatingIP
  properties: {floating_network: public}
  requirements: [{link: CP1}]
""",
            policies=SCALING,
        )

        self.assertEqual({"VDU1", "CP1", "disk", "attached", "fip"}, set(unit(found)))

    def test_9_what_cannot_be_repeated_is_refused(self):
        for nodes in (
            point(ip_address="10.0.0.5"),
            point(mac_address="02:00:00:00:00:01"),
            """
fip:
  type: tosca.nodes.network.FloatingIP
  properties: {floating_network: public, floating_ip_address: 203.0.113.9}
  requirements: [{link: CP1}]
""",
        ):
            self.assertEqual(1, len(problems(nodes, policies=SCALING)), nodes)

    def test_10_networks_and_subnets_are_made_once(self):
        found = render(OWN_NETWORK, policies=SCALING)

        self.assertIn("VL1", found.resources)
        self.assertIn("VL1_subnet", found.resources)
        self.assertEqual(
            {"get_param": "VL1"}, unit(found)["CP1"]["properties"]["network"]
        )
        # The subnet comes first, or ports would have no address.
        self.assertIn("VL1_subnet", found.resources["tier_group"]["depends_on"])

    def test_11_targets_alone_are_copied(self):
        found = render(SECOND_VDU, policies=SCALING)

        self.assertEqual({"VDU1", "CP1"}, set(unit(found)))
        self.assertIn("VDU2", found.resources)
        self.assertIn("mgmt_ip-VDU2", found.main["outputs"])

    def test_11_several_policies(self):
        second = SCALING.replace("tier", "other").replace("VDU1", "VDU2")

        found = render(SECOND_VDU, policies=SCALING + second)

        self.assertEqual({"tier_res.yaml", "other_res.yaml"}, set(found.nested))
        self.assertIn("other_group", found.resources)


class TestValues(testtools.TestCase):
    def test_13_secrets_are_no_part_of_the_template(self):
        loaded = template(
            vdu(user_data={"get_input": "script"}),
            inputs="{script: {type: string}, admin_password: {type: string}}",
            values={"script": "s3cret", "admin_password": "s3cret2"},
        )

        found = hot.render(loaded)

        self.assertNotIn("s3cret", found.text)
        self.assertEqual("s3cret", found.parameters["script"])
        declared = yaml.safe_load(found.text)["parameters"]
        self.assertIs(True, declared["admin_password"]["hidden"])

    def test_14_inputs_within_lists_and_maps(self):
        found = render(
            point(
                security_groups=["default", {"get_input": "group"}],
                allowed_address_pairs=[{"ip_address": {"get_input": "vip"}}],
            )
            + vdu(metadata={"owner": {"get_input": "group"}}),
            inputs="{group: {type: string}, vip: {type: string}}",
            values={"group": "web", "vip": "10.0.0.9"},
        )

        port = found.properties("CP1")
        self.assertEqual(["default", {"get_param": "group"}], port["security_groups"])
        self.assertEqual(
            [{"ip_address": {"get_param": "vip"}}], port["allowed_address_pairs"]
        )
        self.assertEqual(
            {"owner": {"get_param": "group"}}, found.properties("VDU1")["metadata"]
        )

    def test_15_metadata_without_a_group(self):
        found = render(vdu(metadata={"owner": "me"})).properties("VDU1")

        self.assertEqual({"owner": "me"}, found["metadata"])

    def test_16_a_text_that_says_no(self):
        for value, published in (
            ("false", False),
            ("true", True),
            ({"get_input": "hidden"}, False),
            ({"get_input": "shown"}, True),
        ):
            found = render(
                point(management=value),
                inputs="{hidden: {type: boolean}, shown: {type: boolean}}",
                values={"hidden": False, "shown": True},
            )
            outputs = found.main.get("outputs", {})
            self.assertEqual(published, "mgmt_ip-VDU1" in outputs, value)

    def test_16_the_last_management_address_as_written(self):
        second = yaml.safe_load(point(management=True))
        nodes = point(management=True) + yaml.safe_dump({"CP0": second["CP1"]})

        found = render(nodes)

        self.assertEqual(
            {"get_attr": ["CP0", "fixed_ips", 0, "ip_address"]},
            found.main["outputs"]["mgmt_ip-VDU1"]["value"],
        )

    def test_17_sizes_of_flavors(self):
        for given, expected in (
            ({"mem_size": "1 GB", "disk_size": "500 MB"}, (1024, 1)),
            ({"mem_size": 512, "disk_size": 2048}, (512, 2)),
            ({"mem_size": "1 GiB", "disk_size": "1 TB"}, (1024, 1024)),
        ):
            found = render(self._sized(**given)).properties("VDU1_flavor")
            self.assertEqual(expected, (found["ram"], found["disk"]), given)

    def test_17_units_that_nobody_knows(self):
        for size in ("1 XB", "much", "-1 GB"):
            [(path, reason)] = problems(self._sized(mem_size=size))
            self.assertEqual("mem_size", path[-1])
            self.assertIn("nfv_compute mem_size must be", reason)

    def _sized(self, **sizes):
        node = {
            "type": "tosca.nodes.nfv.VDU.Tacker",
            "properties": {"image": "a"},
            "capabilities": {"nfv_compute": {"properties": {"num_cpus": 1, **sizes}}},
        }
        return yaml.safe_dump({"VDU1": node})

    def test_18_port_security_that_others_need(self):
        for key, value in (
            ("security_groups", ["web"]),
            ("allowed_address_pairs", [{"ip_address": "10.0.0.9"}]),
        ):
            found = problems(point(anti_spoofing_protection=False, **{key: value}))
            self.assertEqual(1, len(found), found)
            self.assertIn("anti_spoofing_protection", found[0][1])

    def test_19_the_format_of_an_image(self):
        node = yaml.safe_load(vdu())
        artifact = {
            "type": "tosca.artifacts.Deployment.Image.VM",
            "file": "http://images.example/disk.qcow2",
        }
        for given, expected in (
            ({}, "raw"),
            ({"properties": {"disk_format": "qcow2"}}, "qcow2"),
        ):
            node["VDU1"]["artifacts"] = {"disk": {**artifact, **given}}
            found = render(yaml.safe_dump(node)).properties("VDU1_image")
            self.assertEqual(expected, found["disk_format"])

    def test_20_sizes_of_volumes_are_converted(self):
        for given, expected in (("2048 MB", 2), ("1 GB", 1), ("1500 MB", 2), (3, 3)):
            node = {
                "type": "tosca.nodes.BlockStorage.Tacker",
                "properties": {"size": given},
            }
            found = render(yaml.safe_dump({"disk": node}))
            self.assertEqual(expected, found.properties("disk")["size"])

    def test_22_a_reservation(self):
        found = render(
            vdu(reservation_metadata={"resource_type": "physical_host", "id": "r"})
        )

        self.assertEqual(
            {"reservation": "r"}, found.properties("VDU1")["scheduler_hints"]
        )

    def test_25_translating_changes_nothing(self):
        for sample in test_samples.samples():
            document = loader.read(sample.read_text("utf-8"), sample.name)
            before = json.dumps(document, default=str)
            inputs = test_samples.values(sample)[0]
            loaded = test_samples.prepared(document, inputs)

            first = hot.render(loaded)

            self.assertEqual(first, hot.render(loaded), sample.name)
            self.assertEqual(before, json.dumps(document, default=str), sample.name)
