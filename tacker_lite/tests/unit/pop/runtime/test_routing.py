"""Shortest ways between PoPs, and addresses of links."""

import ipaddress

import testtools

from tacker_lite.pop.runtime import routing
from tacker_lite.pop.runtime.base import LinkSpec, RuntimeFault


class NextHopTest(testtools.TestCase):
    def hops(self, *links, pops="abcde"):
        return routing.next_hops(pops, [LinkSpec(*link) for link in links])

    def test_over_several_links(self):
        hops = self.hops("ab", "bc", "cd")
        self.assertEqual({"b": "b", "c": "b", "d": "b"}, hops["a"])
        self.assertEqual({"c": "c", "b": "c", "a": "c"}, hops["d"])
        self.assertEqual({}, hops["e"])

    def test_the_shorter_way_wins(self):
        hops = self.hops("ab", "bc", "cd", "de", "ea")
        self.assertEqual({"b": "b", "e": "e", "c": "b", "d": "e"}, hops["a"])

    def test_equal_ways_are_chosen_alike_in_any_order(self):
        one = self.hops("ab", "ac", "bd", "cd")
        other = self.hops("dc", "db", "ca", "ba")
        self.assertEqual(one, other)
        self.assertEqual("b", one["a"]["d"])


class AddressTest(testtools.TestCase):
    def test_both_ends_share_a_link_and_no_two_links_overlap(self):
        seen = set()
        for index in (0, 1, 2, routing.LINKS_PER_BLOCK - 1):
            for family, length in ((0, 31), (1, 127)):
                ends = [routing.link_addresses(7, index, end)[family] for end in (0, 1)]
                near, far = (ipaddress.ip_interface(f"{e}/{length}") for e in ends)
                self.assertEqual(near.network, far.network)
                self.assertTrue(seen.isdisjoint(ends))
                seen.update(ends)
                block = routing.block_networks(7)[family]
                self.assertTrue(near.network.subnet_of(block))

    def test_blocks_stay_in_their_pools(self):
        ipv4, ipv6 = routing.block_networks(routing.BLOCKS - 1)
        self.assertTrue(ipv4.subnet_of(routing.IPV4_POOL))
        self.assertTrue(ipv6.subnet_of(routing.IPV6_POOL))

    def test_a_block_avoids_other_labs_and_the_host(self):
        first = routing.choose_block("lab", [], [])
        second = routing.choose_block("lab", [first], [])
        self.assertNotEqual(first, second)
        inside = ipaddress.ip_network(routing.block_networks(first)[0][5])
        self.assertEqual(second, routing.choose_block("lab", [], [inside]))
        self.assertRaises(
            RuntimeFault, routing.choose_block, "lab", range(routing.BLOCKS), []
        )

    def test_indices(self):
        self.assertEqual(0, routing.free_index([]))
        self.assertEqual(1, routing.free_index([0, 2]))
        self.assertRaises(
            RuntimeFault, routing.free_index, range(routing.LINKS_PER_BLOCK)
        )

    def test_overlap_compares_only_one_family(self):
        ipv4 = ipaddress.ip_network("10.0.0.0/8")
        self.assertTrue(routing.overlap(ipv4, ipaddress.ip_network("10.9.0.0/16")))
        self.assertFalse(routing.overlap(ipv4, ipaddress.ip_network("11.0.0.0/8")))
        self.assertFalse(routing.overlap(ipv4, ipaddress.ip_network("::/0")))

    def test_external_networks_are_apart_from_links_and_each_other(self):
        links = routing.link_networks(3)[0]
        for count, prefix in ((1, 24), (32, 24), (33, 25), (1024, 29)):
            cidrs = routing.external_networks(3, [f"p{n}" for n in range(count)])
            networks = [ipaddress.ip_network(cidr) for cidr in cidrs.values()]
            self.assertEqual({prefix}, {network.prefixlen for network in networks})
            self.assertEqual(count, len(set(networks)))
            block = routing.block_networks(3)[0]
            for network in networks:
                self.assertTrue(network.subnet_of(block))
                self.assertFalse(network.overlaps(links))
        many = [f"p{n}" for n in range(1025)]
        self.assertRaises(RuntimeFault, routing.external_networks, 3, many)
