"""Rules of security groups, as text."""

import unittest

from tacker_lite.pop.runtime import filter_rules, names


class ZoneTest(unittest.TestCase):
    def bridges(self):
        last = names.SHARDS
        return [names.bridge("n1"), names.shard("n1", 1), names.shard("n1", last)]

    def test_all_bridges_of_a_network_are_in_its_zone(self):
        line = filter_rules.new_zone("inet", "n1", 7)
        self.assertIn("add element inet security_groups zones {", line)
        for bridge in self.bridges():
            self.assertIn(f'"{bridge}" : 7', line)

    def test_all_bridges_of_a_routed_network_are_in_the_zone_of_its_router(self):
        line = filter_rules.new_zone("bridge", "n1", 0)
        self.assertIn("add element bridge security_groups routed {", line)
        for bridge in self.bridges():
            self.assertIn(f'"{bridge}"', line)
