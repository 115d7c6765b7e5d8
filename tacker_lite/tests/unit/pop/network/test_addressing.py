"""Free addresses."""

from __future__ import annotations

import ipaddress

import testtools

from tacker_lite.pop import records
from tacker_lite.pop.network import addressing


def subnet(cidr, *pools):
    return records.Subnet(
        id="s",
        project_id="p",
        network_id="n",
        cidr=cidr,
        allocation_pools=[{"start": start, "end": end} for start, end in pools],
    )


class TestFirstFree(testtools.TestCase):
    def test_the_lowest_of_the_pools(self):
        two = subnet(
            "10.0.0.0/23", ("10.0.0.254", "10.0.0.255"), ("10.0.1.4", "10.0.1.4")
        )
        six = subnet("2001:db8::/64", ("2001:db8::ff", "2001:db8::ffff"))
        for where, used, expected in (
            (two, (), "10.0.0.254"),
            (two, ("10.0.0.254", "10.0.1.4"), "10.0.0.255"),
            (two, ("10.0.0.254", "10.0.0.255"), "10.0.1.4"),
            (two, ("10.0.0.254", "10.0.0.255", "10.0.1.4"), None),
            (subnet("10.0.0.0/24"), (), None),
            (six, ("2001:db8::ff",), "2001:db8::100"),
        ):
            self.assertEqual(expected, addressing.first_free(where, set(used)), used)

    def test_text_is_as_the_standard_library_has_it(self):
        cidr = ipaddress.ip_network("203.0.113.0/29")
        where = subnet(str(cidr), ("203.0.113.1", "203.0.113.6"))
        used: set[str] = set()
        while (free := addressing.first_free(where, used)) is not None:
            used.add(free)
        self.assertEqual({str(host) for host in cidr.hosts()}, used)
