"""A lab whose servers are containers, with the stock client and the lab's command."""

import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request

from tacker_lite.tests.functional.pop import docker_engine, docker_images, machine
from tacker_lite.tests.functional.pop.lab_command import TIMEOUT, LabCommandCase
from tacker_lite.tests.functional.pop.stock_client import OpenStack

TOPOLOGY = """\
name: {name}
images:
  - {{name: plain, file: plain.tar}}
  - {{name: service, docker: "{registry}:1"}}
  - {{name: lost, docker: "{registry}:2"}}
flavors: [{{name: small, vcpus: 1, ram_mib: 64}}]
pops:
  - {{name: pop1, networks: [{{name: net0, cidr: {cidrs[0]}}}]}}
  - {{name: pop2, networks: [{{name: net0, cidr: {cidrs[1]}}}]}}
links: [{{left: pop1, right: pop2}}]
"""
USER_DATA = """#!/bin/sh
mkdir -p /www
echo "on $(hostname)" >/www/index.html
exec httpd -f -p 80 -h /www
"""
TEMPLATE = """\
heat_template_version: 2018-08-31
resources:
  server:
    type: OS::Nova::Server
    properties: {image: service, flavor: small, networks: [{network: net0}]}
  balancer:
    type: OS::Octavia::LoadBalancer
    properties: {vip_subnet: SUBNET}
  listener:
    type: OS::Octavia::Listener
    properties: {loadbalancer: {get_resource: balancer}, protocol: HTTP,
                 protocol_port: 80}
  pool:
    type: OS::Octavia::Pool
    properties: {listener: {get_resource: listener}, protocol: HTTP,
                 lb_algorithm: ROUND_ROBIN}
  member:
    type: OS::Octavia::PoolMember
    properties: {pool: {get_resource: pool}, protocol_port: 8080,
                 address: {get_attr: [server, first_address]}}
outputs:
  address: {value: {get_attr: [server, first_address]}}
  vip: {value: {get_attr: [balancer, vip_address]}}
"""


class DockerLabTest(LabCommandCase):
    runtime = "docker"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = docker_engine.started(cls)

    def setUp(self):
        super().setUp()
        layer = docker_images.root_files(entry=docker_images.ENTRY)
        self.registry = docker_images.Registry(layer, docker_images.CONFIG)
        self.addCleanup(self.registry.close)
        self.home = os.path.dirname(self.file)
        self.cidrs = machine.free_networks(2)
        self.put("plain.tar", layer)
        self.put("user-data", USER_DATA.encode())
        text = TOPOLOGY.format(
            name=self.name, registry=self.registry.name, cidrs=self.cidrs
        )
        self.write(text)

    def put(self, name, data):
        with open(f"{self.home}/{name}", "wb") as file:
            file.write(data)
        return f"{self.home}/{name}"

    def client(self, pop):
        with open(f"{self.directory}/openrc-{pop}", encoding="utf-8") as file:
            lines = [shlex.split(line)[1] for line in file if line.strip()]
        values = dict(line.split("=", 1) for line in lines)
        del values["OS_IDENTITY_API_VERSION"]
        return OpenStack(
            {key.removeprefix("OS_").lower(): text for key, text in values.items()}
        )

    def up(self, *arguments):
        return super().up("--docker-host", self.engine.host, *arguments)

    def create(self, client, name, image):
        """Make a server and wait; returns its address."""
        client.run(
            f"server create --image {image} --flavor small --network net0"
            f" --user-data {self.home}/user-data {name}"
        )
        (addresses,) = self.status(client, name, "ACTIVE")["addresses"].values()
        return addresses[0]

    def fetch(self, url, text):
        """Wait for an answer that has the text."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    said = answer.read().decode()
            except (urllib.error.URLError, OSError) as error:
                said = str(error)
            if text in said:
                return
            self.assertLess(time.monotonic(), deadline, said)
            time.sleep(0.05)

    def status(self, client, name, wanted):
        """Wait until a server has a status; returns the server."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            server = client.read(f"server show {name}")
            if server["status"] == wanted:
                return server
            self.assertLess(time.monotonic(), deadline, server)
            time.sleep(0.1)

    def inside(self, name, *command):
        """What a command prints in a server."""
        words = [sys.executable, "-m", "tacker_lite.pop", "--state-dir", self.base]
        done = subprocess.run(
            [*words, "exec", name, "--", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def started_at(self):
        client = self.engine.client()
        try:
            return {
                name: client.inspect_container(name)["State"]["StartedAt"]
                for one in client.containers()
                for name in one["Names"]
            }
        finally:
            client.close()

    def test_life_of_a_lab(self):
        before = self.engine.everything()
        self.up()
        one, two = self.client("pop1"), self.client("pop2")
        names = {image["Name"] for image in one.read("image list")}
        self.assertEqual({"plain", "service", "lost"}, names)
        address = self.create(one, "origin", "plain")
        self.fetch(f"http://{address}/", "on origin")
        far = self.stack(two)
        fetched = self.inside("origin", "wget", "-qO-", f"http://{far}:8080/")
        self.assertEqual("from the image\n", fetched)
        self.failures(one)
        self.uploaded(two)
        self.killed(address)
        self.engine_lost(address, far)
        self.output_of("down", self.name)
        self.assert_nothing_left()
        pulled = f"{self.registry.name}:1"
        self.assertEqual(sorted([*before, pulled]), self.engine.everything())

    def stack(self, client):
        """A stack with a load balancer; returns the address of its server."""
        (subnet,) = client.read("subnet list --network net0")
        path = self.put("hot.yaml", TEMPLATE.replace("SUBNET", subnet["ID"]).encode())
        client.run(f"stack create --wait -t {path} web")
        outputs = {
            one["output_key"]: one["output_value"]
            for one in client.read("stack show web")["outputs"]
        }
        self.fetch(f"http://{outputs['vip']}/", "from the image")
        return outputs["address"]

    def failures(self, client):
        client.run("server create --image lost --flavor small --network net0 unlucky")
        fault = self.status(client, "unlucky", "ERROR")["fault"]["message"]
        self.assertIn(f"{self.registry.name}:2 cannot be pulled", fault)
        client.run("image create --container-format bare --disk-format raw"
                   f" --file {self.home}/user-data text")  # fmt: skip
        client.run("server create --image text --flavor small --network net0 no-image")
        fault = self.status(client, "no-image", "ERROR")["fault"]["message"]
        self.assertIn("image text: must be a tar archive", fault)
        client.run("server delete unlucky no-image")

    def uploaded(self, client):
        layer = docker_images.root_files(entry=docker_images.ENTRY)
        data = docker_images.saved(layer, docker_images.CONFIG, "mine:1")
        client.run(
            "image create --container-format docker --disk-format raw"
            f" --file {self.put('saved.tar', data)} saved"
        )
        address = self.create(client, "uploaded", "saved")
        self.fetch(f"http://{address}:8080/", "from the image")
        client.run("server delete uploaded")
        client.run("image delete saved")

    def killed(self, address):
        started = self.started_at()
        self.kill()
        self.fetch(f"http://{address}/", "on origin")
        self.up()
        self.status(self.client("pop1"), "origin", "ACTIVE")
        # What is there has run on; what is deleted may be gone by now.
        self.assertLessEqual(self.started_at().items(), started.items())

    def engine_lost(self, address, far):
        """The lab lives on without an engine, and its servers come back with it."""
        client = self.client("pop1")
        self.engine.stop()
        self.assertEqual("ACTIVE", client.read("server show origin")["status"])
        self.assertIn("does not answer", client.run("console log show origin"))
        client.run("server create --image plain --flavor small --network net0 later")
        fault = self.status(client, "later", "ERROR")["fault"]["message"]
        self.assertIn("does not answer", fault)
        self.engine.start()
        self.fetch(f"http://{address}/", "on origin")
        self.fetch(f"http://{far}:8080/", "from the image")
        client.run("server delete later")
