"""Real servers in namespaces, seen from the host and from one another.

Needs root and a kernel with namespaces and overlayfs; skipped with the reason without.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import testtools

from tacker_lite.pop.runtime import capability, kernel, names
from tacker_lite.pop.runtime.base import (
    LinkSpec,
    NetworkSpec,
    PortSpec,
    Power,
    RuntimeFault,
    ServerSpec,
    SubnetSpec,
)
from tacker_lite.pop.runtime.namespace import NamespaceRuntime
from tacker_lite.tests.functional.pop import machine

PATIENCE = 20.0
WEB_SERVER = """\
mkdir -p /srv/web
cd /srv/web
hostname > index.html
exec python3 -m http.server 80 --bind ::
"""


def script(text):
    return ("#!/bin/sh\n" + textwrap.dedent(text)).encode()


class NamespaceCase(testtools.TestCase):
    """A lab of linked PoPs, each with one routed network."""

    pops = ("west", "east")
    links = (("west", "east"),)
    number = 0

    def setUp(self):
        super().setUp()
        reasons = capability.check()
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))
        # Before the directory: it is removed after the lab.
        directory = tempfile.TemporaryDirectory(prefix="tacker-lite-test-")
        self.addCleanup(directory.cleanup)
        self.directory = os.path.join(directory.name, "state")
        NamespaceCase.number += 1
        self.lab = f"t{os.getpid()}-{self.number}"
        self.runtime = self.new_runtime()
        self.cidrs = dict(
            zip(self.pops, machine.free_networks(len(self.pops)), strict=True)
        )

    def new_runtime(self, lab=None):
        lab = lab or self.lab
        directory = self.directory if lab == self.lab else self.directory + lab
        runtime = NamespaceRuntime(lab, directory)
        self.addCleanup(runtime.destroy)
        return runtime

    def open(self, runtime=None):
        runtime = runtime or self.runtime
        runtime.open(self.pops, [LinkSpec(*link) for link in self.links])
        for pop in self.pops:
            runtime.ensure_network(self.network(pop))

    def ipv6(self, pop):
        return f"fd99:{self.cidrs[pop].network_address.packed[1]:x}:{pop_number(pop)}"

    def network(self, pop):
        cidr, ipv6 = self.cidrs[pop], self.ipv6(pop)
        subnets = (
            SubnetSpec(f"{pop}-4", str(cidr), str(cidr[1])),
            SubnetSpec(f"{pop}-6", f"{ipv6}::/64", f"{ipv6}::1"),
        )
        return NetworkSpec(f"net-{pop}", pop, "mgmt", subnets, routed=True)

    def port(self, pop, host, port_id=None):
        cidr = self.cidrs[pop]
        return PortSpec(
            port_id or f"port-{pop}-{host}",
            f"net-{pop}",
            f"02:00:00:00:{pop_number(pop):02x}:{host:02x}",
            (f"{cidr[host]}/24", f"{self.ipv6(pop)}::{host:x}/64"),
            str(cidr[1]),
        )

    def server(self, pop, host=12, text=WEB_SERVER, **more):
        more.setdefault("ports", (self.port(pop, host),))
        return ServerSpec(
            f"server-{pop}-{host}",
            pop,
            f"web_{pop}-{host}",
            user_data=script(text),
            **more,
        )

    def fetch(self, pop, host=12):
        """The web server's answer, waiting until it listens."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                url = f"http://{self.cidrs[pop][host]}/"
                with urllib.request.urlopen(url, timeout=2) as answer:
                    return answer.read().decode().strip()
            except urllib.error.URLError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def wait_console(self, server, text):
        deadline = time.monotonic() + PATIENCE
        while text not in (output := self.runtime.console(server.id)):
            if time.monotonic() > deadline:
                self.fail(f"{text!r} is not on the console: {output}")
            time.sleep(0.02)
        return output

    def assert_nothing_left(self):
        self.assertEqual(machine.NOTHING, machine.everything(self.lab, self.directory))


def pop_number(pop):
    return sum(pop.encode()) % 250


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


class ServerTest(NamespaceCase):
    pops = ("west",)
    links = ()

    def test_identity_and_addresses_are_true_inside(self):
        self.open()
        server = self.server(
            "west",
            text="""\
            echo "name $(hostname) $(cat /etc/hostname) $INSTANCE_NAME $INSTANCE_ID"
            echo "metadata $SITE_CODE"
            echo "mac $(cat /sys/class/net/eth0/address)"
            ip -o addr show dev eth0
            ip route
            echo "first $$ of $(ls /proc | grep -c '^[0-9]')"
            echo done
            """,
            metadata={"site-code": "w1"},
        )
        self.runtime.start(server)
        seen = self.wait_console(server, "done\n")
        self.assertIn("name web-west-12 web-west-12 web_west-12 server-west-12", seen)
        self.assertIn("metadata w1\n", seen)
        self.assertIn(f"mac {server.ports[0].mac_address}\n", seen)
        for address in server.ports[0].addresses:
            self.assertIn(f" {address} ", seen)
        self.assertNotIn("tentative", seen)
        self.assertIn(f"default via {self.cidrs['west'][1]} dev eth0", seen)
        # Init, the script and the ls of the line itself: no process of the host.
        count = int(seen.partition("first ")[2].split()[2])
        self.assertLess(count, 8)

    def test_writes_never_reach_the_host(self):
        self.open()
        mark = f"/etc/mark-{self.lab}"
        secret = f"/var/tmp/{self.lab}"
        os.makedirs(os.path.join(secret, "key"))
        self.addCleanup(shutil.rmtree, secret)
        self.runtime.hidden_paths = (secret,)
        server = self.server(
            "west",
            text=f"""\
            echo x > {mark} && echo wrote
            echo x > /tmp/mark-{self.lab}
            echo x > /proc/sys/kernel/domainname || echo kernel refused
            mknod /disk b 8 0 || echo device refused
            mount -t tmpfs none /mnt || echo mount refused
            test -e {self.directory}/servers || echo state hidden
            ls /var/tmp/{self.lab} | grep . || echo secret hidden
            echo 1 > /proc/sys/net/ipv4/ip_forward && echo forwards
            ls /run /dev
            echo done
            """,
        )
        self.runtime.start(server)
        seen = self.wait_console(server, "done\n")
        for text in ("wrote", "kernel refused", "device refused", "mount refused"):
            self.assertIn(text + "\n", seen)
        self.assertIn("state hidden\n", seen)
        self.assertIn("secret hidden\n", seen)
        self.assertIn("forwards\n", seen)
        self.assertNotIn("netns", seen)
        self.assertFalse(os.path.exists(mark))
        self.assertFalse(os.path.exists(f"/tmp/mark-{self.lab}"))

    def test_stop_keeps_the_disk_and_delete_removes_it(self):
        self.open()
        server = self.server(
            "west",
            text="""\
            trap 'echo asked to end; exit' TERM
            echo "boot $(cat /var/boots 2>/dev/null)"
            echo again >> /var/boots
            while :; do sleep 0.1; done
            """,
        )
        self.assertEqual(Power.ABSENT, self.runtime.power(server.id))
        self.runtime.start(server)
        self.wait_console(server, "boot \n")
        self.assertEqual(Power.RUNNING, self.runtime.power(server.id))
        self.runtime.start(server)
        self.runtime.stop(server.id)
        self.runtime.stop(server.id)
        self.assertEqual(Power.STOPPED, self.runtime.power(server.id))
        self.assertEqual([], machine.processes(self.lab, self.directory))
        self.assertIn("asked to end\n", self.runtime.console(server.id))
        self.runtime.start(server)
        seen = self.wait_console(server, "boot again\n")
        self.assertIn("boot \n", seen)
        self.runtime.delete(server.id)
        self.runtime.delete(server.id)
        self.assertEqual(Power.ABSENT, self.runtime.power(server.id))
        self.assertEqual("", self.runtime.console(server.id))
        self.assertEqual([], machine.processes(self.lab, self.directory))
        self.runtime.start(server)
        seen = self.wait_console(server, "boot")
        self.assertNotIn("again", seen)

    def test_a_server_stays_up_when_its_script_ends(self):
        self.open()
        server = self.server("west", text="exit 3\n")
        self.runtime.start(server)
        self.wait_console(server, "start script ended with status 3\n")
        self.assertEqual(Power.RUNNING, self.runtime.power(server.id))

    def test_cloud_config(self):
        self.open()
        server = ServerSpec(
            "cloudy",
            "west",
            "cloudy",
            user_data=textwrap.dedent(
                """\
                #cloud-config
                hostname: other
                packages: [nginx]
                write_files:
                - path: /opt/new/hello
                  content: "it's here\\n"
                  permissions: '0600'
                runcmd:
                - [cat, /opt/new/hello]
                - stat -c %a /opt/new/hello; hostname
                """
            ).encode(),
        )
        self.runtime.start(server)
        seen = self.wait_console(server, "status 0\n")
        self.assertIn("it's here\n600\nother\n", seen)
        self.assertIn("#cloud-config key 'packages' is not supported", seen)

    def test_ports_come_and_go(self):
        self.open()
        inner = NetworkSpec(
            "inner", "west", "inner", (SubnetSpec("i", "172.31.255.0/24"),)
        )
        self.runtime.ensure_network(inner)
        added = PortSpec(
            "added", "inner", "02:00:00:00:ff:01", ("172.31.255.5/24",), None
        )
        server = self.server("west", text="while ip -o addr; do sleep 0.1; done\n")
        self.runtime.start(server)
        self.runtime.plug(server.id, added)
        self.runtime.plug(server.id, added)
        self.wait_console(server, "eth1    inet 172.31.255.5/24")
        self.runtime.unplug(server.id, added.id)
        self.runtime.unplug(server.id, added.id)
        namespace = next(n for n in machine.namespaces(self.lab) if "~" in n)
        listed = subprocess.run(
            ["ip", "-n", namespace.split()[0], "-brief", "link"],
            check=True,
            capture_output=True,
            text=True,
        )
        self.assertIn("eth0", listed.stdout)
        self.assertNotIn("eth1", listed.stdout)
        fault = self.assertRaises(
            RuntimeFault, self.runtime.plug, "nobody", self.port("west", 99)
        )
        self.assertIn("no such server", str(fault))

    def test_an_isolated_network_joins_only_its_servers(self):
        self.open()
        inner = NetworkSpec(
            "inner", "west", "inner", (SubnetSpec("i", "172.31.255.0/24"),)
        )
        self.runtime.ensure_network(inner)
        ports = [
            PortSpec(f"i{n}", "inner", f"02:00:00:00:ff:0{n}", (f"172.31.255.{n}/24",))
            for n in (1, 2)
        ]
        self.runtime.start(self.server("west", 12, ports=ports[:1]))
        self.runtime.start(self.server("west", 13))
        self.assertEqual("web-west-13", self.fetch("west", 13))
        outside = self.cidrs["west"][13]
        fetch = "python3 -c 'import sys, urllib.request as u; " + (
            'print("got", u.urlopen(sys.argv[1], timeout=1).read())\' http://%s/'
        )
        asker = self.server(
            "west",
            14,
            ports=ports[1:],
            text=f"""\
            until {fetch % "172.31.255.1"}; do sleep 0.1; done
            mac={names.bridge_mac("inner")}
            ip neigh add 172.31.255.254 lladdr $mac dev eth0
            ip route add default via 172.31.255.254
            {fetch % outside} || echo fenced
            """,
        )
        self.runtime.start(asker)
        seen = self.wait_console(asker, "ended with status 0")
        self.assertIn("got b'web-west-12\\n'", seen)
        self.assertIn("fenced\n", seen)

    def test_the_console_is_bounded(self):
        self.open()
        text = "seq 1 2000000\necho finished; sleep 0.2\n"
        server = self.server("west", text=text)
        self.runtime.start(server)
        self.wait_console(server, "finished\n")
        self.assertLessEqual(len(self.runtime.console(server.id)), 1024 * 1024)
        folder = os.path.join(self.directory, "servers", names.key(server.id))
        sizes = sum(entry.stat().st_size for entry in os.scandir(folder))
        self.assertLess(sizes, 5 * 1024 * 1024)

    def test_a_disk_goes_to_memory_where_overlayfs_cannot_have_it(self):
        base = os.path.dirname(self.directory)
        for name in ("upper", "work", "overlay"):
            os.mkdir(os.path.join(base, name))
        target = os.path.join(base, "overlay")
        options = f"lowerdir=/etc,upperdir={base}/upper,workdir={base}/work"
        subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o", options, target], check=True
        )
        self.addCleanup(subprocess.run, ["umount", target], check=True)
        self.directory = os.path.join(target, "state")
        self.runtime = self.new_runtime()
        self.open()
        server = self.server("west")
        self.runtime.start(server)
        self.assertEqual("web-west-12", self.fetch("west"))
        self.runtime.destroy()
        self.assertFalse(
            os.path.exists(os.path.join("/dev/shm/tacker-lite-pop", self.lab))
        )

    def test_what_cannot_be_leaves_nothing_running(self):
        self.open()
        port = PortSpec("p", "nowhere", "02:00:00:00:00:01")
        fault = self.assertRaises(
            RuntimeFault, self.runtime.start, self.server("west", ports=(port,))
        )
        self.assertIn("nowhere", str(fault))
        bad = PortSpec("p", "net-west", "02:00:00:00:00:01", ("10.1.2.3/99",))
        fault = self.assertRaises(
            RuntimeFault, self.runtime.start, self.server("west", ports=(bad,))
        )
        self.assertIn("10.1.2.3/99", str(fault))
        self.assertEqual([], machine.processes(self.lab, self.directory))
        self.assertEqual(1, len(machine.namespaces(self.lab)))


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
