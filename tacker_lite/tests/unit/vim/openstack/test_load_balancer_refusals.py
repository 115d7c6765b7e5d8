"""Load balancers that cannot be rendered."""

import testtools

from tacker_lite.tests.unit.vim.openstack.rendered import problems, render
from tacker_lite.tests.unit.vim.openstack.test_load_balancer import (
    BALANCER,
    LISTENER,
    POOL,
    balancer,
    listener,
    pool,
)


class TestRefused(testtools.TestCase):
    def assert_problem(self, expected, path, nodes, **kwargs):
        found = problems(nodes, **kwargs)
        self.assertEqual(1, len(found), found)
        place, reason = found[0]
        self.assertEqual(("topology_template", "node_templates", *path), place)
        self.assertIn(expected, reason)

    def test_protocols_that_do_not_fit(self):
        for front, back in (
            ("HTTP", "HTTPS"),
            ("HTTP", "TCP"),
            ("HTTPS", "HTTP"),
            ("TCP", "UDP"),
            ("UDP", "TCP"),
        ):
            self.assert_problem(
                f"protocol does not fit its listener, which speaks {front}",
                ("pool", "properties", "protocol"),
                BALANCER + listener(front) + pool(protocol=back),
            )

    def test_protocols_that_fit(self):
        for front, back in (
            ("HTTP", "PROXY"),
            ("HTTPS", "TCP"),
            ("TCP", "HTTP"),
            ("UDP", "UDP"),
        ):
            nodes = BALANCER + listener(front) + pool(protocol=back)
            self.assertEqual([], problems(nodes), (front, back))

    def test_monitors(self):
        key = "health_monitor"
        for monitor, expected, place in (
            ({"delay": 3, "timeout": 3}, "timeout must be less than delay", "timeout"),
            ({"timeout": 5}, "timeout must be less than delay", "timeout"),
            ({"delay": 0, "timeout": 0}, "delay must be at least 1", "delay"),
            ({"max_retries": 11}, "max_retries must be from 1 to 10", "max_retries"),
            ({"url_path": "/"}, "url_path is for types HTTP", "url_path"),
            (
                {"type": "PING", "expected_codes": "200"},
                "expected_codes is for types HTTP",
                "expected_codes",
            ),
            (
                {"type": "HTTP", "url_path": "alive"},
                "url_path must begin with a slash",
                "url_path",
            ),
            (
                {"type": "HTTP", "http_method": "BREW"},
                "http_method must be one of GET, HEAD",
                "http_method",
            ),
            (
                {"type": "UDP-CONNECT"},
                "type must be one of HTTP, HTTPS, PING, TCP",
                "type",
            ),
        ):
            nodes = BALANCER + LISTENER + pool(health_monitor=monitor)
            found = problems(nodes)
            self.assertIn(
                (
                    "topology_template",
                    "node_templates",
                    "pool",
                    "properties",
                    key,
                    place,
                ),
                [path for path, _ in found],
            )
            self.assertIn(expected, " ".join(reason for _, reason in found))

    def test_monitors_of_udp(self):
        nodes = BALANCER + listener("UDP")
        fitting = pool(protocol="UDP", health_monitor={"type": "UDP-CONNECT"})
        self.assertEqual([], problems(nodes + fitting))
        self.assert_problem(
            "type must be one of HTTP, TCP, UDP-CONNECT",
            ("pool", "properties", "health_monitor", "type"),
            nodes + pool(protocol="UDP", health_monitor={"type": "PING"}),
        )
        self.assert_problem(
            "delay must be at least 3 for UDP-CONNECT",
            ("pool", "properties", "health_monitor", "delay"),
            nodes
            + pool(
                protocol="UDP",
                health_monitor={"type": "UDP-CONNECT", "delay": 2, "timeout": 1},
            ),
        )

    def test_persistence(self):
        key = "session_persistence"
        for wanted, expected in (
            ({"type": "APP_COOKIE"}, "needs cookie_name"),
            ({"type": "FOO"}, "must be one of SOURCE_IP"),
            ({"type": "SOURCE_IP", "cookie_name": "a"}, "is for type APP_COOKIE alone"),
        ):
            found = problems(BALANCER + LISTENER + pool(session_persistence=wanted))
            self.assertEqual(1, len(found), found)
            self.assertIn(expected, found[0][1])
            self.assertIn(key, found[0][0])
        self.assert_problem(
            "must be SOURCE_IP when protocol is UDP",
            ("pool", "properties", key, "type"),
            BALANCER
            + listener("UDP")
            + pool(protocol="UDP", session_persistence={"type": "HTTP_COOKIE"}),
        )

    def test_listeners(self):
        for key, value, expected in (
            ("connection_limit", -2, "connection_limit must be"),
            ("allowed_cidrs", ["10.0.0.0/33"], '"10.0.0.0/33" is not a network'),
            ("allowed_cidrs", ["10.0.0.1"], '"10.0.0.1" is not a network'),
        ):
            given = LISTENER.replace(
                "protocol_port: 80", f"protocol_port: 80, {key}: {value}"
            )
            found = problems(BALANCER + given)
            self.assertEqual(1, len(found), found)
            self.assertIn(expected, found[0][1])
        hidden = LISTENER.replace(
            "protocol_port: 80", "protocol_port: 80, allowed_cidrs: [{get_input: net}]"
        )
        found = problems(
            BALANCER + hidden,
            inputs="{net: {type: string}}",
            values={"net": "s3cret"},
        )
        self.assertNotIn("s3cret", repr(found))
        self.assertEqual(1, len(found))
        whole = hidden.replace("[{get_input: net}]", "{get_input: nets}")
        found = problems(
            BALANCER + whole,
            inputs="{nets: {type: list}}",
            values={"nets": ["10.0.0.0/8", "s3cret"]},
        )
        self.assertNotIn("s3cret", repr(found))
        self.assertEqual(1, len(found))

    def test_persistence_from_an_input(self):
        nodes = BALANCER + LISTENER
        nodes += pool(session_persistence={"type": {"get_input": "way"}})
        inputs = "{way: {type: string}}"

        found = render(nodes, inputs=inputs, values={"way": "SOURCE_IP"})

        self.assertEqual(
            {"type": {"get_param": "way"}},
            found.properties("pool")["session_persistence"],
        )
        wrong = problems(nodes, inputs=inputs, values={"way": "s3cret"})
        self.assertEqual(1, len(wrong), wrong)
        self.assertNotIn("s3cret", repr(wrong))

    def test_what_a_running_vnf_cannot_change_is_no_input(self):
        inputs = "{kind: {type: string, default: TCP}, monitor: {type: map}}"
        values = {"kind": "TCP", "monitor": {"type": "TCP"}}
        kind = {"get_input": "kind"}
        for nodes, path in (
            (
                BALANCER + LISTENER.replace("HTTP", "{get_input: kind}"),
                ("http", "properties", "protocol"),
            ),
            (
                BALANCER + LISTENER + pool(health_monitor={"type": kind}),
                ("pool", "properties", "health_monitor", "type"),
            ),
            (
                BALANCER + LISTENER + pool(health_monitor={"get_input": "monitor"}),
                ("pool", "properties", "health_monitor", "type"),
            ),
        ):
            found = problems(nodes, inputs=inputs, values=values)
            self.assertEqual(1, len(found), found)
            self.assertEqual(path, found[0][0][2:])
            self.assertIn("cannot be an input", found[0][1])

    def test_weights(self):
        self.assert_problem(
            "member_weight must be from 0 to 256",
            ("pool", "properties", "member_weight"),
            BALANCER + LISTENER + pool(member_weight=257),
        )
        zero = pool(member_weight=0)
        self.assertEqual([], problems(BALANCER + LISTENER + zero))

    def test_addresses(self):
        self.assert_problem(
            'vip_address: "10.0.0.300" is not a valid IP address',
            ("lb", "properties", "vip_address"),
            balancer(vip_address="10.0.0.300"),
        )
        found = problems(
            balancer(vip_address={"get_input": "vip"}),
            inputs="{vip: {type: string}}",
            values={"vip": "s3cret"},
        )
        self.assertIn("its input is not a valid IP address", found[0][1])
        self.assertNotIn("s3cret", repr(found))

    def test_a_name_that_is_needed(self):
        taken = """
pool_CP1: {type: tosca.nodes.nfv.VDU.Tacker, properties: {image: a, flavor: b}}
"""
        found = problems(taken + BALANCER + LISTENER + POOL)
        self.assertIn("rename the node", found[0][1])

    def test_all_problems_at_once(self):
        found = problems(
            balancer(vip_address="x")
            + LISTENER
            + pool(protocol="UDP", member_weight=999, health_monitor={"type": "PING"})
        )

        self.assertEqual(4, len(found), found)
