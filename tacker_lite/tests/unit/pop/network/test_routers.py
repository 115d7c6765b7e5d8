"""Routers and floating IPs: what is refused leaves nothing, what is needed stays."""

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.pop.runtime.simulated_appliances import SimulatedRouters
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT, OpenLab


class RefusingRouters(SimulatedRouters):
    refuses = False

    def ensure(self, router):
        if self.refuses:
            raise RuntimeFault("the machine has no room for a router")


class RefusingRuntime(SimulatedRuntime):
    def __init__(self, lab, directory):
        super().__init__(lab, directory)
        self.routers = RefusingRouters()


class RouterTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(runtime=RefusingRuntime))
        self.project = self.fixture.project()
        self.service = self.fixture.cloud.network
        self.public = self.fixture.network("public")

    def refused(self, kind, reason, function, *arguments):
        error = self.assertRaises(kind, function, self.project, *arguments)
        self.assertIn(reason, str(error))

    def subnet(self, cidr="192.168.1.0/24", **attrs):
        network = self.service.create_network(self.project, {})
        return self.service.create_subnet(
            self.project, {"network_id": network.id, "cidr": cidr, **attrs}
        )

    def port(self, network_id):
        return self.service.create_port(self.project, {"network_id": network_id})

    def floating(self, **attrs):
        return self.service.create_floatingip(
            self.project, {"floating_network_id": self.public, **attrs}
        )

    def settled(self, ident, status):
        rows = self.service.floating_ips
        with self.fixture.cloud.changed:
            reached = self.fixture.cloud.changed.wait_for(
                lambda: rows.get(ident).status == status, TIMEOUT
            )
        self.assertTrue(reached, rows.get(ident))

    def test_the_topology_is_joined_and_fixed(self):
        (router,) = self.service.list_routers(None)
        self.assertEqual([], self.service.list_routers(self.project))
        self.assertEqual(self.public, router.external_network_id)
        legs = self.service.legs(router.id, "network:router_interface")
        self.assertEqual("10.1.0.1", legs[0].fixed_ips[0]["ip_address"])
        for function, arguments in (
            (self.service.delete_router, ()),
            (self.service.update_router, ({"name": "x"},)),
            (self.service.remove_router_interface, ({"port_id": legs[0].id},)),
        ):
            error = self.assertRaises(
                errors.Conflict, function, None, router.id, *arguments
            )
            self.assertIn("topology", str(error))
        self.assertRaises(errors.Conflict, self.service.delete_port, None, legs[0].id)
        self.fixture.restart()
        self.assertEqual(1, len(self.fixture.cloud.network.list_routers(None)))

    def test_refused_floating_ips_take_no_address(self):
        routed = self.port(self.fixture.network())
        isolated = self.port(self.subnet().network_id)
        create = self.service.create_floatingip
        place = {"floating_network_id": self.public}
        self.floating(port_id=routed.id)
        before = len(self.service.ports)
        for kind, reason, attrs in (
            (
                errors.BadRequest,
                "not a valid external",
                {"floating_network_id": routed.network_id},
            ),
            (errors.NotFound, "not reachable", {**place, "port_id": isolated.id}),
            (errors.NotFound, "could not be found", {**place, "port_id": "none"}),
            (errors.Conflict, "already has", {**place, "port_id": routed.id}),
            (
                errors.BadRequest,
                "does not have fixed ip",
                {**place, "port_id": routed.id, "fixed_ip_address": "10.1.0.6"},
            ),
            (
                errors.Conflict,
                "already allocated",
                {**place, "floating_ip_address": "100.64.32.1"},
            ),
            (errors.BadRequest, "Unrecognized", {**place, "colour": "red"}),
        ):
            self.refused(kind, reason, create, attrs)
        self.assertEqual(before, len(self.service.ports))
        self.assertEqual(1, len(self.service.list_floatingips(None)))

    def test_refused_routers_leave_nothing(self):
        subnet = self.subnet()
        self.refused(
            errors.BadRequest,
            "not an external network",
            self.service.create_router,
            {"external_gateway_info": {"network_id": subnet.network_id}},
        )
        self.assertEqual(1, len(self.service.routers))
        router = self.service.create_router(self.project, {})
        join = self.service.add_router_interface
        join(self.project, router.id, {"subnet_id": subnet.id})
        before = len(self.service.ports)
        twin = self.subnet("192.168.0.0/16")
        bare = self.subnet("192.168.5.0/24", gateway_ip=None)
        for kind, reason, attrs in (
            (errors.BadRequest, "overlaps", {"subnet_id": twin.id}),
            (errors.BadRequest, "gateway IP", {"subnet_id": bare.id}),
            (errors.BadRequest, "Either", {}),
            (errors.NotFound, "could not be found", {"subnet_id": "none"}),
        ):
            self.refused(kind, reason, join, router.id, attrs)
        self.assertEqual(before, len(self.service.ports))
        self.refused(
            errors.Conflict, "still has ports", self.service.delete_router, router.id
        )

    def test_a_floating_ip_follows_its_port(self):
        port = self.port(self.fixture.network())
        floating = self.floating(port_id=port.id)
        self.settled(floating.id, "ACTIVE")
        self.service.update_port(
            self.project, port.id, {"fixed_ips": [{"ip_address": "10.1.0.5"}]}
        )
        left = self.service.get_floatingip(self.project, floating.id)
        self.assertIsNone(left.port_id)
        self.service.update_floatingip(self.project, floating.id, {"port_id": port.id})
        self.service.delete_port(self.project, port.id)
        left = self.service.get_floatingip(self.project, floating.id)
        self.assertEqual((None, "DOWN"), (left.port_id, left.status))
        self.service.delete_floatingip(self.project, floating.id)
        self.assertEqual([], self.service.legs(floating.id, "network:floatingip"))

    def test_what_the_machine_refuses_is_an_error_until_it_can(self):
        port = self.port(self.fixture.network())
        self.fixture.runtime.routers.refuses = True
        floating = self.floating(port_id=port.id)
        self.settled(floating.id, "ERROR")
        self.fixture.runtime.routers.refuses = False
        self.service.update_floatingip(self.project, floating.id, {"port_id": port.id})
        self.settled(floating.id, "ACTIVE")

    def test_all_is_there_after_a_crash(self):
        port = self.port(self.fixture.network())
        floating = self.floating(port_id=port.id)
        self.fixture.crash()
        self.service = self.fixture.cloud.network
        (found,) = self.service.list_floatingips(self.project)
        self.assertEqual((floating.id, port.id), (found.id, found.port_id))
        another = self.floating()
        self.assertNotEqual(found.floating_ip_address, another.floating_ip_address)
