"""Real servers: what they are inside, and how they come and go."""

import os
import shutil
import signal
import subprocess
import textwrap

from tacker_lite.pop.runtime import names
from tacker_lite.pop.runtime.base import (
    NetworkSpec,
    PortSpec,
    Power,
    RuntimeFault,
    ServerSpec,
    SubnetSpec,
)
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.namespace_case import (
    NamespaceCase,
)


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
        self.assertEqual([], machine.server_processes(self.directory))
        self.assertIn("asked to end\n", self.runtime.console(server.id))
        self.runtime.start(server)
        seen = self.wait_console(server, "boot again\n")
        self.assertIn("boot \n", seen)
        self.runtime.delete(server.id)
        self.runtime.delete(server.id)
        self.assertEqual(Power.ABSENT, self.runtime.power(server.id))
        self.assertEqual("", self.runtime.console(server.id))
        self.assertEqual([], machine.server_processes(self.directory))
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

    def test_the_console_goes_on_when_what_keeps_it_was_killed(self):
        self.open()
        text = "while :; do echo line $((n += 1)); sleep 0.05; done\n"
        server = self.server("west", text=text)
        self.runtime.start(server)
        self.wait_console(server, "line 2\n")
        os.kill(machine.console_keeper(self.lab), signal.SIGKILL)
        last = self.runtime.console(server.id).split()[-1]
        self.wait_console(server, f"line {int(last) + 20}\n")
        # Another lab's process takes it up where none was left.
        os.kill(machine.console_keeper(self.lab), signal.SIGKILL)
        self.runtime = self.new_runtime()
        self.open()
        last = self.runtime.console(server.id).split()[-1]
        self.wait_console(server, f"line {int(last) + 5}\n")
        self.runtime.stop(server.id)
        self.assertIn(f"line {int(last) + 5}\n", self.runtime.console(server.id))

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
        self.assertEqual([], machine.server_processes(self.directory))
        self.assertEqual(1, len(machine.namespaces(self.lab)))
