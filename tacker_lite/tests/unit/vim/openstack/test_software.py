import dataclasses

import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.vim.openstack.rendered import problems, render, template
from tacker_lite.vim.openstack import hot

SCRIPT = "#!/bin/sh\necho 'hello' \"world\"\n"
VDU2 = "VDU2: {type: tosca.nodes.nfv.VDU.Tacker, properties: {image: a, flavor: b}}\n"
SCALING = """
- tier:
    type: tosca.policies.tacker.Scaling
    targets: [VDU2]
    properties:
      {increment: 1, min_instances: 1, max_instances: 3, default_instances: 2}
"""


def software(hosts="[{host: VDU1}]", interfaces="{create: web.sh}"):
    """A software component, as YAML."""
    return f"""
web:
  type: tosca.nodes.nfv.VNFC.Tacker
  requirements: {hosts}
  interfaces: {{Standard: {interfaces}}}
"""


class TestSoftware(testtools.TestCase):
    def test_a_script_of_the_package_on_one_host(self):
        found = render(software(), files={"web.sh": SCRIPT})

        self.assertEqual(
            {
                "type": "OS::Heat::SoftwareConfig",
                "properties": {"group": "script", "config": SCRIPT},
            },
            found.resources["web_create_config"],
        )
        self.assertEqual(
            {
                "type": "OS::Heat::SoftwareDeployment",
                "properties": {
                    "config": {"get_resource": "web_create_config"},
                    "server": {"get_resource": "VDU1"},
                },
            },
            found.resources["web_create_deploy"],
        )

    def test_several_hosts(self):
        found = render(
            VDU2 + software("[{host: VDU1}, {host: VDU2}]"), files={"web.sh": SCRIPT}
        )

        self.assertEqual(
            {
                "type": "OS::Heat::SoftwareDeploymentGroup",
                "properties": {
                    "config": {"get_resource": "web_create_config"},
                    "servers": {
                        "VDU1": {"get_resource": "VDU1"},
                        "VDU2": {"get_resource": "VDU2"},
                    },
                },
            },
            found.resources["web_create_deploy"],
        )

    def test_operations_in_their_order(self):
        found = render(
            software(interfaces="{start: web.sh, create: web.sh, configure: web.sh}"),
            files={"web.sh": SCRIPT},
        ).resources

        self.assertNotIn("depends_on", found["web_create_deploy"])
        for later, earlier in (("configure", "create"), ("start", "configure")):
            self.assertEqual(
                [f"web_{earlier}_deploy"], found[f"web_{later}_deploy"]["depends_on"]
            )

    def test_inputs_are_declared_and_given(self):
        found = render(
            software(
                interfaces="{create: {implementation: web.sh, inputs: "
                "{port: 80, secure: false, where: {get_input: where}, all: [1]}}}"
            ),
            inputs="where: {type: string}",
            values={"where": "here"},
            files={"web.sh": SCRIPT},
        )

        self.assertEqual(
            [
                {"name": "port", "type": "Number"},
                {"name": "secure", "type": "Boolean"},
                {"name": "where", "type": "String"},
                {"name": "all", "type": "Json"},
            ],
            found.properties("web_create_config")["inputs"],
        )
        self.assertEqual(
            {"port": 80, "secure": False, "where": {"get_param": "where"}, "all": [1]},
            found.properties("web_create_deploy")["input_values"],
        )

    def test_the_agent_by_the_name_of_the_file(self):
        for name, group in (
            ("play.yaml", "ansible"),
            ("play.yml", "ansible"),
            ("play.ansible", "ansible"),
            ("site.PP", "puppet"),
            ("run", "script"),
        ):
            found = render(
                software(interfaces=f"{{create: {name}}}"), files={name: "x"}
            )

            self.assertEqual(group, found.properties("web_create_config")["group"])

    def test_a_script_in_the_descriptor(self):
        found = render(software(interfaces='{create: "#!/bin/sh\\necho hi\\n"}'))

        self.assertEqual(
            "#!/bin/sh\necho hi\n", found.properties("web_create_config")["config"]
        )

    def test_a_script_that_is_not_there(self):
        for name in ("web.sh", "/etc/passwd", "../../etc/passwd"):
            error = self.assertRaises(
                exceptions.InvalidTemplate,
                render,
                software(interfaces=f"{{create: {name}}}"),
            )

            self.assertIn(f"there is no file {name} with the descriptor", error.message)

    def test_a_script_that_the_package_lost(self):
        loaded = template(software(), files={"web.sh": SCRIPT})

        error = self.assertRaises(
            exceptions.InvalidTemplate,
            hot.render,
            dataclasses.replace(loaded, files={}),
        )

        self.assertIn('no file "web.sh"', error.message)
        self.assertEqual("FilePathMissing", error.public_type)

    def test_servers_whose_agents_are_not_told(self):
        vdu = """
VDU1:
  type: tosca.nodes.nfv.VDU.Tacker
  properties: {image: a, flavor: b, user_data_format: RAW, user_data: "#!/bin/sh"}
"""
        [(path, reason)] = problems(vdu + software(), files={"web.sh": SCRIPT})

        self.assertIn("must be SOFTWARE_CONFIG", reason)
        self.assertEqual(("VDU1", "properties", "user_data_format"), path[2:])

    def test_without_operations(self):
        nodes = "web: {type: tosca.nodes.nfv.VNFC.Tacker, requirements: [host: VDU1]}"

        self.assertEqual({"VDU1", "CP1"}, set(render(nodes).resources))

    def test_hosts_some_of_which_scale(self):
        found = render(
            VDU2
            + software(
                "[{host: VDU1}, {host: VDU2}]", "{create: web.sh, start: web.sh}"
            ),
            policies=SCALING,
            files={"web.sh": SCRIPT},
        )

        self.assertEqual(
            {"get_resource": "VDU1"}, found.properties("web_create_deploy")["server"]
        )
        nested = found.nested["tier_res.yaml"]["resources"]
        self.assertEqual(
            {"VDU2", "web_create_deploy_tier", "web_start_deploy_tier"}, set(nested)
        )
        self.assertEqual(
            {
                "config": {"get_param": "web_create_config"},
                "server": {"get_resource": "VDU2"},
            },
            nested["web_create_deploy_tier"]["properties"],
        )
        self.assertEqual(
            ["web_create_deploy_tier"], nested["web_start_deploy_tier"]["depends_on"]
        )
        self.assertIn("web_create_config", found.resources)
