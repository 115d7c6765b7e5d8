import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.vim.openstack.rendered import problems, render

BALANCER = (
    "lb: {type: tosca.nodes.nfv.LoadBalancer, requirements: [{virtualLink: VL1}]}\n"
)


def floating_ip(link="CP1", **properties):
    """A floating IP with properties, as YAML."""
    given = {"floating_network": "public", **properties}
    requirements = f"requirements: [{{link: {link}}}]" if link else "requirements: []"
    return (
        "FIP1: {type: tosca.nodes.network.FloatingIP, "
        f"properties: {given}, {requirements}}}\n"
    )


class TestFloatingIp(testtools.TestCase):
    def test_of_a_connection_point(self):
        found = render(floating_ip(floating_ip_address="203.0.113.9"))

        self.assertEqual(
            {
                "type": "OS::Neutron::FloatingIP",
                "properties": {
                    "floating_network": "public",
                    "floating_ip_address": "203.0.113.9",
                    "port_id": {"get_resource": "CP1"},
                },
            },
            found.resources["FIP1"],
        )
        self.assertEqual(
            {"get_attr": ["CP1", "fixed_ips", 0, "ip_address"]},
            found.main["outputs"]["mgmt_ip-VDU1"]["value"],
        )

    def test_of_a_load_balancer(self):
        found = render(BALANCER + floating_ip("lb"))

        self.assertEqual(
            {"get_attr": ["lb", "vip_port_id"]}, found.properties("FIP1")["port_id"]
        )

    def test_of_a_port_that_exists(self):
        found = render(floating_ip(None, port_id="6f1a"))

        self.assertEqual("6f1a", found.properties("FIP1")["port_id"])

    def test_network_of_an_input(self):
        found = render(
            floating_ip(floating_network={"get_input": "outside"}),
            inputs="outside: {type: string}",
            values={"outside": "public"},
        )

        self.assertEqual(
            {"get_param": "outside"}, found.properties("FIP1")["floating_network"]
        )

    def test_refusals(self):
        for given, part in (
            ({"floating_ip_address": "203.0.113"}, "not a valid IP address"),
            ({"port_id": "6f1a"}, "leave one out"),
        ):
            [(path, reason)] = problems(floating_ip(**given))

            self.assertIn(part, reason)
            self.assertEqual(("FIP1", "properties", *given), path[2:])

    def test_it_leads_to_a_connection_point_or_a_load_balancer(self):
        error = self.assertRaises(
            exceptions.InvalidTemplate, render, floating_ip("VL1")
        )

        self.assertIn("FIP1", error.message)
