"""Servers on a machine that tells what it was told."""

import threading

import testtools

from tacker_lite.pop.compute.action_log import Caller
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT, OpenLab

TOPOLOGY = """
name: unit
capacity: {vcpus: 16, ram_mib: 32768, disk_gib: 200, hosts: 3}
pops:
  - name: pop1
    networks: [{name: net0, cidr: 10.1.0.0/28}]
"""
BY = Caller("amy", "req-1")


class TellingRuntime(SimulatedRuntime):
    """A machine that writes down what it is told, and copies disks when it is let."""

    def __init__(self, lab, directory):
        super().__init__(lab, directory)
        self.told = []
        self.copying = threading.Event()
        self.copying.set()

    def start(self, server):
        self.told.append(("start", server.vcpus, server.public_key, server.snapshot))
        super().start(server)

    def stop(self, server_id):
        self.told.append("stop")
        super().stop(server_id)

    def delete(self, server_id):
        self.told.append("delete")
        super().delete(server_id)

    def pause(self, server_id):
        self.told.append("pause")

    def unpause(self, server_id):
        self.told.append("unpause")

    def snapshot(self, server_id, path):
        if not self.copying.wait(TIMEOUT):
            raise RuntimeFault("nobody let it go")
        if "full" in self.lab:
            raise RuntimeFault("no room")
        super().snapshot(server_id, path)


class ActionCase(testtools.TestCase):
    topology = TOPOLOGY

    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(self.topology, TellingRuntime))
        self.project = self.fixture.project()
        self.compute = self.fixture.cloud.compute
        self.runtime = self.fixture.runtime

    def active(self, **more):
        server = self.fixture.settled(self.fixture.create_server(**more).id, "ACTIVE")
        self.runtime.told.clear()
        return server

    def flavor(self, **more):
        body = {"name": "f", "vcpus": 2, "ram": 1024, "disk": 1, **more}
        return self.compute.create_flavor(body)

    def done(self, server):
        """Names and results of what was done to a server."""
        with self.fixture.cloud.lock:
            actions = self.compute.actions.of(server.id)
        return [(action.action, action.result) for action in actions]

    def settled(self, server, status):
        return self.fixture.settled(server.id, status)
