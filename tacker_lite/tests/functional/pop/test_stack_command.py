"""Stacks through the stock command ``openstack stack``."""

import pathlib
import tempfile

import yaml

from tacker_lite.tests.functional.pop.stack_case import (
    TWO_SERVERS,
    StackCase,
    test_resource,
)
from tacker_lite.tests.functional.pop.stock_client import OpenStack
from tacker_lite.tests.functional.pop.test_scaling import UNIT, scaled

PROPERTIES = {"network": "net_mgmt"}


class CommandTest(StackCase):
    def setUp(self):
        super().setUp()
        self.cli = OpenStack(self.server.credentials())
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def file(self, name, content):
        path = self.directory / name
        path.write_text(yaml.safe_dump(content))
        return path

    def test_the_life_of_a_stack(self):
        template = self.file("web.yaml", TWO_SERVERS)
        environment = self.file("env.yaml", {"parameters": {"image": "host"}})
        self.cli.run(f"orchestration template validate -t {template}")
        made = self.cli.run(
            f"stack create --wait --poll 1 -t {template} -e {environment} "
            f"--parameter secret=told web"
        )
        self.assertIn("CREATE_COMPLETE", made)
        self.assertNotIn("told", made)
        listed = self.cli.read("stack list")
        self.assertEqual(["web"], [s["Stack Name"] for s in listed])
        shown = self.cli.read("stack show web")
        self.assertEqual("CREATE_COMPLETE", shown["stack_status"])
        resources = self.cli.read("stack resource list -n 2 web")
        self.assertEqual(7, len(resources))
        server = self.cli.read("stack resource show web VDU1")
        self.assertEqual("OS::Nova::Server", server["resource_type"])
        self.cli.run("stack resource metadata web VDU1")
        self.assertGreater(len(self.cli.read("stack event list web")), 14)
        outputs = self.cli.read("stack output list web")
        self.assertEqual("mgmt_ip-VDU1", outputs[0]["output_key"])
        address = self.cli.read("stack output show web mgmt_ip-VDU1")["output_value"]
        self.assertTrue(address.startswith("10.1.0."), address)
        self.assertIn("VDU1", self.cli.run("stack template show web"))
        template = self.file("web.yaml", {**TWO_SERVERS, "description": "changed"})
        self.cli.run(f"stack update --wait -t {template} web")
        self.cli.run("stack update --existing --wait web")
        self.cli.run("stack check --wait web")
        self.cli.run("stack delete --yes --wait web")
        self.assertEqual([], self.cli.read("stack list"))

    def test_a_stack_with_a_template_of_its_own_type(self):
        self.file("unit.yaml", UNIT)
        group = scaled(resource={"type": "unit.yaml", "properties": PROPERTIES})
        template = self.file("main.yaml", group)
        self.cli.run(f"stack create --wait --poll 1 -t {template} web")
        resources = self.cli.read("stack resource list -n 2 web")
        kinds = [resource["resource_type"] for resource in resources]
        self.assertEqual(2, kinds.count("OS::Nova::Server"))
        self.assertEqual(4, len(self.cli.read("stack list --nested")))
        self.cli.run("stack resource signal web SP1_scale_in")
        events = self.cli.read("stack event list web --nested-depth 2")
        self.assertIn("SIGNAL_COMPLETE", [e["resource_status"] for e in events])
        self.assertLess(3, len({event["resource_name"] for event in events}))
        self.cli.run("stack delete --yes --wait web")
        self.assertEqual([], self.cli.read("stack list --nested"))

    def test_what_the_lab_offers(self):
        types = self.cli.read("orchestration resource type list")
        self.assertIn("OS::Nova::Server", [t["Resource Type"] for t in types])
        shown = self.cli.read("orchestration resource type show OS::Neutron::Port")
        self.assertIn("fixed_ips", str(shown))
        self.cli.run("orchestration build info")

    def test_a_failed_creation_is_told(self):
        template = self.file("bad.yaml", self.template(bad=test_resource(fail=True)))
        said = self.cli.run(f"stack create --wait -t {template} bad", fails=True)
        self.assertIn("CREATE_FAILED", said)
        self.cli.run("stack failures list bad")
        self.cli.run("stack delete --yes --wait bad")
