import testtools

from tacker_lite.tests.unit.vim.openstack.rendered import problems, render

LEASE = "4f6dd1d3-2b5c-4f0e-9f3a-2f4f6a3f0b11"
POLICIES = f"""
- tier:
    type: tosca.policies.tacker.Scaling
    targets: [VDU1]
    properties:
      {{increment: 2, min_instances: 0, max_instances: 2, default_instances: 0}}
- lease:
    type: tosca.policies.tacker.Reservation
    reservation:
      start_actions: [tier]
      before_end_actions: [tier]
      end_actions: [noop]
      properties: {{lease_id: {LEASE}}}
"""


def reserved(**metadata):
    """VDU1 on what is reserved, as YAML."""
    properties = {"image": "a", "flavor": "b", "reservation_metadata": metadata}
    return f"VDU1: {{type: tosca.nodes.nfv.VDU.Tacker, properties: {properties}}}\n"


class TestAlarms(testtools.TestCase):
    def test_an_alarm_for_each_moment_of_the_lease(self):
        urls = {
            "start_actions": "http://a",
            "before_end_actions": "http://b",
            "end_actions": "http://c",
        }

        found = render(policies=POLICIES, webhooks=urls)

        for name, event in (
            ("start_actions", "lease.event.start_lease"),
            ("before_end_actions", "lease.event.before_end_lease"),
            ("end_actions", "lease.event.end_lease"),
        ):
            self.assertEqual(
                {
                    "type": "OS::Aodh::EventAlarm",
                    "properties": {
                        "event_type": event,
                        "query": [
                            {"field": "traits.lease_id", "op": "eq", "value": LEASE}
                        ],
                        "alarm_actions": [urls[name]],
                    },
                },
                found.resources[name],
            )

    def test_without_a_url_nobody_is_called(self):
        found = render(policies=POLICIES)

        self.assertNotIn("alarm_actions", found.properties("start_actions"))

    def test_an_input_called_lease_id_comes_first(self):
        other = "11111111-2b5c-4f0e-9f3a-2f4f6a3f0b11"

        found = render(
            policies=POLICIES,
            inputs="{lease_id: {type: string}}",
            values={"lease_id": other},
        )

        query = found.properties("start_actions")["query"]
        self.assertEqual(other, query[0]["value"])


class TestHints(testtools.TestCase):
    def test_a_reserved_host(self):
        found = render(reserved(resource_type="physical_host", id="r-1"))

        self.assertEqual(
            {"reservation": "r-1"}, found.properties("VDU1")["scheduler_hints"]
        )
        self.assertNotIn("reservation_metadata", found.properties("VDU1"))

    def test_reserved_instances(self):
        for given in ({"resource_type": "virtual_instance"}, {}):
            found = render(reserved(id="g-1", **given))
            self.assertEqual(
                {"group": "g-1"}, found.properties("VDU1")["scheduler_hints"]
            )

    def test_inputs(self):
        found = render(
            reserved(
                resource_type={"get_input": "kind"}, id={"get_input": "reservation"}
            ),
            inputs="{kind: {type: string}, reservation: {type: string}}",
            values={"kind": "physical_host", "reservation": "r-1"},
        )

        self.assertEqual(
            {"reservation": {"get_param": "reservation"}},
            found.properties("VDU1")["scheduler_hints"],
        )

    def test_the_kind_by_an_inputs_default(self):
        inputs = "{kind: {type: string, default: physical_host}}"

        found = render(
            reserved(resource_type={"get_input": "kind"}, id="r-1"), inputs=inputs
        )

        self.assertEqual(
            {"reservation": "r-1"}, found.properties("VDU1")["scheduler_hints"]
        )

    def test_a_scaled_server_keeps_its_hint(self):
        found = render(
            reserved(resource_type="physical_host", id="r-1"), policies=POLICIES
        )

        server = found.nested["tier_res.yaml"]["resources"]["VDU1"]["properties"]
        self.assertEqual({"reservation": "r-1"}, server["scheduler_hints"])

    def test_hosts_reserved_and_placed(self):
        placed = """
- apart: {type: tosca.policies.tacker.Placement, targets: [VDU1], properties: {}}
"""
        hosts = reserved(resource_type="physical_host", id="r-1")

        found = render(hosts, policies=placed)

        self.assertEqual(
            {"reservation": "r-1", "group": {"get_resource": "apart"}},
            found.properties("VDU1")["scheduler_hints"],
        )

        # A server is in one server group.
        found = problems(reserved(id="g-1"), policies=placed)
        self.assertIn("is in a server group already", found[0][1])
