import json
import uuid

import testtools

from tacker_lite.tests.unit.vim.openstack.rendered import VNF_ID, problems, render
from tacker_lite.vim.openstack import alarm

WATCHED = """
VDU1:
  type: tosca.nodes.nfv.VDU.Tacker
  properties:
    image: a
    flavor: b
    metadata: {metering.server_group: GRP, owner: "me, 'myself'", "0755": "yes"}
"""
SCALING = """
- tier-1:
    type: tosca.policies.tacker.Scaling
    targets: [VDU1]
    properties:
      {increment: 1, min_instances: 1, max_instances: 3, default_instances: 1}
"""
HTTP = "http://nfvo.example:9890/v1.0/vnfs/x/busy/log%25tier-1-out/k3y"


def alarming(condition, action="[log]", group="GRP", name="watch", trigger="busy"):
    """An alarming policy with one trigger, as YAML."""
    return f"""
- {name}:
    type: tosca.policies.tacker.Alarming
    triggers:
      {trigger}:
        event_type:
          {{type: tosca.events.resource.utilization, implementation: ceilometer}}
        metric: cpu_util
        metadata: {group}
        condition: {condition}
        action: {action}
"""


ABOVE = {"threshold": 70, "comparison_operator": "gt"}


class TestAlarm(testtools.TestCase):
    def test_every_key(self):
        condition = {
            "threshold": 70,
            "constraint": "busy over 70",
            "granularity": 300,
            "evaluations": 2,
            "aggregation_method": "mean",
            "resource_type": "instance",
            "comparison_operator": "gt",
        }

        found = render(WATCHED, policies=alarming(condition), webhooks={"busy": HTTP})

        self.assertEqual(
            {
                "type": "OS::Aodh::GnocchiAggregationByResourcesAlarm",
                "properties": {
                    "metric": "cpu_util",
                    "description": "busy over 70",
                    "granularity": 300,
                    "evaluation_periods": 2,
                    "threshold": 70,
                    "comparison_operator": "gt",
                    "aggregation_method": "mean",
                    "resource_type": "instance",
                    "query": {
                        "str_replace": {
                            "template": '{"=": {"server_group": "scaling_group_id"}}',
                            "params": {"scaling_group_id": "GRP-01234567-89"},
                        }
                    },
                    "alarm_actions": [HTTP],
                },
            },
            found.resources["busy"],
        )

    def test_the_query_becomes_json(self):
        properties = render(WATCHED, policies=alarming(ABOVE)).properties("busy")
        call = properties["query"]["str_replace"]

        text = call["template"]
        for name, value in call["params"].items():
            text = text.replace(name, value)

        self.assertEqual({"=": {"server_group": "GRP-01234567-89"}}, json.loads(text))

    def test_without_a_url_nobody_is_called(self):
        found = render(WATCHED, policies=alarming(ABOVE), webhooks={"other": HTTP})

        self.assertNotIn("alarm_actions", found.properties("busy"))

    def test_what_is_left_out(self):
        found = render(WATCHED, policies=alarming({"threshold": 1})).properties("busy")

        self.assertEqual("mean", found["aggregation_method"])
        self.assertEqual("instance", found["resource_type"])
        for key in ("granularity", "evaluation_periods", "comparison_operator"):
            self.assertNotIn(key, found)

    def test_names_of_aggregation_methods(self):
        for given, expected in (
            ("mean", "mean"),
            ("median", "median"),
            ("summary", "sum"),
            ("sum", "sum"),
            ("maximum", "max"),
            ("minimum", "min"),
            ("last", "last"),
            ("std", "std"),
            ("first", "first"),
            ("count", "count"),
        ):
            condition = {**ABOVE, "aggregation_method": given}
            found = render(WATCHED, policies=alarming(condition))
            self.assertEqual(expected, found.properties("busy")["aggregation_method"])

    def test_operators(self):
        for operator in ("gt", "ge", "lt", "le"):
            condition = {"threshold": 1, "comparison_operator": operator}
            found = render(WATCHED, policies=SCALING + alarming(condition, "[tier-1]"))
            self.assertEqual(operator, found.properties("busy")["comparison_operator"])

    def test_an_operator_without_a_direction_cannot_scale(self):
        for condition in (
            {"threshold": 1, "comparison_operator": "eq"},
            {"threshold": 1},
        ):
            found = problems(
                WATCHED, policies=SCALING + alarming(condition, "[log, tier-1]")
            )
            self.assertEqual(1, len(found), found)
            path, reason = found[0]
            self.assertEqual(
                (1, "watch", "triggers", "busy", "condition"), path[2:], reason
            )
            self.assertIn("gt or ge", reason)
            self.assertEqual([], problems(WATCHED, policies=alarming(condition)))

    def test_inputs(self):
        inputs = "{limit: {type: integer}, group: {type: string}, how: {type: string}}"
        watched = WATCHED.replace("GRP", "{get_input: group}")
        condition = {**ABOVE, "threshold": {"get_input": "limit"}}
        condition["aggregation_method"] = {"get_input": "how"}

        found = render(
            watched,
            policies=alarming(condition, group="{get_input: group}"),
            inputs=inputs,
            values={"limit": 5, "group": "GRP", "how": "maximum"},
        )

        self.assertEqual("max", found.properties("busy")["aggregation_method"])
        self.assertEqual(5, found.properties("busy")["threshold"])
        self.assertEqual(
            "GRP-01234567-89",
            found.properties("VDU1")["metadata"]["metering.server_group"],
        )

    def test_triggers_of_several_policies(self):
        found = render(
            WATCHED,
            policies=alarming(ABOVE) + alarming(ABOVE, name="second", trigger="idle"),
            webhooks={"busy": "http://a", "idle": "http://b"},
        )

        self.assertEqual(["http://a"], found.properties("busy")["alarm_actions"])
        self.assertEqual(["http://b"], found.properties("idle")["alarm_actions"])

    def test_alarms_stay_when_what_they_watch_scales(self):
        found = render(WATCHED, policies=SCALING + alarming(ABOVE, "[tier-1]"))

        self.assertIn("busy", found.resources)
        server = found.nested["tier-1_res.yaml"]["resources"]["VDU1"]["properties"]
        self.assertEqual(
            found.properties("busy")["query"]["str_replace"]["params"][
                "scaling_group_id"
            ],
            server["metadata"]["metering.server_group"],
        )


class TestMetadata(testtools.TestCase):
    def test_other_metadata_is_kept_as_written(self):
        found = render(WATCHED, policies=alarming(ABOVE)).properties("VDU1")

        self.assertEqual(
            {
                "metering.server_group": "GRP-01234567-89",
                "owner": "me, 'myself'",
                "0755": "yes",
            },
            found["metadata"],
        )

    def test_metadata_without_a_group(self):
        nodes = WATCHED.replace("metering.server_group: GRP, ", "")

        found = render(nodes).properties("VDU1")

        self.assertEqual({"owner": "me, 'myself'", "0755": "yes"}, found["metadata"])

    def test_a_group_that_nothing_watches_is_left_alone(self):
        found = render(WATCHED).properties("VDU1")

        self.assertEqual("GRP", found["metadata"]["metering.server_group"])

    def test_metadata_from_an_input(self):
        nodes = """
VDU1:
  type: tosca.nodes.nfv.VDU.Tacker
  properties: {image: a, flavor: b, metadata: {get_input: tags}}
"""
        tags = {"metering.server_group": "GRP", "owner": "me"}

        found = render(
            nodes,
            policies=alarming(ABOVE),
            inputs="{tags: {type: map}}",
            values={"tags": tags},
        ).properties("VDU1")

        self.assertEqual(
            {"metering.server_group": "GRP-01234567-89", "owner": "me"},
            found["metadata"],
        )


class TestGroupId(testtools.TestCase):
    """T-15: cut at 15 characters, ids of different VNFs were the same."""

    def test_it_is_the_same_each_time(self):
        self.assertEqual(alarm.group_id("G", VNF_ID), alarm.group_id("G", VNF_ID))

    def test_it_has_15_characters_and_begins_with_the_name(self):
        for name in ("G", "GRP", "sixsix", "sevens7", "a-name-of-thirty-characters-ab"):
            found = alarm.group_id(name, VNF_ID)
            self.assertEqual(15, len(found))
            self.assertTrue(found.startswith(name[:6]), found)

    def test_every_vnf_and_group_has_its_own(self):
        names = [
            "G",
            "H",
            "a-name-of-thirty-characters-ab",
            "a-name-of-thirty-characters-ac",
            "twelve-chars",
        ]
        vnfs = [str(uuid.uuid4()) for _ in range(200)]

        found = {alarm.group_id(name, vnf) for name in names for vnf in vnfs}

        self.assertEqual(len(names) * len(vnfs), len(found))

    def test_no_vnf_in_particular(self):
        self.assertEqual("GRP-00000000-00", alarm.group_id("GRP", ""))
