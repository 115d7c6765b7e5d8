"""The table of a router's address translation."""

import testtools

from tacker_lite.pop.runtime import address_translation


class RulesTest(testtools.TestCase):
    def test_floating_addresses_both_ways_and_back_into_their_network(self):
        table = address_translation.rules(
            [("203.0.113.5", "10.0.0.7")], ["10.0.0.0/24"], "-o eth1", "203.0.113.2"
        )
        self.assertEqual(
            [
                "*nat",
                "-A PREROUTING -d 203.0.113.5/32 -j DNAT --to-destination 10.0.0.7",
                "-A POSTROUTING -s 10.0.0.0/24 -d 10.0.0.0/24 -m conntrack "
                "--ctstate DNAT -j MASQUERADE",
                "-A POSTROUTING -s 10.0.0.7/32 -o eth1 -j SNAT --to-source 203.0.113.5",
                "-A POSTROUTING -o eth1 -j SNAT --to-source 203.0.113.2",
                "COMMIT",
                "",
            ],
            table.split("\n"),
        )

    def test_without_any_the_table_is_empty(self):
        self.assertEqual("*nat\nCOMMIT\n", address_translation.rules([], [], "! -o b+"))
