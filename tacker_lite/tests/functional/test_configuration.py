"""VNFs that are configured once they run: the conductor, and routers over SSH."""

import copy
import time

import testtools

from tacker_lite import exceptions
from tacker_lite.tests.functional import routers
from tacker_lite.tests.functional.conductor_fixture import DESCRIPTOR, Conductors

ONE = routers.ADDRESSES[0]
FIREWALL = "package firewall\n"
NETWORK = "package network\n"
BROKEN = "package qos\n  syntax error here\n"
IN_USE = [("UPDATE", "PENDING_UPDATE"), ("UPDATE", "ACTIVE")]
CREATED = [("CREATE", "PENDING_CREATE")] * 2 + [("CREATE", "ACTIVE")]


def config(**services):
    return {"vdus": {"VDU1": {"config": services}}}


def descriptor():
    made = copy.deepcopy(DESCRIPTOR)
    nodes = made["topology_template"]["node_templates"]
    nodes["VDU1"]["properties"]["mgmt_driver"] = "openwrt"
    # The address that the fake cloud gives is that of an SSH server.
    nodes["CP1"]["properties"]["ip_address"] = ONE
    return made


class ConfigurationCase(testtools.TestCase):
    boot_wait = 0.0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routers = routers.Routers()
        cls.routers.setUp()
        cls.addClassCleanup(cls.routers.cleanUp)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.routers.reset)
        key = str(self.routers.key)
        login = {"user": self.routers.user, "private_key": key}
        self.house = self.useFixture(
            Conductors(
                sections={
                    "openwrt": {**login, "port": self.routers.port},
                    "mgmt": {"boot_wait": self.boot_wait},
                },
            )
        )
        self.service = self.house.start()
        self.house.register_vim()

    def create(self, given=None):
        more = {"attributes": {"config": given}} if given else {}
        return self.house.create_vnf(vnfd_template=descriptor(), **more)["id"]

    def update(self, vnf_id, **given):
        body = {"attributes": given}
        return self.house.client.update_vnf(self.house.context, vnf_id, body)

    def settled(self, vnf_id, count, status="ACTIVE"):
        """The VNF once so many events have been recorded."""
        self.house.wait("events", lambda: len(self.house.events(vnf_id)) >= count)
        return self.house.wait_status(vnf_id, status)

    def recorded(self):
        return self.routers.recorded(ONE)


class TestConfiguration(ConfigurationCase):
    def test_at_creation_and_by_updates(self):
        vnf_id = self.create(config(firewall=FIREWALL))
        self.settled(vnf_id, 5)
        self.assertEqual(CREATED + IN_USE, self.house.events(vnf_id))
        self.assertIn(FIREWALL, self.recorded())
        self.assertIn("firewall restart", self.recorded())
        self.routers.reset()
        self.update(vnf_id, config=config(network=NETWORK))
        row = self.settled(vnf_id, 7)
        # Merged, and applied as a whole.
        self.assertIn("package firewall", row["attributes"]["config"])
        for text in (FIREWALL, NETWORK):
            self.assertIn(text, self.recorded())
        self.assertIsNone(row["configure_at"])
        self.assertIsNone(row["operation"])
        applied = self.house.cloud.calls["apply"]
        self.assertEqual(1, applied)

    def test_input_values_and_configuration_together(self):
        vnf_id = self.create()
        self.house.wait_status(vnf_id, "ACTIVE")
        self.update(
            vnf_id,
            config=config(firewall=FIREWALL),
            param_values={"image": "cirros"},
        )
        row = self.settled(vnf_id, 5)
        self.assertEqual({"image": "cirros"}, row["param_values"])
        self.assertEqual(2, self.house.cloud.calls["apply"])
        self.assertIn(FIREWALL, self.recorded())

    def test_a_failure_is_taken_back_and_corrected(self):
        vnf_id = self.create(config(firewall=FIREWALL))
        before = self.settled(vnf_id, 5)["attributes"]["config"]
        self.update(vnf_id, config=config(qos=BROKEN))
        row = self.settled(vnf_id, 7, "ERROR")
        self.assertIn("unable to configure VDU1", row["reason"])
        self.assertEqual(before, row["attributes"]["config"])
        self.routers.reset()
        self.update(vnf_id, config=config(network=NETWORK))
        row = self.settled(vnf_id, 9)
        self.assertIsNone(row["reason"])
        self.assertIn(NETWORK, self.recorded())
        self.assertIn(FIREWALL, self.recorded())

    def test_a_failure_at_creation(self):
        vnf_id = self.create(config(qos=BROKEN))
        row = self.settled(vnf_id, 5, "ERROR")
        self.assertIn("unable to configure VDU1", row["reason"])
        self.assertEqual(1, len(self.house.cloud.stacks))
        self.house.client.delete_vnf(self.house.context, vnf_id)
        self.house.wait_gone(vnf_id)

    def test_what_cannot_be_applied_is_refused_at_once(self):
        for given, word in (
            (config(bgp="x"), "bgp"),
            ({"vdus": {"VDU9": {"config": {"qos": "x"}}}}, "VDU9"),
        ):
            error = self.assertRaises(exceptions.InvalidInput, self.create, given)
            self.assertIn(word, error.message)
        vnf_id = self.create()
        self.house.wait_status(vnf_id, "ACTIVE")
        refused = self.assertRaises(
            exceptions.InvalidInput, self.update, vnf_id, config=config(bgp="x")
        )
        self.assertIn("bgp", refused.message)
        self.assertEqual(CREATED, self.house.events(vnf_id))

    def test_death_while_a_router_is_slow(self):
        self.routers.slow_down(ONE)
        vnf_id = self.create(config(firewall=FIREWALL))
        self.house.wait("a session", self.recorded)
        self.house.kill(self.service)
        self.assertEqual("PENDING_UPDATE", self.house.vnf(vnf_id)["status"])
        self.house.start()
        self.settled(vnf_id, 5)
        self.assertEqual(CREATED + IN_USE, self.house.events(vnf_id))


class TestBootWait(ConfigurationCase):
    boot_wait = 1.5

    def test_vdus_have_time_to_boot(self):
        vnf_id = self.create(config(firewall=FIREWALL))
        self.house.wait_status(vnf_id, "ACTIVE")
        started = time.monotonic()
        # Another operation comes first and does not wait.
        self.update(vnf_id, param_values={"image": "cirros"})
        self.settled(vnf_id, 5)
        self.assertEqual("", self.recorded())
        self.settled(vnf_id, 7)
        self.assertIn(FIREWALL, self.recorded())
        self.assertGreater(time.monotonic() - started, 1.0)

    def test_a_change_of_the_configuration_waits_too(self):
        vnf_id = self.create(config(firewall=FIREWALL))
        self.house.wait_status(vnf_id, "ACTIVE")
        self.update(vnf_id, config=config(network=NETWORK))
        self.assertEqual("", self.recorded())
        self.settled(vnf_id, 5)
        self.assertEqual(CREATED + IN_USE, self.house.events(vnf_id))
        self.assertEqual(1, self.recorded().count("firewall restart"))
        self.assertEqual(1, self.recorded().count("network restart"))

    def test_death_meanwhile(self):
        vnf_id = self.create(config(firewall=FIREWALL))
        self.house.wait_status(vnf_id, "ACTIVE")
        self.house.kill(self.service)
        self.house.start()
        self.settled(vnf_id, 5)
        self.assertEqual(1, self.recorded().count("firewall restart"))

    def test_deletion_meanwhile(self):
        vnf_id = self.create(config(firewall=FIREWALL))
        self.house.wait_status(vnf_id, "ACTIVE")
        self.house.client.delete_vnf(self.house.context, vnf_id)
        self.house.wait_gone(vnf_id)
        self.assertEqual("", self.recorded())
