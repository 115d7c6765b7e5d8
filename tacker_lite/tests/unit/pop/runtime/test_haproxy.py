"""The configuration that HAProxy is given."""

import dataclasses

import testtools

from tacker_lite.pop.runtime import haproxy
from tacker_lite.pop.runtime.appliances import (
    ListenerSpec,
    LoadBalancerSpec,
    MemberSpec,
    MonitorSpec,
    PoolSpec,
)

MEMBER = MemberSpec("m1", "10.0.0.5", 8080)
POOL = PoolSpec("p1", True, "ROUND_ROBIN", (MEMBER,))
LISTENER = ListenerSpec("l1", 80, True, "p1")
BALANCER = LoadBalancerSpec(
    "b1", "pop1", "web\n  daemon", "10.0.0.9", (), (LISTENER,), (POOL,)
)


def lines(balancer=BALANCER):
    text, _ = haproxy.configuration(balancer)
    return [line.strip() for line in text.splitlines()]


def with_pool(**changes):
    pool = dataclasses.replace(POOL, **changes)
    return dataclasses.replace(BALANCER, pools=(pool,))


def with_listener(**changes):
    listener = dataclasses.replace(LISTENER, **changes)
    return dataclasses.replace(BALANCER, listeners=(listener,))


class ConfigurationTest(testtools.TestCase):
    def test_one_listener_and_one_member(self):
        seen = lines()
        for line in (
            "frontend l1",
            "bind 10.0.0.9:80",
            "default_backend p1",
            "backend p1",
            "mode http",
            "balance roundrobin",
            "server m1 10.0.0.5:8080 weight 1",
            "stats socket unix@stats.sock mode 600 level operator",
        ):
            self.assertIn(line, seen)
        self.assertNotIn("daemon", seen)

    def test_the_mark_changes_with_what_is_wanted_only(self):
        _, mark = haproxy.configuration(BALANCER)
        _, same = haproxy.configuration(dataclasses.replace(BALANCER, name="other"))
        _, other = haproxy.configuration(with_listener(port=81))
        self.assertEqual(mark, same)
        self.assertNotEqual(mark, other)
        self.assertIn(f"description {mark}", lines())

    def test_listeners(self):
        for changes, line in (
            ({"connection_limit": 7}, "maxconn 7"),
            ({"client_timeout": 1500}, "timeout client 1500ms"),
            (
                {"allowed_cidrs": ("10.0.0.0/8", "fd00::/8")},
                "tcp-request connection reject unless { src 10.0.0.0/8 fd00::/8 }",
            ),
            ({"forwarded_headers": ("X-Forwarded-For",)}, "option forwardfor"),
            ({"http": False}, "mode tcp"),
        ):
            self.assertIn(line, lines(with_listener(**changes)))

    def test_pools(self):
        six = dataclasses.replace(MEMBER, address="fd00::5", backup=True, weight=0)
        disabled = dataclasses.replace(MEMBER, enabled=False)
        cookie = {"persistence": "APP_COOKIE", "cookie_name": "SESSION"}
        for changes, line in (
            ({"algorithm": "LEAST_CONNECTIONS"}, "balance leastconn"),
            ({"algorithm": "SOURCE_IP"}, "balance source"),
            ({"members": (six,)}, "server m1 [fd00::5]:8080 weight 0 backup"),
            ({"members": (disabled,)}, "server m1 10.0.0.5:8080 weight 1 disabled"),
            ({"proxy": True}, "server m1 10.0.0.5:8080 weight 1 send-proxy"),
            ({"persistence": "SOURCE_IP"}, "stick on src"),
            ({"persistence": "HTTP_COOKIE"}, "cookie SRV insert indirect nocache"),
            (cookie, "stick match req.cook(SESSION)"),
        ):
            self.assertIn(line, lines(with_pool(**changes)))

    def test_health_monitors(self):
        http = MonitorSpec("HTTP", 5, 3, 2, 4, "HEAD", "/up?x=1")
        seen = lines(
            with_pool(monitor=dataclasses.replace(http, expected_codes="200-202"))
        )
        self.assertIn("option httpchk HEAD /up?x=1", seen)
        self.assertIn("http-check expect rstatus ^(200|201|202)$", seen)
        self.assertIn(
            "server m1 10.0.0.5:8080 weight 1 check inter 5s rise 2 fall 4", seen
        )
        seen = lines(with_pool(monitor=MonitorSpec("TLS-HELLO", 5, 3, 1, 1)))
        self.assertIn("option ssl-hello-chk", seen)
        watched = dataclasses.replace(
            MEMBER, monitor_address="10.0.0.6", monitor_port=81
        )
        tls = MonitorSpec("HTTPS", 5, 3, 1, 1)
        seen = lines(with_pool(monitor=tls, members=(watched,)))
        self.assertIn(
            "server m1 10.0.0.5:8080 weight 1 check inter 5s rise 1 fall 1 "
            "check-ssl verify none addr 10.0.0.6 port 81",
            seen,
        )

    def test_nobody_answers_on_a_socket_that_is_not_there(self):
        self.assertEqual("", haproxy.mark_of("/nonexistent"))
        self.assertFalse(haproxy.observe("/nonexistent").running)
