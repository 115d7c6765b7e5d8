import copy

import testtools
import yaml

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tosca import loader
from tacker_lite.vim.openstack import hot


def rendered(document, inputs=None, **kwargs):
    """The HOT of a document as data."""
    template = loader.load(document, {**descriptors.VALUES, **(inputs or {})})
    return yaml.safe_load(hot.render(template, **kwargs).text)


class TestParameters(testtools.TestCase):
    def test_values_stay_out_of_the_text(self):
        document = descriptors.document(
            vdu={"properties": {"user_data": {"get_input": "secret"}}},
            inputs={"secret": {"type": "string", "default": "none"}},
        )
        template = loader.load(document, {**descriptors.VALUES, "secret": "topsecret"})

        found = hot.render(template)

        self.assertNotIn("topsecret", found.text)
        self.assertNotIn("topsecret", repr(found))
        self.assertNotIn("topsecret", repr(template))
        self.assertEqual("topsecret", found.parameters["secret"])
        self.assertIn("topsecret", hot.render(template, inline_values=True).text)

    def test_types_and_constraints(self):
        for schema, value, expected, passed in (
            ({"type": "string"}, "x", {"type": "string"}, "x"),
            ({"type": "float"}, 1.5, {"type": "number"}, 1.5),
            (
                {"type": "boolean", "default": True},
                False,
                {"type": "boolean", "default": True},
                False,
            ),
            ({"type": "list"}, ["a"], {"type": "comma_delimited_list"}, ["a"]),
            ({"type": "scalar-unit.size"}, "1500 MB", {"type": "number"}, 2),
            (
                {"type": "integer", "constraints": [{"greater_than": 3}]},
                4,
                {"type": "number", "constraints": [{"range": {"min": 4}}]},
                4,
            ),
            (
                {"type": "integer", "constraints": [{"less_than": 3}]},
                1,
                {"type": "number", "constraints": [{"range": {"max": 2}}]},
                1,
            ),
            (
                {"type": "integer", "constraints": [{"in_range": [1, 5]}]},
                2,
                {"type": "number", "constraints": [{"range": {"min": 1, "max": 5}}]},
                2,
            ),
            (
                {"type": "integer", "constraints": [{"in_range": [1, "UNBOUNDED"]}]},
                2,
                {"type": "number", "constraints": [{"range": {"min": 1}}]},
                2,
            ),
            (
                {"type": "string", "constraints": [{"valid_values": ["a", "b"]}]},
                "a",
                {"type": "string", "constraints": [{"allowed_values": ["a", "b"]}]},
                "a",
            ),
            (
                {"type": "string", "constraints": [{"equal": "a"}]},
                "a",
                {"type": "string", "constraints": [{"allowed_values": ["a"]}]},
                "a",
            ),
            (
                {"type": "string", "constraints": [{"length": 2}]},
                "ab",
                {"type": "string", "constraints": [{"length": {"min": 2, "max": 2}}]},
                "ab",
            ),
            (
                {"type": "string", "constraints": [{"pattern": "a+"}]},
                "aa",
                {"type": "string", "constraints": [{"allowed_pattern": "a+"}]},
                "aa",
            ),
        ):
            document = descriptors.document(inputs={"it": schema})
            template = loader.load(document, {**descriptors.VALUES, "it": value})

            found = hot.render(template)

            parameters = yaml.safe_load(found.text)["parameters"]
            self.assertEqual(expected, parameters["it"])
            self.assertEqual(passed, found.parameters["it"])

    def test_get_input_within_lists(self):
        document = descriptors.document(
            point={"properties": {"security_groups": ["a", {"get_input": "group"}]}},
            inputs={"group": {"type": "string"}},
        )

        port = rendered(document, {"group": "b"})["resources"]["CP1"]["properties"]

        self.assertEqual(["a", {"get_param": "group"}], port["security_groups"])


class TestServer(testtools.TestCase):
    def server(self, **properties):
        document = descriptors.document(vdu={"properties": properties})
        return rendered(document)["resources"]["VDU1"]["properties"]

    def test_only_what_nova_knows_is_passed_on(self):
        found = self.server(
            availability_zone="az'1",
            key_name="key",
            metadata={"role": "web"},
            config="param0: key1",
            placement_policy="x",
            service_type="NodePort",
            monitoring_policy={"name": "ping"},
        )

        self.assertEqual(
            {
                "name": "web",
                "image": "debian-12",
                "flavor": "m1.small",
                "availability_zone": "az'1",
                "key_name": "key",
                "metadata": {"role": "web"},
                "config_drive": False,
                "user_data_format": "SOFTWARE_CONFIG",
                "networks": [{"port": {"get_resource": "CP1"}}],
            },
            found,
        )

    def test_user_data_arrives_byte_by_byte(self):
        for script in (
            "#!/bin/sh\necho 'quoted' \"twice\"\n\n\n\n" + "x" * 200 + " y\n",
            "no shebang: {get_param: x}",
            "#cloud-config\nwrite_files:\n- content: |\n    a\n\n",
            "trailing blank \n\ttab\r\nend",
            "{ get_resource: VDU1 }",
            "'",
            "unicode \u00e9\u4e2d\n",
        ):
            self.assertEqual(script, self.server(user_data=script)["user_data"])

    def test_texts_stay_texts(self):
        for name in ("yes", "0755", "4", "1e3", "null", "2024-01-01", "~"):
            self.assertEqual(name, self.server(name=name)["name"])

    def test_ports_by_order_then_as_written(self):
        document = descriptors.document(point={"properties": {"order": 2}})
        nodes = document["topology_template"]["node_templates"]
        for name, order in (("CP3", 1), ("CP10", 1), ("CP2", {"get_input": "first"})):
            nodes[name] = copy.deepcopy(nodes["CP1"])
            nodes[name]["properties"] = {"order": order}
        document["topology_template"]["inputs"]["first"] = {"type": "integer"}

        networks = rendered(document, {"first": 0})["resources"]["VDU1"]["properties"][
            "networks"
        ]

        self.assertEqual(
            ["CP2", "CP3", "CP10", "CP1"],
            [each["port"]["get_resource"] for each in networks],
        )

    def test_image_artifact_takes_the_place_of_the_image(self):
        document = descriptors.document(
            vdu={
                "artifacts": {
                    "disk": {
                        "type": "tosca.artifacts.Deployment.Image.VM",
                        "file": "http://example.org/disk",
                    }
                }
            }
        )

        resources = rendered(document)["resources"]

        self.assertEqual(
            {"get_resource": "VDU1_image"}, resources["VDU1"]["properties"]["image"]
        )
        self.assertEqual(
            {
                "type": "OS::Glance::WebImage",
                "properties": {
                    "name": "disk",
                    "location": "http://example.org/disk",
                    "container_format": "bare",
                    "disk_format": "raw",
                },
            },
            resources["VDU1_image"],
        )

    def test_image_artifact_without_file(self):
        document = descriptors.document(
            vdu={"artifacts": {"d": {"type": "tosca.artifacts.Deployment.Image.VM"}}}
        )

        error = self.assertRaises(exceptions.InvalidTemplate, rendered, document)

        self.assertEqual("FilePathMissing", error.public_type)

    def test_host_and_os_are_ignored(self):
        document = descriptors.document(
            vdu={
                "capabilities": {
                    "host": {"properties": {"num_cpus": 4, "mem_size": "4 GB"}},
                    "os": {"properties": {"distribution": "debian"}},
                }
            }
        )

        server = rendered(document)["resources"]["VDU1"]["properties"]

        self.assertEqual(("m1.small", "debian-12"), (server["flavor"], server["image"]))


class TestRender(testtools.TestCase):
    def test_rendering_twice_gives_the_same(self):
        document = descriptors.document(inputs={"key_name": {"type": "string"}})
        template = loader.load(document, {**descriptors.VALUES, "key_name": "k"})

        first = hot.render(template)

        self.assertEqual(first.text, hot.render(template).text)
        self.assertEqual(
            {"get_param": "key_name"},
            yaml.safe_load(first.text)["resources"]["VDU1"]["properties"]["key_name"],
        )

    def test_dependency(self):
        document = descriptors.document(vdu={"requirements": [{"dependency": "VDU2"}]})
        nodes = document["topology_template"]["node_templates"]
        nodes["VDU2"] = {**copy.deepcopy(nodes["VDU1"]), "requirements": []}

        resources = rendered(document)["resources"]

        self.assertEqual(["VDU2"], resources["VDU1"]["depends_on"])
        self.assertNotIn("depends_on", resources["VDU2"])

    def test_management_outputs(self):
        document = descriptors.document()
        nodes = document["topology_template"]["node_templates"]
        nodes["CP2"] = copy.deepcopy(nodes["CP1"])
        nodes["CP3"] = {**copy.deepcopy(nodes["CP1"]), "properties": {}}
        nodes["CP4"] = {
            **copy.deepcopy(nodes["CP1"]),
            "requirements": [{"virtualLink": "VL1"}],
        }

        self.assertEqual(
            {
                "mgmt_ip-VDU1": {
                    "value": {"get_attr": ["CP2", "fixed_ips", 0, "ip_address"]}
                }
            },
            rendered(document)["outputs"],
        )

    def test_a_generated_name_that_is_taken(self):
        document = descriptors.document(vdu={"properties": {"flavor": None}})
        nodes = document["topology_template"]["node_templates"]
        nodes["VDU1_flavor"] = copy.deepcopy(nodes["VDU1"])
        nodes["VDU1_flavor"]["properties"]["flavor"] = "m1.small"

        error = self.assertRaises(exceptions.InvalidTemplate, rendered, document)

        self.assertIn("VDU1_flavor", error.message)
