import testtools

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca import descriptors
from tacker_lite.tests.unit.vim.openstack.test_hot import rendered


class TestPort(testtools.TestCase):
    def port(self, inputs=None, values=None, **properties):
        document = descriptors.document(point={"properties": properties}, inputs=inputs)
        return rendered(document, values)["resources"]["CP1"]["properties"]

    def test_properties(self):
        self.assertEqual(
            {
                "name": "port",
                "mac_address": "02:00:00:00:00:01",
                "fixed_ips": [{"ip_address": "10.0.0.5"}],
                "port_security_enabled": True,
                "security_groups": ["web"],
                "allowed_address_pairs": [{"ip_address": "10.0.0.9"}],
                "binding:vnic_type": "direct",
                "network": {"get_param": "network"},
            },
            self.port(
                name="port",
                mac_address="02:00:00:00:00:01",
                anti_spoofing_protection=True,
                security_groups=["web"],
                allowed_address_pairs=[{"ip_address": "10.0.0.9"}],
                type="sriov",
                is_default=True,
            ),
        )

    def test_port_security_and_card_from_inputs(self):
        port = self.port(
            inputs={"guard": {"type": "boolean"}, "card": {"type": "string"}},
            values={"guard": False, "card": "vnic"},
            anti_spoofing_protection={"get_input": "guard"},
            type={"get_input": "card"},
        )

        self.assertEqual({"get_param": "guard"}, port["port_security_enabled"])
        self.assertEqual("normal", port["binding:vnic_type"])

    def test_refusals(self):
        for properties, reason in (
            ({"type": "virtio"}, "sriov"),
            ({"ip_address": "10.0.0.500"}, "IP address"),
            ({"mac_address": "02:00"}, "MAC address"),
            ({"order": -1}, "order"),
            (
                {"anti_spoofing_protection": False, "security_groups": ["a"]},
                "port security",
            ),
        ):
            error = self.assertRaises(
                exceptions.InvalidTemplate, self.port, **properties
            )

            self.assertIn(reason, error.message)

    def test_a_port_needs_a_link(self):
        document = descriptors.document(
            point={"requirements": [{"virtualBinding": "VDU1"}]}
        )

        error = self.assertRaises(exceptions.InvalidTemplate, rendered, document)

        self.assertIn('node "CP1": the requirement virtualLink', error.message)

    def test_a_port_bound_to_nothing(self):
        document = descriptors.document(
            point={"requirements": [{"virtualLink": "VL1"}]}
        )

        found = rendered(document)

        self.assertIn("CP1", found["resources"])
        self.assertNotIn("networks", found["resources"]["VDU1"]["properties"])
        self.assertNotIn("outputs", found)


class TestLink(testtools.TestCase):
    def resources(self, **properties):
        given = {"network_name": None, **properties}
        return rendered(descriptors.document(link={"properties": given}))["resources"]

    def test_existing_network_by_name_or_id(self):
        for properties in (
            {"network_name": "net0"},
            {"network_id": "net0"},
            {"network_name": "other", "network_id": "net0"},
        ):
            found = self.resources(**properties)

            self.assertEqual({"VDU1", "CP1"}, set(found))
            self.assertEqual("net0", found["CP1"]["properties"]["network"])

    def test_created_network(self):
        found = self.resources(
            network_name="inside",
            cidr="10.9.0.0/24",
            gateway_ip="10.9.0.1",
            start_ip="10.9.0.10",
            end_ip="10.9.0.20",
            dhcp_enabled=False,
        )

        self.assertEqual({"get_resource": "VL1"}, found["CP1"]["properties"]["network"])
        self.assertEqual(
            {"type": "OS::Neutron::Net", "properties": {"name": "inside"}},
            found["VL1"],
        )
        self.assertEqual(
            {
                "type": "OS::Neutron::Subnet",
                "properties": {
                    "network": {"get_resource": "VL1"},
                    "cidr": "10.9.0.0/24",
                    "ip_version": 4,
                    "gateway_ip": "10.9.0.1",
                    "enable_dhcp": False,
                    "allocation_pools": [{"start": "10.9.0.10", "end": "10.9.0.20"}],
                },
            },
            found["VL1_subnet"],
        )

    def test_addresses_that_suit_the_network(self):
        for properties in (
            {"cidr": "10.9.0.0/24", "start_ip": "10.9.0.9", "end_ip": "10.9.0.9"},
            {"cidr": "fd00::/64", "gateway_ip": "fe80::1"},
        ):
            self.assertIn("VL1_subnet", self.resources(**properties))

    def test_created_network_without_name(self):
        found = self.resources(cidr="10.9.0.0/24")

        self.assertEqual({"type": "OS::Neutron::Net", "properties": {}}, found["VL1"])

    def test_provider_network(self):
        for properties, kind in (({}, "vxlan"), ({"network_type": "vlan"}, "vlan")):
            found = self.resources(
                network_name="n", cidr="10.9.0.0/24", segmentation_id=7, **properties
            )

            self.assertEqual(
                {"provider:segmentation_id": "7", "provider:network_type": kind},
                found["VL1"]["properties"]["value_specs"],
            )

    def test_refusals(self):
        for properties, reason in (
            ({}, "name an existing network"),
            ({"cidr": "10.9.0.0"}, "not a valid network"),
            ({"cidr": "nonsense/24"}, "not a valid network"),
            ({"cidr": "10.9.0.0/24", "start_ip": "10.9.0.1"}, "give both"),
            ({"cidr": "10.9.0.0/24", "gateway_ip": "x"}, "not a valid IP address"),
            (
                {"cidr": "10.9.0.0/24", "gateway_ip": "10.9.1.1"},
                'gateway_ip: "10.9.1.1" is not an address of 10.9.0.0/24',
            ),
            (
                {"cidr": "10.9.0.0/24", "gateway_ip": "fd00::1"},
                'gateway_ip: "fd00::1" is not an address of 10.9.0.0/24',
            ),
            (
                {"cidr": "10.9.0.0/24", "start_ip": "10.8.0.9", "end_ip": "10.9.0.9"},
                'start_ip: "10.8.0.9" is not an address',
            ),
            (
                {"cidr": "10.9.0.0/24", "start_ip": "10.9.0.9", "end_ip": "10.9.1.9"},
                'end_ip: "10.9.1.9" is not an address',
            ),
            (
                {"cidr": "10.9.0.0/24", "start_ip": "10.9.0.9", "end_ip": "10.9.0.8"},
                'start_ip: "10.9.0.9" comes after end_ip "10.9.0.8"',
            ),
        ):
            error = self.assertRaises(
                exceptions.InvalidTemplate, self.resources, **properties
            )

            self.assertIn(reason, error.message)
            self.assertIn('node "VL1"', error.message)
