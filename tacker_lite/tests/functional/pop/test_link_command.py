"""Links as the command shows and changes them, on real packets, also after a kill."""

import json
import os
import signal
import time

from tacker_lite.pop.runtime import capability, names
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.lab_command import TIMEOUT, LabCommandCase
from tacker_lite.tests.functional.pop.link_traffic import Way

TOPOLOGY = """
name: {name}
pops:
  - {{name: pop1, networks: [{{name: net0, cidr: {cidrs[0]}}}]}}
  - {{name: pop2, networks: [{{name: net0, cidr: {cidrs[1]}}}]}}
links:
  - {{left: pop1, right: pop2, delay_ms: 20}}
"""


class LinkCommandTest(LabCommandCase):
    runtime = "namespace"

    def setUp(self):
        reasons = capability.check()
        if reasons:
            self.skipTest("NO LINK WAS MADE: " + "; ".join(reasons))
        super().setUp()
        cidrs = machine.free_networks(2)
        self.write(TOPOLOGY.format(name=self.name, cidrs=cidrs))
        ends = [
            (names.router(self.name, pop), str(cidr[1]))
            for pop, cidr in zip(("pop1", "pop2"), cidrs, strict=True)
        ]
        self.way = Way(*ends)

    def link(self):
        (link,) = json.loads(self.output_of("link", "list", "-f", "json"))
        return link

    def set(self, *arguments):
        self.output_of("link", "set", "pop2", "pop1", *arguments)

    def assert_round_trip(self, milliseconds):
        """Ask again when others took the processor meanwhile."""
        found = []
        for _ in range(3):
            found.append(self.way.round_trip())
            if abs(found[-1] - milliseconds) < 1:
                return
        self.fail(f"{found}, not {milliseconds}")

    def relay_pids(self):
        found = []
        for pid in machine.processes(self.name, self.directory):
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                if "link_relay" in file.read():
                    found.append(pid)
        return found

    def test_means_that_are_left_out(self):
        said = self.refused("--runtime", "namespace", "--link-means", "tbf,bpf")
        for part in ("link pop1 - pop2", "delay_ms 20", "netem", "relay"):
            self.assertIn(part, said)
        self.assert_nothing_left()
        said = self.refused("--runtime", "namespace", "--link-means", "wire")
        self.assertIn("'wire'", said)
        self.assertFalse(os.path.exists(self.directory))

    def test_a_changed_link_stays_so(self):
        # Not netem, which another machine may have: relays are what is killed here.
        self.up("--link-means", "tbf,bpf,relay")
        self.assert_round_trip(40)
        self.set("--delay-ms", "5", "--rate-mbit", "50")
        self.assert_round_trip(10)
        (relay,) = self.relay_pids()
        self.kill()
        self.assert_round_trip(10)
        self.up()
        self.assertEqual([relay], self.relay_pids())
        link = self.link()
        self.assertEqual((5, 0, 50), tuple(map(link.get, _VALUES)))
        self.assertGreater(link["forth"]["packets"], 50)
        self.assert_round_trip(10)
        os.kill(relay, signal.SIGKILL)
        deadline = time.monotonic() + TIMEOUT
        while len(said := self.link_events()) < 2:
            self.assertLess(time.monotonic(), deadline, said)
        self.assertIn("link down", said[0])
        self.assertIn("link up", said[1])
        self.assert_round_trip(10)
        self.set("--delay-ms", "0", "--rate-mbit", "none")
        self.assertEqual("plain", self.link()["means"])
        self.assertEqual([], self.relay_pids())
        self.assert_round_trip(0)
        self.output_of("down", self.name)
        self.assert_nothing_left()

    def link_events(self):
        lines = self.output_of("events", "-f", "json").splitlines()
        events = map(json.loads, lines)
        return [event["text"] for event in events if event["kind"] == "link"]


_VALUES = ("delay_ms", "loss_percent", "rate_mbit")
