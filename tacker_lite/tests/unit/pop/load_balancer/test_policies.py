"""L7 policies, quotas, and load balancers that end by themselves."""

import testtools

from tacker_lite.pop import errors
from tacker_lite.tests.unit.pop.load_balancer.test_service import ObeyingRuntime
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT, TOPOLOGY, OpenLab


class Case(testtools.TestCase):
    topology = TOPOLOGY

    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(self.topology, ObeyingRuntime))
        self.project = self.fixture.project()
        self.service = self.fixture.cloud.load_balancer.patiently()
        wanted = {"vip_network_id": self.fixture.network()}
        self.balancer = self.service.create_load_balancer(self.project, wanted)

    def settled(self, status="ACTIVE"):
        with self.fixture.cloud.changed:
            reached = self.fixture.cloud.changed.wait_for(
                lambda: self.row().provisioning_status == status, TIMEOUT
            )
        self.assertTrue(reached, self.row())
        return self.fixture.runtime.load_balancers.wanted[self.balancer.id]

    def row(self):
        return self.service.balancers.get(self.balancer.id)

    def listener(self, **attrs):
        body = {
            "loadbalancer_id": self.balancer.id,
            "protocol": "HTTP",
            "protocol_port": 80,
            **attrs,
        }
        return self.service.create_listener(self.project, body)

    def pool(self, **attrs):
        body = {
            "loadbalancer_id": self.balancer.id,
            "protocol": "HTTP",
            "lb_algorithm": "ROUND_ROBIN",
            **attrs,
        }
        return self.service.create_pool(self.project, body)

    def policy(self, listener, action="REJECT", **attrs):
        body = {"listener_id": listener.id, "action": action, **attrs}
        return self.service.create_l7policy(self.project, body)

    def rule(self, policy, **attrs):
        body = {"type": "PATH", "compare_type": "EQUAL_TO", "value": "/x", **attrs}
        return self.service.create_l7rule(self.project, policy.id, body)


class PolicyTest(Case):
    def test_urls_that_are_none(self):
        listener = self.listener()
        for url in ("http://[bad", "http://a/" + "x" * 300 + "\x00", "http://a/b c"):
            self.assertRaises(
                errors.BadRequest,
                self.policy,
                listener,
                "REDIRECT_TO_URL",
                redirect_url=url,
            )

    def test_the_runtime_gets_those_with_rules_in_their_order(self):
        listener, pool = self.listener(), self.pool()
        first = self.policy(listener)
        last = self.policy(listener, "REDIRECT_TO_POOL", redirect_pool_id=pool.id)
        between = self.policy(
            listener, "REDIRECT_TO_URL", redirect_url="http://x.test/", position=2
        )
        self.policy(listener)
        for policy in (first, last, between):
            self.rule(policy)
        (spec,) = self.settled().listeners
        self.assertEqual([first.id, between.id, last.id], [p.id for p in spec.policies])
        places = [row.position for row in self.service.policies_of(listener.id)]
        self.assertEqual([1, 2, 3, 4], places)
        self.service.update_l7policy(self.project, last.id, {"position": 1})
        self.service.delete_l7policy(self.project, first.id)
        (spec,) = self.settled().listeners
        self.assertEqual([last.id, between.id], [p.id for p in spec.policies])
        self.service.delete_listener(self.project, listener.id)
        self.assertEqual((), self.settled().listeners)
        self.assertEqual([], list(self.service.rules))

    def test_what_does_not_go_together_is_refused(self):
        listener, tcp = self.listener(), self.listener(protocol="TCP", protocol_port=81)
        policy = self.policy(listener)
        cases = [
            (lambda: self.policy(tcp), "needs a listener of protocol HTTP"),
            (
                lambda: self.policy(listener, "WINK"),
                "Value: 'WINK'. Value should be one of",
            ),
            (
                lambda: self.policy(listener, "REDIRECT_TO_POOL"),
                "redirect_pool_id must not be None",
            ),
            (
                lambda: self.policy(listener, "REDIRECT_TO_URL", redirect_url="x"),
                "must be a valid URL",
            ),
            (
                lambda: self.policy(listener, redirect_url="http://x.test/"),
                "goes without redirect_url",
            ),
            (
                lambda: self.policy(
                    listener,
                    "REDIRECT_PREFIX",
                    redirect_prefix="http://x.test",
                    redirect_http_code=200,
                ),
                "should be one of: 301",
            ),
            (lambda: self.rule(policy, type="HEADER"), "requires a key"),
            (lambda: self.rule(policy, key="x"), "does not use a key"),
            (lambda: self.rule(policy, value=""), "requires a value"),
            (lambda: self.rule(policy, value="a\nb"), "Invalid characters in value"),
            (
                lambda: self.rule(policy, compare_type="REGEX", value="("),
                "Unable to parse regular expression",
            ),
            (
                lambda: self.rule(policy, type="FILE_TYPE", compare_type="CONTAINS"),
                "invalid comparison type",
            ),
        ]
        for call, message in cases:
            error = self.assertRaises(errors.BadRequest, call)
            self.assertIn(message, str(error))
        self.assertRaises(
            errors.Unsupported, self.rule, policy, type="SSL_CONN_HAS_CERT"
        )

    def test_a_pool_that_a_policy_leads_to_stays(self):
        listener, pool = self.listener(), self.pool()
        policy = self.policy(listener, "REDIRECT_TO_POOL", redirect_pool_id=pool.id)
        error = self.assertRaises(
            errors.Conflict, self.service.delete_pool, self.project, pool.id
        )
        self.assertEqual(
            f"Pool {pool.id} is in use by L7 policy {policy.id}", str(error)
        )


class QuotaTest(Case):
    topology = TOPOLOGY + "quotas: {demo: {listener: 1}}\n"

    def test_a_quota_met_is_forbidden(self):
        self.listener()
        error = self.assertRaises(errors.Forbidden, self.listener, protocol_port=81)
        self.assertEqual("Quota has been met for resources: Listener", str(error))
        quotas = self.service.quotas
        quotas.set(self.project, {"listener": 2, "health_monitor": 7})
        self.listener(protocol_port=81)
        self.assertEqual(7, quotas.of(self.project)["healthmonitor"])
        self.fixture.restart()
        quotas = self.fixture.cloud.load_balancer.quotas
        self.assertEqual(2, quotas.of(self.project)["listener"])
        quotas.reset(self.project)
        self.assertEqual(1, quotas.of(self.project)["listener"])
        self.assertRaises(errors.NotFound, quotas.reset, self.project)


class PendingTest(Case):
    topology = TOPOLOGY + "load_balancer_seconds: 0.3\n"

    def test_a_change_stays_pending_as_long_as_the_topology_says(self):
        self.assertEqual("PENDING_CREATE", self.row().provisioning_status)
        impatient = self.fixture.cloud.load_balancer
        error = self.assertRaises(
            errors.Conflict,
            impatient.update_load_balancer,
            self.project,
            self.balancer.id,
            {"name": "x"},
        )
        self.assertIn(
            "Invalid state PENDING_CREATE of loadbalancer resource", str(error)
        )
        self.settled()


class EndTest(Case):
    def told(self):
        events = self.fixture.lab.events.since()
        return [e.text for e in events if e.resource_id == self.balancer.id]

    def test_one_that_ends_is_run_again_until_it_ends_too_often(self):
        self.settled()
        lifecycle = self.service.lifecycle
        runtime = self.fixture.runtime.load_balancers
        for _ in range(4):
            runtime.wanted.clear()
            lifecycle.ended(self.balancer.id)
            with self.fixture.cloud.changed:
                again = self.fixture.cloud.changed.wait_for(
                    lambda: runtime.wanted, TIMEOUT
                )
            self.assertTrue(again)
        lifecycle.ended(self.balancer.id)
        with self.fixture.cloud.changed:
            self.fixture.cloud.changed.wait_for(
                lambda: self.row().provisioning_status == "ERROR", TIMEOUT
            )
        self.assertEqual("It ended 5 times within 60 s", self.row().fault)
        told = self.told()
        self.assertEqual("ended; runs again", told[1])
        self.assertIn("ended; it ends too often", told)
