"""Servers that are containers, in a Docker Engine that the tests start themselves."""

import dataclasses
import os
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from tacker_lite.pop.runtime import names
from tacker_lite.pop.runtime.base import ImageSource, Power, RuntimeFault
from tacker_lite.pop.runtime.docker import DockerRuntime
from tacker_lite.pop.runtime.scripts import ScriptSpec
from tacker_lite.tests.functional.pop import docker_engine, docker_images, machine
from tacker_lite.tests.functional.pop.namespace_case import PATIENCE, NamespaceCase

WEB_SERVER = """\
mkdir -p /www
hostname >/www/index.html
exec httpd -f -p 80 -h /www
"""


class DockerCase(NamespaceCase):
    """A lab of linked PoPs with an engine that the class has for itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = docker_engine.started(cls)
        layer = docker_images.root_files(entry=docker_images.ENTRY)
        cls.files = {
            "plain": layer,
            "service": docker_images.saved(
                layer, docker_images.CONFIG, "nginx:of-somebody-else"
            ),
        }

    def setUp(self):
        self.client = self.engine.client()
        super().setUp()
        self.addCleanup(self.client.close)

    def new_runtime(self, lab=None):
        lab = lab or self.lab
        os.environ["DOCKER_HOST"] = self.engine.host
        self.addCleanup(os.environ.pop, "DOCKER_HOST", None)
        runtime = DockerRuntime(lab, self.directory)
        self.addCleanup(runtime.destroy)
        return runtime

    def image(self, name, form="bare"):
        path = f"{os.path.dirname(self.directory)}/{name}.tar"
        with open(path, "wb") as file:
            file.write(self.files[name])
        return ImageSource(f"id-of-{name}", name, path=path, form=form)

    def server(self, pop, host=12, text=WEB_SERVER, image=None, **more):
        image = image or self.image("plain")
        return super().server(pop, host, text, image=image, **more)

    def container(self, server):
        key = names.key(server.id)
        return self.client.inspect_container(f"tlp-{self.lab}.{key}")

    def run_in(self, server, *argv):
        done = subprocess.run(
            self.runtime.enter(server.id, argv),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout


class DockerServersTest(DockerCase):
    def test_entrypoint_finds_its_network(self):
        self.open()
        service = self.image("service", "docker")
        server = self.server(
            "west", text="", image=service, metadata={"colour": "green"}, ram_mib=64
        )
        server = dataclasses.replace(server, user_data=b"")
        self.runtime.start(server)
        said = self.wait_console(server, "default via")
        cidr = self.cidrs["west"]
        self.assertIn(
            "pid 1, user 65534, in /srv: word of command, hello, web_west-12", said
        )
        self.assertIn(f"inet {cidr[12]}/24", said)
        self.assertIn(f"default via {cidr[1]} dev eth0", said)
        url = f"http://{cidr[12]}:8080/"
        self.wait_for(
            lambda: urllib.request.urlopen(url, timeout=2).read(), b"from the image\n"
        )
        # The archive's name is somebody else's, and stays free for that.
        self.assertNotIn("nginx:of-somebody-else", self.engine.everything())
        self.assert_limits(server, 64)
        self.runtime.limit(server.id, 2, 32)
        self.assert_limits(server, 32, vcpus=2)
        self.assertIn(
            f"{cidr[12]} web-west-12", self.run_in(server, "cat", "/etc/hosts")
        )
        self.assertIn("COLOUR=green", self.run_in(server, "env"))
        self.runtime.plug(server.id, self.port("west", 13))
        self.assertIn(str(cidr[13]), self.run_in(server, "ip", "addr", "show", "eth1"))
        self.assertIn(f"{cidr[13]} web", self.run_in(server, "cat", "/etc/hosts"))
        self.runtime.unplug(server.id, "port-west-13")
        self.assertNotIn("eth1", self.run_in(server, "ip", "link"))

    def assert_limits(self, server, ram_mib, vcpus=1):
        config = self.container(server)["HostConfig"]
        self.assertEqual(ram_mib * 1024 * 1024, config["Memory"])
        self.assertEqual(vcpus * config["CpuPeriod"], config["CpuQuota"])
        usage = self.runtime.usage.all()[server.id]
        self.assertEqual(ram_mib * 1024 * 1024, usage.memory_limit_bytes)
        self.assertGreater(usage.ports["port-west-12"].tx_packets, 0)

    def test_life_of_a_server(self):
        self.open()
        host_config = self.client.create_host_config(network_mode="none")
        bystander = self.client.create_container(
            self.bystander_image(),
            ["/bin/sleep", "60"],
            name="bystander",
            labels={"tacker-lite-pop.lab": self.lab, "tacker-lite-pop.key": "none"},
            host_config=host_config,
        )
        self.client.start(bystander["Id"])
        self.addCleanup(self.client.remove_container, bystander["Id"], force=True)
        server = self.server("west")
        self.runtime.start(server)
        self.assertEqual("web-west-12", self.fetch("west"))
        self.run_in(server, "touch", "/www/kept")
        self.runtime.stop(server.id)
        self.assertEqual(Power.STOPPED, self.runtime.power(server.id))
        self.runtime.start(server)
        self.assertIn("kept", self.run_in(server, "ls", "/www"))
        self.runtime.pause(server.id)
        self.assertTrue(self.container(server)["State"]["Paused"])
        self.runtime.unpause(server.id)
        self.fetch("west")
        path = f"{os.path.dirname(self.directory)}/copy"
        kept = f"tacker-lite-pop:{self.lab}.save-{names.key(server.id)}"
        self.client.commit(self.container(server)["Id"], *kept.split(":"))
        error = self.assertRaises(
            RuntimeFault, self.runtime.snapshot, server.id, "/dev/full"
        )
        self.assertIn("No space left", str(error))
        self.runtime.snapshot(server.id, path)
        dangling = self.client.images(filters={"dangling": True}, quiet=True)
        self.assertEqual([], dangling)
        self.runtime.kill(server.id)
        self.wait_for(lambda: self.runtime.power(server.id), Power.STOPPED)
        self.wait_console(server, "the container ended with status 137")
        image = dataclasses.replace(server.image, id="id-of-copy")
        copy = self.server("east", 14, image=image, snapshot=path)
        self.runtime.start(copy)
        self.assertEqual("web-east-14", self.fetch("east", 14))
        self.assertIn("kept", self.run_in(copy, "ls", "/www"))
        self.runtime.prune([copy.id], ["net-west", "net-east"])
        self.assertEqual(Power.ABSENT, self.runtime.power(server.id))
        self.runtime.destroy()
        self.assert_nothing_left()
        self.assertEqual(["/bystander", "bystander:1"], self.engine.everything())

    def bystander_image(self):
        self.client.import_image_from_data(self.files["plain"], "bystander", "1")
        self.addCleanup(self.client.remove_image, "bystander:1", force=True)
        return "bystander:1"

    def test_scripts(self):
        self.open()
        server = self.server("west")
        self.runtime.start(server)
        text = "echo on $(hostname); echo oh >&2; echo $X >$heat_outputs_path.x; exit 3"
        spec = ScriptSpec(
            "one", server.id, text, environment={"X": "it"}, outputs=("x", "none")
        )
        result = self.result_of(spec)
        self.assertEqual((3, "on web-west-12\n"), (result.status, result.stdout))
        self.assertEqual(
            ("oh\n", {"x": "it\n", "none": ""}), (result.stderr, result.outputs)
        )
        broken = ScriptSpec("three", server.id, "mkdir result; exec sleep 600")
        result = self.result_of(broken)
        self.assertEqual(137, result.status)
        self.assertIn("no status", result.stderr)
        slow = ScriptSpec("two", server.id, "touch /www/began; sleep 600")
        self.assertIsNone(self.runtime.scripts.run(slow))
        self.wait_for(lambda: "began" in self.run_in(server, "ls", "/www"), True)
        self.runtime.kill(server.id)
        self.wait_for(lambda: self.runtime.power(server.id), Power.STOPPED)
        self.assertRaises(RuntimeFault, self.runtime.scripts.run, slow)
        self.runtime.start(server)
        self.assertEqual(137, self.result_of(slow).status)

    def result_of(self, spec):
        deadline = time.monotonic() + PATIENCE
        while (found := self.runtime.scripts.run(spec)) is None:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        return found

    def test_images_are_pulled_or_refused(self):
        registry = docker_images.Registry(
            docker_images.root_files(entry=docker_images.ENTRY), docker_images.CONFIG
        )
        self.addCleanup(registry.close)
        self.open()
        pulled = ImageSource("id-of-web", "web", reference=f"{registry.name}:1")
        server = self.server("west", image=pulled)
        self.runtime.start(server)
        self.wait_console(server, "pid 1, user 65534, in /srv: word of command")
        self.runtime.delete(server.id)
        # What was pulled stays, as after docker pull.
        self.client.remove_image(f"{registry.name}:1")
        absent = ImageSource("id-of-none", "none", reference=f"{registry.name}:2")
        error = self.start_error(absent)
        self.assertIn(f"image none: {registry.name}:2 cannot be pulled", error)
        self.assertIn("not", error)
        error = self.start_error(ImageSource("id", "empty"))
        self.assertIn("image empty has nothing to make a container of", error)
        self.files["text"] = b"no archive"
        self.assertIn(
            "image text: must be a tar archive", self.start_error(self.image("text"))
        )
        error = self.start_error(self.image("plain", "docker"))
        self.assertIn("image plain: container format docker, but no archive", error)
        broken = {**docker_images.CONFIG, "Entrypoint": ["/none"]}
        self.files["broken"] = docker_images.saved(self.files["plain"], broken, "b:1")
        self.assertIn("/none", self.start_error(self.image("broken")))

    def start_error(self, image):
        server = self.server("east", image=image)
        fault = self.assertRaises(RuntimeFault, self.runtime.start, server)
        self.assertNotEqual(Power.RUNNING, self.runtime.power(server.id))
        self.runtime.delete(server.id)
        self.assertEqual([], [n for n in machine.namespaces(self.lab) if ".east~" in n])
        return str(fault)

    def test_servers_start_side_by_side(self):
        self.open()
        servers = [self.server("west", host) for host in (12, 13, 14)]
        with ThreadPoolExecutor(len(servers)) as pool:
            list(pool.map(self.runtime.start, servers))
        for host in (12, 13, 14):
            self.assertEqual(f"web-west-{host}", self.fetch("west", host))
        again = self.new_runtime()
        self.assertEqual(Power.RUNNING, again.power(servers[0].id))
        again.prune([servers[0].id], ["net-west", "net-east"])
        self.assertEqual(
            [Power.RUNNING, Power.ABSENT, Power.ABSENT],
            [self.runtime.power(server.id) for server in servers],
        )

    def test_user_data_without_a_shell(self):
        self.open()
        config = {"Cmd": ["/bin/busybox", "sleep", "600"]}
        layer = docker_images.root_files(shell=False)
        self.files["bare"] = docker_images.saved(layer, config, "bare:1")
        server = self.server("west", image=self.image("bare"))
        self.runtime.start(server)
        self.assertEqual(Power.RUNNING, self.runtime.power(server.id))
        self.assertIn("user_data ignored", self.runtime.console(server.id))
