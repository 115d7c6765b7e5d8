import testtools

from tacker_lite.pop import errors
from tacker_lite.tests.unit.pop import open_lab
from tacker_lite.tests.unit.pop.open_lab import OpenLab


class NetworkTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())
        self.service = self.fixture.cloud.network
        self.project = self.fixture.project()

    def refused(self, error, kind, call, *args):
        self.assertEqual(kind, self.assertRaises(error, call, *args).type)

    def network(self, *cidrs, **attrs):
        network = self.service.create_network(self.project, {"name": "n", **attrs})
        for cidr in cidrs:
            version = 6 if ":" in cidr else 4
            self.service.create_subnet(
                self.project,
                {"network_id": network.id, "cidr": cidr, "ip_version": version},
            )
        return network

    def port(self, network_id, **attrs):
        return self.service.create_port(
            self.project, {"network_id": network_id, **attrs}
        )


class NetworkTest(NetworkTestCase):
    def test_topology_networks(self):
        network, outside = self.service.list_networks(self.project)
        self.assertTrue(network.shared and network.routed)
        self.assertTrue(outside.external and not outside.shared)
        (subnet,) = self.service.subnets_of(network.id)
        self.assertEqual("10.1.0.1", subnet.gateway_ip)
        delete = self.service.delete_network
        self.refused(errors.Conflict, "NetworkInUse", delete, None, network.id)
        self.assertRaises(errors.Forbidden, delete, self.project, network.id)

    def test_others_networks_are_not_seen(self):
        mine = self.network()
        other = self.fixture.project("service")
        self.assertNotIn(mine, self.service.list_networks(other))
        self.refused(
            errors.NotFound, "NetworkNotFound", self.service.get_network, other, mine.id
        )
        self.assertIn(mine, self.service.list_networks(None))

    def test_bad_bodies(self):
        create = self.service.create_network
        for attrs in ({"nmae": "x"}, {"name": 5}, {"mtu": "x"}, {"tags": "x"}):
            self.assertRaises(errors.BadRequest, create, self.project, attrs)
        self.assertRaises(errors.Forbidden, create, self.project, {"shared": True})
        self.assertRaises(
            errors.BadRequest,
            self.service.update_network,
            self.project,
            self.network().id,
            {"id": "x"},
        )

    def test_subnet_rules(self):
        network = self.network("10.5.0.0/24")

        def create(**attrs):
            body = {"network_id": network.id, "cidr": "10.6.0.0/24", **attrs}
            return self.service.create_subnet(self.project, body)

        def refused(kind, **attrs):
            error = self.assertRaises(errors.PopError, create, **attrs)
            self.assertEqual(kind, error.type)

        refused("InvalidInput", cidr="10.5.0.128/25")
        refused("InvalidInput", cidr="10.5.0.0")
        refused("InvalidInput", cidr="fd00::/64")
        refused("HTTPBadRequest", gateway_ip="10.7.0.1")
        refused(
            "OutOfBoundsAllocationPool",
            allocation_pools=[{"start": "10.6.0.2", "end": "10.6.1.2"}],
        )
        refused(
            "GatewayConflictWithAllocationPools",
            allocation_pools=[{"start": "10.6.0.1", "end": "10.6.0.9"}],
        )
        subnet = create(gateway_ip="10.6.0.100")
        self.assertEqual(
            [
                {"start": "10.6.0.1", "end": "10.6.0.99"},
                {"start": "10.6.0.101", "end": "10.6.0.254"},
            ],
            subnet.allocation_pools,
        )
        self.assertIsNone(create(cidr="10.8.0.0/24", gateway_ip=None).gateway_ip)

    def test_in_use(self):
        network = self.network("10.5.0.0/24")
        (subnet,) = self.service.subnets_of(network.id)
        port = self.port(network.id)
        self.refused(
            errors.Conflict,
            "NetworkInUse",
            self.service.delete_network,
            self.project,
            network.id,
        )
        self.refused(
            errors.Conflict,
            "SubnetInUse",
            self.service.delete_subnet,
            self.project,
            subnet.id,
        )
        self.service.delete_port(self.project, port.id)
        self.service.delete_network(self.project, network.id)
        self.assertEqual([], self.service.subnets_of(network.id))


class PortTest(NetworkTestCase):
    def test_one_address_of_each_version(self):
        network = self.network("10.5.0.0/24", "10.6.0.0/24", "fd00::/64")
        addresses = [e["ip_address"] for e in self.port(network.id).fixed_ips]
        self.assertEqual(["10.5.0.2", "fd00::2"], addresses)
        self.assertEqual([], self.port(network.id, fixed_ips=[]).fixed_ips)

    def test_demanded_addresses(self):
        network = self.network("10.5.0.0/24", "10.6.0.0/24")
        second = self.service.subnets_of(network.id)[1]
        port = self.port(
            network.id, fixed_ips=[{"ip_address": "10.6.0.9"}, {"subnet_id": second.id}]
        )
        addresses = [entry["ip_address"] for entry in port.fixed_ips]
        self.assertEqual(["10.6.0.9", "10.6.0.2"], addresses)

    def test_refusals(self):
        network = self.network("10.5.0.0/30")
        (subnet,) = self.service.subnets_of(network.id)
        mac = self.port(network.id).mac_address

        def refused(error, kind, **attrs):
            found = self.assertRaises(error, self.port, network.id, **attrs)
            self.assertEqual(kind, found.type)

        conflict, bad = errors.Conflict, errors.BadRequest
        refused(conflict, "IpAddressGenerationFailure")
        taken = [{"ip_address": "10.5.0.2"}]
        refused(conflict, "IpAddressAlreadyAllocated", fixed_ips=taken)
        refused(bad, "InvalidIpForNetwork", fixed_ips=[{"ip_address": "10.6.0.2"}])
        both = {"ip_address": "10.6.0.2", "subnet_id": subnet.id}
        refused(bad, "InvalidIpForSubnet", fixed_ips=[both])
        refused(bad, "HTTPBadRequest", fixed_ips=[{"ip_address": "x"}])
        refused(bad, "HTTPBadRequest", fixed_ips="x")
        refused(conflict, "MacAddressInUse", mac_address=mac, fixed_ips=[])
        refused(bad, "HTTPBadRequest", mac_address="01:00:00:00:00:00")
        refused(bad, "HTTPBadRequest", **{"binding:vnic_type": "magic"})
        self.assertEqual(1, len(self.service.list_ports(self.project)))

    def test_router_has_the_gateway_of_a_routed_network(self):
        error = self.assertRaises(
            errors.Conflict,
            self.port,
            self.fixture.network(),
            fixed_ips=[{"ip_address": "10.1.0.1"}],
        )
        self.assertEqual("IpAddressAlreadyAllocated", error.type)

    def test_freed_addresses_are_given_again(self):
        network = self.network("10.5.0.0/30")
        port = self.port(network.id)
        self.service.update_port(self.project, port.id, {"fixed_ips": []})
        other = self.port(network.id)
        self.assertEqual(port.fixed_ips, other.fixed_ips)
        self.service.delete_port(self.project, other.id)
        self.assertEqual(port.fixed_ips, self.port(network.id).fixed_ips)

    def test_port_security(self):
        network = self.network("10.5.0.0/24")
        group = self.service.default_group(self.project)
        self.assertEqual([group.id], self.port(network.id).security_groups)
        off = {"port_security_enabled": False}
        self.assertEqual([], self.port(network.id, **off).security_groups)
        wrong = {
            "PortSecurityAndIPRequiredForSecurityGroups": {
                "security_groups": [group.id]
            },
            "AddressPairAndPortSecurityRequired": {
                "allowed_address_pairs": [{"ip_address": "10.9.0.0/24"}]
            },
        }
        for kind, attrs in wrong.items():
            error = self.assertRaises(
                errors.PopError, self.port, network.id, **off, **attrs
            )
            self.assertEqual(kind, error.type)
        port = self.port(network.id)
        error = self.assertRaises(
            errors.Conflict, self.service.update_port, self.project, port.id, off
        )
        self.assertEqual("PortSecurityPortHasSecurityGroup", error.type)

    def test_restart_keeps_addresses_in_use(self):
        network = self.network("10.5.0.0/24")
        port = self.port(network.id)
        self.fixture.restart()
        self.service = self.fixture.cloud.network
        self.assertEqual(port, self.service.get_port(self.project, port.id))
        self.assertEqual("10.5.0.3", self.port(network.id).fixed_ips[0]["ip_address"])


class SecurityGroupTest(NetworkTestCase):
    def test_default_group(self):
        (group,) = self.service.list_security_groups(self.project)
        self.assertEqual("default", group.name)
        rules = self.service.rules_of(group.id)
        inwards = [rule for rule in rules if rule.direction == "ingress"]
        self.assertEqual(
            [("IPv4", group.id), ("IPv4", None), ("IPv6", group.id), ("IPv6", None)],
            [(rule.ethertype, rule.remote_group_id) for rule in inwards],
        )
        self.assertEqual(2, len(rules) - len(inwards))
        self.refused(
            errors.Conflict,
            "SecurityGroupCannotRemoveDefault",
            self.service.delete_security_group,
            self.project,
            group.id,
        )

    def test_rules(self):
        group = self.service.create_security_group(self.project, {"name": "web"})
        body = {
            "security_group_id": group.id,
            "direction": "ingress",
            "protocol": "tcp",
            "port_range_min": 80,
            "port_range_max": 80,
        }
        create = self.service.create_security_group_rule
        rule = create(self.project, body)
        self.refused(
            errors.Conflict, "SecurityGroupRuleExists", create, self.project, body
        )
        for wrong in (
            {"direction": "up"},
            {"protocol": "tpc"},
            {"port_range_min": 81},
            {"protocol": None},
            {"ethertype": "IPv5"},
            {"remote_ip_prefix": "fd00::/64"},
        ):
            self.assertRaises(
                errors.BadRequest, create, self.project, {**body, **wrong}
            )
        self.service.delete_security_group_rule(self.project, rule.id)
        self.assertEqual(2, len(self.service.rules_of(group.id)))

    def test_group_in_use(self):
        group = self.service.create_security_group(self.project, {"name": "web"})
        port = self.port(self.fixture.network(), security_groups=[group.id])
        delete = self.service.delete_security_group
        self.refused(
            errors.Conflict, "SecurityGroupInUse", delete, self.project, group.id
        )
        self.service.delete_port(self.project, port.id)
        delete(self.project, group.id)
        self.assertEqual([], self.service.rules_of(group.id))


class QuotaTest(NetworkTestCase):
    def test_limits_are_the_topology_s_until_set(self):
        text = open_lab.TOPOLOGY.replace(
            "- name: pop1", "- name: pop1\n    quotas: {demo: {network: 1}}"
        )
        self.fixture.restart(text)
        self.service = self.fixture.cloud.network
        quotas = self.service.quotas
        self.network("10.5.0.0/24")
        create = self.service.create_network
        self.refused(errors.Conflict, "OverQuota", create, self.project, {})
        self.assertEqual(2, quotas.change(self.project, {"network": 2})["network"])
        create(self.project, {})
        self.fixture.restart(text)
        self.service = self.fixture.cloud.network
        create, quotas = self.service.create_network, self.service.quotas
        self.refused(errors.Conflict, "OverQuota", create, self.project, {})
        self.assertEqual({self.project}, set(quotas.all()))
        quotas.reset(self.project)
        self.assertEqual(1, quotas.limits(self.project)["network"])
        self.refused(errors.NotFound, "TenantQuotaNotFound", quotas.reset, self.project)
        self.assertEqual(2, quotas.used(self.project)["network"])
        quotas.change(self.project, {"network": -1})
        create(self.project, {})

    def test_servers_take_ports_too(self):
        self.service.quotas.change(self.project, {"port": 0})
        create = self.fixture.create_server
        error = self.assertRaises(errors.Forbidden, create)
        self.assertIn("Maximum number of ports", str(error))
        self.assertEqual([], self.fixture.ports())
        self.assertEqual([], self.fixture.cloud.compute.list_servers(None))

    def test_each_kind_has_one(self):
        network = self.network("10.5.0.0/24")
        self.service.default_group(self.project)
        router = {"name": "r"}
        body = {"network_id": network.id}
        public = next(row.id for row in self.service.networks if row.external)
        wanted = {
            "subnet": {**body, "cidr": "10.6.0.0/24"},
            "port": body,
            "router": router,
            "floatingip": {"floating_network_id": public},
            "security_group": {"name": "g"},
            "security_group_rule": {
                "security_group_id": self.service.default_group(self.project).id,
                "direction": "egress",
                "protocol": "tcp",
            },
        }
        self.service.quotas.change(self.project, dict.fromkeys(wanted, 0))
        for kind, attrs in wanted.items():
            create = getattr(self.service, f"create_{kind}")
            before = self.service.quotas.used(self.project)
            self.refused(errors.Conflict, "OverQuota", create, self.project, attrs)
            self.assertEqual(before, self.service.quotas.used(self.project))
