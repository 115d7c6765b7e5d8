"""kill -9 of a lab at any moment: a restart converges, and ``down`` leaves nothing."""

import http.client
import itertools
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
    WEB_SERVER,
    LabCommandCase,
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
#: Moments of a start and of an end, in seconds.
STARTS = (0.25, 0.45, 0.6, 0.75, 0.95)
ENDS = (0.2, 0.3, 0.4, 0.55)
#: Seconds between asking servers for something and the kill.
ASKS = (0.02, 0.2)
#: What is asked of a server each, and what it may be then.
ACTIONS = {
    "pause": (None, "PAUSED"),
    "suspend": (None, "SUSPENDED"),
    "os-stop": (None, "SHUTOFF"),
    "reboot": ({"type": "HARD"}, "ACTIVE"),
    "resize": ({"flavorRef": "{flavor}"}, "VERIFY_RESIZE"),
    "rebuild": ({"imageRef": "{image}"}, "ACTIVE"),
    "createImage": ({"name": "copy"}, "ACTIVE"),
    "migrate": (None, "VERIFY_RESIZE"),
    "os-migrateLive": ({"host": None, "block_migration": "auto"}, "ACTIVE"),
}
#: Seconds of work before each kill.
WORK = (0.03, 0.2, 0.5)


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

    def start(self, *arguments):
        """The command in a process that the test may kill."""
        return subprocess.Popen(
            [sys.executable, "-m", "tacker_lite.pop", *arguments]
            + ["--state-dir", self.base],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def assert_on_machine(self, servers):
        """Each server is there once, and nothing else is."""

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

    def test_while_servers_are_acted_on(self):
        self.up()
        for seconds in ASKS:
            pop = self.pop()
            idents = {action: pop.create_server(action) for action in ACTIONS}
            self.settled(pop)
            known = {"flavor": pop.larger_flavor, "image": pop.image}
            for action, (arguments, _) in ACTIONS.items():
                filled = {
                    key: value.format(**known) if isinstance(value, str) else value
                    for key, value in (arguments or {}).items()
                }
                pop.act(idents[action], action, filled or None)
            time.sleep(seconds)
            self.kill()
            self.up()
            pop = self.pop()
            ends = {status for _, status in ACTIONS.values()}
            servers, _ = self.settled(pop, ends)
            found = {name: status for name, status, *_ in servers}
            expected = {action: status for action, (_, status) in ACTIONS.items()}
            self.assertEqual(expected, found)
            self.assertEqual({"active"}, pop.image_statuses())
            self.assert_acted_on(servers)
            for ident in idents.values():
                pop.delete_server(ident)
            self.gone(pop)
        self.output_of("down", self.name)
        self.assert_nothing_left()

    def assert_acted_on(self, servers):
        """What is on the machine is what the servers say of themselves."""

    def gone(self, pop):
        deadline = time.monotonic() + TIMEOUT
        while pop.servers():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

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

    def assert_acted_on(self, servers):
        stopped = [name for name, status, *_ in servers if status == "SHUTOFF"]
        inits = machine.first_processes(self.name)
        self.assertEqual(len(servers) - len(stopped), len(inits), inits)

    def test_a_lab_beside_it_is_left_alone(self):
        self.up()
        self.pop().create_server("here")
        other = NamespaceKillTest("test_a_lab_beside_it_is_left_alone")
        other.setUp()
        self.addCleanup(other.doCleanups)
        other.name = f"beside{self.name}"
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
