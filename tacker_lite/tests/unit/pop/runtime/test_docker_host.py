import fixtures
import testtools

from tacker_lite.pop.runtime import docker_host
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.labels import write_json

HOST = "unix:///tmp/engine.sock"
LAB = "lab-without-labels"


class DockerHostTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.EnvironmentVariable("DOCKER_HOST"))

    def test_first_start(self):
        chosen = docker_host.chosen(LAB, self.directory)
        self.assertEqual("unix:///var/run/docker.sock", chosen)
        docker_host.choose(LAB, self.directory, None)
        docker_host.choose(LAB, self.directory, HOST)
        self.assertEqual(HOST, docker_host.chosen(LAB, self.directory))

    def test_a_lab_keeps_its_engine(self):
        write_json(f"{self.directory}/engine.json", {"host": HOST})
        self.useFixture(fixtures.EnvironmentVariable("DOCKER_HOST", "unix:///other"))
        self.assertEqual(HOST, docker_host.chosen(LAB, self.directory))
        docker_host.choose(LAB, self.directory, HOST)
        fault = self.assertRaises(
            RuntimeFault, docker_host.choose, LAB, self.directory, "unix:///other"
        )
        self.assertIn(f"has its servers in the Docker Engine at {HOST}", str(fault))
        docker_host.forget(self.directory)
        self.assertEqual("", docker_host.recorded(LAB, self.directory))

    def test_only_engines_of_this_machine(self):
        for host in (HOST, "tcp://127.0.0.1:2375", "tcp://[::1]:2376"):
            docker_host.check_local(host)
        for host in ("tcp://10.0.0.1:2375", "ssh://me@there", "docker", "tcp://[x"):
            fault = self.assertRaises(RuntimeFault, docker_host.check_local, host)
            self.assertIn("must be on this machine", str(fault))
