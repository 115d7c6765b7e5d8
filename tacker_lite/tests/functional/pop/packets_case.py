"""A lab of real servers in this process, and sockets inside the servers' networks."""

import contextlib
import os
import socket
import struct
import threading
import time

import testtools

from tacker_lite.pop.runtime import capability, kernel, names, nftables
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.namespace import NamespaceRuntime
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.unit.pop.open_lab import OpenLab

#: Seconds within which a packet arrives that is let through, and how long to wait for
#: one that must not.
ARRIVAL, SILENCE = 3.0, 0.4
IDLE = "IyEvYmluL3NoCmV4ZWMgc2xlZXAgaW5maW5pdHkK"


class Place:
    """The network of one server, seen from inside."""

    def __init__(self, namespace):
        self.namespace = namespace
        self._listeners = []

    def open_socket(self, family, kind, protocol=0):
        made = []
        kernel.in_netns(
            self.namespace, lambda: made.append(socket.socket(family, kind, protocol))
        )
        return made[0]

    def ip(self, *lines):
        kernel.ip(lines, self.namespace)

    def set(self, settings):
        """Change ``net`` sysctls."""
        kernel.set_in_netns(self.namespace, settings)

    def close(self):
        for listener in self._listeners:
            listener.close()

    def listen(self, port, family=socket.AF_INET):
        """Answer each connection with what comes in, until the test ends."""
        listener = self.open_socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", port))
        listener.listen()
        self._listeners.append(listener)
        threading.Thread(target=_serve, args=(listener,), daemon=True).start()

    def connect(self, address, port, wait=ARRIVAL):
        """A connection, or None when nothing answers."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        channel = self.open_socket(family, socket.SOCK_STREAM)
        channel.settimeout(wait)
        try:
            channel.connect((address, port))
        except OSError:
            channel.close()
            return None
        return channel

    def reaches(self, address, port, wait=ARRIVAL):
        channel = self.connect(address, port, wait)
        if channel is None:
            return False
        with channel:
            return echoes(channel)

    def ping(self, address, wait=ARRIVAL, source=None):
        """Whether an echo request is answered."""
        six = ":" in address
        family = socket.AF_INET6 if six else socket.AF_INET
        protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
        number = int.from_bytes(os.urandom(2), "big")
        with self.open_socket(family, socket.SOCK_RAW, protocol) as channel:
            if source:
                channel.bind((source, 0))
            channel.settimeout(wait)
            channel.sendto(_echo(128 if six else 8, number), (address, 0))
            with contextlib.suppress(TimeoutError):
                while True:
                    packet = channel.recv(2048)[0 if six else 20 :]
                    kind, _, _, ident = struct.unpack_from("!BBHH", packet)
                    if kind == (129 if six else 0) and ident == number:
                        return True
        return False


def _echo(kind, number):
    head = struct.pack("!BBHHH", kind, 0, 0, number, 1) + b"ping"
    total = sum(struct.unpack("!6H", head))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return head[:2] + struct.pack("!H", ~total & 0xFFFF) + head[4:]


def echoes(channel, wait=ARRIVAL):
    """Whether what is sent comes back."""
    channel.settimeout(wait)
    try:
        channel.sendall(b"hello")
        return channel.recv(5) == b"hello"
    except OSError:
        return False


def _serve(listener):
    with contextlib.suppress(OSError):
        while True:
            channel, _ = listener.accept()
            threading.Thread(target=_echo_back, args=(channel,), daemon=True).start()


def _echo_back(channel):
    with channel, contextlib.suppress(OSError):
        while data := channel.recv(2048):
            channel.sendall(data)


class PacketsCase(testtools.TestCase):
    """One lab with one PoP for each test; ``closed`` default groups."""

    topology = """
name: {lab}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: {cidr}}}]
"""
    number = 0

    def setUp(self):
        super().setUp()
        reasons = capability.check()
        try:
            nftables.check()
        except RuntimeFault as fault:
            reasons.append(str(fault))
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))
        PacketsCase.number += 1
        self.lab_name = f"q{os.getpid()}-{self.number}"
        self.cidr = machine.free_networks(1)[0]
        text = self.topology.format(lab=self.lab_name, cidr=self.cidr)
        self.fixture = self.useFixture(OpenLab(text, NamespaceRuntime))
        self.addCleanup(lambda: self.fixture.runtime.destroy())
        self.admin = self.fixture.project("admin")
        self.places = []
        self.addCleanup(lambda: [place.close() for place in self.places])

    @property
    def cloud(self):
        return self.fixture.cloud

    @property
    def network(self):
        return self.cloud.network

    def new_network(self, *cidrs):
        made = self.network.create_network(None, {"name": f"net-{cidrs[0]}"})
        for cidr in cidrs:
            version = 6 if ":" in cidr else 4
            self.network.create_subnet(
                None, {"network_id": made.id, "cidr": cidr, "ip_version": version}
            )
        return made.id

    def new_port(self, network_id, **attrs):
        return self.network.create_port(None, {"network_id": network_id, **attrs})

    def new_group(self, *rules, **attrs):
        group = self.network.create_security_group(
            None, {"name": f"group{len(self.network.groups)}", **attrs}
        )
        for rule in rules:
            self.new_rule(group.id, **rule)
        return group.id

    def new_rule(self, group_id, **attrs):
        body = {"security_group_id": group_id, "direction": "ingress", **attrs}
        rule = self.network.create_security_group_rule(None, body)
        self.network.filtering.settle()
        return rule.id

    def update_port(self, port, **attrs):
        changed = self.network.update_port(None, port.id, attrs)
        self.network.filtering.settle()
        return changed

    def wait(self, ask):
        """Until the answer is yes."""
        deadline = time.monotonic() + 10 * ARRIVAL
        while not ask():
            self.assertLess(time.monotonic(), deadline)

    def boot(self, *ports):
        """A running server with these ports, seen from inside."""
        body = self.fixture.server_body(
            networks=[{"port": port.id} for port in ports], user_data=IDLE
        )
        server = self.cloud.compute.create_server(self.admin, body)
        server = self.fixture.settled(server.id, "ACTIVE", "ERROR")
        self.assertEqual("ACTIVE", server.status, server.fault)
        return self.place_of(server.id)

    def place_of(self, server_id):
        key = names.key(server_id)
        place = Place(names.server_namespace(self.lab_name, "pop1", key))
        place.server_id = server_id
        self.places.append(place)
        return place


def address(port, number=0):
    return port.fixed_ips[number]["ip_address"]
