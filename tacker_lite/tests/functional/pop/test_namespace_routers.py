"""Routers and floating IPs on this machine: they carry packets, and leave nothing."""

import urllib.error
import urllib.request

from tacker_lite.pop.runtime.appliances import RouterSpec
from tacker_lite.pop.runtime.base import NetworkSpec, PortSpec, RuntimeFault, SubnetSpec
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.namespace_case import (
    WEB_SERVER,
    NamespaceCase,
)


class RouterCase(NamespaceCase):
    pops = ("west",)
    links = ()

    def setUp(self):
        super().setUp()
        try:
            self.runtime.routers.check()
        except RuntimeFault as fault:
            self.skipTest(f"NO ROUTER WAS MADE: {fault}")
        self.open()
        (cidr,) = machine.free_networks(1)
        self.outside = cidr
        subnet = SubnetSpec("outside-4", str(cidr), str(cidr[1]))
        self.runtime.ensure_network(
            NetworkSpec("outside", "west", "public", (subnet,), routed=True)
        )

    def answer(self, address):
        with urllib.request.urlopen(f"http://{address}/", timeout=2) as answer:
            return answer.read().decode().strip()

    def refused(self, address):
        self.assertRaises(urllib.error.URLError, self.answer, address)


class PopRouterTest(RouterCase):
    """The PoP's own router, which joins the networks of the topology file."""

    def floating(self, *pairs):
        self.runtime.routers.ensure(
            RouterSpec(
                "own",
                "west",
                floating=pairs,
                cidrs=(str(self.cidrs["west"]),),
                of_topology=True,
            )
        )

    def test_a_floating_address_answers_from_the_host_and_the_same_network(self):
        first, second = self.cidrs["west"][12], self.cidrs["west"][13]
        address = str(self.outside[10])
        self.floating((address, str(first)))
        self.runtime.start(self.server("west", 12))
        self.assertEqual("web-west-12", self.fetch("west", 12))
        self.assertEqual("web-west-12", self.answer(address))
        caller = self.server(
            "west", 13, f"python3 -c '{FETCH % address}'\n{WEB_SERVER}"
        )
        self.runtime.start(caller)
        self.wait_console(caller, "got web-west-12")
        self.fetch("west", 13)
        self.floating((address, str(second)))
        self.assertEqual("web-west-13", self.answer(address))
        self.floating()
        self.refused(address)


class ProjectRouterTest(RouterCase):
    """A router that a project made between its own network and the external one."""

    inside = "192.168.77.0/24"

    def router(self, floating=(), ident="router"):
        inner = PortSpec(
            f"{ident}-in", "isolated", "02:00:00:00:77:01", ("192.168.77.1/24",)
        )
        gateway = self.outside[20]
        outer = PortSpec(
            f"{ident}-out",
            "outside",
            "02:00:00:00:77:02",
            (f"{gateway}/24",),
            gateway=str(self.outside[1]),
        )
        return RouterSpec(
            ident,
            "west",
            (inner, outer),
            outer_port_id=outer.id,
            outer_address=str(gateway),
            floating=floating,
            cidrs=(self.inside,),
        )

    def test_a_floating_address_leads_into_an_isolated_network(self):
        subnet = SubnetSpec("isolated-4", self.inside, None)
        network = NetworkSpec("isolated", "west", "mine", (subnet,))
        self.runtime.ensure_network(network)
        address = str(self.outside[21])
        self.runtime.routers.ensure(self.router(((address, "192.168.77.5"),)))
        port = PortSpec(
            "inside-5",
            "isolated",
            "02:00:00:00:77:05",
            ("192.168.77.5/24",),
            gateway="192.168.77.1",
        )
        outside = self.server("west", 12)
        self.runtime.start(outside)
        self.fetch("west", 12)
        reach = FETCH % self.cidrs["west"][12]
        server = self.server(
            "west", 5, f"python3 -c '{reach}'\n{WEB_SERVER}", ports=(port,)
        )
        self.runtime.start(server)
        # It reaches others by the router's address, and is reached by its own.
        self.wait_console(server, "got web-west-12")
        self.wait_for(lambda: self.answer(address), "web-west-5")
        self.runtime.routers.ensure(self.router())
        self.refused(address)
        again = self.new_runtime()
        again.routers.ensure(self.router(((address, "192.168.77.5"),)))
        self.assertEqual("web-west-5", self.answer(address))
        again.routers.prune(())
        self.refused(address)
        self.assertEqual([], [n for n in machine.namespaces(self.lab) if "router" in n])

    def test_destroy_removes_routers(self):
        network = NetworkSpec("isolated", "west", "mine", ())
        self.runtime.ensure_network(network)
        self.runtime.routers.ensure(self.router())
        self.assertEqual(2, len(machine.namespaces(self.lab)))
        self.new_runtime().destroy()
        self.assert_nothing_left()


FETCH = (
    'import urllib.request; print("got", '
    'urllib.request.urlopen("http://%s/", timeout=5).read().decode())'
)
