"""Security groups between real servers: what passes, what not, from when to when."""

import socket

from tacker_lite.tests.functional.pop.packets_case import (
    SILENCE,
    PacketsCase,
    address,
    echoes,
)

WEB = {"protocol": "tcp", "port_range_min": 80, "port_range_max": 80}
ECHO = {"protocol": "icmp", "port_range_min": 8, "port_range_max": 0}


class SecurityGroupTest(PacketsCase):
    def test_rules_decide_for_both_families(self):
        network = self.new_network("10.77.0.0/24", "fd77::/64")
        web = self.new_group(WEB, {**WEB, "ethertype": "IPv6"})
        pinged = self.new_group(ECHO, {"protocol": "icmpv6", "ethertype": "IPv6"})
        client = self.new_port(network, security_groups=[pinged])
        server = self.new_port(network, security_groups=[web])
        inside, outside = self.boot(server), self.boot(client)
        for port in (80, 81):
            inside.listen(port, socket.AF_INET6)
        for there, here in zip(*map(addresses, (server, client)), strict=True):
            self.assertTrue(outside.reaches(there, 80), there)
            self.assertFalse(outside.reaches(there, 81, SILENCE), there)
            self.assertFalse(outside.ping(there, SILENCE), there)
            self.assertTrue(inside.ping(here), here)

    def test_a_rule_taken_away_ends_what_it_let_in_and_nothing_else(self):
        network = self.new_network("10.77.0.0/24")
        group = self.new_group(WEB)
        more = {"port_range_min": 443, "port_range_max": 443}
        rule = self.new_rule(group, **{**WEB, **more})
        client = self.new_port(network, security_groups=[])
        server = self.new_port(network, security_groups=[group])
        self.update_port(client, port_security_enabled=False)
        inside, outside = self.boot(server), self.boot(client)
        for port in (80, 443):
            inside.listen(port)
        kept, cut = (outside.connect(address(server), port) for port in (80, 443))
        self.addCleanup(kept.close)
        self.addCleanup(cut.close)
        self.assertTrue(echoes(kept) and echoes(cut))
        self.network.delete_security_group_rule(None, rule)
        self.network.filtering.settle()
        self.assertTrue(echoes(kept))
        self.assertFalse(echoes(cut, SILENCE))
        self.update_port(server, security_groups=[])
        self.assertFalse(echoes(kept, SILENCE))

    def test_members_of_a_group_come_and_go(self):
        network = self.new_network("10.77.0.0/24", "fd77::/64")
        friends = self.new_group()
        group = self.new_group()
        for ethertype in ("IPv4", "IPv6"):
            self.new_rule(group, ethertype=ethertype, remote_group_id=friends)
        client = self.new_port(network, security_groups=[self.new_group()])
        server = self.new_port(network, security_groups=[group])
        inside, outside = self.boot(server), self.boot(client)
        inside.listen(80, socket.AF_INET6)
        for there in addresses(server):
            self.assertFalse(outside.reaches(there, 80, SILENCE), there)
        self.update_port(client, security_groups=[friends])
        for there in addresses(server):
            self.assertTrue(outside.reaches(there, 80), there)
        self.update_port(client, security_groups=[])
        for there in addresses(server):
            self.assertFalse(outside.reaches(there, 80, SILENCE), there)

    def test_egress_is_what_rules_say(self):
        network = self.new_network("10.77.0.0/24")
        group = self.new_group(WEB)
        for rule in self.network.rules_of(group):
            if rule.direction == "egress":
                self.network.delete_security_group_rule(None, rule.id)
        self.new_rule(
            group, direction="egress", protocol="udp", remote_ip_prefix="10.77.0.0/30"
        )
        open_port = self.new_port(network, port_security_enabled=False)
        server = self.new_port(network, security_groups=[group])
        inside, outside = self.boot(server), self.boot(open_port)
        inside.listen(80)
        outside.listen(80)
        self.assertTrue(outside.reaches(address(server), 80))
        self.assertFalse(inside.reaches(address(open_port), 80, SILENCE))
        self.update_port(server, port_security_enabled=False, security_groups=[])
        self.assertTrue(inside.reaches(address(open_port), 80))
        self.update_port(server, admin_state_up=False)
        self.assertFalse(inside.reaches(address(open_port), 80, SILENCE))

    def test_nobody_sends_from_addresses_that_are_not_his(self):
        network = self.new_network("10.77.0.0/24", "fd77::/64")
        group = self.new_group({}, {"ethertype": "IPv6"})
        client = self.new_port(network, security_groups=[group])
        server = self.new_port(network, security_groups=[group])
        inside, outside = self.boot(server), self.boot(client)
        spoofed = ("10.77.0.99", "fd77::99")
        for own, there, wrong in zip(
            *map(addresses, (client, server)), spoofed, strict=True
        ):
            rest = "/64 dev eth0 nodad" if ":" in wrong else "/24 dev eth0"
            outside.ip(f"addr add {wrong}{rest}")
            self.assertTrue(outside.ping(there, source=own), there)
            self.assertFalse(outside.ping(there, SILENCE, source=wrong), wrong)
        pairs = [{"ip_address": "10.77.0.96/29"}, {"ip_address": "fd77::99"}]
        self.update_port(client, allowed_address_pairs=pairs)
        self.assertTrue(outside.ping(address(server), source="10.77.0.99"))
        self.assertTrue(outside.ping(address(server, 1), source="fd77::99"))
        outside.ip("link set eth0 address 02:00:00:00:00:99")
        inside.ip("neigh flush all")
        self.assertFalse(outside.ping(address(server), SILENCE))
        pairs = [
            {"ip_address": address(client), "mac_address": "02:00:00:00:00:99"},
        ]
        self.update_port(client, allowed_address_pairs=pairs)
        self.assertTrue(outside.ping(address(server)))

    def test_networks_with_the_same_addresses_are_kept_apart(self):
        group = self.new_group(WEB)
        nobody = self.new_group()
        pairs = []
        for _ in range(2):
            network = self.new_network("10.77.0.0/24")
            client = self.new_port(
                network,
                fixed_ips=[{"ip_address": "10.77.0.8"}],
                security_groups=[nobody],
            )
            server = self.new_port(
                network,
                fixed_ips=[{"ip_address": "10.77.0.9"}],
                security_groups=[group if not pairs else nobody],
            )
            inside = self.boot(server)
            inside.listen(80)
            pairs.append((inside, self.boot(client)))
        (_, first), (inside, second) = pairs
        held = first.connect("10.77.0.9", 80)
        self.addCleanup(held.close)
        self.assertTrue(echoes(held))
        # The same packets on the other network belong to nobody's connection.
        source = held.getsockname()[1]
        stray = inside.open_socket(socket.AF_INET, socket.SOCK_STREAM)
        self.addCleanup(stray.close)
        self.assertFalse(second.reaches("10.77.0.9", 80, SILENCE), source)

    def test_the_host_and_restarts(self):
        default = self.network.default_group(self.admin)
        port = self.new_port(self.fixture.network())
        inside = self.boot(port)
        inside.listen(80)
        place = inside.__class__(None)
        self.assertTrue(place.reaches(address(port), 80))
        for rule in self.network.rules_of(default.id):
            if rule.direction == "ingress" and not rule.remote_group_id:
                self.network.delete_security_group_rule(None, rule.id)
        self.network.filtering.settle()
        self.assertFalse(place.reaches(address(port), 80, SILENCE))
        self.fixture.crash()
        self.assertFalse(place.reaches(address(port), 80, SILENCE))
        self.new_rule(default.id, **WEB)
        held = place.connect(address(port), 80)
        self.addCleanup(held.close)
        self.assertTrue(echoes(held))
        self.fixture.crash()
        self.assertTrue(echoes(held))
        self.assertTrue(place.reaches(address(port), 80))


def addresses(port):
    return [address(port, number) for number in range(len(port.fixed_ips))]
