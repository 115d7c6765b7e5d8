"""Names that the namespace runtime gives to things on the machine."""

import testtools

from tacker_lite.pop.runtime import names
from tacker_lite.pop.runtime.base import RuntimeFault

LONGEST_DEVICE_NAME = 15


class NamesTest(testtools.TestCase):
    def test_device_names_fit_whatever_the_id(self):
        ident = "x" * 500
        for name in (
            names.bridge(ident),
            names.port(ident),
            names.link(ident),
            names.host_leg(ident, ident),
        ):
            self.assertLessEqual(len(name), LONGEST_DEVICE_NAME)
            self.assertTrue(name.isalnum())

    def test_labs_and_pops_cannot_be_taken_for_one_another(self):
        self.assertNotEqual(names.router("a", "b-c"), names.router("a-b", "c"))
        self.assertNotEqual(names.host_leg("a", "bc"), names.host_leg("ab", "c"))
        self.assertNotEqual(
            names.router("a", "b"), names.server_namespace("a", "b", "c")
        )

    def test_names_that_would_be_ambiguous_are_refused(self):
        for lab in ("", "a.b", "a/b", "-a", "a b", "a" * 64, "a~b"):
            fault = self.assertRaises(RuntimeFault, names.check_lab, lab)
            self.assertIn(repr(lab), str(fault))
        for pop in ("", "a/b", ".a", "a~b", "a b"):
            fault = self.assertRaises(RuntimeFault, names.check_pop, pop)
            self.assertIn(repr(pop), str(fault))
        names.check_lab("Lab_1-a")
        names.check_pop("pop1.west")

    def test_bridge_mac_is_local_and_stays(self):
        mac = names.bridge_mac("n1")
        self.assertRegex(mac, "^02(:[0-9a-f]{2}){5}$")
        self.assertEqual(mac, names.bridge_mac("n1"))
        self.assertNotEqual(mac, names.bridge_mac("n2"))

    def test_host_names(self):
        for name, expected in (
            ("web-1", "web-1"),
            ("web_1 (a)", "web-1-a"),
            ("-.-", "server"),
            ("日本", "server"),
            ("a" * 100, "a" * 63),
        ):
            self.assertEqual(expected, names.host_name(name))

    def test_variables(self):
        for key, expected in (
            ("site-code", "SITE_CODE"),
            ("1st", "_1ST"),
            ("a=b", "A_B"),
            ("ok", "OK"),
        ):
            self.assertEqual(expected, names.variable(key))

    def test_alias_is_one_word(self):
        self.assertEqual(
            "tacker-lite-pop/lab/a_b/c", names.alias("lab", 'a "\n b', "c")
        )
        self.assertLessEqual(len(names.alias("x" * 900)), 255)
