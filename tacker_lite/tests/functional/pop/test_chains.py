"""Chains of real service functions: packets go hop by hop, as counters show."""

import json
import socket
import subprocess
import time

from tacker_lite.pop.runtime import kernel
from tacker_lite.tests.functional.pop.packets_case import (
    ARRIVAL,
    PacketsCase,
    address,
    echoes,
)

PACKETS = 20
PORT = 9000


class ChainTest(PacketsCase):
    """Source and destination on one network, and functions to lead packets through."""

    def setUp(self):
        super().setUp()
        self.net = self.new_network("10.77.0.0/24")
        self.source_port = self.open_port(self.net)
        self.target_port = self.open_port(self.net)
        self.source = self.boot(self.source_port)
        self.target = self.boot(self.target_port)
        self.receiver = self.target.open_socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.receiver.close)
        self.receiver.bind(("", PORT))
        self.receiver.settimeout(ARRIVAL)

    @property
    def sfc(self):
        return self.network.chaining

    def open_port(self, network_id):
        return self.new_port(network_id, port_security_enabled=False)

    def function(self, ingress_network=None):
        """A server that routes what comes in by one port out of another."""
        ports = [self.open_port(net) for net in (ingress_network or self.net, self.net)]
        place = self.boot(*ports)
        kernel.set_in_netns(place.namespace, {"ipv4/ip_forward": "1"})
        # Both ports may be on the network: each answers for itself only.
        for name in ("all", "eth0", "eth1"):
            settings = {"rp_filter": "0", "arp_ignore": "1", "send_redirects": "0"}
            kernel.set_in_netns(
                place.namespace,
                {f"ipv4/conf/{name}/{key}": value for key, value in settings.items()},
            )
        place.ip("route replace 10.77.0.0/24 dev eth1")
        pair = {"ingress": ports[0].id, "egress": ports[1].id}
        place.pair = self.sfc.create_port_pair(None, pair).id
        return place

    def group(self, *places):
        pairs = [place.pair for place in places]
        return self.sfc.create_port_pair_group(None, {"port_pairs": pairs}).id

    def classifier(self, **attrs):
        body = {
            "protocol": "udp",
            "destination_port_range_min": PORT,
            "destination_port_range_max": PORT,
            "logical_source_port": self.source_port.id,
        }
        return self.sfc.create_flow_classifier(None, {**body, **attrs}).id

    def chain(self, groups, classifiers, **parameters):
        body = {"port_pair_groups": groups, "flow_classifiers": classifiers}
        made = self.sfc.create_port_chain(
            None, {**body, "chain_parameters": parameters}
        )
        self.sfc.steering.settle()
        return made.id

    def update(self, chain, **attrs):
        self.sfc.update_port_chain(None, chain, attrs)
        self.sfc.steering.settle()

    def send(self, port=PORT, flows=1):
        """Send packets, see each arrive once."""
        senders = []
        for _ in range(flows):
            senders.append(self.source.open_socket(socket.AF_INET, socket.SOCK_DGRAM))
            self.addCleanup(senders[-1].close)
        texts = {f"{number} {time.monotonic()}".encode() for number in range(PACKETS)}
        for number, text in enumerate(texts):
            senders[number % flows].sendto(text, (address(self.target_port), port))
        if port == PORT:
            got = [self.receiver.recv(100) for _ in range(PACKETS)]
            self.assertEqual(sorted(texts), sorted(got))

    def led_through(self, *places, flows=1):
        """How many of a round's packets went in and out of each function."""
        before = [passed(place) for place in places]
        self.send(flows=flows)
        after = [passed(place) for place in places]
        return [
            min(late - early for late, early in zip(*pair, strict=True))
            for pair in zip(after, before, strict=True)
        ]


class ThreeFunctionsTest(ChainTest):
    def test_hop_by_hop_and_back_to_straight(self):
        places = [self.function() for _ in range(3)]
        groups = [self.group(place) for place in places]
        self.assertTrue(all(n < PACKETS for n in self.led_through(*places)))
        chain = self.chain(groups, [self.classifier()])
        self.assertTrue(all(n >= PACKETS for n in self.led_through(*places)))
        self.assertTrue(self.source.ping(address(self.target_port)))
        # Another lab process takes the same chain up.
        self.fixture.crash()
        self.assertTrue(all(n >= PACKETS for n in self.led_through(*places)))
        # Servers that stop and start again are led through again.
        self.update(chain, port_pair_groups=[groups[2], groups[0]])
        first, second, third = self.led_through(*places)
        self.assertTrue(min(first, third) >= PACKETS > second)
        self.restart(places[0])
        first, second, third = self.led_through(*places)
        self.assertTrue(min(first, third) >= PACKETS > second)
        self.sfc.delete_port_chain(None, chain)
        self.sfc.steering.settle()
        self.assertTrue(all(n < PACKETS for n in self.led_through(*places)))

    def restart(self, place):
        compute = self.cloud.compute
        compute.stop_server(self.admin, place.server_id)
        self.fixture.settled(place.server_id, "SHUTOFF")
        compute.start_server(self.admin, place.server_id)
        self.fixture.settled(place.server_id, "ACTIVE")
        kernel.set_in_netns(place.namespace, {"ipv4/ip_forward": "1"})
        place.ip("route replace 10.77.0.0/24 dev eth1")


class SharedFlowsTest(ChainTest):
    def test_flows_are_shared_and_answers_come_back_the_same_way(self):
        places = [self.function() for _ in range(2)]
        web = self.classifier(
            protocol="tcp",
            destination_port_range_min=80,
            destination_port_range_max=81,
            destination_ip_prefix=f"{address(self.target_port)}/32",
            logical_destination_port=self.target_port.id,
        )
        datagrams = self.classifier()
        chain = self.chain([self.group(*places)], [datagrams, web])
        shares = self.led_through(*places, flows=PACKETS)
        self.assertTrue(all(0 < share < PACKETS for share in shares), shares)
        self.target.listen(80)
        self.assertTrue(self.source.reaches(address(self.target_port), 80))
        self.sfc.delete_port_chain(None, chain)
        self.sfc.delete_flow_classifier(None, datagrams)
        (group,) = self.sfc.list_port_pair_groups(None)
        self.chain([group.id], [web], symmetric=True)
        for place in places:
            # Answers come in by eth1 and leave by eth0.
            place.ip(f"route add {address(self.source_port)}/32 dev eth0")
        before = [passed(place, back=True) for place in places]
        for _ in range(PACKETS // 2):
            channel = self.source.connect(address(self.target_port), 80)
            self.assertTrue(echoes(channel))
            channel.close()
        after = [passed(place, back=True) for place in places]
        for early, late in zip(before, after, strict=True):
            self.assertTrue(min(late) > min(early), (early, late))


class OtherNetworkTest(ChainTest):
    def test_a_function_with_a_leg_on_another_network(self):
        other = self.new_network("10.78.0.0/24")
        place, near = self.function(other), self.function()
        groups = [self.group(place), self.group(near)]
        classifier = self.classifier(source_ip_prefix=f"{address(self.source_port)}/32")
        chain = self.chain(groups, [classifier])
        self.assertTrue(all(n >= PACKETS for n in self.led_through(place, near)))
        self.sfc.delete_port_chain(None, chain)
        self.sfc.steering.settle()
        self.assertTrue(all(n < PACKETS for n in self.led_through(place, near)))


def passed(place, back=False):
    """Packets that came in by the first device, and that left by the second."""
    shown = subprocess.run(
        ["ip", "-n", place.namespace, "-j", "-s", "link"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    stats = {link["ifname"]: link["stats64"] for link in json.loads(shown)}
    names = ("eth1", "eth0") if back else ("eth0", "eth1")
    return stats[names[0]]["rx"]["packets"], stats[names[1]]["tx"]["packets"]
