"""A lab on the simulated runtime, opened in a directory of the test's own."""

import shutil
import tempfile

import fixtures

from tacker_lite.pop import topology_file
from tacker_lite.pop.cloud import Lab
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.pop.store import Store

TOPOLOGY = """
name: unit
pops:
  - name: pop1
    capacity: {vcpus: 4, ram_mib: 8192, disk_gib: 100}
    networks: [{name: net0, cidr: 10.1.0.0/29}]
  - {name: pop2, region: west}
"""
#: Seconds that a server may take.
TIMEOUT = 10


class OpenLab(fixtures.Fixture):
    """``lab`` is open; :meth:`restart` makes another one of what it stored."""

    def __init__(self, text=TOPOLOGY, runtime=SimulatedRuntime):
        self._text = text
        self._runtime = runtime

    def _setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="lab-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        #: What the runtime has on the machine stays where it is, also after a crash.
        self.home = directory.name
        self._open()
        self.addCleanup(lambda: self.lab.close())

    def _open(self):
        topology = topology_file.parse(self._text)
        self.runtime = self._runtime(topology.name, self.home)
        store = Store(f"{self.directory}/lab.db")
        self.lab = Lab(topology, self.runtime, store, "http://lab.test:1")
        self.lab.open()
        self.cloud = self.lab.clouds["pop1"]

    def restart(self, text=None):
        """Close the lab and open what it stored."""
        self.lab.close()
        self._text = text or self._text
        self._open()

    def crash(self):
        """Open what the lab has stored so far, as after its process was killed."""
        old = tempfile.TemporaryDirectory(prefix="lab-")
        self.addCleanup(old.cleanup)
        for name in ("lab.db", "lab.db-wal"):
            shutil.copy(f"{self.directory}/{name}", old.name)
        self.addCleanup(self.lab.close)
        self.directory = old.name
        self._open()

    def project(self, name="demo"):
        return self.cloud.identity.project_named(name)

    def image(self):
        return self.cloud.image.list_images(None)[0].id

    def flavor(self, name="m1.tiny"):
        flavors = self.cloud.compute.list_flavors(None)
        return next(row.id for row in flavors if row.name == name)

    def network(self, name="net0"):
        networks = self.cloud.network.list_networks(None)
        return next(row.id for row in networks if row.name == name)

    def ports(self):
        """All ports but those of routers."""
        ports = self.cloud.network.list_ports(None)
        return [row for row in ports if not row.device_owner.startswith("network:")]

    def server_body(self, **more):
        body = {
            "name": "web",
            "imageRef": self.image(),
            "flavorRef": self.flavor(),
            "networks": [{"uuid": self.network()}],
        }
        return {**body, **more}

    def create_server(self, **more):
        return self.cloud.compute.create_server(
            self.project(), self.server_body(**more)
        )

    def settled(self, server_id, *statuses):
        """The server once it has one of the statuses; None: once it is gone."""

        def status():
            server = self.cloud.compute.servers.get(server_id)
            return server.status if server else None

        with self.cloud.changed:
            if not self.cloud.changed.wait_for(lambda: status() in statuses, TIMEOUT):
                raise AssertionError(f"server is {status()}, not {statuses}")
            return self.cloud.compute.servers.get(server_id)
