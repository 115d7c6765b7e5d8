"""The lab's command line, on real processes of its own."""

import json
import os
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import time

from tacker_lite.pop import runtime as runtimes
from tacker_lite.pop.lab.directory import start_of
from tacker_lite.pop.runtime import capability
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.lab_command import (
    TIMEOUT,
    LabCommandCase,
    request,
)

TOPOLOGY = """
name: {name}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: 10.1.0.0/24}}]
  - {{name: pop2, region: west}}
"""


class LabProcessTest(LabCommandCase):
    def setUp(self):
        super().setUp()
        self.write(TOPOLOGY.format(name=self.name))

    def test_life(self):
        printed = self.up()
        self.assertIn("no real process will be started", printed)
        first, second = self.rows()
        self.assertEqual(("running", "simulated"), (first["state"], first["runtime"]))
        self.assertEqual("west", second["region"])
        mode = stat.S_IMODE(os.stat(first["openrc"]).st_mode)
        self.assertEqual(0o600, mode)
        with request(first["auth_url"].replace("/pop1/identity/v3", "/")) as response:
            overview = json.load(response)
        self.assertEqual(["pop1", "pop2"], [pop["name"] for pop in overview["pops"]])
        self.assertIn("is running already", self.up())
        pid = self.process()["pid"]
        self.assertIn("nothing of it is left", self.output_of("down", self.name))
        self.assertEqual("", start_of(pid))
        self.assertEqual([], os.listdir(self.base))
        self.assertEqual([], self.rows())

    def test_killed_and_adopted(self):
        self.up()
        url = self.rows()[0]["auth_url"]
        token = self.token(url)
        base = url.removesuffix("/identity/v3")
        with request(
            f"{base}/network/v2.0/networks", {"network": {"name": "mine"}}, token
        ) as response:
            network = json.load(response)["network"]["id"]
        self.kill()
        self.assertEqual({"stopped"}, {row["state"] for row in self.rows()})
        shown = json.loads(self.output_of("show", "pop1", "-f", "json"))
        self.assertIn("mine", shown["networks"])
        self.output_of("up", self.file)
        self.assertEqual(url, self.rows()[0]["auth_url"])
        with request(f"{base}/network/v2.0/networks/{network}", None, token) as answer:
            self.assertEqual("mine", json.load(answer)["network"]["name"])
        self.kill()
        self.output_of("down")
        self.assertEqual([], os.listdir(self.base))

    def test_refusals_say_what_is_wrong(self):
        self.write("name: x\npops:\n- nmae: p\n")
        self.assertIn("line 3: pops[0].nmae: unknown key", self.refused())
        self.assertFalse(os.path.exists(self.base))
        self.write(TOPOLOGY.format(name=self.name))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            said = self.refused("--runtime", "simulated", "--port", port)
        self.assertIn(f"127.0.0.1 port {port}: Address already in use", said)
        self.assertIn("--port PORT", said)
        self.assertIn(
            "--hide /etc/hosts: must be", self.refused("--hide", "/etc/hosts")
        )
        self.assertEqual([], self.rows())
        self.up()
        self.write(TOPOLOGY.format(name=self.name) + "images: [other]\n")
        self.assertIn("differs from what it runs with", self.refused())
        done = self.run_command("show", "nothing")
        self.assertIn("there is no PoP, no server and no lab 'nothing'", done.stderr)
        done = self.run_command("down", "nothing")
        self.assertIn("there is no lab 'nothing'", done.stderr)


class NamespaceLabTest(LabCommandCase):
    """What only a lab of real servers shows."""

    runtime = "namespace"
    script = """#!/bin/sh
    echo hidden: $(ls -A {directory} | wc -l) $(ls -A {directory}/more | wc -l)
    echo done
    """

    def setUp(self):
        reasons = capability.check()
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))
        super().setUp()
        self.cidr, _ = machine.free_networks(2)

    def write_pops(self, first, second):
        self.write(
            f"name: {self.name}\npops:\n"
            f"- {{name: pop1, networks: [{{name: net0, cidr: {first}}}]}}\n"
            f"- {{name: pop2, networks: [{{name: net1, cidr: {second}}}]}}\n"
        )

    def test_networks_that_clash_are_refused_before_anything_is_made(self):
        (inner, _) = self.cidr.subnets(1)
        self.write_pops(self.cidr, inner)
        said = self.refused("--runtime", "namespace", "--port", "0")
        self.assertIn(f"network net1 of PoP pop2: {inner} overlaps", said)
        self.assertIn(f"network net0 ({self.cidr}) of PoP pop1", said)
        self.assert_nothing_left()
        self.assertEqual([], os.listdir(self.base))
        self.output_of("up", self.file, "--runtime", "simulated", "--port", "0")

    def test_hidden_directories_stay_hidden_after_a_restart(self):
        secret = os.path.dirname(self.base)
        # Not below /tmp, of which a server has its own anyway.
        directory = f"/var/lib/{self.name}-hidden"
        os.makedirs(f"{directory}/more/secret")
        self.addCleanup(shutil.rmtree, directory)
        self.write_pops(*self.cidr.subnets(1))
        self.up("--hide", secret, "--hide", directory)
        self.console_of("first", directory)
        self.kill()
        self.up()
        shown = self.console_of("second", directory)
        shell = shlex.split(shown["shell"])
        named = subprocess.run(
            [*shell, "-c", "hostname"], capture_output=True, text=True, check=True
        )
        self.assertEqual("second\n", named.stdout)

    def test_a_lab_that_lost_its_directory_is_taken_down(self):
        self.write_pops(*self.cidr.subnets(1))
        self.up()
        pop = self.pop()
        pop.create_server("lonely")
        self.settled(pop)
        pid = self.process()["pid"]
        shutil.rmtree(self.directory)
        (row,) = self.rows()
        self.assertEqual("orphaned", row["state"])
        self.output_of("down", self.name)
        self.assertEqual("", start_of(pid))
        self.assert_nothing_left()

    def test_a_lab_whose_name_was_taken_leaves_the_taker_alone(self):
        self.write_pops(*self.cidr.subnets(1))
        self.up()
        self.kill()
        former = self.base
        # As after a start of the machine: what was on it, labels too, is gone.
        runtimes.load("namespace", self.name, f"{self.directory}/runtime").destroy()
        self.base = f"{former}-other"
        self.addCleanup(self.run_command, "down", self.name)
        self.up()
        pop = self.pop()
        pop.create_server("taker")
        self.settled(pop)
        done = subprocess.run(
            [sys.executable, "-m", "tacker_lite.pop", "down", self.name]
            + ["--state-dir", former],
            capture_output=True,
            text=True,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual([], os.listdir(former))
        (server,), _ = self.settled(pop)
        self.assertEqual(1, len(machine.first_processes(self.name)))
        self.output_of("down", self.name)
        self.assert_nothing_left()

    def console_of(self, name, directory):
        pop = self.pop()
        ident = pop.create_server(name, self.script.format(directory=directory))
        self.settled(pop)
        deadline = time.monotonic() + TIMEOUT
        while "done\n" not in (said := pop.console(ident)):
            self.assertLess(time.monotonic(), deadline, said)
            time.sleep(0.05)
        self.assertIn("hidden: 0 0\n", said)
        return json.loads(self.output_of("show", ident, "-f", "json"))
