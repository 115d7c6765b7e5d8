"""Software deployments and alarms in templates, on the simulated runtime."""

from tacker_lite.tests.functional.pop.stack_case import StackCase


def server():
    return {
        "type": "OS::Nova::Server",
        "properties": {
            "image": "host",
            "flavor": "m1.tiny",
            "networks": [{"network": "net_mgmt"}],
            "user_data_format": "SOFTWARE_CONFIG",
        },
    }


CONFIG = {
    "type": "OS::Heat::SoftwareConfig",
    "properties": {
        "group": "script",
        "config": "#!/bin/sh\necho installed\n",
        "inputs": [{"name": "port", "default": "80"}],
        "outputs": [{"name": "address"}],
    },
}
ALARM = {
    "type": "OS::Aodh::GnocchiAggregationByResourcesAlarm",
    "properties": {
        "metric": "cpu_util",
        "threshold": 70,
        "granularity": 60,
        "evaluation_periods": 1,
        "comparison_operator": "gt",
        "aggregation_method": "mean",
        "resource_type": "instance",
        "query": '{"=": {"server_group": "SG1"}}',
        "alarm_actions": ["http://nfvo.example/busy"],
    },
}


class SoftwareStackTest(StackCase):
    def test_a_deployment_says_that_it_was_simulated(self):
        template = self.template(
            VDU1=server(),
            VDU2=server(),
            config=CONFIG,
            one={
                "type": "OS::Heat::SoftwareDeployment",
                "properties": {
                    "config": {"get_resource": "config"},
                    "server": {"get_resource": "VDU1"},
                    "input_values": {"port": 8080},
                },
            },
            both={
                "type": "OS::Heat::SoftwareDeploymentGroup",
                "depends_on": "one",
                "properties": {
                    "config": {"get_resource": "config"},
                    "servers": {
                        "VDU1": {"get_resource": "VDU1"},
                        "VDU2": {"get_resource": "VDU2"},
                    },
                },
            },
        )
        template["outputs"] = {
            "out": {"value": {"get_attr": ["one", "deploy_stdout"]}},
            "codes": {"value": {"get_attr": ["both", "deploy_status_codes"]}},
        }
        ident = self.create("software", template)
        stack = self.wait(ident)
        self.assertEqual(
            "CREATE_COMPLETE", stack.stack_status, stack.stack_status_reason
        )
        outputs = {o["output_key"]: o["output_value"] for o in stack.outputs}
        self.assertIn("simulated", outputs["out"])
        self.assertEqual({"VDU1": 0, "VDU2": 0}, outputs["codes"])
        self.heat.stacks.delete(ident)
        self.wait_gone(ident)

    def test_a_server_takes_a_config_as_user_data(self):
        resource = server()
        resource["properties"]["user_data"] = {"get_resource": "config"}
        ident = self.create("user-data", self.template(VDU1=resource, config=CONFIG))
        self.assertEqual("CREATE_COMPLETE", self.wait(ident).stack_status)
        [row] = self.server.lab.clouds["pop1"].compute.list_servers(None)
        self.assertEqual(
            "IyEvYmluL3NoCmVjaG8gaW5zdGFsbGVkCg==", "".join(row.user_data.split())
        )

    def test_an_alarm_is_changed_in_place(self):
        event = {
            "type": "OS::Aodh::EventAlarm",
            "properties": {
                "event_type": "maintenance.scheduled",
                "query": [{"field": "traits.project_id", "op": "eq", "value": "some"}],
                "alarm_actions": ["http://nfvo.example/maintenance"],
            },
        }
        ident = self.create("alarms", self.template(busy=ALARM, planned=event))
        self.assertEqual("CREATE_COMPLETE", self.wait(ident).stack_status)
        busy = self.heat.resources.get(ident, "busy").attributes
        self.assertEqual(["http://nfvo.example/busy"], busy["alarm_actions"])
        self.assertEqual("insufficient data", busy["state"])
        planned = self.heat.resources.get(ident, "planned").attributes
        self.assertIn("sends no events maintenance", planned["state_reason"])
        changed = self.template(busy=ALARM)
        changed["resources"]["busy"]["properties"]["alarm_actions"] = []
        before = self.heat.resources.get(ident, "busy").physical_resource_id
        self.heat.stacks.update(ident, template=changed)
        self.assertEqual("UPDATE_COMPLETE", self.wait(ident).stack_status)
        after = self.heat.resources.get(ident, "busy")
        self.assertEqual(before, after.physical_resource_id)
        self.assertEqual([], after.attributes["alarm_actions"])
