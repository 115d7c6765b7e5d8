"""kill -9 of a lab at any moment: a restart converges, and ``down`` leaves nothing."""

import base64
import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from tacker_lite.pop.runtime import capability
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.lab_command import (
    TIMEOUT,
    LabCommandCase,
    request,
)

TOPOLOGY = """
name: {name}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: {cidr}}}]
  - {{name: pop2}}
links:
  - {{left: pop1, right: pop2}}
"""
WEB_SERVER = """#!/bin/sh
mkdir /srv/web && cd /srv/web && hostname > index.html
exec python3 -m http.server 80
"""
#: Moments of a start and of an end, in seconds.
STARTS = (0.25, 0.45, 0.6, 0.75, 0.95)
ENDS = (0.2, 0.3, 0.4, 0.55)
#: Seconds of work before each kill.
WORK = (0.03, 0.2, 0.5)


class Pop:
    """A PoP of a lab, as its administrator."""

    def __init__(self, url, token):
        self._token = token
        self._base = url.removesuffix("/identity/v3")
        answer = self._ask("GET", f"{url}/auth/catalog")
        (self._heat,) = {
            endpoint["url"]
            for service in answer["catalog"]
            if service["type"] == "orchestration"
            for endpoint in service["endpoints"]
        }
        nova = f"{self._base}/compute/v2.1"
        self._nova = nova
        self._image = self._ask("GET", f"{self._base}/image/v2/images")["images"][0]
        flavors = self._ask("GET", f"{nova}/flavors")["flavors"]
        self._flavor = next(f for f in flavors if f["name"] == "m1.tiny")

    def _ask(self, method, url, body=None):
        with request(url, body, self._token, method) as response:
            text = response.read()
        return json.loads(text) if text else None

    def create_server(self, name, user_data=""):
        body = {
            "name": name,
            "imageRef": self._image["id"],
            "flavorRef": self._flavor["id"],
            "user_data": base64.b64encode(user_data.encode()).decode(),
        }
        answer = self._ask("POST", f"{self._nova}/servers", {"server": body})
        return answer["server"]["id"]

    def delete_server(self, ident):
        self._ask("DELETE", f"{self._nova}/servers/{ident}")

    def servers(self):
        """All servers, as rows of name, status, task and addresses."""
        return [
            (
                server["name"],
                server["status"],
                server["OS-EXT-STS:task_state"],
                [a["addr"] for group in server["addresses"].values() for a in group],
            )
            for server in self._ask("GET", f"{self._nova}/servers/detail")["servers"]
        ]

    def create_stack(self, name):
        """A stack with one server, called as the stack with ``-vm`` behind."""
        properties = {"name": f"{name}-vm", "image": "host", "flavor": "m1.tiny"}
        properties["networks"] = [{"network": "net0"}]
        resource = {"type": "OS::Nova::Server", "properties": properties}
        template = {
            "heat_template_version": "2018-08-31",
            "resources": {"vm": resource},
        }
        body = {"stack_name": name, "template": template}
        return self._ask("POST", f"{self._heat}/stacks", body)["stack"]["id"]

    def delete_stack(self, name):
        self._ask("DELETE", f"{self._heat}/stacks/{name}")

    def stacks(self):
        """Statuses of all stacks, by name."""
        stacks = self._ask("GET", f"{self._heat}/stacks")["stacks"]
        return {stack["stack_name"]: stack["stack_status"] for stack in stacks}


class Work(threading.Thread):
    """Makes and removes servers and stacks until the lab no longer answers.

    :ivar promised: by name, True: the lab has said that it will be there, False: that
        it will be gone; None: it has not answered.
    """

    def __init__(self, pop, mark):
        super().__init__(name="work", daemon=True)
        self._pop, self._mark = pop, mark
        self.promised = {}
        self.failure = None

    def run(self):
        servers = {}
        try:
            for number in itertools.count():
                server, stack = (f"{k}{self._mark}n{number}" for k in ("v", "s"))
                self.promised[server] = None
                servers[number] = self._pop.create_server(server)
                self.promised[server] = True
                self.promised[f"{stack}-vm"] = None
                self._pop.create_stack(stack)
                self.promised[f"{stack}-vm"] = True
                if number % 3:
                    self._remove(number - 1, servers)
        except urllib.error.HTTPError as error:
            self.failure = f"{error}: {error.read()}"
        except (OSError, http.client.HTTPException):
            return

    def _remove(self, number, servers):
        server, stack = (f"{k}{self._mark}n{number}" for k in ("v", "s"))
        self.promised[server] = self.promised[f"{stack}-vm"] = None
        self._pop.delete_server(servers[number])
        self.promised[server] = False
        self._pop.delete_stack(stack)
        self.promised[f"{stack}-vm"] = False


class SimulatedKillTest(LabCommandCase):
    """The same on each runtime."""

    def setUp(self):
        super().setUp()
        (cidr,) = machine.free_networks(1)
        self.write(TOPOLOGY.format(name=self.name, cidr=cidr))
        self.directory = f"{self.base}/{self.name}"

    def pop(self):
        url = self.rows()[0]["auth_url"]
        return Pop(url, self.token(url))

    def start(self, *arguments):
        """The command in a process that the test may kill."""
        return subprocess.Popen(
            [sys.executable, "-m", "tacker_lite.pop", *arguments]
            + ["--state-dir", self.base],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def settled(self, pop):
        """The servers, once nothing is under way."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            servers, stacks = pop.servers(), pop.stacks()
            busy = [s for s in servers if s[1:3] != ("ACTIVE", None)]
            busy += [s for s in stacks.values() if s != "CREATE_COMPLETE"]
            if not busy:
                return servers, stacks
            self.assertLess(time.monotonic(), deadline, busy)
            time.sleep(0.05)

    def assert_on_machine(self, servers):
        """Each server is there once, and nothing else is."""

    def assert_nothing_left(self):
        left = machine.everything(self.name, self.directory)
        self.assertEqual(machine.NOTHING, left)

    def test_while_servers_and_stacks_come_and_go(self):
        self.up()
        promised = {}
        for mark, seconds in enumerate(WORK):
            work = Work(self.pop(), mark)
            work.start()
            time.sleep(seconds)
            self.kill()
            work.join(TIMEOUT)
            self.assertIsNone(work.failure)
            promised.update(work.promised)
            self.up()
            servers, stacks = self.settled(self.pop())
            names = [server[0] for server in servers]
            self.assertEqual(len(names), len(set(names)), names)
            for name, there in promised.items():
                if there is not None:
                    self.assertEqual(there, name in names, f"{name} after {mark}")
            self.assertEqual(
                {f"{stack}-vm" for stack in stacks},
                {name for name in names if name.endswith("-vm")},
            )
            self.assert_on_machine(servers)
        self.assertGreater(len(promised), len(WORK))
        self.output_of("down", self.name)
        self.assert_nothing_left()

    def test_while_it_starts(self):
        for number, seconds in enumerate(STARTS):
            lab = self.start(
                *("up", self.file, "--foreground", "--port", "0"),
                *("--runtime", self.runtime),
            )
            time.sleep(seconds)
            lab.kill()
            lab.wait()
            if number % 2:
                self.up()
                self.assertEqual([], self.pop().servers())
            # When it was killed before it had made anything, there is no such lab.
            done = self.run_command("down", self.name)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assert_nothing_left()

    def test_while_it_is_taken_down(self):
        for number, seconds in enumerate(ENDS):
            self.up()
            pop = self.pop()
            for name in ("a", "b", "c"):
                pop.create_server(name)
            self.settled(pop)
            down = self.start("down", self.name)
            time.sleep(seconds)
            down.kill()
            down.wait()
            if number % 2:
                self.up()
                servers, _ = self.settled(self.pop())
                self.assertIn(len(servers), (0, 3))
                self.assert_on_machine(servers)
            done = self.run_command("down", self.name)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assert_nothing_left()


class NamespaceKillTest(SimulatedKillTest):
    runtime = "namespace"

    def setUp(self):
        reasons = capability.check()
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))
        super().setUp()

    def assert_on_machine(self, servers):
        namespaces = [n for n in machine.namespaces(self.name) if "~" in n]
        self.assertEqual(len(servers), len(namespaces), namespaces)
        inits = machine.first_processes(self.name)
        self.assertEqual(len(servers), len(inits), inits)

    def test_a_lab_beside_it_is_left_alone(self):
        self.up()
        self.pop().create_server("here")
        other = NamespaceKillTest("test_a_lab_beside_it_is_left_alone")
        other.setUp()
        self.addCleanup(other.doCleanups)
        other.name = f"beside{self.name}"
        other.directory = f"{other.base}/{other.name}"
        (cidr,) = machine.free_networks(1)
        other.write(TOPOLOGY.format(name=other.name, cidr=cidr))
        other.addCleanup(other.run_command, "down", other.name)
        other.up()
        pop = other.pop()
        pop.create_server("there", WEB_SERVER)
        (server,), _ = other.settled(pop)
        before = machine.everything(other.name, other.directory)
        self.output_of("down", self.name)
        self.assert_nothing_left()
        after = machine.everything(other.name, other.directory)
        for kind in ("namespaces", "devices", "labels"):
            self.assertEqual(before[kind], after[kind])
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                with urllib.request.urlopen(f"http://{server[3][0]}/", timeout=5) as it:
                    self.assertEqual(b"there\n", it.read())
                    break
            except urllib.error.URLError:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
        other.output_of("down", other.name)
        other.assert_nothing_left()
