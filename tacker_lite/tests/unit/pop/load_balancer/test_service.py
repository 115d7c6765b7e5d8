"""Load balancers: pending until the runtime has followed, also over a crash."""

import threading

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.load_balancer.health import Outlook
from tacker_lite.pop.runtime.appliances import Health, Observation
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.pop.runtime.simulated_appliances import SimulatedLoadBalancers
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT, OpenLab


class Obeying(SimulatedLoadBalancers):
    """Remembers what it was told, and refuses or waits when asked to."""

    def __init__(self):
        self.wanted = {}
        self.refusal = ""
        self.go = threading.Event()
        self.go.set()
        self.health = {}

    def ensure(self, balancer):
        self.go.wait(TIMEOUT)
        if self.refusal:
            raise RuntimeFault(self.refusal)
        self.wanted[balancer.id] = balancer

    restart = ensure

    def delete(self, balancer_id):
        self.wanted.pop(balancer_id, None)

    def prune(self, balancers):
        self.wanted = {k: v for k, v in self.wanted.items() if k in balancers}

    def observe(self, balancer_id):
        return Observation(balancer_id in self.wanted, dict(self.health))


class ObeyingRuntime(SimulatedRuntime):
    def __init__(self, lab, directory):
        super().__init__(lab, directory)
        self.load_balancers = Obeying()


class LoadBalancerTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(runtime=ObeyingRuntime))
        self.addCleanup(lambda: self.runtime.go.set())
        self.project = self.fixture.project()

    @property
    def service(self):
        return self.fixture.cloud.load_balancer

    @property
    def runtime(self):
        return self.fixture.runtime.load_balancers

    def settled(self, ident, *statuses):
        def status():
            row = self.service.balancers.get(ident)
            return row.provisioning_status if row else None

        with self.fixture.cloud.changed:
            reached = self.fixture.cloud.changed.wait_for(
                lambda: status() in statuses, TIMEOUT
            )
        self.assertTrue(reached, status())
        return self.service.balancers.get(ident)

    def balancer(self, status="ACTIVE", **attrs):
        wanted = {"vip_network_id": self.fixture.network(), **attrs}
        made = self.service.create_load_balancer(self.project, wanted)
        self.settled(made.id, status)
        return made.id

    def pool(self, balancer_id):
        listener = self.service.create_listener(
            self.project,
            {"loadbalancer_id": balancer_id, "protocol": "TCP", "protocol_port": 80},
        )
        self.settled(balancer_id, "ACTIVE")
        pool = self.service.create_pool(
            self.project,
            {
                "listener_id": listener.id,
                "protocol": "TCP",
                "lb_algorithm": "SOURCE_IP",
            },
        )
        self.settled(balancer_id, "ACTIVE")
        return pool.id

    def member(self, pool_id, address="10.1.0.6", **attrs):
        wanted = {"address": address, "protocol_port": 80, **attrs}
        return self.service.create_member(self.project, pool_id, wanted)

    def test_the_runtime_is_told_what_is_wanted(self):
        ident = self.balancer()
        pool_id = self.pool(ident)
        member = self.member(pool_id, weight=3)
        self.settled(ident, "ACTIVE")
        spec = self.runtime.wanted[ident]
        self.assertEqual(pool_id, spec.listeners[0].pool_id)
        self.assertEqual(
            ("10.1.0.6", 3),
            (spec.pools[0].members[0].address, spec.pools[0].members[0].weight),
        )
        self.assertEqual("10.1.0.1", spec.ports[0].gateway)
        self.service.delete_member(self.project, member.id)
        self.settled(ident, "ACTIVE")
        self.assertEqual((), self.runtime.wanted[ident].pools[0].members)
        self.assertEqual([], self.service.members_of(pool_id))

    def test_changes_wait_for_the_one_under_way(self):
        ident = self.balancer()
        pool_id = self.pool(ident)
        self.runtime.go.clear()
        self.member(pool_id)
        error = self.assertRaises(errors.Conflict, self.member, pool_id, "10.1.0.5")
        self.assertIn("immutable", str(error))
        delete = self.service.delete_load_balancer
        self.assertRaises(errors.Conflict, delete, self.project, ident, True)
        patient = self.service.patiently()
        patient.create_member(
            self.project, pool_id, {"address": "10.1.0.5", "protocol_port": 80}
        )
        self.runtime.go.set()
        self.settled(ident, "ACTIVE")
        statuses = {m.provisioning_status for m in self.service.members_of(pool_id)}
        self.assertEqual({"ACTIVE"}, statuses)
        self.assertEqual(2, len(self.runtime.wanted[ident].pools[0].members))

    def test_what_the_machine_refuses_is_an_error_and_can_be_tried_again(self):
        self.runtime.refusal = "haproxy does not come up"
        ident = self.balancer("ERROR")
        row = self.service.balancers.get(ident)
        self.assertEqual("haproxy does not come up", row.fault)
        self.assertEqual("ERROR", Outlook(self.service, ident).of(row))
        self.runtime.refusal = ""
        self.service.failover(self.project, ident)
        self.assertEqual("", self.settled(ident, "ACTIVE").fault)

    def test_bad_requests_leave_nothing(self):
        create = self.service.create_load_balancer
        network = self.fixture.network()
        for attrs in (
            {},
            {"vip_network_id": "none"},
            {"vip_subnet_id": "none"},
            {"vip_port_id": "none"},
            {"vip_network_id": network, "vip_address": "10.9.0.1"},
            {"vip_network_id": network, "vip_address": "nowhere"},
            {"vip_network_id": network, "flavor_id": "big"},
            {"vip_network_id": network, "provider": "f5"},
            {"vip_network_id": network, "colour": "red"},
            {"vip_network_id": network, "admin_state_up": "perhaps"},
        ):
            self.assertRaises(errors.BadRequest, create, self.project, attrs)
        self.assertEqual([], self.service.list_load_balancers(None))
        self.assertEqual([], self.fixture.ports())
        ident = self.balancer()
        pool_id = self.pool(ident)
        self.member(pool_id)
        self.settled(ident, "ACTIVE")
        self.assertRaises(errors.Conflict, self.member, pool_id)
        for address, attrs in (
            ("10.1.0.300", {}),
            ("10.1.0.5", {"weight": 257}),
            ("10.1.0.5", {"subnet_id": "none"}),
            ("10.1.0.5", {"protocol_port": 0}),
        ):
            self.assertRaises(errors.BadRequest, self.member, pool_id, address, **attrs)
        self.assertEqual("ACTIVE", self.settled(ident, "ACTIVE").provisioning_status)
        self.assertEqual(1, len(self.service.members))

    def test_a_member_elsewhere_gives_the_load_balancer_a_leg_there(self):
        network = self.fixture.cloud.network.create_network(self.project, {})
        subnet = self.fixture.cloud.network.create_subnet(
            self.project, {"network_id": network.id, "cidr": "192.168.4.0/24"}
        )
        ident = self.balancer()
        pool_id = self.pool(ident)
        member = self.member(pool_id, "192.168.4.9", subnet_id=subnet.id)
        self.settled(ident, "ACTIVE")
        vip, leg = self.runtime.wanted[ident].ports
        self.assertEqual((network.id, None), (leg.network_id, leg.gateway))
        self.service.delete_member(self.project, member.id)
        self.settled(ident, "ACTIVE")
        self.service.delete_load_balancer(self.project, ident, cascade=True)
        self.settled(ident, None)
        self.assertEqual([], self.fixture.ports())

    def test_health_is_what_the_runtime_sees(self):
        ident = self.balancer()
        pool_id = self.pool(ident)
        first = self.member(pool_id, "10.1.0.5")
        self.settled(ident, "ACTIVE")
        second = self.member(pool_id, "10.1.0.6")
        self.settled(ident, "ACTIVE")

        def seen(*health):
            members = zip((first, second), health, strict=True)
            self.runtime.health = {(pool_id, m.id): h for m, h in members}
            outlook = Outlook(self.service, ident)
            rows = (self.service.balancers.get(ident), self.service.pools.get(pool_id))
            return [outlook.of(row) for row in (*rows, first, second)]

        up, down = Health.UP, Health.DOWN
        self.assertEqual(["ONLINE"] * 4, seen(up, up))
        self.assertEqual(["DEGRADED", "DEGRADED", "ONLINE", "ERROR"], seen(up, down))
        self.assertEqual(["DEGRADED", "ERROR", "ERROR", "ERROR"], seen(down, down))
        drained = seen(Health.DRAINING, Health.UNCHECKED)
        self.assertEqual(["ONLINE", "ONLINE", "DRAINING", "NO_MONITOR"], drained)

    def test_a_crash_at_any_moment(self):
        ident = self.balancer()
        pool_id = self.pool(ident)
        leaving = self.balancer()
        self.runtime.go.clear()
        self.member(pool_id)
        self.service.delete_load_balancer(self.project, leaving)
        hanging = self.runtime
        self.addCleanup(hanging.go.set)
        self.fixture.crash()
        self.settled(ident, "ACTIVE")
        self.settled(leaving, None)
        self.assertEqual([ident], list(self.runtime.wanted))
        self.assertEqual(1, len(self.runtime.wanted[ident].pools[0].members))
        self.assertEqual(1, len(self.fixture.ports()))
