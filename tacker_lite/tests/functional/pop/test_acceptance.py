"""What a lab must hold as a whole, and no narrower test proves.

Which test proves which of the ten checks is a table of the contributor's guide.
"""

import concurrent.futures
import os
import shutil
import socket
import time

from openstack import exceptions as sdk_exceptions
from testtools import content

from tacker_lite.pop.runtime import address_translation, capability, nftables
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.tests.functional.pop import machine, stock_commands
from tacker_lite.tests.functional.pop.client_case import ClientCase
from tacker_lite.tests.functional.pop.lab_command import TIMEOUT, request

#: PoPs of the checks, and servers of one PoP.
SEVERAL, MANY, SERVERS = 64, 1024, 200
#: MiB that a lab of many PoPs may have in memory.
MEMORY = 300


def topology(name, cidrs, more=""):
    pops = [
        f"  - {{name: pop{n}, networks: [{{name: net0, cidr: {cidr}}}]{more}}}\n"
        for n, cidr in enumerate(cidrs, 1)
    ]
    return f"name: {name}\npops:\n{''.join(pops)}"


def numbered(count):
    """Networks that need not be free on this machine."""
    return [f"10.{n // 256}.{n % 256}.0/24" for n in range(count)]


class ManyPopsTest(ClientCase):
    def test_stock_commands_against_64_pops(self):
        self.write(topology(self.name, numbered(SEVERAL)))
        self.up()
        stock_commands.run_day(self.cli(f"pop{SEVERAL}"), os.path.dirname(self.file))

    def test_1024_pops_up_and_authenticated(self):
        self.write(topology(self.name, numbered(MANY)))
        begun = time.monotonic()
        self.up()
        ready = time.monotonic() - begun
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            tokens = list(pool.map(self.token_of, range(1, MANY + 1)))
        authenticated = time.monotonic() - begun
        self.assertEqual(MANY, len(set(tokens)))
        with open(f"/proc/{self.process()['pid']}/status", encoding="utf-8") as file:
            (line,) = (line for line in file if line.startswith("VmRSS"))
        used = int(line.split()[1]) / 1024
        stated = (
            f"{MANY} PoPs: ready after {ready:.1f} s, authenticated after "
            f"{authenticated:.1f} s, {used:.0f} MiB"
        )
        self.addDetail("measured", content.text_content(stated))
        self.assertLess(used, MEMORY, stated)
        self.assertLess(authenticated, TIMEOUT, stated)

    def token_of(self, number):
        values = self.credentials(f"pop{number}")
        user = {
            "name": values["username"],
            "password": values["password"],
            "domain": {"id": "default"},
        }
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity}}
        with request(f"{values['auth_url']}/auth/tokens", body) as answer:
            return answer.headers["X-Subject-Token"]


class RealCase(ClientCase):
    runtime = "namespace"

    def setUp(self):
        reasons = capability.check()
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))
        super().setUp()

    def assert_reached(self, address):
        """Nobody listens there, which only a running server can say."""
        try:
            socket.create_connection((address, 9), 5).close()
        except ConnectionRefusedError:
            return
        self.fail(f"something else than the server answers at {address}")


class OnePopTest(RealCase):
    def setUp(self):
        reasons = []
        if not shutil.which("haproxy"):
            reasons.append("the package haproxy is missing")
        for check in (address_translation.check, nftables.check):
            try:
                check()
            except RuntimeFault as fault:
                reasons.append(str(fault))
        if reasons:
            self.skipTest("NO COMMAND WAS RUN: " + "; ".join(reasons))
        super().setUp()

    def test_stock_clients_against_one_real_pop(self):
        self.write(
            topology(
                self.name,
                machine.free_networks(1),
                ", capacity: {vcpus: 8, ram_mib: 8192, disk_gib: 100}",
            )
        )
        self.up()
        cli = self.cli()
        stock_commands.run_day(cli, os.path.dirname(self.file))
        self.check_waiting_creation(cli)
        self.check_too_large()
        self.check_quota(cli)

    def check_waiting_creation(self, cli):
        """The SDK removes a server that is active and has no address."""
        cloud = self.sdk()
        cloud.create_server(
            "kept", "host", "m1.tiny", network="net0", wait=True, timeout=TIMEOUT
        )
        server = cloud.get_server("kept")
        (row,) = cli.read("server list")
        self.assertEqual("ACTIVE", row["Status"])
        addresses = [server.private_v4, server.public_v4]
        self.assertEqual({"net0": addresses}, row["Networks"])
        for address in addresses:
            self.assert_reached(address)

    def check_too_large(self):
        cloud = self.sdk()
        cloud.create_flavor("huge", ram=64, vcpus=9, disk=0)
        self.assertRaises(
            sdk_exceptions.SDKException,
            cloud.create_server,
            *("big", "host", "huge"),
            network="net0",
            wait=True,
        )
        fault = cloud.get_server("big").fault
        self.assertEqual(500, fault["code"])
        self.assertIn("No valid host was found", fault["message"])

    def check_quota(self, cli):
        cli.run("quota set --instances 2 admin")
        cloud = self.sdk()
        refusal = self.assertRaises(
            sdk_exceptions.ForbiddenException,
            cloud.create_server,
            *("more", "host", "m1.tiny"),
            network="net0",
        )
        self.assertEqual(403, refusal.status_code)
        self.assertIn("Quota exceeded for instances", str(refusal))
        self.assertIsNone(cloud.get_server("more"))


class TwoLabsTest(RealCase):
    """200 servers, killed amid them; beside it a lab that must not notice."""

    def setUp(self):
        super().setUp()
        self.cidrs = machine.free_networks(2)
        self.other = f"o{self.name}"
        self.addCleanup(self.run_command, "down", self.other)

    def up_other(self):
        path = f"{os.path.dirname(self.file)}/other.yaml"
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(topology(self.other, self.cidrs[1:]))
        self.output_of("up", path, "--runtime", "namespace", "--port", "0")
        own, self.name = self.name, self.other
        pop = self.pop()
        pop.create_server("there")
        self.settled(pop)
        self.name = own

    def kept_of(self, lab):
        """Everything that a lab has on the machine, whichever process serves it."""
        found = machine.everything(lab, f"{self.base}/{lab}")
        del found["processes"]
        inside = [os.walk(path) for path in found["control_groups"] + found["labels"]]
        found["within"] = sorted(path for walk in inside for path, _, _ in walk)
        found["servers"] = machine.first_processes(lab)
        return found

    def test_200_servers_survive_a_kill_and_leave_nothing(self):
        self.up_other()
        beside = self.kept_of(self.other)
        capacity = ", capacity: {vcpus: 800, ram_mib: 819200, disk_gib: 8000}"
        self.write(topology(self.name, self.cidrs[:1], capacity))
        self.up()
        pop = self.pop()
        # What the first server of a lab needs stays for the next ones.
        pop.delete_server(pop.create_server("first"))
        self.wait_gone(pop)
        idle = self.kept_of(self.name)
        idents = [pop.create_server(f"v{number}") for number in range(SERVERS)]
        self.kill()
        self.up()
        pop = self.pop()
        servers, _ = self.settled(pop)
        (addresses,) = zip(*(row[3] for row in servers), strict=True)
        self.assertEqual(SERVERS, len(set(addresses)))
        self.assertEqual(SERVERS, len(machine.first_processes(self.name)))
        for address in addresses:
            self.assert_reached(address)
        for ident in idents:
            pop.delete_server(ident)
        self.wait_gone(pop)
        self.assertEqual(idle, self.kept_of(self.name))
        self.assertEqual(beside, self.kept_of(self.other))
        self.output_of("down", self.name)
        self.assert_nothing_left()
        self.assertEqual(beside, self.kept_of(self.other))

    def wait_gone(self, pop):
        deadline = time.monotonic() + TIMEOUT
        while pop.servers():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
