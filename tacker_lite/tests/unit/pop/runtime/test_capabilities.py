import testtools

from tacker_lite.pop.runtime.base import Capability, RuntimeFault
from tacker_lite.pop.runtime.links import FEATURES
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.pop.runtime.simulated_appliances import SimulatedRouters


class WithoutRouters(SimulatedRouters):
    def check(self):
        raise RuntimeFault("the command magic is missing")


class CapabilitiesTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.runtime = SimulatedRuntime("unit", "/nonexistent")

    def test_each_part_says_its_own(self):
        found = self.runtime.capabilities()
        names = [one.name for one in found]
        self.assertEqual(len(names), len(set(names)))
        for name in (
            *("servers", "CPU limits", "memory limits", "process limits"),
            *FEATURES,
            *("security groups", "routers", "load balancers"),
        ):
            self.assertIn(name, names)
        self.assertEqual({"simulated"}, {one.means for one in found})

    def test_what_cannot_be_has_a_reason(self):
        self.runtime.routers = WithoutRouters()
        self.assertIn(
            Capability("routers", "", "the command magic is missing"),
            self.runtime.capabilities(),
        )
