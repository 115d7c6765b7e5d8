import fixtures
import testtools

from tacker_lite.pop import image_sources, records, topology
from tacker_lite.pop.errors import TopologyError
from tacker_lite.pop.image_data import ImageData
from tacker_lite.pop.runtime.base import ImageSource
from tacker_lite.pop.runtime.simulated import SimulatedRuntime


class ContainersOnly(SimulatedRuntime):
    host_files = False
    name = "containers"


class ImageSourcesTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path

    def test_what_a_runtime_can_offer(self):
        host, plain = topology.ImageEntry("host"), topology.ImageEntry("plain")
        web = topology.ImageEntry("web", docker="nginx:1")
        simulated = SimulatedRuntime("lab", self.directory)
        containers = ContainersOnly("lab", self.directory)
        for entry in (host, plain, web):
            self.assertTrue(image_sources.wanted(entry, "p", simulated))
        self.assertTrue(image_sources.wanted(web, "p", containers))
        self.assertFalse(image_sources.wanted(host, "p", containers))
        error = self.assertRaises(
            TopologyError, image_sources.wanted, plain, "p", containers
        )
        self.assertIn("image plain of PoP p: the runtime containers needs", str(error))

    def test_a_file_beside_the_topology(self):
        with open(f"{self.directory}/root.tar", "wb") as file:
            file.write(b"data")
        entry = topology.ImageEntry("web", file="root.tar")
        read = image_sources.read_file(entry, "p", self.directory)
        self.assertEqual(b"data", b"".join(read))
        absent = topology.ImageEntry("web", file="none.tar")
        error = self.assertRaises(
            TopologyError, list, image_sources.read_file(absent, "p", self.directory)
        )
        self.assertIn(
            f"image web of PoP p: {self.directory}/none.tar cannot", str(error)
        )

    def test_what_containers_are_made_of(self):
        files = ImageData(f"{self.directory}/images")
        image = records.Image(
            "1", "p", "web", container_format="docker",
            properties={"docker_image": "nginx:1"},
        )  # fmt: skip
        self.assertEqual(
            ImageSource("1", "web", "nginx:1", "", "docker"),
            image_sources.source(image, files),
        )
        self.assertTrue(image_sources.is_elsewhere(image))
        files.save("2", [b"data"])
        uploaded = records.Image("2", "p", None, container_format="bare")
        self.assertEqual(
            ImageSource("2", "2", "", files.path("2"), "bare"),
            image_sources.source(uploaded, files),
        )
        self.assertFalse(image_sources.is_elsewhere(uploaded))
        self.assertIsNone(image_sources.source(None, files))
