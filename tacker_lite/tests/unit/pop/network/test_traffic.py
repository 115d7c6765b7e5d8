"""What the machine is told of security groups and chains, on the simulated runtime."""

from tacker_lite.pop import errors
from tacker_lite.tests.unit.pop.network.test_service import NetworkTestCase


class TrafficTestCase(NetworkTestCase):
    def setUp(self):
        super().setUp()
        self.net = self.network("10.5.0.0/24", "fd05::/64").id

    def server_port(self, device="one", **attrs):
        owner = {"device_id": device, "device_owner": "compute:nova"}
        return self.port(self.net, **owner, **attrs)


class FilteringTest(TrafficTestCase):
    @property
    def told(self):
        self.fixture.cloud.network.filtering.settle()
        filters = self.fixture.runtime.filters
        return filters.groups["pop1"], filters.ports["pop1"]

    def test_members_are_counted_while_somebody_asks(self):
        default = self.service.default_group(self.project).id
        group = self.service.create_security_group(self.project, {"name": "g"}).id
        port = self.server_port(security_groups=[default, group])
        addresses = {entry["ip_address"] for entry in port.fixed_ips}
        groups, ports = self.told
        self.assertEqual(addresses, groups[default].members)
        self.assertEqual(frozenset(), groups[group].members)
        self.assertEqual((default, group), ports[port.id].groups)
        rule = {"security_group_id": default, "direction": "ingress"}
        made = self.service.create_security_group_rule(
            self.project, {**rule, "protocol": "tcp", "remote_group_id": group}
        )
        self.assertEqual(addresses, self.told[0][group].members)
        self.service.update_port(
            self.project,
            port.id,
            {"allowed_address_pairs": [{"ip_address": "10.9.0.1/16"}]},
        )
        self.assertIn("10.9.0.0/16", self.told[0][group].members)
        self.service.delete_security_group_rule(self.project, made.id)
        self.assertEqual(frozenset(), self.told[0][group].members)
        self.service.delete_port(self.project, port.id)
        groups, ports = self.told
        self.assertEqual((frozenset(), {}), (groups[default].members, ports))

    def test_text_behind_an_address_gets_to_no_rule(self):
        """Python takes any text behind the % of an address for a zone."""
        bad = "fe80::1%x accept } flush ruleset/64"
        group = self.service.create_security_group(self.project, {"name": "g"}).id
        rule = {"security_group_id": group, "direction": "ingress"}
        rule |= {"ethertype": "IPv6", "remote_ip_prefix": bad}
        port = self.server_port()
        for refused in (
            lambda: self.service.create_security_group_rule(self.project, rule),
            lambda: self.service.chaining.create_flow_classifier(
                self.project,
                {"ethertype": "IPv6", "logical_source_port": port.id}
                | {"source_ip_prefix": bad},
            ),
            *(
                lambda pair=pair: self.service.update_port(
                    self.project,
                    port.id,
                    {"allowed_address_pairs": [{"ip_address": pair}]},
                )
                for pair in (bad, "10.0.0.1/99", "10.0.0.1/x", 5)
            ),
        ):
            self.assertRaises(errors.BadRequest, refused)
        self.assertNotIn("%", str(self.told))

    def test_networks_that_share_addresses_count_apart(self):
        default = self.service.default_group(self.project).id
        twin = self.network("10.5.0.0/24").id
        wanted = {"fixed_ips": [{"ip_address": "10.5.0.77"}]}
        first = self.port(self.net, **wanted)
        second = self.port(twin, **wanted)
        self.service.delete_port(self.project, first.id)
        self.assertIn("10.5.0.77", self.told[0][default].members)
        self.service.delete_port(self.project, second.id)
        self.assertNotIn("10.5.0.77", self.told[0][default].members)

    def test_a_removed_group_takes_the_rules_about_it_along(self):
        group = self.service.create_security_group(self.project, {"name": "g"}).id
        default = self.service.default_group(self.project).id
        before = self.told[0][default].rules
        body = {"security_group_id": default, "direction": "ingress"}
        self.service.create_security_group_rule(
            self.project, {**body, "protocol": "udp", "remote_group_id": group}
        )
        self.assertNotEqual(before, self.told[0][default].rules)
        self.service.delete_security_group(self.project, group)
        groups, _ = self.told
        self.assertEqual(before, groups[default].rules)
        self.assertNotIn(group, groups)

    def test_a_restarted_lab_says_it_all_again(self):
        server = self.fixture.create_server()
        self.fixture.settled(server.id, "ACTIVE")
        before = self.told
        self.assertEqual(1, len(before[1]))
        self.fixture.restart()
        self.assertEqual(before, self.told)


class SteeringTest(TrafficTestCase):
    def setUp(self):
        super().setUp()
        self.source = self.server_port("client")
        self.target = self.server_port("server")
        self.ways_in = [self.server_port(f"f{n}") for n in range(2)]
        self.ways_out = [self.server_port(f"f{n}") for n in range(2)]

    @property
    def sfc(self):
        return self.fixture.cloud.network.chaining

    def chain(self, **parameters):
        groups = []
        for ports in zip(self.ways_in, self.ways_out, strict=True):
            body = dict(zip(("ingress", "egress"), (p.id for p in ports), strict=True))
            pair = self.sfc.create_port_pair(self.project, body)
            body = {"port_pairs": [pair.id]}
            groups.append(self.sfc.create_port_pair_group(self.project, body).id)
        classifier = self.sfc.create_flow_classifier(
            self.project,
            {
                "protocol": "udp",
                "source_port_range_min": 5,
                "destination_port_range_max": 9,
                "destination_ip_prefix": "10.5.0.0/25",
                "logical_source_port": self.source.id,
                "logical_destination_port": self.target.id,
            },
        )
        return self.sfc.create_port_chain(
            self.project,
            {
                "port_pair_groups": groups,
                "flow_classifiers": [classifier.id],
                "chain_parameters": parameters,
            },
        )

    def paths(self):
        self.sfc.steering.settle()
        return self.fixture.runtime.chains.paths["pop1"]

    def test_there_and_back(self):
        chain = self.chain(symmetric="true")
        there, back = self.paths()
        self.assertEqual(
            (self.source.id, self.target.id), (there.start.id, back.start.id)
        )
        ingress = [hop[0].ingress.id for hop in there.hops]
        self.assertEqual([port.id for port in self.ways_in], ingress)
        ingress = [hop[0].ingress.id for hop in back.hops]
        self.assertEqual([port.id for port in reversed(self.ways_out)], ingress)
        self.assertEqual(((5, 65535), (0, 9)), _ports(there.first))
        self.assertEqual(((0, 9), (5, 65535)), _ports(back.first))
        self.assertEqual(("10.5.0.0/25",), there.first.destinations)
        self.assertEqual(("10.5.0.0/25",), back.first.sources)
        # Past the first function packets are known by whose they are.
        self.assertEqual((), there.first.sources)
        own = [e["ip_address"] for e in self.source.fixed_ips]
        self.assertEqual([a for a in own if ":" not in a], [*there.later.sources])
        self.fixture.restart()
        hops = [path.hops for path in self.paths()]
        self.assertEqual([there.hops, back.hops], hops)
        self.sfc.delete_port_chain(self.project, chain.id)
        self.assertEqual((), self.paths())
        events = [e.text for e in self.fixture.lab.events.since() if e.resource_id]
        self.assertIn("removed: 2 hops, 1 classifiers", events)

    def test_ports_in_use_stay_and_lost_ones_are_left_out(self):
        self.chain()
        for port in (self.source, self.ways_in[0], self.ways_out[1]):
            self.refused(
                errors.Conflict,
                "PortInUse",
                self.service.delete_port,
                self.project,
                port.id,
            )
        (path,) = self.paths()
        self.service.drop_port(self.ways_in[0])
        (shorter,) = self.paths()
        self.assertEqual(path.hops[1:], shorter.hops)
        self.service.drop_port(self.source)
        self.assertEqual((), self.paths())

    def test_functions_that_take_no_flows(self):
        chain = self.chain()
        group = self.sfc.get_port_pair_group(self.project, chain.port_pair_groups[0])
        body = {"ingress": self.ways_out[0].id, "egress": self.ways_in[0].id}
        body["service_function_parameters"] = {"weight": "0"}
        idle = self.sfc.create_port_pair(self.project, body)
        before = self.paths()
        pairs = [*group.port_pairs, idle.id]
        self.sfc.update_port_pair_group(self.project, group.id, {"port_pairs": pairs})
        self.assertEqual(before, self.paths())

    def test_the_pop_s_own_router_is_no_source(self):
        router = next(row for row in self.service.routers if row.of_topology)
        leg = self.service.legs(router.id, "network:router_interface")[0]
        classifier = self.sfc.create_flow_classifier(
            None, {"logical_source_port": leg.id}
        )
        pair = self.sfc.create_port_pair(
            None, {"ingress": self.ways_in[0].id, "egress": self.ways_out[0].id}
        )
        group = self.sfc.create_port_pair_group(None, {"port_pairs": [pair.id]})
        body = {"port_pair_groups": [group.id], "flow_classifiers": [classifier.id]}
        self.refused(
            errors.BadRequest, "SfcBadRequest", self.sfc.create_port_chain, None, body
        )
        self.assertEqual([], self.sfc.list_port_chains(None))


def _ports(flow):
    return flow.source_ports, flow.destination_ports
