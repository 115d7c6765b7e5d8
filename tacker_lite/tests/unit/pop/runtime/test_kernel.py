"""Processes by identity, and what the kernel's listings say; no root needed."""

import os
import signal
import subprocess
import sys
import time

import testtools

from tacker_lite.pop.runtime import kernel, ports
from tacker_lite.pop.runtime.base import PortSpec, RuntimeFault, SubnetSpec
from tacker_lite.pop.runtime.namespace import NamespaceRuntime
from tacker_lite.pop.runtime.networks import gateways


class ProcessTest(testtools.TestCase):
    def sleeper(self):
        process = subprocess.Popen(["sleep", "60"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_a_process_is_told_by_its_start_time(self):
        process = self.sleeper()
        started = kernel.start_time(process.pid)
        self.assertIsNotNone(started)
        ended = kernel.signal_process((process.pid, started + 1), signal.SIGKILL, 0)
        self.assertTrue(ended)
        self.assertIsNone(process.poll())
        self.assertFalse(kernel.signal_process((process.pid, started), 0, 0.01))
        self.assertTrue(
            kernel.signal_process((process.pid, started), signal.SIGTERM, 5)
        )
        self.assertEqual(-signal.SIGTERM, process.wait())
        self.assertIsNone(kernel.start_time(process.pid))
        self.assertTrue(kernel.signal_process((process.pid, started), 9, 0))

    def test_a_zombie_has_ended(self):
        process = self.sleeper()
        started = kernel.start_time(process.pid)
        process.kill()
        self.assertTrue(kernel.signal_process((process.pid, started), 0, 5))
        deadline = time.monotonic() + 5
        while kernel.start_time(process.pid) is not None:
            self.assertLess(time.monotonic(), deadline)
        self.assertTrue(os.path.exists(f"/proc/{process.pid}"))


class ListingTest(testtools.TestCase):
    def test_routes_of_the_host_hide_nothing_by_default(self):
        for network, device in kernel.host_routes():
            self.assertGreater(network.prefixlen, 0)
            self.assertIn(device, os.listdir("/sys/class/net"))

    def test_there_is_no_such_namespace(self):
        self.assertFalse(kernel.netns_exists("tlp-no.such~namespace"))
        kernel.delete_netns("tlp-no.such~namespace")
        fault = self.assertRaises(
            RuntimeFault, kernel.set_in_netns, "tlp-no.such", {"ipv4/ip_forward": "1"}
        )
        self.assertIn("tlp-no.such", str(fault))

    def test_ip_names_the_line_that_failed(self):
        lines = ["link show dev lo", "link show dev nosuch0"]
        fault = self.assertRaises(RuntimeFault, kernel.ip, lines)
        self.assertIn("link show dev nosuch0", str(fault))
        self.assertIn("does not exist", str(fault))
        kernel.ip(lines, tolerate=("does not exist",))

    def test_without_ip_the_package_is_named(self):
        program = (
            "from tacker_lite.pop.runtime import capability, kernel\n"
            "print(capability.missing())\n"
            "try: kernel.ip(['link'])\n"
            "except Exception as error: print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"PATH": "/nonexistent"},
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(2, done.stdout.count("install the package iproute2"))


class PlainTest(testtools.TestCase):
    def test_gateways_of_routed_subnets(self):
        subnets = (
            SubnetSpec("a", "10.0.0.0/24", "10.0.0.1"),
            SubnetSpec("b", "10.0.1.0/24"),
            SubnetSpec("c", "fd00::/64", "fd00::1"),
        )
        self.assertEqual(
            {"10.0.0.0/24": "10.0.0.1/24", "fd00::/64": "fd00::1/64"},
            gateways(subnets),
        )

    def test_ports_get_the_first_free_device(self):
        made = []
        for name in ("a", "b", "c"):
            made.append(ports.port_label(PortSpec(name, "n", "02::"), made))
        self.assertEqual(["eth0", "eth1", "eth2"], [port["device"] for port in made])
        del made[1]
        again = PortSpec("d", "n", "02:00:00:00:00:01", ("10.0.0.1/24",))
        label = ports.port_label(again, made)
        self.assertEqual("eth1", label["device"])
        self.assertEqual(again, ports.port_spec(label))

    def test_names_and_paths_that_cannot_work_are_refused(self):
        for lab, directory in (("a.b", "/tmp/x"), ("lab", "/tmp/a,b"), ("", "/tmp/x")):
            self.assertRaises(RuntimeFault, NamespaceRuntime, lab, directory)
