"""Load balancers on this machine: an HAProxy each, which outlives the lab."""

import collections
import dataclasses
import http.client
import os
import queue
import shutil
import signal
import time
import urllib.request

from tacker_lite.pop.runtime import kernel, names
from tacker_lite.pop.runtime.appliances import (
    Health,
    ListenerSpec,
    LoadBalancerSpec,
    MemberSpec,
    MonitorSpec,
    PolicySpec,
    PoolSpec,
    RuleSpec,
)
from tacker_lite.pop.runtime.base import PortSpec, RuntimeFault
from tacker_lite.pop.runtime.bridges import Bridges
from tacker_lite.pop.runtime.cgroups import Cgroups
from tacker_lite.pop.runtime.labels import Labels
from tacker_lite.pop.runtime.load_balancers import LoadBalancers
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.namespace_case import PATIENCE, NamespaceCase


class LoadBalancerTest(NamespaceCase):
    pops = ("west",)
    links = ()

    def setUp(self):
        super().setUp()
        if not shutil.which("haproxy"):
            self.skipTest("NO LOAD BALANCER RAN: install the package haproxy")
        self.open()
        self.vip = str(self.cidrs["west"][100])

    def new_runtime(self, lab=None):
        # The longest name that a lab can have: addresses of sockets have little room.
        self.lab = self.lab.ljust(63, "x")
        return super().new_runtime(lab)

    def spec(self, *hosts, vip_port=80):
        cidr = self.cidrs["west"]
        port = PortSpec(
            "vip",
            "net-west",
            "02:00:00:00:aa:01",
            (f"{self.vip}/24",),
            gateway=str(cidr[1]),
        )
        members = tuple(
            MemberSpec(f"member-{host}", str(cidr[host]), 80) for host in hosts
        )
        monitor = MonitorSpec("HTTP", delay=1, timeout=1, rise=1, fall=1)
        pool = PoolSpec("pool", True, "ROUND_ROBIN", members, monitor)
        listener = ListenerSpec("listener", vip_port, True, "pool")
        return LoadBalancerSpec(
            "balancer", "west", "lb", self.vip, (port,), (listener,), (pool,)
        )

    def ask(self, port=80, **headers):
        request = urllib.request.Request(f"http://{self.vip}:{port}/", headers=headers)
        with urllib.request.urlopen(request, timeout=2) as answer:
            return answer.read().decode().strip()

    def process(self):
        label = Labels(self.lab).read("load_balancer", self.key())
        return label["process"][0]

    def key(self):
        (key,) = Labels(self.lab).keys("load_balancer")
        return key

    def wait_health(self, host, health):
        end = time.monotonic() + PATIENCE
        place = ("pool", f"member-{host}")
        while True:
            seen = self.runtime.load_balancers.observe("balancer").members.get(place)
            if seen == health:
                return
            if time.monotonic() > end:
                self.fail(f"member {host} is {seen}, not {health}")
            time.sleep(0.05)

    def test_members_answer_in_turn_and_a_dead_one_is_left_out(self):
        first, second = self.server("west", 12), self.server("west", 13)
        for server in (first, second):
            self.runtime.start(server)
        self.fetch("west", 12)
        self.fetch("west", 13)
        balancers = self.runtime.load_balancers
        balancers.ensure(self.spec(12, 13))
        both = {"web-west-12", "web-west-13"}
        answers = [self.ask() for _ in range(4)]
        self.assertEqual(both, set(answers))
        self.assertEqual(answers[:2], answers[2:])
        process = self.process()
        self.runtime.stop(first.id)
        self.wait_health(12, Health.DOWN)
        self.assertEqual({"web-west-13"}, {self.ask() for _ in range(6)})
        self.runtime.start(first)
        self.wait_health(12, Health.UP)
        self.assertEqual(both, {self.ask() for _ in range(4)})
        traffic = balancers.observe("balancer").traffic["listener"]
        self.assertGreaterEqual(traffic.total_connections, 14)
        usage = self.runtime.usage.all()["balancer"]
        self.assertGreaterEqual(usage.processes, 2)
        self.assertGreater(usage.ports["vip"].rx_packets, 14)
        balancers.ensure(self.spec(13))
        self.assertEqual({"web-west-13"}, {self.ask() for _ in range(4)})
        self.assertEqual(process, self.process())

    def test_work_is_shared_evenly_and_requests_told_apart(self):
        hosts = (12, 13, 14, 15)
        for host in hosts:
            self.runtime.start(self.server("west", host))
        for host in hosts:
            self.fetch("west", host)
        spec = self.spec(*hosts)
        (listener,), (pool,) = spec.listeners, spec.pools
        last = dataclasses.replace(pool, id="last", members=pool.members[-1:])
        rules = {
            "reject": RuleSpec("r1", "PATH", "STARTS_WITH", "/it's"),
            "move": RuleSpec("r2", "HEADER", "CONTAINS", "so old", "User-Agent"),
            "last": RuleSpec("r3", "COOKIE", "REGEX", "^v[12]$", "kind"),
        }
        policies = (
            PolicySpec("p1", "REDIRECT_TO_POOL", (rules["last"],), "last"),
            PolicySpec(
                "p2", "REDIRECT_TO_URL", (rules["move"],), "http://x.test/50%", 307
            ),
            PolicySpec("p3", "REJECT", (rules["reject"],)),
        )
        balancers = self.runtime.load_balancers
        balancers.ensure(
            dataclasses.replace(
                spec,
                listeners=(dataclasses.replace(listener, policies=policies),),
                pools=(pool, last),
            )
        )
        counted = collections.Counter(self.ask() for _ in range(100))
        self.assertEqual({f"web-west-{host}": 25 for host in hosts}, counted)
        self.assertEqual({"web-west-15"}, {self.ask(Cookie="kind=v2")})
        self.assertEqual(403, self.refused("/it's-secret"))
        self.assertEqual(307, self.refused("/", **{"User-Agent": "so old"}))
        # What was counted is still counted after a reload.
        before = balancers.observe("balancer").traffic["listener"]
        balancers.ensure(spec)
        self.ask()
        after = balancers.observe("balancer").traffic["listener"]
        self.assertEqual(before.total_connections + 1, after.total_connections)

    def refused(self, path, **headers):
        connection = http.client.HTTPConnection(self.vip, 80, timeout=2)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status

    def test_an_end_that_nobody_asked_for_is_told(self):
        told = queue.SimpleQueue()
        balancers = self.runtime.load_balancers
        balancers.ensure(self.spec(12))
        balancers.watch(told.put)
        balancers.restart(self.spec(12))
        os.kill(self.process(), signal.SIGKILL)
        self.assertEqual("balancer", told.get(timeout=PATIENCE))
        balancers.ensure(self.spec(12))
        self.assertTrue(balancers.observe("balancer").running)
        os.kill(self.process(), signal.SIGKILL)
        self.assertEqual("balancer", told.get(timeout=PATIENCE))
        balancers.delete("balancer")
        # The restart and the removal were asked for.
        self.assertTrue(told.empty())

    def test_it_outlives_the_lab_and_goes_with_it(self):
        self.runtime.start(self.server("west", 12))
        self.fetch("west", 12)
        self.runtime.load_balancers.ensure(self.spec(12))
        self.assertEqual("web-west-12", self.ask())
        process = self.process()
        again = self.new_runtime()
        again.load_balancers.ensure(self.spec(12))
        self.assertEqual(process, self.process())
        again.load_balancers.ensure(self.spec(12, vip_port=81))
        self.assertEqual("web-west-12", self.ask(81))
        again.load_balancers.restart(self.spec(12))
        self.assertNotEqual(process, self.process())
        os.kill(self.process(), signal.SIGKILL)
        self.wait_for(lambda: again.load_balancers.observe("balancer").running, False)
        again.load_balancers.ensure(self.spec(12))
        self.assertEqual("web-west-12", self.ask())
        # Whoever removes its namespace only takes the name away.
        process = self.process()
        kernel.delete_netns(names.load_balancer(self.lab, "west", self.key()))
        again.load_balancers.ensure(self.spec(12))
        self.assertEqual("web-west-12", self.ask())
        self.assertIsNone(kernel.start_time(process))
        self.assertNotEqual([], machine.processes(self.lab, self.directory))
        self.new_runtime().destroy()
        self.assert_nothing_left()

    def test_prune_removes_what_nobody_wants(self):
        self.runtime.load_balancers.ensure(self.spec(12))
        self.runtime.load_balancers.prune(("balancer",))
        self.assertTrue(self.runtime.load_balancers.observe("balancer").running)
        self.runtime.load_balancers.prune(())
        self.assertFalse(self.runtime.load_balancers.observe("balancer").running)
        self.assertEqual([], machine.processes(self.lab, self.directory))
        self.assertEqual(1, len(machine.namespaces(self.lab)))

    def test_a_refused_configuration_is_told_and_changes_nothing(self):
        self.runtime.load_balancers.ensure(self.spec(12))
        spec = self.spec(12)
        (pool,) = spec.pools
        wrong = dataclasses.replace(
            pool, members=(MemberSpec("member", "not-an-address.invalid", 80),)
        )
        fault = self.assertRaises(
            RuntimeFault,
            self.runtime.load_balancers.ensure,
            dataclasses.replace(spec, pools=(wrong,)),
        )
        self.assertIn("not-an-address", str(fault))
        self.assertTrue(self.runtime.load_balancers.observe("balancer").running)

    def test_without_haproxy_it_says_what_to_install(self):
        balancers = LoadBalancers(
            Labels(self.lab),
            Cgroups(self.lab),
            Bridges(self.lab, Labels(self.lab)),
            path="/nonexistent",
        )
        fault = self.assertRaises(RuntimeFault, balancers.check)
        self.assertIn("install the package haproxy", str(fault))
