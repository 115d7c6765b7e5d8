"""Groups, policies and nested stacks through the stock python-heatclient."""

import time

import requests
import yaml
from heatclient import exc as heat_exc

from tacker_lite.tests.functional.pop.stack_case import StackCase

UNIT = {
    "heat_template_version": "2018-08-31",
    "parameters": {
        "image": {"type": "string", "default": "host"},
        "network": {"type": "string"},
    },
    "resources": {
        "CP1": {
            "type": "OS::Neutron::Port",
            "properties": {"network": {"get_param": "network"}},
        },
        "VDU1": {
            "type": "OS::Nova::Server",
            "properties": {
                "image": {"get_param": "image"},
                "flavor": "m1.tiny",
                "networks": [{"port": {"get_resource": "CP1"}}],
            },
        },
    },
    "outputs": {
        "mgmt_ip-VDU1": {
            "value": {"get_attr": ["CP1", "fixed_ips", 0, "ip_address"]},
        },
    },
}


def group(size=2, least=1, most=3, **properties):
    return {
        "type": "OS::Heat::AutoScalingGroup",
        "properties": {
            "min_size": least,
            "max_size": most,
            "desired_capacity": size,
            "resource": {
                "type": "SP1_res.yaml",
                "properties": {"network": "net_mgmt"},
            },
            **properties,
        },
    }


def policy(change, **properties):
    return {
        "type": "OS::Heat::ScalingPolicy",
        "properties": {
            "auto_scaling_group_id": {"get_resource": "SP1_group"},
            "adjustment_type": "change_in_capacity",
            "scaling_adjustment": change,
            **properties,
        },
    }


def scaled(size=2, cooldown=None, **properties):
    return {
        "heat_template_version": "2018-08-31",
        "resources": {
            "SP1_group": group(size, **properties),
            "SP1_scale_out": policy(1, cooldown=cooldown),
            "SP1_scale_in": policy(-1),
        },
        "outputs": {
            "mgmt_ip-VDU1": {
                "value": {"get_attr": ["SP1_group", "outputs_list", "mgmt_ip-VDU1"]}
            },
            "size-SP1": {"value": {"get_attr": ["SP1_group", "current_size"]}},
        },
    }


FILES = {"SP1_res.yaml": yaml.safe_dump(UNIT)}


class ScalingTest(StackCase):
    def create_scaled(self, **changes):
        ident = self.create("scaled", scaled(**changes), files=FILES)
        stack = self.wait(ident)
        self.assertEqual(
            "CREATE_COMPLETE", stack.stack_status, stack.stack_status_reason
        )
        return ident

    def update(self, ident, template, files=FILES):
        self.heat.stacks.update(ident, template=template, files=files)
        stack = self.wait(ident)
        self.assertEqual(
            "UPDATE_COMPLETE", stack.stack_status, stack.stack_status_reason
        )

    def outputs(self, ident):
        outputs = self.heat.stacks.get(ident).outputs
        return {o["output_key"]: o["output_value"] for o in outputs}

    def servers(self):
        """Ids of servers, by address."""
        found = self.sdk().compute.servers()
        return {s.addresses["net_mgmt"][0]["addr"]: s.id for s in found}

    def group_stack(self, ident):
        group = self.heat.resources.get(ident, "SP1_group")
        return group.physical_resource_id

    def test_a_group_makes_as_many_units_as_wanted(self):
        ident = self.create_scaled()
        outputs = self.outputs(ident)
        self.assertEqual(set(self.servers()), set(outputs["mgmt_ip-VDU1"]))
        self.assertEqual(2, len(outputs["mgmt_ip-VDU1"]))
        self.assertEqual(2, outputs["size-SP1"])
        self.assertEqual(["scaled"], [s.stack_name for s in self.heat.stacks.list()])
        nested = list(self.heat.stacks.list(show_nested=True))
        self.assertEqual(4, len(nested))
        shown = self.heat.resources.list(ident, nested_depth=2)
        kinds = [r.resource_type for r in shown]
        self.assertEqual(2, kinds.count("OS::Nova::Server"))
        self.assertEqual(2, kinds.count("SP1_res.yaml"))
        server = next(r for r in shown if r.resource_type == "OS::Nova::Server")
        self.assertIn(server.physical_resource_id, self.servers().values())
        member = next(r for r in shown if r.resource_type == "SP1_res.yaml")
        links = {link["rel"]: link["href"] for link in member.links}
        self.assertIn(member.physical_resource_id, links["nested"])
        unit = self.heat.stacks.get(member.physical_resource_id)
        self.assertEqual("CREATE_COMPLETE", unit.stack_status)
        self.assertEqual(self.group_stack(ident), unit.parent)
        self.heat.stacks.delete(ident)
        self.wait_gone(ident)
        self.assertEqual({}, self.servers())
        self.assertEqual([], list(self.heat.stacks.list(show_nested=True)))

    def test_an_update_adds_the_newest_and_takes_the_oldest(self):
        ident = self.create_scaled(size=2)
        first = self.outputs(ident)["mgmt_ip-VDU1"]
        before = self.servers()
        self.update(ident, scaled(size=3))
        outputs = self.outputs(ident)
        self.assertEqual(first, outputs["mgmt_ip-VDU1"][:2])
        self.assertEqual(3, outputs["size-SP1"])
        after = self.servers()
        self.assertEqual(before, {a: i for a, i in after.items() if a in before})
        self.update(ident, scaled(size=1))
        self.assertEqual(
            outputs["mgmt_ip-VDU1"][2:], self.outputs(ident)["mgmt_ip-VDU1"]
        )
        self.assertEqual(outputs["mgmt_ip-VDU1"][2:], list(self.servers()))

    def test_a_changed_unit_is_changed_in_each_member(self):
        ident = self.create_scaled()
        before = self.servers()
        unit = yaml.safe_load(FILES["SP1_res.yaml"])
        unit["resources"]["CP1"]["properties"]["name"] = "renamed"
        self.update(ident, scaled(), {"SP1_res.yaml": yaml.safe_dump(unit)})
        self.assertEqual(before, self.servers())
        ports = [p.name for p in self.sdk().network.ports()]
        self.assertEqual(2, ports.count("renamed"))

    def wait_settled(self, ident, size):
        """Until the group that a signal changed is ready."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            inner = self.heat.stacks.get(self.group_stack(ident))
            if not inner.stack_status.endswith("IN_PROGRESS"):
                break
            time.sleep(0.02)
        self.assertEqual(size, self.outputs(ident)["size-SP1"])
        self.assertEqual(size, len(self.servers()))

    def signals(self, ident, name):
        return [
            e.resource_status_reason
            for e in self.heat.events.list(ident, resource_name=name)
            if e.resource_status == "SIGNAL_COMPLETE"
        ]

    def test_signals_scale_within_the_bounds(self):
        ident = self.create_scaled(size=2)
        for _ in range(2):
            self.heat.resources.signal(ident, "SP1_scale_out")
            self.wait_settled(ident, 3)
        self.assertEqual(
            ["Signal: from 2 to 3 members"], self.signals(ident, "SP1_scale_out")
        )
        self.heat.resources.signal(ident, "SP1_scale_in", {"current": "alarm"})
        self.wait_settled(ident, 2)
        error = self.assertRaises(
            heat_exc.HTTPBadRequest, self.heat.resources.signal, ident, "SP1_group"
        )
        self.assertIn("signal is not supported", str(error))

    def test_a_policy_that_cools_down_ignores_signals(self):
        ident = self.create_scaled(size=1, cooldown=60)
        for _ in range(2):
            self.heat.resources.signal(ident, "SP1_scale_out")
            self.wait_settled(ident, 2)
        self.assertEqual(1, len(self.signals(ident, "SP1_scale_out")))

    def test_the_alarm_url_needs_no_token_but_its_key(self):
        ident = self.create_scaled(size=1)
        attributes = self.heat.resources.get(ident, "SP1_scale_out").attributes
        url = attributes["alarm_url"]
        self.assertEqual(url, attributes["signal_url"])
        answer = requests.post(url[:-1], timeout=10)
        self.assertEqual(404, answer.status_code)
        answer = requests.post(url, json={"alarm_id": "a"}, timeout=10)
        self.assertEqual(200, answer.status_code, answer.text)
        self.wait_settled(ident, 2)

    def test_a_nested_stack_is_its_outer_stacks_business(self):
        ident = self.create_scaled()
        inner = self.group_stack(ident)
        error = self.assertRaises(heat_exc.HTTPConflict, self.heat.stacks.delete, inner)
        self.assertIn("act on that one", str(error))

    def test_a_lost_server_of_a_unit_is_found_and_made_anew(self):
        ident = self.create_scaled()
        before = self.servers()
        lost = next(iter(before.values()))
        self.sdk().compute.delete_server(lost, force=False)
        self.heat.actions.check(ident)
        stack = self.wait(ident)
        self.assertEqual("CHECK_FAILED", stack.stack_status)
        self.update(ident, scaled())
        after = self.servers()
        self.assertEqual(set(before), set(after))
        self.assertEqual(1, len(set(before.values()) & set(after.values())))

    def test_what_is_wrong_is_refused_and_makes_nothing(self):
        wrong_unit = yaml.safe_load(FILES["SP1_res.yaml"])
        wrong_unit["resources"]["VDU1"]["properties"]["colour"] = "red"
        loop = {
            "heat_template_version": "2018-08-31",
            "resources": {"x": {"type": "SP1_res.yaml"}},
        }
        cases = {
            "Resource Type (SP1_res.yaml) could not be found. Send": (scaled(), {}),
            "Unknown Property colour": (
                scaled(),
                {"SP1_res.yaml": yaml.safe_dump(wrong_unit)},
            ),
            "desired_capacity (4) is not from min_size (1) to max_size (3)": (
                scaled(size=4),
                FILES,
            ),
            "Property network not assigned": (
                scaled(resource={"type": "SP1_res.yaml"}),
                FILES,
            ),
            "Recursion depth exceeds 5": (
                scaled(resource={"type": "SP1_res.yaml"}),
                {"SP1_res.yaml": yaml.safe_dump(loop)},
            ),
            "SP1_res.yaml is not a JSON object or YAML mapping": (
                scaled(),
                {"SP1_res.yaml": "[1]"},
            ),
        }
        for message, (template, files) in cases.items():
            error = self.assertRaises(
                heat_exc.HTTPBadRequest, self.create, "bad", template, files=files
            )
            self.assertIn(message, str(error))
        self.assertEqual([], list(self.heat.stacks.list(show_nested=True)))

    def test_a_failing_unit_fails_the_stack_with_its_cause(self):
        unit = yaml.safe_load(FILES["SP1_res.yaml"])
        unit["resources"]["bad"] = {
            "type": "OS::Heat::TestResource",
            "properties": {"fail": True},
        }
        files = {"SP1_res.yaml": yaml.safe_dump(unit)}
        ident = self.create("failing", scaled(), files=files)
        stack = self.wait(ident)
        self.assertEqual("CREATE_FAILED", stack.stack_status)
        self.assertIn("Test Resource failed bad", stack.stack_status_reason)
        self.heat.stacks.update(ident, template=scaled(), files=FILES)
        stack = self.wait(ident)
        self.assertEqual("UPDATE_COMPLETE", stack.stack_status)
        self.assertEqual(2, len(self.servers()))

    def test_a_type_of_the_environment_may_be_a_file(self):
        template = self.template(
            unit={"type": "Our::Unit", "properties": {"network": "net_mgmt"}}
        )
        template["outputs"] = {"ip": {"value": {"get_attr": ["unit", "mgmt_ip-VDU1"]}}}
        ident = self.create(
            "aliased",
            template,
            files=FILES,
            environment={"resource_registry": {"Our::Unit": "SP1_res.yaml"}},
        )
        self.assertEqual("CREATE_COMPLETE", self.wait(ident).stack_status)
        self.assertEqual(list(self.servers()), [self.outputs(ident)["ip"]])

    def test_a_resource_group_counts_its_members(self):
        port = {
            "type": "OS::Neutron::Port",
            "properties": {"network": "net_mgmt", "name": "port-%index%"},
        }

        def template(count):
            wanted = {"count": count, "resource_def": port}
            made = self.template(
                ports={"type": "OS::Heat::ResourceGroup", "properties": wanted}
            )
            made["outputs"] = {
                "names": {"value": {"get_attr": ["ports", "name"]}},
                "second": {"value": {"get_attr": ["ports", "resource.1.name"]}},
                "refs": {"value": {"get_attr": ["ports", "refs"]}},
            }
            return made

        ident = self.create("counted", template(2))
        self.assertEqual("CREATE_COMPLETE", self.wait(ident).stack_status)
        outputs = self.outputs(ident)
        self.assertEqual(["port-0", "port-1"], outputs["names"])
        self.assertEqual("port-1", outputs["second"])
        self.update(ident, template(3), {})
        refs = self.outputs(ident)["refs"]
        self.assertEqual(outputs["refs"], refs[:2])
        self.update(ident, template(1), {})
        self.assertEqual(refs[:1], self.outputs(ident)["refs"])
