"""OpenWrt's management driver against a real SSH server."""

from __future__ import annotations

import io
import logging
import os
import socket
import textwrap
import threading
import time
import unittest

import testtools

from tacker_lite import conf, exceptions, mgmt
from tacker_lite.tests.functional import routers

FIREWALL = textwrap.dedent(
    """\
    package firewall

    config zone
    \toption name 'lan'
    \toption note "100% of it's text; $(touch /nowhere) `id`"
    """
)
NETWORK = "package network\n\nconfig interface 'lan'\n\toption proto 'dhcp'\n"
SECRET = "psk-d41d8cd9"
BROKEN = f"package qos\n  syntax error here, with {SECRET}\n"
ONE, TWO, THREE = routers.ADDRESSES


def config(**services):
    """A VNF's attribute ``config`` for one VDU."""
    return {"vdus": {"VDU1": {"config": services}}}


class TestOpenWrt(testtools.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.routers = routers.Routers()
        cls.routers.setUp()
        cls.addClassCleanup(cls.routers.cleanUp)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.routers.reset)
        self.conf = conf.new([], [])
        self.option(
            user=self.routers.user,
            port=self.routers.port,
            private_key=str(self.routers.key),
        )
        self.driver = mgmt.load(self.conf, "openwrt")
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)
        self.logged = stream.getvalue

    def option(self, **values):
        for name, value in values.items():
            self.conf.set_override(name, value, group="openwrt")

    def refused(self, addresses, wanted):
        """The message of the error that configuring ends with."""
        error = self.assertRaises(
            exceptions.MgmtError, self.driver.configure, addresses, wanted
        )
        self.assertNotIn("%", error.message)
        self.assertNotIn(SECRET, error.message + self.logged())
        return error.message

    def test_each_text_is_imported_then_its_service_restarted_in_order(self):
        self.driver.configure({"VDU1": [ONE]}, config(network=NETWORK, dhcp="a\n"))
        self.assertEqual(
            f"uci import network\n{NETWORK}network restart\n"
            "uci import dhcp\na\ndnsmasq restart\n",
            self.routers.recorded(ONE),
        )

    def test_the_order_is_that_of_the_configuration(self):
        self.driver.configure({"VDU1": [ONE]}, config(qos="q\n", firewall="f\n"))
        self.assertEqual(
            ["uci import qos", "q", "qos restart"]
            + ["uci import firewall", "f", "firewall restart"],
            self.routers.recorded(ONE).splitlines(),
        )

    def test_text_arrives_as_it_was_written_and_is_not_run(self):
        self.driver.configure({"VDU1": [ONE]}, config(firewall=FIREWALL))
        self.assertEqual(
            f"uci import firewall\n{FIREWALL}firewall restart\n",
            self.routers.recorded(ONE),
        )

    def test_a_long_text_arrives_whole(self):
        text = "option x 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'\n" * 50_000
        self.driver.configure({"VDU1": [ONE]}, config(firewall=text))
        self.assertEqual(
            f"uci import firewall\n{text}firewall restart\n",
            self.routers.recorded(ONE),
        )

    def test_every_vdu_and_every_address_is_configured(self):
        wanted = {
            "vdus": {
                "VDU1": {"config": {"network": "one\n", "firewall": "two\n"}},
                "VDU2": {"config": {"qos": "three\n"}},
                "VDU3": {"config": {}},
            }
        }
        self.driver.configure({"VDU1": [ONE, TWO], "VDU2": [THREE]}, wanted)
        both = (
            "uci import network\none\nnetwork restart\n"
            "uci import firewall\ntwo\nfirewall restart\n"
        )
        self.assertEqual(both, self.routers.recorded(ONE))
        self.assertEqual(both, self.routers.recorded(TWO))
        self.assertEqual(
            "uci import qos\nthree\nqos restart\n", self.routers.recorded(THREE)
        )

    def test_a_refused_text_is_named_and_the_rest_configured(self):
        message = self.refused({"VDU1": [ONE, TWO]}, config(qos=BROKEN, firewall="f\n"))
        self.assertEqual(
            f"unable to configure VDU1 at {ONE}: qos: uci import qos ended with "
            f"status 1; VDU1 at {TWO}: qos: uci import qos ended with status 1",
            message,
        )
        for address in (ONE, TWO):
            self.assertEqual(
                f"uci import qos\n{BROKEN}uci import firewall\nf\nfirewall restart\n",
                self.routers.recorded(address),
            )

    def test_a_router_that_is_not_there_does_not_keep_others_waiting(self):
        message = self.refused(
            {"VDU1": ["127.0.0.77", ONE]}, config(network="n\n", qos="q\n")
        )
        self.assertIn(
            "unable to configure VDU1 at 127.0.0.77: network, qos: no SSH session: ",
            message,
        )
        self.assertNotIn(f" {ONE}:", message)
        self.assertIn("qos restart", self.routers.recorded(ONE))

    def test_a_server_that_never_answers_is_given_up(self):
        silent = socket.create_server(("127.0.0.78", self.routers.port))
        self.addCleanup(silent.close)
        self.option(connect_timeout=5.0)
        message = self.refused({"VDU1": ["127.0.0.78", ONE]}, config(qos="q\n"))
        self.assertEqual(
            "unable to configure VDU1 at 127.0.0.78: qos: no SSH session within 5 "
            "seconds",
            message,
        )
        self.assertIn("qos restart", self.routers.recorded(ONE))

    def test_a_command_that_hangs_is_given_up_and_the_next_service_done(self):
        self.routers.slow_down(ONE)
        self.option(command_timeout=2.0)
        message = self.refused({"VDU1": [ONE]}, config(network="n\n", qos="q\n"))
        self.assertEqual(
            f"unable to configure VDU1 at {ONE}: network: /etc/init.d/network restart "
            f"took more than 2 seconds; VDU1 at {ONE}: qos: /etc/init.d/qos restart "
            "took more than 2 seconds",
            message,
        )
        self.assertIn("uci import qos", self.routers.recorded(ONE))

    def test_routers_are_configured_at_the_same_time(self):
        for address in routers.ADDRESSES:
            self.routers.slow_down(address)
        began = time.monotonic()
        self.driver.configure({"VDU1": list(routers.ADDRESSES)}, config(qos="q\n"))
        self.assertLess(time.monotonic() - began, 14)

    def test_threads_may_share_a_driver(self):
        failed = []

        def configure(address):
            try:
                self.driver.configure({"VDU1": [address]}, config(qos="q\n"))
            except exceptions.TackerLiteError as error:
                failed.append(error)

        threads = [
            threading.Thread(target=configure, args=[address])
            for address in routers.ADDRESSES
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failed)
        for address in routers.ADDRESSES:
            self.assertIn("qos restart", self.routers.recorded(address))

    def test_known_hosts_alone_are_let_in_when_asked_so(self):
        self.option(host_keys="known", known_hosts=str(self.routers.known_hosts))
        self.driver.configure({"VDU1": [ONE]}, config(qos="q\n"))
        self.assertIn("qos restart", self.routers.recorded(ONE))
        others = str(self.routers.other_known_hosts)
        self.option(known_hosts=others)
        self.assertEqual(
            f"unable to configure VDU1 at {TWO}: qos: its host key is not in {others}",
            self.refused({"VDU1": [TWO]}, config(qos="q\n")),
        )
        self.assertEqual("", self.routers.recorded(TWO))

    def test_missing_files_are_named(self):
        self.option(host_keys="known", known_hosts="/nowhere/known")
        message = self.refused({"VDU1": [ONE]}, config(qos="q\n"))
        self.assertIn("/nowhere/known", message)
        self.option(host_keys="any", private_key="/nowhere/key")
        message = self.refused({"VDU1": [ONE]}, config(qos="q\n"))
        self.assertIn("/nowhere/key", message)

    def test_a_vdu_without_an_address_is_named_and_the_rest_configured(self):
        wanted = {
            "vdus": {
                "VDU1": {"config": {"qos": "q\n"}},
                "VDU2": {"config": {"qos": "q\n"}},
            }
        }
        self.assertEqual(
            "unable to configure VDU2: it has no management address",
            self.refused({"VDU1": [ONE]}, wanted),
        )
        self.assertIn("qos restart", self.routers.recorded(ONE))

    @unittest.skipUnless(os.geteuid() == 0, "an SSH server checks passwords as root")
    def test_the_password_lets_in(self):
        self.option(private_key=None, password=routers.PASSWORD)
        self.driver.configure({"VDU1": [ONE]}, config(qos="q\n"))
        self.assertIn("qos restart", self.routers.recorded(ONE))

    @unittest.skipUnless(os.geteuid() == 0, "an SSH server checks passwords as root")
    def test_an_account_without_a_password(self):
        fresh = self.useFixture(routers.Routers(password_hash=""))
        self.option(private_key=None, port=fresh.port)
        self.driver.configure({"VDU1": [ONE]}, config(qos="q\n"))
        self.assertIn("qos restart", fresh.recorded(ONE))

    def test_a_wrong_password_and_key_are_refused_and_not_shown(self):
        self.option(private_key=str(self.routers.other_key), password=SECRET)
        self.assertEqual(
            f"unable to configure VDU1 at {ONE}: qos: user {self.routers.user} is not "
            "let in; see password and private_key in [openwrt]",
            self.refused({"VDU1": [ONE]}, config(qos="q\n")),
        )
        self.assertEqual("", self.routers.recorded(ONE))
