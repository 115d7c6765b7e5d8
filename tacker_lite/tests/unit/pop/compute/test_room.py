"""What the servers of a PoP use together."""

from __future__ import annotations

import dataclasses
import os
import tempfile

import testtools

from tacker_lite.pop import records
from tacker_lite.pop.compute.tables import Servers
from tacker_lite.pop.store import Store

SMALL = records.Flavor("1", "small", vcpus=1, ram=64, disk=2)
LARGE = records.Flavor("2", "large", vcpus=4, ram=512, disk=8)


def server(ident, flavor=SMALL, host="pop1"):
    return records.Server(
        id=ident, project_id="p", user_id="u", name=ident, flavor=flavor, host=host
    )


class TestServers(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="servers-")
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "lab.sqlite")
        self.servers = self.open()

    def open(self):
        store = Store(self.path)
        self.addCleanup(store.close)
        return Servers(store, "pop1")

    def assert_used(self, vcpus, ram, disk, servers=None):
        used = (servers or self.servers).used
        self.assertEqual((vcpus, ram, disk), (used["vcpus"], used["ram"], used["disk"]))

    def test_totals_follow_every_change(self):
        self.servers.put(server("a"))
        self.servers.put(server("waits", host=None))
        self.assert_used(1, 64, 2)
        self.servers.change("waits", host="pop1")
        self.assert_used(2, 128, 4)
        self.servers.change("a", flavor=LARGE)
        self.assert_used(5, 576, 10)
        self.servers.change("a", status="SHUTOFF")
        self.assert_used(5, 576, 10)
        self.servers.delete("a")
        self.servers.delete("a")
        self.assert_used(1, 64, 2)

    def test_totals_are_there_after_a_restart(self):
        self.servers.put(server("a", LARGE))
        self.servers.put(dataclasses.replace(server("b"), status="ERROR", host=None))
        again = self.open()
        self.assert_used(4, 512, 8, again)
        again.delete("a")
        self.assert_used(0, 0, 0, again)
