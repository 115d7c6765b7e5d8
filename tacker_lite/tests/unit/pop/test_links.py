import testtools

from tacker_lite.pop import links
from tacker_lite.pop.errors import BadRequest, NotFound, Unavailable
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.links import SimulatedLinks
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.pop.topology import Impairment
from tacker_lite.tests.unit.pop.open_lab import OpenLab

TOPOLOGY = """
name: linked
pops:
  - {name: pop1}
  - {name: pop2}
  - {name: pop3}
links:
  - {left: pop2, right: pop1, delay_ms: 5, rate_mbit: 100}
  - {left: pop2, right: pop3}
"""
START = Impairment(delay_ms=5, rate_mbit=100)


class FaultyLinks(SimulatedLinks):
    """Refuses a rate of 13 before, and one of 17 while it is made."""

    def check(self, links):
        for link in links:
            if link.impairment.rate_mbit == 13:
                raise RuntimeFault("13 is not to be")

    def set(self, link):
        if link.impairment.rate_mbit == 17:
            raise RuntimeFault("17 failed")
        super().set(link)


class FaultyRuntime(SimulatedRuntime):
    def __init__(self, lab, directory):
        super().__init__(lab, directory)
        self.links = FaultyLinks()


class LinksTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.opened = self.useFixture(OpenLab(TOPOLOGY, FaultyRuntime))

    @property
    def links(self):
        return self.opened.lab.links

    def impairments(self):
        return [spec.impairment for spec in self.links.specs()]

    def texts(self):
        events = self.opened.lab.events.since()
        return [(e.name, e.text) for e in events if e.kind == "link"]

    def test_they_begin_as_the_file_says(self):
        self.assertEqual([START, Impairment()], self.impairments())

    def test_what_is_not_named_stays(self):
        self.links.set("pop1", "pop2", {"loss_percent": 2, "jitter_ms": 1})
        changed = Impairment(5, 1, 2, 100)
        self.assertEqual([changed, Impairment()], self.impairments())
        spec = self.links.set("pop2", "pop1", {"rate_mbit": None})
        self.assertEqual(("pop2", "pop1"), (spec.left, spec.right))
        self.assertEqual(Impairment(5, 1, 2, None), spec.impairment)
        self.assertEqual(spec, self.links.find("pop1", "pop2"))
        self.assertEqual(
            [
                (
                    "pop2 - pop1",
                    "now delay 5 ± 1 ms, loss 2 %, rate 100 Mbit/s",
                ),
                ("pop2 - pop1", "now delay 5 ± 1 ms, loss 2 %"),
            ],
            self.texts(),
        )

    def test_it_lasts(self):
        self.links.set("pop3", "pop2", {"delay_ms": 7.5})
        self.opened.restart()
        self.assertEqual([START, Impairment(delay_ms=7.5)], self.impairments())
        self.opened.crash()
        self.assertEqual([START, Impairment(delay_ms=7.5)], self.impairments())

    def test_another_value_in_the_file_counts(self):
        self.links.set("pop1", "pop2", {"delay_ms": 7.5})
        self.links.set("pop3", "pop2", {"delay_ms": 9})
        self.opened.restart(TOPOLOGY.replace("delay_ms: 5", "delay_ms: 6"))
        self.assertEqual(
            [Impairment(delay_ms=6, rate_mbit=100), Impairment(delay_ms=9)],
            self.impairments(),
        )

    def test_what_the_machine_refuses_changes_nothing(self):
        for rate, reason in ((13, "13 is not to be"), (17, "17 failed")):
            fault = self.assertRaises(
                Unavailable, self.links.set, "pop1", "pop2", {"rate_mbit": rate}
            )
            self.assertEqual((503, reason), (fault.status, fault.message))
            self.assertEqual([START, Impairment()], self.impairments())
        self.assertEqual([], self.texts())
        self.opened.restart()
        self.assertEqual([START, Impairment()], self.impairments())

    def test_what_cannot_be_is_named(self):
        for values, parts in (
            ({"delay_ms": -1}, ("delay_ms", "from 0 to 60000", "-1")),
            ({"delay_ms": None}, ("delay_ms", "None")),
            ({"delay_ms": True}, ("delay_ms", "True")),
            ({"delay_ms": "5"}, ("delay_ms", "'5'")),
            ({"loss_percent": 101}, ("loss_percent", "percent", "101")),
            ({"loss_percent": float("nan")}, ("loss_percent", "nan")),
            ({"rate_mbit": 0}, ("rate_mbit", "from 0.01 to 1000000", "not 0")),
            ({"jitter_ms": 6}, ("jitter_ms 6", "delay_ms 5")),
            ({"colour": 1}, ("'colour'", "delay_ms", "rate_mbit")),
        ):
            fault = self.assertRaises(
                BadRequest, self.links.set, "pop1", "pop2", values
            )
            for part in parts:
                self.assertIn(part, fault.message)
        self.assertEqual([START, Impairment()], self.impairments())

    def test_there_are_no_other_links(self):
        for ends in (("pop1", "pop3"), ("pop1", "nowhere"), ("pop1", "pop1")):
            fault = self.assertRaises(NotFound, self.links.set, *ends, {})
            self.assertIn(" - ".join(ends), fault.message)

    def test_people_are_told_of_links_that_fail(self):
        listener = self.opened.lab.runtime.links.listener
        listener("pop1", "pop2", False, "its relay ended")
        listener("pop1", "pop2", True, "its relay was started again")
        self.assertEqual(
            [
                ("pop2 - pop1", "link down: its relay ended"),
                ("pop2 - pop1", "link up: its relay was started again"),
            ],
            self.texts(),
        )

    def test_reports_say_that_nothing_flows(self):
        reports = self.links.report()
        self.assertEqual(self.links.specs(), [report.spec for report in reports])
        for report in reports:
            self.assertEqual("simulated", report.state.means)
            self.assertEqual((0, 0), (report.forth_rate, report.back_rate))
            self.assertEqual(0, report.state.forth.packets)


class WordsTest(testtools.TestCase):
    def test_nothing(self):
        self.assertEqual("plain", links.in_words(Impairment()))
