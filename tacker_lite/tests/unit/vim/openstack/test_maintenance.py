import testtools

from tacker_lite.tests.unit.vim.openstack.rendered import render


def told(value):
    """VDU1 with a value of maintenance, as YAML."""
    properties = {"image": "a", "flavor": "b", "maintenance": value}
    return f"VDU1: {{type: tosca.nodes.nfv.VDU.Tacker, properties: {properties}}}\n"


class TestMaintenance(testtools.TestCase):
    def test_the_vnf_is_told_once(self):
        found = render(told("true"), webhooks={"maintenance": "http://a"})

        self.assertEqual(
            {
                "type": "OS::Aodh::EventAlarm",
                "properties": {
                    "event_type": "maintenance.scheduled",
                    "alarm_actions": ["http://a"],
                },
            },
            found.resources["ALL_maintenance"],
        )
        self.assertEqual(
            "maintenance.scheduled",
            found.properties("VDU1_maintenance")["event_type"],
        )
        self.assertNotIn("alarm_actions", found.properties("VDU1_maintenance"))
        self.assertNotIn("maintenance", found.properties("VDU1"))

    def test_nothing_is_made_for_who_does_not_ask(self):
        for nodes in ("", told("false")):
            found = render(nodes, webhooks={"maintenance": "http://a"})
            self.assertEqual({"VDU1", "CP1"}, set(found.resources))

    def test_an_input_may_ask(self):
        found = render(
            told({"get_input": "warn"}),
            inputs="{warn: {type: boolean}}",
            values={"warn": True},
        )

        self.assertIn("ALL_maintenance", found.resources)

    def test_alarms_stay_when_the_vdu_scales(self):
        found = render(
            told("true"),
            policies="""
- tier:
    type: tosca.policies.tacker.Scaling
    properties:
      {increment: 1, min_instances: 1, max_instances: 3, default_instances: 1}
""",
        )

        self.assertIn("VDU1_maintenance", found.resources)
        self.assertNotIn("VDU1_maintenance", found.nested["tier_res.yaml"]["resources"])
