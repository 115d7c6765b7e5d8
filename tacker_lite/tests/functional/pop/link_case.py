"""A line of three PoPs whose links tests change."""

import json
import os
import tempfile
import time

import testtools

from tacker_lite.pop.runtime import (
    capability,
    link_means,
    names,
)
from tacker_lite.pop.runtime.base import (
    LinkSpec,
    NetworkSpec,
    SubnetSpec,
)
from tacker_lite.pop.runtime.namespace import NamespaceRuntime
from tacker_lite.pop.topology import Impairment
from tacker_lite.tests.functional.pop import link_traffic, machine

PATIENCE = 20.0
POPS = ("edge", "metro", "core")
PLAIN = Impairment()


class LinkCase(testtools.TestCase):
    """One lab for a class: three PoPs in a line.

    :cvar means: those that links may use; the kernel of another machine may have more.
    """

    means = (link_means.TBF, link_means.BPF, link_means.RELAY)
    lab = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reasons = capability.check()
        cls.reason = "; ".join(reasons)
        if reasons:
            return
        cls.lab = f"links{os.getpid()}{cls.__name__.lower()}"
        directory = tempfile.TemporaryDirectory(prefix="tacker-lite-test-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = os.path.join(directory.name, "state")
        cls.cidrs = dict(zip(POPS, machine.free_networks(len(POPS)), strict=True))
        cls.runtime = cls.new_runtime()
        cls.open(PLAIN, PLAIN)

    def setUp(self):
        super().setUp()
        if self.reason:
            self.skipTest("NO LINK WAS MADE: " + self.reason)
        self.told = []
        self.runtime.links.listener = lambda *what: self.told.append(what)

    @classmethod
    def new_runtime(cls):
        runtime = cls.unowned_runtime()
        cls.addClassCleanup(runtime.destroy)
        return runtime

    @classmethod
    def unowned_runtime(cls):
        """For a process that will be killed."""
        runtime = NamespaceRuntime(cls.lab, cls.directory)
        runtime.links.restrict(cls.means)
        return runtime

    @classmethod
    def open(cls, first, second, runtime=None):
        runtime = runtime or cls.runtime
        runtime.open(POPS, cls.links(first, second))
        for pop, cidr in cls.cidrs.items():
            subnets = (SubnetSpec(pop, str(cidr), str(cidr[1])),)
            runtime.ensure_network(NetworkSpec(pop, pop, "net", subnets, routed=True))

    @classmethod
    def links(cls, first, second):
        return [LinkSpec("edge", "metro", first), LinkSpec("core", "metro", second)]

    def set(self, **values):
        """Change the link between edge and metro."""
        self.runtime.links.set(LinkSpec("edge", "metro", Impairment(**values)))

    def way(self, source="edge", target="metro"):
        ends = [
            (names.router(self.lab, pop), str(self.cidrs[pop][1]))
            for pop in (source, target)
        ]
        return link_traffic.Way(*ends)

    def state(self):
        return next(s for s in self.runtime.links.states() if s.left == "edge")

    def near(self, wanted, tolerance, measure, attempts=3):
        """Measure again when others took the processor meanwhile."""
        found = []
        for _ in range(attempts):
            found.append(measure())
            if abs(found[-1] - wanted) <= tolerance:
                return
        self.fail(f"{found} are not within {tolerance} of {wanted}")

    def relay_process(self):
        folder = os.path.join("/run/tacker-lite-pop", self.lab, "relay")
        (key,) = os.listdir(folder)
        with open(os.path.join(folder, key, "label.json"), encoding="utf-8") as file:
            return tuple(json.load(file)["process"])

    def wait_until(self, ask):
        deadline = time.monotonic() + PATIENCE
        while not ask():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
