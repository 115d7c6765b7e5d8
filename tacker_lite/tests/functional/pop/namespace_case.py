"""Tests of the namespace runtime, each with a lab of its own on this machine.

They need root and a kernel with namespaces and overlayfs, else they are skipped.
"""

import os
import tempfile
import textwrap
import time
import urllib.error
import urllib.request

import testtools

from tacker_lite.pop.runtime import capability
from tacker_lite.pop.runtime.base import (
    LinkSpec,
    NetworkSpec,
    PortSpec,
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

    runtime_class = NamespaceRuntime
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
        runtime = self.runtime_class(lab, directory)
        self.addCleanup(runtime.destroy)
        return runtime

    def open(self, runtime=None):
        runtime = runtime or self.runtime
        runtime.open(self.pops, [LinkSpec(*link) for link in self.links])
        for pop in self.pops:
            runtime.ensure_network(self.network(pop))

    def ipv6(self, pop):
        number = int(self.cidrs[pop].network_address) >> 8 & 0xFFFF
        return f"fd99:{number:x}:{pop_number(pop)}"

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

    def wait_for(self, ask, answer):
        """Ask until that is the answer; what refuses the connection is asked again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                got = ask()
            except urllib.error.URLError as error:
                got = error
            if got == answer:
                return
            if time.monotonic() > deadline:
                self.fail(f"the answer is {got!r}, not {answer!r}")
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
