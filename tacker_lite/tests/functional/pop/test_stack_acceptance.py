"""One template with most of what people use, through the stock command alone."""

import json
import pathlib
import subprocess
import tempfile
import textwrap
import time

from tacker_lite.tests.functional.pop.stack_case import StackCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack

MAIN = """
heat_template_version: wallaby
description: A site of servers behind a scaling group
parameter_groups:
  - {label: size, parameters: [number]}
parameters:
  number: {type: number, default: 3, constraints: [{range: {min: 1, max: 5}}]}
  flavor: {type: string, constraints: [{custom_constraint: nova.flavor}]}
  password: {type: string, hidden: true, default: hush-hush}
  fail: {type: boolean, default: false}
conditions:
  failing: {equals: [{get_param: fail}, true]}
resources:
  net: {type: OS::Neutron::Net}
  subnet:
    type: OS::Neutron::Subnet
    properties: {network: {get_resource: net}, cidr: 10.77.0.0/24}
  unit:
    type: unit.yaml
    depends_on: subnet
    properties:
      network: {get_resource: net}
      flavor: {get_param: flavor}
      user_data:
        str_replace:
          template: {get_file: start.sh}
          params: {$name: unit}
  group:
    type: OS::Heat::ResourceGroup
    depends_on: subnet
    properties:
      count: {get_param: number}
      resource_def:
        type: OS::Neutron::Port
        properties: {name: port-%index%, network: {get_resource: net}}
  scaled:
    type: OS::Heat::AutoScalingGroup
    depends_on: subnet
    properties:
      min_size: 1
      max_size: 4
      desired_capacity: 1
      resource:
        type: unit.yaml
        properties: {network: {get_resource: net}, flavor: {get_param: flavor}}
  out:
    type: OS::Heat::ScalingPolicy
    properties:
      auto_scaling_group_id: {get_resource: scaled}
      adjustment_type: change_in_capacity
      scaling_adjustment: 1
      cooldown: 60
  broken:
    type: OS::Heat::TestResource
    condition: failing
    depends_on: [unit, group]
    properties: {fail: true}
outputs:
  address: {value: {get_attr: [unit, address]}}
  ports:
    value:
      repeat:
        for_each: {<p>: {get_attr: [group, fixed_ips]}}
        template: <p>
  joined:
    value:
      list_join: [",", {list_concat_unique: [[a, b], [b, c]]}]
  size: {value: {get_attr: [scaled, current_size]}}
  url: {value: {get_attr: [out, alarm_url]}}
"""
UNIT = """
heat_template_version: 2018-08-31
parameters:
  network: {type: string}
  flavor: {type: string}
  user_data: {type: string, default: ""}
resources:
  port: {type: OS::Neutron::Port, properties: {network: {get_param: network}}}
  server:
    type: OS::Nova::Server
    properties:
      image: host
      flavor: {get_param: flavor}
      user_data_format: RAW
      user_data: {get_param: user_data}
      networks: [{port: {get_resource: port}}]
outputs:
  address: {value: {get_attr: [port, fixed_ips, 0, ip_address]}}
"""


class AcceptanceTest(StackCase):
    def setUp(self):
        super().setUp()
        self.cli = OpenStack(self.server.credentials())
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.main = self.file("main.yaml", MAIN)
        self.file("unit.yaml", UNIT)
        self.file("start.sh", "#!/bin/sh\necho $name\n")

    def file(self, name, content):
        path = self.directory / name
        path.write_text(textwrap.dedent(content))
        return path

    def outputs(self):
        listed = self.cli.read("stack output list site")
        return {
            row["output_key"]: self.cli.read(
                f"stack output show site {row['output_key']}"
            )["output_value"]
            for row in listed
        }

    def test_the_site_scales_fails_and_goes_back(self):
        asked = f"-t {self.main} --parameter flavor=m1.tiny"
        preview = self.cli.run(f"stack create --dry-run {asked} site")
        self.assertIn("scaled", preview)
        self.cli.run(f"stack create --wait --poll 1 --tags a,b {asked} site")
        for mode, number in (("", 1), (" --tag-mode any", 1), (" --tag-mode not", 0)):
            listed = self.cli.read(f"stack list --tags a,b{mode}")
            self.assertEqual(number, len(listed), mode)
        outputs = self.outputs()
        self.assertTrue(outputs["address"].startswith("10.77.0."), outputs)
        self.assertEqual("a,b,c", outputs["joined"])
        self.assertEqual(1, outputs["size"])
        resources = self.cli.read("stack resource list -n 3 site")
        names = [row["resource_name"] for row in resources]
        self.assertEqual(2, names.count("server"))
        self.assertEqual(["0", "1", "2"], sorted(n for n in names if n.isdigit()))
        self.assertNotIn("broken", names)
        self.check_scaling(outputs["url"])
        self.check_update(asked)
        self.cli.run("stack suspend --wait site")
        servers = self.cli.read("server list")
        self.assertEqual({"SUSPENDED"}, {row["Status"] for row in servers})
        self.cli.run("stack resume --wait site")
        self.cli.run("stack check --wait site")
        self.assertNotIn("hush-hush", self.cli.run("stack environment show site"))
        self.assertIn("start.sh", self.cli.run("stack file list site"))
        self.cli.run("stack delete --yes --wait site")
        self.assertEqual([], self.cli.read("server list"))

    def check_scaling(self, url):
        """A POST scales once; in the cooldown another one does nothing."""
        curl = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST"]
        for _ in range(2):
            done = subprocess.run([*curl, url], capture_output=True, check=True)
            self.assertEqual(b"200", done.stdout)
        wrong = subprocess.run([*curl, url[:-3]], capture_output=True, check=True)
        self.assertEqual(b"404", wrong.stdout)
        end = time.monotonic() + 10
        while len(self.cli.read("server list")) != 3 and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(2, self.outputs()["size"])

    def check_update(self, asked):
        """An update that fails is undone, deep inside too, and says why."""
        wanted = (
            f"{asked} --parameter number=4 --parameter fail=true --rollback enabled"
        )
        # An update that the rollback ends counts as failed for the client.
        told = self.cli.run(
            f"stack update --dry-run {asked} --parameter fail=true site"
        )
        self.assertIn("broken", told)
        self.cli.run(f"stack update --wait {wanted} site", fails=True)
        shown = self.wait("site", ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))
        self.assertEqual("ROLLBACK_COMPLETE", shown.stack_status)
        self.assertIn("Test Resource failed broken", shown.stack_status_reason)
        resources = self.cli.read("stack resource list -n 3 site")
        names = [row["resource_name"] for row in resources]
        self.assertEqual(["0", "1", "2"], sorted(n for n in names if n.isdigit()))

    def test_a_failed_creation_tells_its_cause_or_goes_back(self):
        asked = f"-t {self.main} --parameter flavor=m1.tiny --parameter fail=true"
        self.cli.run(f"stack create --wait --poll 1 {asked} kept", fails=True)
        shown = self.cli.read("stack show kept")
        self.assertEqual("CREATE_FAILED", shown["stack_status"])
        self.assertIn("resources.broken: Test Resource", shown["stack_status_reason"])
        self.assertIn("broken", self.cli.run("stack failures list kept"))
        self.cli.run(f"stack create --enable-rollback {asked} gone")
        shown = self.wait("gone", ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))
        self.assertEqual("ROLLBACK_COMPLETE", shown.stack_status)
        self.assertEqual([], self.cli.read("stack resource list gone"))

    def test_what_the_language_offers(self):
        versions = self.cli.read("orchestration template version list")
        self.assertEqual(11, len(versions))
        functions = self.cli.read(
            "orchestration template function list heat_template_version.pike"
        )
        names = {row["Functions"] for row in functions}
        self.assertIn("make_url", names)
        self.assertNotIn("equals", names)
        self.assertTrue(all(row["Description"] for row in functions))
        template = self.cli.run(
            "orchestration resource type show OS::Heat::RandomString "
            "--template-type hot -f json"
        )
        self.assertIn("length", json.loads(template)["parameters"])
        (engine,) = self.cli.read("orchestration service list")
        self.assertEqual("up", engine["Status"])

    def test_a_wait_condition_takes_its_own_token_only(self):
        template = self.file(
            "wait.yaml",
            """
            heat_template_version: 2018-08-31
            resources:
              handle: {type: OS::Heat::WaitConditionHandle}
              condition:
                type: OS::Heat::WaitCondition
                properties: {handle: {get_resource: handle}, timeout: 30}
            outputs:
              curl: {value: {get_attr: [handle, curl_cli]}}
            """,
        )
        self.cli.run(f"stack create -t {template} waiting")
        shown = self.cli.read("stack output show waiting curl")
        command = f"{shown['output_value']} --data-binary '{{}}'"
        refused = command.replace("X-Auth-Token: ", "X-Auth-Token: x")
        for one, status in ((refused, " 401 "), (command, " 200 ")):
            done = subprocess.run(
                f"{one} -sS", shell=True, capture_output=True, text=True, check=True
            )
            self.assertIn(status, done.stdout)
        self.assertEqual("CREATE_COMPLETE", self.wait("waiting").stack_status)
