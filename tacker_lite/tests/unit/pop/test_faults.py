"""What faults do to requests and servers, and how long they are there."""

import threading
import time

import testtools

from tacker_lite.pop import errors, faults_api
from tacker_lite.pop.runtime.base import Power, RuntimeFault
from tacker_lite.pop.runtime.links import SimulatedLinks
from tacker_lite.pop.topology import FaultEntry
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT, OpenLab

POPS = """
pops:
  - {name: pop1, networks: [{name: net0, cidr: 10.1.0.0/24}]}
  - {name: pop2, networks: [{name: net0, cidr: 10.2.0.0/24}]}
links: [{left: pop1, right: pop2, delay_ms: 5}]
"""
PLAIN = f"name: unit{POPS}"
SEEDED = f"""name: unit
fault_seed: 3
faults: [{{kind: error, name: half, percent: 50, status: 500}}]{POPS}"""


def entry(kind, name="", pop="", for_seconds=0.0, **settings):
    return FaultEntry(kind, name, pop, for_seconds, settings)


class Refusing(SimulatedLinks):
    """Links of a machine that refuses what it is told, or takes its time."""

    def __init__(self):
        super().__init__()
        self.refuses = True
        self.go = threading.Event()
        self.go.set()

    def set(self, link):
        self.go.wait(TIMEOUT)
        if self.refuses:
            raise RuntimeFault("not now")
        super().set(link)


class FaultsTest(testtools.TestCase):
    def open(self, text=PLAIN):
        self.fixture = self.useFixture(OpenLab(text))
        return self.fixture.lab

    def met(self, pop="pop1", service="compute", method="GET", path="/v2.1/servers"):
        faults = self.fixture.lab.faults
        return faults_api.of_request(faults, pop, service, method, path)

    def texts(self):
        return [event.text for event in self.fixture.lab.events.since()]

    def eventually(self, check):
        deadline = time.monotonic() + TIMEOUT
        while not check():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def test_only_what_fits_meets_a_fault(self):
        lab = self.open()
        self.assertIsNone(self.met())
        lab.faults.set(
            entry(
                "error", "e", "pop1", service="compute", method="GET", path="/v2.1/s*"
            )
        )
        self.assertEqual((("e",), 503), (self.met().names, self.met().status))
        for other in (
            {"pop": "pop2"},
            {"service": "network"},
            {"method": "POST"},
            {"path": "/v2.1/flavors"},
        ):
            self.assertIsNone(self.met(**other), other)
        lab.faults.set(entry("latency", "l", delay_ms=100, jitter_ms=10))
        delays = {self.met(pop="pop2").delay_ms for _ in range(20)}
        self.assertTrue(all(90 <= delay <= 110 for delay in delays), delays)
        self.assertLess(10, len(delays))
        both = self.met()
        self.assertEqual((("l", "e"), 503), (both.names, both.status))
        lab.faults.clear("e")
        self.assertEqual(0, self.met().status)

    def test_a_seed_draws_the_same_again(self):
        rows = []
        for text in (SEEDED, SEEDED, SEEDED.replace("3", "4", 1)):
            self.open(text)
            rows.append([bool(self.met()) for _ in range(64)])
        self.assertEqual(rows[0], rows[1])
        self.assertNotEqual(rows[0], rows[2])
        self.assertTrue(16 < sum(rows[0]) < 48, rows[0])

    def test_faults_outlive_the_lab_until_they_are_cleared(self):
        lab = self.open(SEEDED)
        lab.faults.set(entry("unreachable", pop="pop2", mode="hang", cut_links=True))
        self.fixture.restart()
        lab = self.fixture.lab
        names = [fault.id for fault in lab.faults.all()]
        self.assertEqual(["half", "unreachable-1"], names)
        self.assertEqual("hang", self.met(pop="pop2").drop)
        (spec,) = lab.links.machine_specs()
        self.assertEqual(100.0, spec.impairment.loss_percent)
        lab.faults.clear()
        self.fixture.restart()
        # The topology file's own do not come back either.
        self.assertEqual([], self.fixture.lab.faults.all())

    def test_links_are_cut_as_long_as_a_fault_is_there(self):
        lab = self.open()
        lab.faults.set(entry("unreachable", "gone", "pop1", cut_links=True))
        lab.links.set("pop1", "pop2", {"delay_ms": 7})
        (spec,) = lab.links.machine_specs()
        self.assertEqual(100.0, spec.impairment.loss_percent)
        self.assertEqual(7.0, lab.links.find("pop1", "pop2").impairment.delay_ms)
        lab.faults.clear("gone")
        (spec,) = lab.links.machine_specs()
        self.assertEqual((7.0, 0.0), (spec.impairment.delay_ms, 0.0))
        self.assertIn("cut by a fault", self.texts())
        self.assertIn("no longer cut by a fault", self.texts())

    def test_a_fault_that_cannot_be_taken_back_stays_on_file(self):
        lab = self.open()
        lab.faults.set(entry("unreachable", "gone", "pop1", cut_links=True))
        links = lab.runtime.links = Refusing()
        self.assertRaises(errors.Unavailable, lab.faults.clear)
        self.assertEqual(["gone"], [fault.id for fault in lab.faults.all()])
        other = entry("unreachable", "more", "pop2", cut_links=True)
        lab.faults.set(other)  # nothing to be done: the link is cut
        links.refuses = False
        lab.faults.clear()
        self.assertEqual([], lab.faults.all())
        (spec,) = lab.links.machine_specs()
        self.assertEqual(0.0, spec.impairment.loss_percent)

    def test_requests_go_on_while_the_machine_is_told(self):
        lab = self.open()
        links = lab.runtime.links = Refusing()
        links.refuses = False
        links.go.clear()
        fault = entry("unreachable", "gone", "pop1", cut_links=True)
        setting = threading.Thread(target=lab.faults.set, args=(fault,))
        setting.start()
        try:
            self.eventually(lambda: self.met() is not None)
            self.assertIsNone(self.met("pop2"))
            self.assertTrue(setting.is_alive())
        finally:
            links.go.set()
            setting.join(TIMEOUT)

    def test_a_fault_with_an_end_ends(self):
        lab = self.open()
        lab.faults.set(
            entry("unreachable", "short", "pop1", for_seconds=0.2, cut_links=True)
        )
        self.assertEqual("reset", self.met().drop)
        self.eventually(lambda: not self.met())
        self.eventually(lambda: "over" in self.texts())
        (spec,) = lab.links.machine_specs()
        self.assertEqual(5.0, spec.impairment.delay_ms)
        self.assertEqual([], lab.faults.all())

    def test_what_there_is_not_is_refused(self):
        lab = self.open()
        error = entry("error", pop="pop9")
        self.assertRaises(errors.NotFound, lab.faults.set, error)
        self.assertRaises(errors.NotFound, lab.faults.clear, "nothing")
        self.assertRaises(errors.NotFound, lab.faults.deaths.kill, "nobody")

    def test_slow_boots(self):
        lab = self.open()
        lab.faults.set(entry("slow-boot", "slow", "pop1", seconds=0.5))
        begun = time.monotonic()
        server = self.fixture.create_server()
        self.assertEqual("BUILD", server.status)
        self.fixture.settled(server.id, "ACTIVE")
        self.assertLessEqual(0.5, time.monotonic() - begun)
        self.assertIn("boots 0.5 s later (fault slow)", self.texts())

    def test_a_cleared_fault_holds_no_server(self):
        lab = self.open()
        lab.faults.set(entry("slow-boot", "slow", seconds=3600))
        servers = [self.fixture.create_server(name=f"s{n}") for n in range(20)]
        gone = servers.pop()
        self.fixture.cloud.compute.delete_server(None, gone.id)
        self.fixture.settled(gone.id, None)
        self.assertEqual(
            {"BUILD"}, {row.status for row in self.fixture.cloud.compute.servers}
        )
        lab.faults.clear("slow")
        for server in servers:
            self.fixture.settled(server.id, "ACTIVE")

    def test_failing_boots(self):
        lab = self.open()
        lab.faults.set(entry("failing-boot", "bad", percent=100))
        server = self.fixture.create_server()
        failed = self.fixture.settled(server.id, "ERROR")
        self.assertIn("fault bad made", failed.fault["message"])

    def test_killed_servers_end(self):
        lab = self.open()
        server = self.fixture.create_server()
        self.fixture.settled(server.id, "ACTIVE")
        lab.faults.deaths.kill(server.id)
        self.assertEqual(Power.STOPPED, lab.runtime.power(server.id))
        self.assertRaises(errors.Conflict, lab.faults.deaths.kill, server.id)
        self.assertIn("killed as asked", self.texts())

    def test_deaths_at_a_rate(self):
        lab = self.open()
        servers = [self.fixture.create_server(name=f"s{n}") for n in range(3)]
        for server in servers:
            self.fixture.settled(server.id, "ACTIVE")
        lab.faults.set(entry("death", "plague", "pop1", per_minute=3000))
        self.eventually(
            lambda: all(lab.runtime.power(s.id) is Power.STOPPED for s in servers)
        )
        self.assertEqual(3, self.texts().count("killed by the fault plague"))
