import json

import testtools
import yaml

from tacker_lite.tests.unit.vim.openstack.rendered import (
    Rendered,
    problems,
    render,
    template,
)
from tacker_lite.vim.openstack import hot, references

LINK = "VL1: {type: tosca.nodes.nfv.VL, properties: {network_name: net0, vendor: x}}\n"
OWN_LINK = """
VL2:
  type: tosca.nodes.nfv.VL
  properties: {network_name: inside, cidr: 10.9.0.0/24, vendor: x}
"""
VOLUME = """
VB1: {type: tosca.nodes.BlockStorage.Tacker, properties: {size: 1}}
CB1:
  type: tosca.nodes.BlockStorageAttachment
  properties: {location: /dev/vdb}
  requirements: [{virtualBinding: VDU1}, {virtualAttachment: VB1}]
"""
FLOATING_IP = """
FIP1:
  type: tosca.nodes.network.FloatingIP
  properties: {floating_network: public}
  requirements: [{link: CP1}]
"""


def vdu(node, more="", **properties):
    """A VDU, as YAML."""
    given = {"image": "a", "flavor": "b", **properties}
    given = {key: value for key, value in given.items() if value is not None}
    return f"{node}: {{type: tosca.nodes.nfv.VDU.Tacker, properties: {given}{more}}}\n"


def point(name, of, link="VL1", **properties):
    """A connection point of a VDU, as YAML."""
    given = {"management": True, **properties}
    return (
        f"{name}: {{type: tosca.nodes.nfv.CP.Tacker, properties: {given}, "
        f"requirements: [{{virtualLink: {link}}}, {{virtualBinding: {of}}}]}}\n"
    )


def policy(name="SP1", targets="[VDU1]", **properties):
    """A scaling policy, as YAML."""
    given = {
        "increment": 1,
        "min_instances": 1,
        "max_instances": 3,
        "default_instances": 2,
        **properties,
    }
    return (
        f"- {name}: {{type: tosca.policies.tacker.Scaling, targets: {targets}, "
        f"properties: {given}}}\n"
    )


def names(found: Rendered, policy="SP1"):
    """Names of the resources that a policy copies."""
    return set(found.nested[f"{policy}_res.yaml"]["resources"])


class TestGroup(testtools.TestCase):
    def test_group_policies_and_outputs(self):
        found = render(policies=policy(increment=2, cooldown=60))

        self.assertEqual(
            {
                "SP1_group": {
                    "type": "OS::Heat::AutoScalingGroup",
                    "properties": {
                        "min_size": 1,
                        "max_size": 3,
                        "desired_capacity": 2,
                        "cooldown": 60,
                        "resource": {"type": "SP1_res.yaml"},
                    },
                },
                **{
                    f"SP1_scale_{direction}": {
                        "type": "OS::Heat::ScalingPolicy",
                        "properties": {
                            "auto_scaling_group_id": {"get_resource": "SP1_group"},
                            "adjustment_type": "change_in_capacity",
                            "scaling_adjustment": adjustment,
                            "cooldown": 60,
                        },
                    }
                    for direction, adjustment in (("out", 2), ("in", -2))
                },
            },
            found.resources,
        )
        self.assertEqual(
            {
                "mgmt_ip-VDU1": {
                    "value": {"get_attr": ["SP1_group", "outputs_list", "mgmt_ip-VDU1"]}
                },
                "size-SP1": {"value": {"get_attr": ["SP1_group", "current_size"]}},
            },
            found.main["outputs"],
        )
        self.assertEqual(
            {
                "mgmt_ip-VDU1": {
                    "value": {"get_attr": ["CP1", "fixed_ips", 0, "ip_address"]}
                }
            },
            found.nested["SP1_res.yaml"]["outputs"],
        )

    def test_the_size_wanted_now(self):
        for sizes, expected in (({}, (2, 3)), ({"SP1": 3}, (3, 3))):
            group = render(policies=policy(), sizes=sizes).properties("SP1_group")

            self.assertEqual(
                expected, (group["desired_capacity"], group["max_size"]), sizes
            )

    def test_a_group_becomes_empty(self):
        # Heat takes a desired capacity of 0 for none given and keeps the size; the
        # bounds it heeds.
        group = render(policies=policy(min_instances=0), sizes={"SP1": 0}).properties(
            "SP1_group"
        )

        self.assertEqual(
            (0, 0, 0), (group["desired_capacity"], group["min_size"], group["max_size"])
        )

    def test_a_version_that_knows_outputs_of_members(self):
        self.assertEqual(
            "2014-10-16", render(policies=policy()).main["heat_template_version"]
        )
        self.assertEqual("2013-05-23", render().main["heat_template_version"])

    def test_the_same_text_each_time(self):
        loaded = template(
            vdu("VDU2") + point("CP2", "VDU2", "VL2") + OWN_LINK,
            policies=policy() + policy("SP2", "[VDU2]"),
        )

        self.assertEqual(hot.render(loaded), hot.render(loaded))


class TestUnit(testtools.TestCase):
    def test_only_what_belongs_to_a_target_is_copied(self):
        found = render(
            vdu("VDU2") + point("CP2", "VDU2") + VOLUME + FLOATING_IP, policies=policy()
        )

        self.assertEqual({"VDU1", "CP1", "VB1", "CB1", "FIP1"}, names(found))
        self.assertLessEqual({"VDU2", "CP2"}, set(found.resources))
        self.assertIn("mgmt_ip-VDU2", found.main["outputs"])

    def test_flavor_and_image_are_made_once(self):
        nodes = """
VDU1:
  type: tosca.nodes.nfv.VDU.Tacker
  artifacts:
    disk: {type: tosca.artifacts.Deployment.Image.VM, file: "http://example.org/d"}
"""
        found = render(nodes, policies=policy())

        self.assertEqual({"VDU1", "CP1"}, names(found))
        server = found.nested["SP1_res.yaml"]["resources"]["VDU1"]["properties"]
        self.assertEqual({"get_param": "VDU1_flavor"}, server["flavor"])
        self.assertEqual({"get_param": "VDU1_image"}, server["image"])
        self.assertEqual(
            {
                "VDU1_flavor": {"get_resource": "VDU1_flavor"},
                "VDU1_image": {"get_resource": "VDU1_image"},
            },
            found.properties("SP1_group")["resource"]["properties"],
        )

    def test_a_server_group_is_made_once(self):
        found = render(
            policies=policy()
            + "- apart: {type: tosca.policies.tacker.Placement, targets: [VDU1]}"
        )

        server = found.nested["SP1_res.yaml"]["resources"]["VDU1"]["properties"]
        self.assertEqual({"group": {"get_param": "apart"}}, server["scheduler_hints"])
        self.assertEqual(
            {"apart": {"get_resource": "apart"}},
            found.properties("SP1_group")["resource"]["properties"],
        )

    def test_a_network_is_made_once_with_its_subnet_before_the_ports(self):
        found = render(OWN_LINK + point("CP1", "VDU1", "VL2"), policies=policy())

        self.assertLessEqual({"VL2", "VL2_subnet"}, set(found.resources))
        self.assertEqual(["VL2_subnet"], found.resources["SP1_group"]["depends_on"])
        port = found.nested["SP1_res.yaml"]["resources"]["CP1"]["properties"]
        self.assertEqual({"get_param": "VL2"}, port["network"])

    def test_inputs_are_passed_with_their_types_and_without_values(self):
        found = render(
            vdu("VDU1", user_data={"get_input": "password"}, image={"get_input": "i"})
            + point("CP1", "VDU1", security_groups={"get_input": "groups"}),
            inputs=(
                "password: {type: string, default: topsecret}\n"
                "i: {type: string, default: a, constraints: [{min_length: 1}]}\n"
                "groups: {type: list}\n"
                "unused: {type: string, default: x}"
            ),
            values={"groups": ["web"]},
            policies=policy(),
        )

        self.assertEqual(
            {
                "password": {"type": "string", "hidden": True},
                "i": {"type": "string"},
                "groups": {"type": "comma_delimited_list"},
            },
            found.nested["SP1_res.yaml"]["parameters"],
        )
        self.assertEqual(
            {name: {"get_param": name} for name in ("password", "i", "groups")},
            found.properties("SP1_group")["resource"]["properties"],
        )

    def test_parameters_of_one_name_stay_apart(self):
        found = render(
            OWN_LINK
            + vdu("VDU1", name={"get_input": "VL2"})
            # The network gets another parameter than the input of its name.
            + point("CP1", "VDU1", "VL2"),
            inputs="VL2: {type: string}",
            values={"VL2": "name"},
            policies=policy(),
        )

        unit = found.nested["SP1_res.yaml"]["resources"]
        self.assertEqual({"get_param": "VL2"}, unit["VDU1"]["properties"]["name"])
        self.assertEqual({"get_param": "VL2_"}, unit["CP1"]["properties"]["network"])
        self.assertEqual(
            {"VL2": {"get_param": "VL2"}, "VL2_": {"get_resource": "VL2"}},
            found.properties("SP1_group")["resource"]["properties"],
        )

    def test_an_address_holder_is_made_once(self):
        found = render(
            "VIP: {type: tosca.nodes.nfv.CP.Tacker, requirements: [virtualLink: VL1], "
            "properties: {ip_address: 10.0.0.9}}\n"
            + point("CP1", "VDU1", allowed_address_pairs=[{"ip_address": "10.0.0.9"}]),
            policies=policy(),
        )

        self.assertIn("VIP", found.resources)
        self.assertEqual({"VDU1", "CP1"}, names(found))

    def test_several_policies(self):
        found = render(
            vdu("VDU2") + point("CP2", "VDU2") + vdu("VDU3") + point("CP3", "VDU3"),
            policies=policy() + policy("SP2", "[VDU2]", default_instances=1),
        )

        self.assertEqual({"VDU1", "CP1"}, names(found))
        self.assertEqual({"VDU2", "CP2"}, names(found, "SP2"))
        self.assertLessEqual({"VDU3", "CP3"}, set(found.resources))
        self.assertEqual(
            {"mgmt_ip-VDU1", "mgmt_ip-VDU2", "mgmt_ip-VDU3", "size-SP1", "size-SP2"},
            set(found.main["outputs"]),
        )

    def test_no_reference_dangles(self):
        found = render(
            OWN_LINK
            + VOLUME
            + FLOATING_IP
            + vdu("VDU2", ", requirements: [dependency: VDU1]", flavor=None)
            + point("CP2", "VDU2", "VL2"),
            policies=policy()
            + policy("SP2", "[VDU2]")
            + "- apart: {type: tosca.policies.tacker.Placement, targets: []}",
        )

        for document in (found.main, *found.nested.values()):
            for resource in document["resources"].values():
                self.assertLessEqual(
                    set(references.names(resource)), set(document["resources"])
                )


class TestDependencies(testtools.TestCase):
    def depends(self, name, requirement):
        return vdu(name, f", requirements: [dependency: {requirement}]")

    def test_within_a_unit(self):
        found = render(self.depends("VDU2", "VDU1"), policies=policy(targets="[]"))

        unit = found.nested["SP1_res.yaml"]["resources"]
        self.assertEqual(["VDU1"], unit["VDU2"]["depends_on"])

    def test_of_the_group_on_what_is_made_once(self):
        found = render(self.depends("VDU2", "VDU1"), policies=policy(targets="[VDU2]"))

        self.assertEqual(["VDU1"], found.resources["SP1_group"]["depends_on"])
        self.assertNotIn(
            "depends_on", found.nested["SP1_res.yaml"]["resources"]["VDU2"]
        )

    def test_of_what_is_made_once_on_the_group(self):
        found = render(self.depends("VDU2", "VDU1"), policies=policy())

        self.assertEqual(["SP1_group"], found.resources["VDU2"]["depends_on"])

    def test_of_a_group_on_another(self):
        found = render(
            self.depends("VDU2", "VDU1"), policies=policy() + policy("SP2", "[VDU2]")
        )

        self.assertEqual(["SP1_group"], found.resources["SP2_group"]["depends_on"])

    def test_circles_are_refused(self):
        for nodes, policies in (
            (self.depends("VDU1", "VDU2") + self.depends("VDU2", "VDU1"), ""),
            (
                self.depends("VDU2", "VDU1")
                + self.depends("VDU1", "VDU3")
                # VDU3 has to wait for the group of which it is a part.
                + vdu("VDU3"),
                policy(targets="[VDU1]") + policy("SP2", "[VDU2, VDU3]"),
            ),
        ):
            found = problems(nodes, policies=policies)

            self.assertIn("leads back to itself", found[0][1])


class TestText(testtools.TestCase):
    def test_a_script_arrives_byte_by_byte_in_a_copy(self):
        script = "#!/bin/sh\necho 'a'  \"b\"\n\n\n" + "x" * 200 + "\n"
        loaded = template(
            f"VDU1: {{type: tosca.nodes.nfv.VDU.Tacker, properties: {{image: a, "
            f"flavor: b, user_data: {json.dumps(script)}"
            "}}",
            policies=policy(),
        )

        nested = yaml.safe_load(hot.render(loaded).files["SP1_res.yaml"])

        self.assertEqual(script, nested["resources"]["VDU1"]["properties"]["user_data"])
