"""A lab on the simulated runtime, served over HTTP by this process."""

import tempfile
import threading

import fixtures
import openstack
import testtools
from keystoneauth1 import session as ksa_session
from keystoneauth1.identity import v3

from tacker_lite.pop import topology
from tacker_lite.pop.cloud import Lab
from tacker_lite.pop.faces.openstack.app import Application
from tacker_lite.pop.lab.server import LabServer
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.pop.store import Store

PASSWORD = "a test's password"


def _pop(number):
    return topology.Pop(
        name=f"pop{number}",
        region=f"Region{number}",
        capacity=topology.Capacity(vcpus=64, ram_mib=65536, disk_gib=1024),
        flavors=topology.DEFAULT_FLAVORS,
        images=topology.DEFAULT_IMAGES,
        networks=(
            topology.NetworkEntry(
                "net_mgmt", f"10.{number}.0.0/24", f"10.{number}.0.1"
            ),
        ),
        projects=topology.DEFAULT_PROJECTS,
        users=(
            topology.UserEntry("admin", "admin", ("admin",), PASSWORD),
            topology.UserEntry("tacker-lite", "service", ("admin",), PASSWORD),
            topology.UserEntry("demo", "demo", ("member",), PASSWORD),
        ),
    )


class ServedLab(fixtures.Fixture):
    """A lab of two PoPs; ``url`` is where it listens, ``lab`` what it serves."""

    def _setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="lab-")
        self.addCleanup(directory.cleanup)
        server = LabServer("127.0.0.1", 0, threads=8)
        self.addCleanup(server.stop)
        self.url = server.url
        self.lab = Lab(
            topology.Topology("facetest", (_pop(1), _pop(2))),
            SimulatedRuntime("facetest", directory.name),
            Store(f"{directory.name}/lab.sqlite"),
            self.url,
        )
        self.lab.open()
        self.addCleanup(self.lab.close)
        thread = threading.Thread(
            target=server.serve, args=(Application(self.lab),), name="lab"
        )
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.stop)

    def auth_url(self, pop="pop1"):
        return f"{self.url}/{pop}/identity/v3"

    def credentials(self, user="admin", pop="pop1"):
        """What a client needs to log in, as keystoneauth names it."""
        return {
            "auth_url": self.auth_url(pop),
            "username": user,
            "password": PASSWORD,
            "project_name": {"tacker-lite": "service"}.get(user, user),
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }


class LabCase(testtools.TestCase):
    """Tests with a lab of their own and clients for it."""

    def setUp(self):
        super().setUp()
        self.server = self.useFixture(ServedLab())

    def sdk(self, user="admin", pop="pop1"):
        connection = openstack.connect(
            load_envvars=False,
            load_yaml_config=False,
            region_name=f"Region{pop[-1]}",
            **self.server.credentials(user, pop),
        )
        self.addCleanup(connection.close)
        return connection

    def token(self, user="admin", pop="pop1"):
        plugin = v3.Password(**self.server.credentials(user, pop))
        return plugin.get_token(ksa_session.Session())
