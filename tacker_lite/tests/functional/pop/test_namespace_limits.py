"""What servers may use of the machine, and what they are seen to use."""

import os
import subprocess
import time

from tacker_lite.pop.runtime import hierarchies
from tacker_lite.pop.runtime.base import Power, RuntimeFault
from tacker_lite.pop.runtime.namespace import NamespaceRuntime
from tacker_lite.tests.functional.pop.namespace_case import PATIENCE, NamespaceCase

BUSY = """\
sh -c 'while :; do :; done' &
while :; do :; done
"""
#: Seconds, and what of a processor.
WHILE, SHARE = 1.5, 0.05
GREEDY = """\
python3 -c 'x = bytearray(256 << 20)' || echo "refused $?"
echo still here
sleep infinity
"""


class LimitsTest(NamespaceCase):
    pops = ("west",)
    links = ()

    def setUp(self):
        super().setUp()
        found = hierarchies.probe()
        missing = [name for name in ("cpu", "memory", "pids") if not found.root(name)]
        if missing:
            self.skipTest(f"NO LIMIT WAS TESTED: no {missing} here: {found.reason}")
        self.open()

    def usage(self, server):
        return self.runtime.usage.all()[server.id]

    def test_processors_are_shared_out_and_given_anew_while_running(self):
        server = self.server("west", text=BUSY, vcpus=1)
        self.runtime.start(server)
        self.runtime.limit(server.id, SHARE, 512)
        before, begun = self.usage(server), time.monotonic()
        # On a busy machine it takes a while until the server gets more than its share.
        deadline = begun + PATIENCE
        time.sleep(WHILE)
        while (after := self.usage(server)).throttled_seconds == 0.0:
            self.assertLess(time.monotonic(), deadline, after)
            time.sleep(0.1)
        seconds = time.monotonic() - begun
        used = after.cpu_seconds - before.cpu_seconds
        self.assertLess(used, SHARE * seconds * 1.5 + 0.1)
        self.assertGreater(used, 0)

    def test_memory_ends_where_the_flavor_says(self):
        server = self.server("west", text=GREEDY, ram_mib=64)
        self.runtime.start(server)
        self.assertIn("refused 137", self.wait_console(server, "still here"))
        self.assertEqual(Power.RUNNING, self.runtime.power(server.id))
        usage = self.usage(server)
        self.assertEqual(64 << 20, usage.memory_limit_bytes)
        self.assertGreaterEqual(usage.oom_kills, 1)
        self.assertLess(usage.memory_bytes, 64 << 20)

    def test_what_is_used_is_counted_by_server_and_port(self):
        server = self.server("west")
        self.runtime.start(server)
        self.assertEqual("web-west-12", self.fetch("west"))
        first = self.usage(server)
        self.assertGreater(first.cpu_seconds, 0)
        self.assertGreater(first.memory_bytes, 0)
        self.assertGreaterEqual(first.processes, 2)
        port = server.ports[0].id
        for _ in range(5):
            self.fetch("west")
        grown = self.usage(server).ports[port]
        self.assertGreater(grown.rx_packets, first.ports[port].rx_packets + 5)
        self.assertGreater(grown.tx_bytes, first.ports[port].tx_bytes)
        # Whoever takes the lab up goes on counting, and may limit.
        self.runtime = self.new_runtime()
        self.open()
        self.assertGreaterEqual(self.usage(server).cpu_seconds, first.cpu_seconds)
        self.runtime.limit(server.id, 1, 128)
        self.assertEqual(128 << 20, self.usage(server).memory_limit_bytes)
        self.runtime.start(server)
        self.assertEqual(512 << 20, self.usage(server).memory_limit_bytes)
        self.runtime.stop(server.id)
        self.assertEqual({}, dict(self.runtime.usage.all()))
        self.runtime.destroy()
        self.assert_nothing_left()

    def test_a_killed_server_can_be_entered_no_more_and_started_again(self):
        server = self.server("west")
        self.runtime.start(server)
        command = self.runtime.enter(server.id, ["cat", "/etc/hostname"])
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        self.assertEqual("web-west-12\n", done.stdout)
        self.runtime.kill(server.id)
        self.assertEqual(Power.STOPPED, self.runtime.power(server.id))
        self.assertRaises(RuntimeFault, self.runtime.kill, server.id)
        self.assertRaises(RuntimeFault, self.runtime.enter, server.id, ["true"])
        self.assertEqual("", self.runtime.shell(server.id))
        self.runtime.start(server)
        self.assertEqual("web-west-12", self.fetch("west"))

    def test_servers_start_when_what_starts_them_was_killed(self):
        self.runtime.start(self.server("west", 12))
        (starter,) = starters()
        os.kill(starter, 9)
        self.runtime.start(self.server("west", 13))
        self.assertEqual("web-west-12", self.fetch("west", 12))
        self.assertEqual("web-west-13", self.fetch("west", 13))
        self.runtime.destroy()
        self.assertEqual([], starters())
        self.assert_nothing_left()

    def test_without_processes_left_a_server_is_refused_and_the_next_one_starts(self):
        self.runtime.start(self.server("west", 12))
        (starter,) = starters()
        group = os.path.join(
            hierarchies.probe().root("pids"), f"tacker-lite-{self.lab}"
        )
        os.mkdir(group)
        self.addCleanup(self.remove_group, group)
        write(f"{group}/cgroup.procs", starter)
        write(f"{group}/pids.max", 1)
        fault = self.assertRaises(
            RuntimeFault, self.runtime.start, self.server("west", 13)
        )
        self.assertIn("no process can be made", str(fault))
        self.assertEqual(Power.STOPPED, self.runtime.power("server-west-13"))
        write(f"{group}/pids.max", "max")
        self.runtime.start(self.server("west", 13))
        self.assertEqual("web-west-13", self.fetch("west", 13))
        self.assertEqual([starter], starters())

    def remove_group(self, group):
        self.runtime.destroy()
        self.wait_for(lambda: read(f"{group}/cgroup.procs"), "")
        os.rmdir(group)


class SmallBridges(NamespaceRuntime):
    bridge_ports = 2


class ShardsTest(NamespaceCase):
    pops = ("west",)
    links = ()
    runtime_class = SmallBridges

    def bridges(self):
        listed = subprocess.run(
            ["ip", "-n", f"tlp-{self.lab}.west", "-brief", "link", "show"]
            + ["type", "bridge"],
            capture_output=True,
            text=True,
            check=True,
        )
        return len(listed.stdout.splitlines())

    def test_a_network_is_one_whatever_bridges_it_takes(self):
        self.open()
        asked = self.cidrs["west"][12]
        hosts = range(12, 17)
        for host in hosts:
            self.runtime.start(self.server("west", host))
        self.assertEqual(3, self.bridges())
        for host in hosts:
            self.assertEqual(f"web-west-{host}", self.fetch("west", host))
        # Those of different bridges reach each other.
        client = "import urllib.request as u; print(u.urlopen('http://{}/').read())"
        command = self.runtime.enter(
            self.server("west", 16).id, ["python3", "-c", client.format(asked)]
        )
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        self.assertIn("web-west-12", done.stdout, done.stderr)
        # Whoever takes the lab up finds room where there is some.
        self.runtime = self.new_runtime()
        self.open()
        self.runtime.start(self.server("west", 17))
        self.assertEqual(3, self.bridges())
        self.assertEqual("web-west-17", self.fetch("west", 17))
        self.runtime.delete(self.server("west", 12).id)
        self.runtime.start(self.server("west", 18))
        self.assertEqual(3, self.bridges())
        self.runtime.prune((), ())
        self.assertEqual(0, self.bridges())
        self.runtime.destroy()
        self.assert_nothing_left()


def write(path, value):
    with open(path, "w") as file:
        file.write(str(value))


def read(path):
    with open(path) as file:
        return file.read()


def starters():
    """Processes of this one that start servers."""
    found = []
    with open(f"/proc/{os.getpid()}/task/{os.getpid()}/children") as file:
        children = file.read().split()
    for child in children:
        with open(f"/proc/{child}/cmdline") as file:
            if "guest_starter" in file.read():
                found.append(int(child))
    return found
