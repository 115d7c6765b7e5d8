"""Labs of real servers: reached from the host, side by side, removed, killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import testtools

from tacker_lite.pop.runtime import kernel, names
from tacker_lite.pop.runtime.base import (
    LinkSpec,
    NetworkSpec,
    Power,
    RuntimeFault,
    SubnetSpec,
)
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.namespace_case import (
    PATIENCE,
    WEB_SERVER,
    NamespaceCase,
)


class ReachTest(NamespaceCase):
    pops = ("west", "middle", "east")
    links = (("west", "middle"), ("middle", "east"))

    def test_servers_answer_the_host_and_each_other(self):
        self.open()
        west = self.server("west")
        self.runtime.start(west)
        fetch = (
            "import urllib.request;"
            "print('got', urllib.request.urlopen('http://%s/').read().decode())"
        )
        self.assertEqual("web-west-12", self.fetch("west"))
        text = f'python3 -c "{fetch % self.cidrs["west"][12]}"\n' + WEB_SERVER
        east = self.server("east", text=text)
        self.runtime.start(east)
        self.assertEqual("web-east-12", self.fetch("east"))
        self.wait_console(east, "got web-west-12\n")
        if kernel.host_has_ipv6():
            url = f"http://[{self.ipv6('east')}::c]/"
            with urllib.request.urlopen(url, timeout=2) as answer:
                self.assertEqual(b"web-east-12\n", answer.read())

    def test_a_removed_link_carries_nothing(self):
        self.open()
        self.runtime.open(self.pops, [LinkSpec("west", "middle")])
        routes = subprocess.run(
            ["ip", "-n", names.router(self.lab, "west"), "route"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        self.assertIn(str(self.cidrs["middle"]), routes)
        middle = subprocess.run(
            ["ip", "-n", names.router(self.lab, "middle"), "route"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        self.assertNotIn(str(self.cidrs["east"]), middle)

    def test_a_removed_pop_frees_its_addresses(self):
        self.open()
        self.runtime.open(["west"], [])
        self.assertEqual(1, len(machine.namespaces(self.lab)))
        self.assertEqual(1, len(machine.devices(self.lab)))
        moved = NetworkSpec(
            "moved", "west", "moved", self.network("east").subnets, routed=True
        )
        self.runtime.ensure_network(moved)
        links = NetworkSpec(
            "wide",
            "west",
            "wide",
            (SubnetSpec("w", "100.64.0.0/10", "100.64.0.1"),),
            True,
        )
        fault = self.assertRaises(RuntimeFault, self.runtime.ensure_network, links)
        self.assertIn("100.64.0.0/10", str(fault))


class LabTest(NamespaceCase):
    def test_destroy_leaves_nothing_from_labels_alone(self):
        self.open()
        for pop in self.pops:
            self.runtime.start(self.server(pop))
        self.assertNotEqual(
            machine.NOTHING, machine.everything(self.lab, self.directory)
        )
        stranger = self.new_runtime()
        stranger.destroy()
        self.assert_nothing_left()
        stranger.destroy()

    def test_many_at_once_and_prune(self):
        self.open()
        servers = [self.server("west", host, "exit 0\n") for host in range(20, 44)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.runtime.start, servers))
        running = [self.runtime.power(server.id) for server in servers]
        self.assertEqual({Power.RUNNING}, set(running))
        kept = servers[3].id
        self.runtime.prune([kept], ["net-west"])
        self.assertEqual(Power.RUNNING, self.runtime.power(kept))
        gone = [self.runtime.power(s.id) for s in servers if s.id != kept]
        self.assertEqual({Power.ABSENT}, set(gone))
        routes = {network for network, _ in kernel.host_routes()}
        self.assertIn(self.cidrs["west"], routes)
        self.assertNotIn(self.cidrs["east"], routes)

    def test_labs_leave_each_other_alone(self):
        self.open()
        self.runtime.start(self.server("west"))
        other = self.new_runtime(self.lab + "-other")
        other.open(["west"], [])
        fault = self.assertRaises(
            RuntimeFault, other.ensure_network, self.network("west")
        )
        for part in ("mgmt", str(self.cidrs["west"]), "another lab", "another cidr"):
            self.assertIn(part, str(fault))
        other.prune((), ())
        other.destroy()
        self.assertEqual("web-west-12", self.fetch("west"))

    def test_a_network_takes_other_addresses(self):
        self.open()
        old = self.cidrs["west"]
        (self.cidrs["west"],) = machine.free_networks(1)
        self.runtime.ensure_network(self.network("west"))
        routes = {network for network, _ in kernel.host_routes()}
        self.assertIn(self.cidrs["west"], routes)
        self.assertNotIn(old, routes)
        self.runtime.start(self.server("west"))
        self.assertEqual("web-west-12", self.fetch("west"))
        self.runtime.delete_network(self.network("west"))
        self.runtime.delete_network(self.network("west"))
        routes = {network for network, _ in kernel.host_routes()}
        self.assertNotIn(self.cidrs["west"], routes)


class KillTest(NamespaceCase):
    """The lab's process dies without a word; what it made is found again."""

    def in_child(self, work):
        """Run work in a process of its own, which waits to be killed after it."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                work()
                os.write(writer, b"r")
                time.sleep(PATIENCE)
            os._exit(1)
        os.close(writer)
        return pid, reader

    def kill(self, pid, reader):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)

    def test_servers_live_on_and_are_adopted(self):
        def work():
            self.open()
            self.runtime.start(self.server("west"))

        pid, reader = self.in_child(work)
        self.assertEqual(b"r", os.read(reader, 1))
        self.kill(pid, reader)
        self.assertEqual("web-west-12", self.fetch("west"))
        runtime = self.new_runtime()
        self.open(runtime)
        before = machine.processes(self.lab, self.directory)
        runtime.start(self.server("west"))
        self.assertEqual(Power.RUNNING, runtime.power("server-west-12"))
        self.assertEqual(before, machine.processes(self.lab, self.directory))
        self.assertEqual("web-west-12", self.fetch("west"))
        runtime.destroy()
        self.assert_nothing_left()

    def test_a_kill_at_any_moment_leaves_nothing_behind(self):
        def work():
            self.open()
            for host in range(20, 60):
                self.runtime.start(self.server("west", host, "exit 0\n"))
                self.runtime.delete(self.server("west", host - 1).id)

        for moment in range(16):
            pid, reader = self.in_child(work)
            time.sleep(0.004 + 0.013 * moment)
            self.kill(pid, reader)
            runtime = self.new_runtime()
            if moment % 2:
                self.open(runtime)
                runtime.start(self.server("west"))
                self.assertEqual("web-west-12", self.fetch("west"))
            runtime.destroy()
            # A start that was under way finds its place gone and gives up.
            deadline = time.monotonic() + PATIENCE
            while machine.processes(self.lab, self.directory):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            self.assert_nothing_left()

    def test_a_kill_while_all_is_removed(self):
        for moment in range(6):
            self.open()
            for pop in self.pops:
                self.runtime.start(self.server(pop, text="exit 0\n"))
            pid, reader = self.in_child(self.new_runtime().destroy)
            time.sleep(0.005 + 0.03 * moment)
            self.kill(pid, reader)
            self.new_runtime().destroy()
            self.assert_nothing_left()


class CommandTest(testtools.TestCase):
    def test_without_root_the_reason_is_clear(self):
        if os.geteuid() != 0:
            self.skipTest("NOT TRIED: needs root to become somebody else")
        program = (
            "import os; os.setuid(65534);"
            "from tacker_lite.pop.runtime import capability;"
            "print(capability.check())"
        )
        # Its package may be where nobody else can read: then this cannot be tried.
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True
        )
        if "PermissionError" in done.stderr or "ModuleNotFound" in done.stderr:
            self.skipTest("NOT TRIED: another user cannot read this installation")
        self.assertIn("root is needed, this is user 65534", done.stdout)
