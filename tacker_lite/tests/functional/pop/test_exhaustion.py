"""A machine that runs out of something: the error tells, and the lab lives on."""

import base64
import concurrent.futures
import contextlib
import os
import resource
import socket
import subprocess
import time

from openstack import exceptions as sdk_exceptions

from tacker_lite.pop.runtime import capability, hierarchies
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.client_case import ClientCase
from tacker_lite.tests.functional.pop.lab_command import TIMEOUT

TOPOLOGY = """
name: {name}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: {cidr}}}]
"""
#: MiB of the disk that the lab's state is on.
DISK = 32
GREEDY = """#!/bin/sh
python3 -c 'x = bytearray(512 << 20)' || echo "refused $?"
exec sleep infinity
"""
MANY = """#!/usr/bin/env python3
import os, signal
made = []
try:
    while len(made) < 20000:
        pid = os.fork()
        if not pid:
            signal.pause()
        made.append(pid)
except OSError as error:
    print("refused", error.strerror, flush=True)
for pid in made:
    os.kill(pid, signal.SIGKILL)
signal.pause()
"""


class ExhaustionTest(ClientCase):
    runtime = "namespace"

    def setUp(self):
        reasons = capability.check()
        if reasons:
            self.skipTest("NOTHING WAS USED UP: " + "; ".join(reasons))
        super().setUp()
        (self.cidr,) = machine.free_networks(1)
        self.write(TOPOLOGY.format(name=self.name, cidr=self.cidr))

    def start(self, name, network="net0", user_data="", flavor="m1.tiny"):
        """A server that has left BUILD."""
        cloud = self.cloud
        server = cloud.compute.create_server(
            name=name,
            image_id=cloud.image.find_image("host").id,
            flavor_id=cloud.compute.find_flavor(flavor).id,
            networks=[{"uuid": cloud.network.find_network(network).id}],
            user_data=base64.b64encode(user_data.encode()).decode(),
        )
        deadline = time.monotonic() + TIMEOUT
        while (server := cloud.compute.get_server(server)).status == "BUILD":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return server

    def assert_lives_on(self):
        """Somebody new logs in and starts a server, which answers."""
        self.cloud = self.sdk()
        server = self.start("after")
        self.assertEqual("ACTIVE", server.status, server.fault)
        (port,) = self.cloud.network.ports(device_id=server.id)
        address = port.fixed_ips[0]["ip_address"]
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection((address, 9), 5).close()
            self.fail("somebody else answers")
        self.cloud.delete_server(server.id, wait=True)

    def test_addresses(self):
        self.up()
        self.cloud = cloud = self.sdk()
        network = cloud.network.create_network(name="small")
        cloud.network.create_subnet(
            network_id=network.id, cidr="172.27.8.0/29", ip_version=4
        )
        ports = [cloud.network.create_port(network_id=network.id) for _ in range(5)]
        full = self.assertRaises(
            sdk_exceptions.ConflictException,
            cloud.network.create_port,
            network_id=network.id,
        )
        error = full.response.json()["NeutronError"]
        self.assertEqual("IpAddressGenerationFailure", error["type"])
        server = self.start("none", "small")
        self.assertEqual("ERROR", server.status)
        self.assertIn("No more IP addresses", server.fault["message"])
        self.assertEqual([], list(cloud.network.ports(device_id=server.id)))
        cloud.network.delete_port(ports[0])
        self.assertEqual("ACTIVE", self.start("one", "small").status)
        self.assert_lives_on()

    def test_memory_and_processes_of_a_server(self):
        found = hierarchies.probe()
        if not (found.root("memory") and found.root("pids")):
            self.skipTest(f"NO SERVER WAS LIMITED: {found.reason}")
        self.up()
        self.cloud = self.sdk()
        self.cloud.authorize()
        for name, said, user_data, flavor in (
            ("greedy", "refused 137", GREEDY, "m1.tiny"),
            ("many", "refused Resource temporarily", MANY, "m1.small"),
        ):
            server = self.start(name, user_data=user_data, flavor=flavor)
            self.wait_console(server, said)
            self.assertEqual("ACTIVE", self.cloud.compute.get_server(server).status)
            self.assert_lives_on()

    def wait_console(self, server, text):
        deadline = time.monotonic() + TIMEOUT
        while text not in (said := self.console(server)):
            self.assertLess(time.monotonic(), deadline, said)
            time.sleep(0.1)

    def console(self, server):
        return self.cloud.compute.get_server_console_output(server)["output"]

    def test_processes_of_the_lab(self):
        root = hierarchies.probe().root("pids")
        if root is None:
            self.skipTest("NO PROCESS WAS MISSING: processes are not limited here")
        self.up()
        self.cloud = self.sdk()
        self.cloud.authorize()
        group = os.path.join(root, f"tacker-lite-few-{self.name}")
        os.mkdir(group)
        self.addCleanup(self.remove_group, group)
        _write(f"{group}/cgroup.procs", self.process()["pid"])
        with open(f"{group}/pids.current", encoding="utf-8") as file:
            _write(f"{group}/pids.max", file.read())
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            servers = list(pool.map(self.attempt, [f"few{n}" for n in range(8)]))
        self.assertIn("no thread can be made", "".join(servers))
        _write(f"{group}/pids.max", "max")
        self.assert_lives_on()

    def attempt(self, name):
        """A server, or the refusal."""
        try:
            server = self.start(name)
        except sdk_exceptions.SDKException as error:
            return f"{type(error).__name__} {error}"
        return f"{server.status} {server.fault}"

    def remove_group(self, group):
        self.run_command("down", self.name)
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                os.rmdir(group)
                return
            time.sleep(0.1)
        self.fail(f"{group} is still in use")

    def test_file_descriptors(self):
        self.up()
        self.cloud = self.sdk()
        self.cloud.authorize()
        pid = self.process()["pid"]
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        few = len(os.listdir(f"/proc/{pid}/fd")) + 4
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (few, hard))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            servers = list(pool.map(self.attempt, [f"few{n}" for n in range(8)]))
        self.assertNotIn("ACTIVE", "".join(servers))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        self.assert_lives_on()

    def test_disk(self):
        made = os.path.dirname(self.base) + "/small"
        os.mkdir(made)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "small", made], check=True
        )
        self.addCleanup(subprocess.run, ["umount", made], check=True)
        self.base = f"{made}/state"
        self.addCleanup(self.run_command, "down", self.name)
        self.up()
        self.cloud = self.sdk()
        self.cloud.authorize()
        self.start("before")
        with contextlib.suppress(OSError), open(f"{made}/full", "wb", 0) as file:
            while True:
                file.write(bytes(4096))
        for name in ("full1", "full2"):
            self.assertIn("disk is full", self.attempt(name))
        self.assertEqual(["before"], self.names())
        os.unlink(f"{made}/full")
        self.assert_lives_on()
        self.assertEqual(["before"], self.names())
        self.kill()
        self.up()
        self.assert_lives_on()
        self.assertEqual(["before"], self.names())

    def names(self):
        return [server.name for server in self.cloud.compute.servers()]


def _write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(value))
