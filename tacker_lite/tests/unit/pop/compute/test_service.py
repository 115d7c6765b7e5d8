import base64
import threading

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.simulated import SimulatedRuntime
from tacker_lite.tests.unit.pop.open_lab import TIMEOUT, OpenLab


class RefusingRuntime(SimulatedRuntime):
    """A machine that has no room for servers called full."""

    def start(self, server):
        if server.name == "full":
            raise RuntimeFault("the machine is full")
        super().start(server)


class WaitingRuntime(SimulatedRuntime):
    """A machine that starts servers only when it is let."""

    def __init__(self, lab, directory):
        super().__init__(lab, directory)
        self.go = threading.Event()
        self.specs = []

    def start(self, server):
        if not self.go.wait(TIMEOUT):
            raise RuntimeFault("nobody let it go")
        self.specs.append(server)
        super().start(server)


class ComputeTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(runtime=RefusingRuntime))
        self.project = self.fixture.project()
        self.compute = self.fixture.cloud.compute
        self.network = self.fixture.cloud.network

    def active(self, **more):
        return self.fixture.settled(self.fixture.create_server(**more).id, "ACTIVE")

    def test_life(self):
        server = self.active()
        address = self.compute.addresses(server)["net0"][0]
        self.assertEqual("10.1.0.2", address["addr"])
        (port,) = self.compute.list_ports(self.project, server.id)
        self.assertEqual(("ACTIVE", server.id), (port.status, port.device_id))
        self.assertIn("no process was started", self.compute.console(None, server.id))
        self.compute.stop_server(self.project, server.id)
        self.fixture.settled(server.id, "SHUTOFF")
        self.assertRaises(
            errors.Conflict, self.compute.reboot_server, self.project, server.id
        )
        self.compute.start_server(self.project, server.id)
        self.fixture.settled(server.id, "ACTIVE")
        self.compute.reboot_server(self.project, server.id)
        self.fixture.settled(server.id, "ACTIVE")
        self.compute.delete_server(self.project, server.id)
        self.fixture.settled(server.id, None)
        self.assertEqual([], self.fixture.ports())
        error = self.assertRaises(
            errors.NotFound, self.compute.get_server, None, server.id
        )
        self.assertEqual("InstanceNotFound", error.type)

    def test_others_ports_stay(self):
        port = self.network.create_port(
            self.project, {"network_id": self.fixture.network()}
        )
        server = self.active(networks=[{"port": port.id}])
        self.assertRaises(
            errors.Conflict, self.fixture.create_server, networks=[{"port": port.id}]
        )
        self.compute.delete_server(self.project, server.id)
        self.fixture.settled(server.id, None)
        left = self.network.get_port(self.project, port.id)
        self.assertEqual(
            ("", "", "DOWN"), (left.device_id, left.device_owner, left.status)
        )

    def test_bad_requests_leave_nothing(self):
        for more in (
            {"name": ""},
            {"flavorRef": "x"},
            {"imageRef": "x"},
            {"imageRef": ""},
            {"networks": [{"uuid": "x"}]},
            {"networks": [{"port": "x"}]},
            {"networks": [{}]},
            {"networks": [{"uuid": self.fixture.network(), "fixed_ip": "10.9.0.1"}]},
            {"networks": [{"uuid": self.fixture.network(), "fixed_ip": "10.1.0.1"}]},
            {"networks": [{"uuid": self.fixture.network()}, {"uuid": "x"}]},
            {"user_data": "%%%"},
            {"metadata": {"a": 1}},
            {"key_name": "none"},
            {"security_groups": [{"name": "none"}]},
            {"availability_zone": "moon"},
            {"min_count": 2, "max_count": 1},
            {"unknown": 1},
        ):
            self.assertRaises(errors.BadRequest, self.fixture.create_server, **more)
        self.assertEqual([], self.compute.list_servers(None))
        self.assertEqual([], self.fixture.ports())

    def test_no_room_in_the_pop(self):
        for _ in range(4):
            self.active()
        server = self.fixture.create_server()
        self.assertEqual("ERROR", server.status)
        self.assertIn("No valid host was found.", server.fault["message"])
        self.assertEqual(4, self.compute.usage()["vcpus_used"])
        self.compute.delete_server(self.project, server.id)
        self.fixture.settled(server.id, None)

    def test_no_address_left(self):
        for _ in range(5):
            self.network.create_port(
                self.project, {"network_id": self.fixture.network()}
            )
        server = self.fixture.create_server()
        self.assertEqual("ERROR", server.status)
        self.assertIn("No more IP addresses", server.fault["message"])

    def test_machine_refuses(self):
        server = self.fixture.create_server(name="full")
        failed = self.fixture.settled(server.id, "ERROR")
        self.assertEqual("the machine is full", failed.fault["message"])
        self.compute.delete_server(self.project, server.id)
        self.fixture.settled(server.id, None)

    def test_several_at_once(self):
        self.fixture.create_server(max_count=3)
        names = sorted(row.name for row in self.compute.list_servers(self.project))
        self.assertEqual(["web-1", "web-2", "web-3"], names)

    def test_network_chosen_when_there_is_one(self):
        self.assertEqual(1, len(self.active(networks="auto").port_ids))
        self.assertEqual([], self.active(networks="none").port_ids)

    def test_attach_and_detach(self):
        server = self.active()
        port = self.compute.attach_port(
            self.project,
            server.id,
            {
                "net_id": self.fixture.network(),
                "fixed_ips": [{"ip_address": "10.1.0.6"}],
            },
        )
        self.assertEqual("ACTIVE", port.status)
        ports = self.compute.list_ports(self.project, server.id)
        self.assertEqual(port, ports[1])
        self.compute.detach_port(self.project, server.id, port.id)
        self.assertEqual([ports[0]], self.fixture.ports())
        self.network.delete_port(self.project, ports[0].id)
        self.assertEqual([], self.compute.list_ports(self.project, server.id))

    def test_metadata(self):
        server = self.active(metadata={"a": "1"})
        self.assertEqual(
            {"a": "1", "b": "2"},
            self.compute.set_metadata(self.project, server.id, {"b": "2"}),
        )
        self.compute.delete_metadata(self.project, server.id, "a")
        self.assertEqual(
            {"b": "2"}, self.compute.get_server(self.project, server.id).metadata
        )

    def test_server_that_ended_by_itself(self):
        server = self.active()
        self.fixture.runtime.stop(server.id)
        found = self.compute.get_server(self.project, server.id)
        self.assertEqual("SHUTOFF", found.status)

    def test_flavors(self):
        body = {"name": "f", "vcpus": 2, "ram": 64, "disk": 1, "id": None}
        flavor = self.compute.create_flavor(body)
        self.assertRaises(errors.Conflict, self.compute.create_flavor, body)
        for wrong in ({"vcpus": 0}, {"ram": "x"}, {"name": ""}, {"id": "ä"}):
            self.assertRaises(
                errors.BadRequest, self.compute.create_flavor, {**body, **wrong}
            )
        self.compute.set_extra_specs(flavor.id, {"hw:cpu": "1"})
        self.assertEqual(
            {"hw:cpu": "1"}, self.compute.get_flavor(None, flavor.id).extra_specs
        )
        self.compute.delete_flavor(flavor.id)
        self.assertRaises(errors.NotFound, self.compute.get_flavor, None, flavor.id)

    def test_keypairs(self):
        key = "ssh-ed25519 " + base64.b64encode(b"key").decode()
        body = {"name": "k", "public_key": key}
        self.compute.create_keypair(self.project, "amy", body)
        self.assertRaises(
            errors.Conflict, self.compute.create_keypair, self.project, "amy", body
        )
        self.assertEqual([], self.compute.list_keypairs("bob"))
        self.assertRaises(
            errors.BadRequest,
            self.compute.create_keypair,
            self.project,
            "amy",
            {"name": "l", "public_key": "junk"},
        )
        self.compute.delete_keypair("amy", "k")
        self.assertRaises(errors.NotFound, self.compute.get_keypair, "amy", "k")


class OrderTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab(runtime=WaitingRuntime))
        self.addCleanup(lambda: self.fixture.runtime.go.set())

    def test_delete_while_building(self):
        server = self.fixture.create_server()
        self.fixture.cloud.compute.delete_server(None, server.id)
        self.fixture.runtime.go.set()
        self.fixture.settled(server.id, None)
        self.assertEqual("absent", self.fixture.runtime.power(server.id).value)

    def test_crash_at_any_moment(self):
        building = self.fixture.create_server()
        leaving = self.fixture.create_server(name="leaving")
        self.fixture.cloud.compute.delete_server(None, leaving.id)
        hanging = self.fixture.runtime
        self.addCleanup(hanging.go.set)
        self.fixture.crash()
        self.assertEqual("BUILD", self.fixture.settled(building.id, "BUILD").status)
        self.fixture.runtime.go.set()
        self.fixture.settled(building.id, "ACTIVE")
        self.fixture.settled(leaving.id, None)
        (port,) = self.fixture.ports()
        self.assertEqual(building.id, port.device_id)

    def test_crash_before_a_port_is_recorded_with_its_server(self):
        self.fixture.runtime.go.set()
        network = self.fixture.cloud.network
        network.make_port(
            None,
            {
                "network_id": self.fixture.network(),
                "device_id": "lost",
                "device_owner": "compute:nova",
            },
            for_server=True,
        )
        self.fixture.crash()
        self.assertEqual([], self.fixture.ports())

    def test_active_servers_run_again_after_a_crash(self):
        self.fixture.runtime.go.set()
        server = self.fixture.create_server()
        self.fixture.settled(server.id, "ACTIVE")
        self.fixture.crash()
        found = self.fixture.cloud.compute.get_server(None, server.id)
        self.assertEqual("ACTIVE", found.status)

    def test_default_route_prefers_routed_networks(self):
        self.fixture.runtime.go.set()
        service = self.fixture.cloud.network
        project = self.fixture.project()
        own = service.create_network(project, {"name": "own"})
        service.create_subnet(project, {"network_id": own.id, "cidr": "10.5.0.0/24"})
        script = base64.b64encode(b"#!/bin/sh\n").decode()
        server = self.fixture.create_server(
            networks=[{"uuid": own.id}, {"uuid": self.fixture.network()}],
            user_data=script,
            metadata={"role": "web"},
        )
        self.fixture.settled(server.id, "ACTIVE")
        (spec,) = self.fixture.runtime.specs
        self.assertEqual(
            [(("10.5.0.2/24",), None), (("10.1.0.2/29",), "10.1.0.1")],
            [(port.addresses, port.gateway) for port in spec.ports],
        )
        self.assertEqual(b"#!/bin/sh\n", spec.user_data)
        self.assertEqual({"role": "web"}, spec.metadata)
