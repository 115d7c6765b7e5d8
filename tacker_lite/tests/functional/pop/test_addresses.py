"""Addresses as they were asked for: seen by other servers, not only by the API."""

import socket

from tacker_lite.pop import errors
from tacker_lite.tests.functional.pop.packets_case import PacketsCase, address


class AddressTest(PacketsCase):
    def test_servers_have_what_was_asked_for(self):
        network = self.new_network("10.81.7.0/26", "172.30.5.0/28", "fd81:7::/64")
        subnets = {row.cidr: row.id for row in self.network.subnets_of(network)}
        self.assertEqual({"10.81.7.0/26", "172.30.5.0/28", "fd81:7::/64"}, set(subnets))
        wanted = ["10.81.7.33", "172.30.5.9", "fd81:7::33"]
        asked = self.new_port(
            network,
            mac_address="fa:16:3e:81:07:33",
            fixed_ips=[{"ip_address": ip} for ip in wanted],
        )
        self.assertEqual(wanted, [entry["ip_address"] for entry in asked.fixed_ips])
        given = self.new_port(
            network, fixed_ips=[{"subnet_id": ident} for ident in subnets.values()]
        )
        inside, outside = self.boot(asked), self.boot(given)
        for ip in wanted:
            self.assertTrue(outside.ping(ip), ip)
        for number in range(3):
            self.assertTrue(inside.ping(address(given, number)))
        # The frames themselves bear the MAC address.
        with outside.open_socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300) as tap:
            tap.settimeout(3)
            self.assertTrue(inside.ping(address(given)))
            # Neighbour discovery may come in between; without the frame this ends late.
            while tap.recv(2048)[6:12].hex(":") != "fa:16:3e:81:07:33":
                pass

    def test_a_network_that_is_used_up(self):
        network = self.new_network("10.81.8.0/30")
        self.new_port(network)
        error = self.assertRaises(errors.Conflict, self.new_port, network)
        self.assertEqual("IpAddressGenerationFailure", error.type)

    def test_a_project_router_leads_to_where_its_routes_say(self):
        near = self.new_network("10.81.9.0/24")
        far = self.new_network("10.81.10.0/24")
        router = self.network.create_router(None, {"name": "r"})
        subnet = self.network.subnets_of(near)[0]
        self.network.add_router_interface(None, router.id, {"subnet_id": subnet.id})
        open_port = {"port_security_enabled": False}
        client = self.new_port(near)
        legs = [self.new_port(net, **open_port) for net in (near, far)]
        server = self.new_port(far, **open_port)
        source, gateway, target = self.boot(client), self.boot(*legs), self.boot(server)
        gateway.set({"ipv4/ip_forward": "1"})
        target.ip(f"route replace default via {address(legs[1])}")
        there = {"destination": "10.81.10.0/24", "nexthop": address(legs[0])}
        self.assertFalse(source.ping(address(server), 0.4))
        self.network.update_router(None, router.id, {"routes": [there]})
        self.wait(lambda: source.ping(address(server), 0.4))
        self.network.update_router(None, router.id, {"routes": []})
        self.wait(lambda: not source.ping(address(server), 0.4))
