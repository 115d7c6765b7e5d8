import testtools

from tacker_lite.tests.unit.vim.openstack.rendered import problems, render

VDU2 = "VDU2: {type: tosca.nodes.nfv.VDU.Tacker, properties: {image: a, flavor: b}}\n"


def policy(name="apart", targets="[VDU1]", **properties):
    """A placement policy with properties, as YAML."""
    return (
        f"- {name}: {{type: tosca.policies.tacker.Placement, targets: {targets}, "
        f"properties: {properties}}}\n"
    )


class TestPlacement(testtools.TestCase):
    def test_rules(self):
        for properties, rule in (
            ({}, "affinity"),
            ({"policy": "anti-affinity"}, "anti-affinity"),
            ({"policy": "affinity", "strict": False}, "soft-affinity"),
            ({"policy": "anti-affinity", "strict": False}, "soft-anti-affinity"),
            ({"policy": "anti-affinity", "strict": True}, "anti-affinity"),
        ):
            found = render(VDU2, policies=policy(**properties))

            self.assertEqual(
                {
                    "type": "OS::Nova::ServerGroup",
                    "properties": {"name": "apart", "policies": [rule]},
                },
                found.resources["apart"],
            )
            self.assertEqual(
                {"group": {"get_resource": "apart"}},
                found.properties("VDU1")["scheduler_hints"],
            )
            self.assertNotIn("scheduler_hints", found.properties("VDU2"))

    def test_all_vdus_without_targets(self):
        found = render(VDU2, policies=policy(targets="[]"))

        for vdu in ("VDU1", "VDU2"):
            self.assertIn("scheduler_hints", found.properties(vdu))

    def test_a_server_has_one_group(self):
        [(path, reason)] = problems(policies=policy() + policy("other"))

        self.assertIn('VDU "VDU1" is in a server group already', reason)
        self.assertEqual(("policies", 1, "other", "targets"), path[1:])

    def test_a_reservation_of_hosts_goes_along(self):
        found = render(self.reserved("physical_host"), policies=policy())

        self.assertEqual(
            {"reservation": "6f1a", "group": {"get_resource": "apart"}},
            found.properties("VDU1")["scheduler_hints"],
        )

    def test_a_reservation_of_instances_brings_its_own_group(self):
        [(path, reason)] = problems(
            self.reserved("virtual_instance"), policies=policy()
        )

        self.assertIn("reservation", reason)
        self.assertIn("apart", path)

    def reserved(self, kind):
        return f"""
VDU1:
  type: tosca.nodes.nfv.VDU.Tacker
  properties:
    image: a
    flavor: b
    reservation_metadata: {{resource_type: {kind}, id: 6f1a}}
"""
