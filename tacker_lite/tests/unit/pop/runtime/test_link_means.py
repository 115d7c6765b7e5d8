import dataclasses

import testtools

from tacker_lite.pop.runtime import link_means
from tacker_lite.pop.runtime.base import LinkSpec, RuntimeFault
from tacker_lite.pop.runtime.link_means import BPF, NETEM, RELAY, TBF, Plan
from tacker_lite.pop.topology import Impairment

ALL = Impairment(delay_ms=20, jitter_ms=5, loss_percent=1, rate_mbit=100)
SHAPED = Impairment(loss_percent=1, rate_mbit=100)


def reasons(*usable):
    """As a machine with just these means says them."""
    return {
        means: "" if means in usable else f"no {means} here"
        for means in link_means.NEEDS
    }


def plan(impairment, *usable):
    return link_means.plan(LinkSpec("edge", "core", impairment), reasons(*usable))


class PlanTest(testtools.TestCase):
    def test_nothing_takes_no_means(self):
        self.assertEqual(Plan(), plan(Impairment()))
        self.assertEqual("plain", Plan().means)

    def test_netem_does_everything(self):
        found = plan(ALL, NETEM, TBF, BPF, RELAY)
        self.assertEqual(Plan(netem=ALL), found)
        self.assertEqual("netem", found.means)

    def test_each_alone(self):
        for impairment, means in (
            (Impairment(delay_ms=1), "relay"),
            (Impairment(loss_percent=1), "bpf"),
            (Impairment(rate_mbit=1), "tbf"),
            (SHAPED, "tbf, bpf"),
        ):
            self.assertEqual(means, plan(impairment, TBF, BPF, RELAY).means)

    def test_a_relay_loses_packets_itself_and_leaves_rates_to_the_kernel(self):
        found = plan(ALL, TBF, BPF, RELAY)
        self.assertEqual("relay, tbf", found.means)
        self.assertEqual(dataclasses.replace(ALL, rate_mbit=None), found.relay)
        self.assertEqual(100, found.rate_mbit)
        self.assertEqual(0, found.loss_percent)

    def test_a_relay_does_what_nothing_else_does(self):
        self.assertEqual(Plan(relay=ALL), plan(ALL, RELAY))
        self.assertEqual(Plan(relay=SHAPED), plan(SHAPED, RELAY))
        self.assertEqual("relay, tbf", plan(SHAPED, RELAY, TBF).means)
        self.assertEqual("relay, bpf", plan(SHAPED, RELAY, BPF).means)

    def test_packets_stay_single_where_each_one_counts(self):
        self.assertFalse(plan(Impairment(rate_mbit=1), TBF).single_packets)
        self.assertFalse(plan(Impairment(delay_ms=1), NETEM).single_packets)
        self.assertTrue(plan(SHAPED, TBF, BPF).single_packets)
        self.assertTrue(plan(ALL, NETEM).single_packets)

    def test_what_cannot_be_is_refused_with_the_link_and_what_would_do(self):
        for impairment, usable, parts in (
            (ALL, (TBF, BPF), ("delay_ms 20", "no netem here", "no relay here")),
            (SHAPED, (TBF,), ("loss_percent 1", "netem or bpf or relay")),
            (Impairment(rate_mbit=0.5), (BPF,), ("rate_mbit 0.5", "no tbf here")),
        ):
            fault = self.assertRaises(RuntimeFault, plan, impairment, *usable)
            for part in ("link edge - core", "leave ", *parts):
                self.assertIn(part, str(fault))


class CapabilityTest(testtools.TestCase):
    def test_the_best_means_and_why_no_better_one(self):
        found = link_means.capabilities(reasons(TBF, RELAY))
        self.assertEqual(
            {
                "link delay": ("relay", "no netem: no netem here"),
                "link jitter": ("relay", "no netem: no netem here"),
                "link loss": ("relay", "no netem: no netem here; no bpf: no bpf here"),
                "link rate": ("tbf", "no netem: no netem here"),
            },
            {one.name: (one.means, one.reason) for one in found},
        )

    def test_nothing_at_all(self):
        for one in link_means.capabilities(reasons()):
            self.assertEqual("", one.means)
            self.assertIn("no relay here", one.reason)

    def test_what_is_not_allowed_is_not_probed(self):
        found = link_means.probe([])
        self.assertEqual(set(link_means.NEEDS), set(found))
        for reason in found.values():
            self.assertIn("--link-means", reason)

    def test_there_are_no_other_means(self):
        link_means.check_names(["netem", "relay"])
        fault = self.assertRaises(RuntimeFault, link_means.check_names, ["magic"])
        for part in ("'magic'", "netem, tbf, bpf, relay"):
            self.assertIn(part, str(fault))
