"""Which management drivers there are, and what they refuse before anything is done."""

import stevedore
import testtools

from tacker_lite import conf, exceptions, mgmt
from tacker_lite.tosca import structure

VDUS = ("VDU1", "VDU2")


class TestLoad(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.conf = conf.new([], [])

    def test_descriptors_may_name_the_installed_drivers(self):
        installed = stevedore.ExtensionManager(mgmt.NAMESPACE).entry_points_names()

        self.assertEqual(set(structure.MGMT_DRIVERS), set(installed))

    def test_every_driver_can_be_made(self):
        for name in structure.MGMT_DRIVERS:
            driver = mgmt.load(self.conf, name)
            self.assertIsInstance(driver, mgmt.MgmtDriver)

    def test_an_unknown_one_is_refused_with_those_there_are(self):
        error = self.assertRaises(exceptions.InvalidInput, mgmt.load, self.conf, "vyos")

        self.assertEqual("InvalidMgmtDriver", error.public_type)
        self.assertIn("vyos is not installed; use one of: noop, openwrt", error.message)

    def test_noop_takes_anything_and_does_nothing(self):
        driver = mgmt.load(self.conf, "noop")

        driver.check({"anything": 1}, VDUS)
        driver.configure({"VDU1": ["192.0.2.1"]}, {"anything": 1})


class TestOpenWrtCheck(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.driver = mgmt.load(conf.new([], []), "openwrt")

    def test_what_is_right(self):
        for config in (
            {},
            {"vdus": None},
            {"vdus": {"VDU1": None, "VDU2": {"config": None}}},
            {"vdus": {"VDU1": {"config": {"firewall": "package firewall\n"}}}},
            {"maintenance": {"recovery_time": 60}, "vdus": {}},
        ):
            self.driver.check(config, VDUS)
            if not any((config.get("vdus") or {}).values()):
                self.driver.configure({}, config)

    def test_what_is_wrong_is_named_without_its_value(self):
        secret = "psk-d41d8cd9"
        for config, expected in (
            ({"vdu": {}}, 'config: "vdu" is not known; use vdus'),
            ({"vdus": [secret]}, "config vdus: must be a mapping"),
            ({"vdus": {"VDU1": secret}}, "config vdus VDU1: must be a mapping"),
            (
                {"vdus": {"VDU1": {"configs": {}}}},
                'config vdus VDU1: "configs" is not known; use config',
            ),
            (
                {"vdus": {"VDU1": {"config": secret}}},
                "config vdus VDU1 config: must be a mapping",
            ),
            (
                {"vdus": {"VDU1": {"config": {"wireless": secret}}}},
                'config vdus VDU1 config: service "wireless" is not one of firewall, '
                "network, dhcp, qos",
            ),
            (
                {"vdus": {"VDU1": {"config": {"qos": {"a": secret}}}}},
                "config vdus VDU1 config qos: must be UCI text",
            ),
            (
                {"vdus": {"VDU1": {"config": {"qos": " \n"}}}},
                "config vdus VDU1 config qos: must be UCI text",
            ),
            (
                {"vdus": {"VDU9": {"config": {"qos": secret}}}},
                'config: there is no VDU "VDU9"; there are VDU1, VDU2',
            ),
        ):
            error = self.assertRaises(
                exceptions.InvalidInput, self.driver.check, config, VDUS
            )
            self.assertEqual(expected, error.message)
            self.assertNotIn(secret, error.message)

    def test_a_percent_sign_never_reaches_a_message(self):
        for config in (
            {"vdus": {"100%s": {"config": {"qos": "q"}}}},
            {"%s": {}},
            {"vdus": {"VDU1": {"config": {"%d": "q"}}}},
        ):
            error = self.assertRaises(
                exceptions.InvalidInput, self.driver.check, config, VDUS
            )
            self.assertNotIn("%", error.message)

    def test_nothing_is_done_when_something_is_wrong(self):
        # The address would refuse a connection, which would be another error.
        self.assertRaises(
            exceptions.InvalidInput,
            self.driver.configure,
            {"VDU1": ["127.0.0.99"]},
            {"vdus": {"VDU1": {"config": {"qos": "q", "wireless": "w"}}}},
        )
