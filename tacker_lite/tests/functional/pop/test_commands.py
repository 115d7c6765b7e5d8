"""What the command line does with labs that run."""

import contextlib
import io
import json
import os
import pty
import select
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

from tacker_lite.pop.command.main import main
from tacker_lite.pop.runtime import capability
from tacker_lite.tests.functional.pop import machine
from tacker_lite.tests.functional.pop.lab_command import TIMEOUT, LabCommandCase

TOPOLOGY = """
name: {name}
pops:
  - name: pop1
    networks: [{{name: net0, cidr: {first}}}]
  - name: pop2
    networks: [{{name: net0, cidr: {second}}}]
links: [{{left: pop1, right: pop2}}]
"""
#: Says whether a machine without a server at that port can be reached.
REACH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], 9), 1)
except ConnectionRefusedError:
    print("reached")
except OSError:
    print("cut off")
"""
TALKATIVE = "#!/bin/sh\necho one\necho two\necho three\nexec sleep 1000\n"


class CommandCase(LabCommandCase):
    def setUp(self):
        super().setUp()
        first, second = machine.free_networks(2)
        self.far = str(second[1])
        self.topology = TOPOLOGY.format(name=self.name, first=first, second=second)
        self.write(self.topology)

    def run_command(self, *arguments):
        """As a program where that matters, else without the start of one."""
        if arguments[0] in ("up", "down", "exec"):
            return super().run_command(*arguments)
        command = ["--state-dir", self.base, *arguments]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(command)
        return subprocess.CompletedProcess(
            command, status, out.getvalue(), err.getvalue()
        )

    def of(self, *arguments):
        return json.loads(self.output_of(*arguments, "-f", "json"))

    def error_of(self, *arguments):
        done = self.run_command(*arguments)
        self.assertEqual(1, done.returncode, done.stdout)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr


class CommandsTest(CommandCase):
    def test_a_running_lab(self):
        printed = self.up()
        self.assertIn("PoPs: 2 of 2\nlinks: 1 of 1\n", printed)
        pop = self.pop()
        pop.create_server("web")
        self.settled(pop)

        shown = self.of("show", self.name)
        self.assertEqual((2, 1, 1), (shown["pops"], shown["links"], shown["servers"]))
        self.assertEqual("web", self.of("show", "pop1/web")["name"])
        self.assertIn("simulated", self.error_of("exec", "web"))
        self.assertIn("simulated runtime", self.output_of("logs", "web"))
        self.assertEqual("", self.output_of("logs", "-n", "0", "web"))
        self.assertIn("no server 'pop2/web'", self.error_of("logs", "pop2/web"))

        link = self.of("link", "set", "pop2", "pop1", "--delay-ms", "5")
        self.assertEqual(("pop1", 5.0), (link["left"], link["delay_ms"]))
        (link,) = self.of("link", "list")
        self.assertEqual((5.0, 0.0), (link["delay_ms"], link["loss_percent"]))
        self.assertIn("delay_ms must be", self.error_of(*_set(), "--delay-ms", "-5"))
        self.assertIn("say what to change", self.error_of(*_set()))
        self.assertIn(
            "could not be found", self.error_of(*_set("x"), "--delay-ms", "1")
        )

        self._graph()
        events = [json.loads(line) for line in self._lines("events", "-f", "json")]
        self.assertIn("server", {event["kind"] for event in events})
        self.assertIn("link", self.output_of("events"))
        self._faults()
        self.assertEqual({"simulated"}, self._runtimes("--lab", self.name))
        self.assertEqual({"simulated"}, self._runtimes("--runtime", "simulated"))

        token = os.stat(f"{self.directory}/token")
        self.assertEqual(0o600, token.st_mode & 0o777)

    def _lines(self, *arguments):
        return self.output_of(*arguments).splitlines()

    def _runtimes(self, *arguments):
        return {row["runtime"] for row in self.of("capabilities", *arguments)}

    def _graph(self):
        first = self.output_of("graph")
        self.assertEqual(first, self.output_of("graph"))
        drawn = ElementTree.fromstring(first)
        self.assertTrue(drawn.tag.endswith("svg"))
        words = "".join(drawn.itertext())
        for word in ("pop1", "pop2", "web", "delay 5 ms", "ACTIVE"):
            self.assertIn(word, words)
        graph = self.of("graph")
        self.assertEqual("web", graph["pops"][0]["instances"][0]["name"])
        dot = self.output_of("graph", "-f", "dot")
        self.assertIn('"pop1" -- "pop2" [label="delay 5 ms"];', dot)
        path = f"{self.file}.svg"
        self.output_of("graph", "-o", path)
        with open(path, encoding="utf-8") as stream:
            self.assertEqual(first, stream.read())

    def _faults(self):
        made = self.of("faults", "set", "error", "--status", "500", "--pop", "pop2")
        self.assertEqual(("error-1", 500), (made[0]["name"], made[0]["status"]))
        self.assertIn("error-1", self.output_of("faults", "list"))
        self.assertIn("needs the key 'delay_ms'", self.error_of(*_fault("latency")))
        rate = ("--per-minute", "1")
        said = self.error_of(*_fault("death"), *rate, "--percent", "5")
        self.assertIn("percent: unknown key", said)
        # As it was put in, so it is after the lab was killed.
        self.kill()
        self.assertIn("does not run", self.error_of("faults", "list"))
        self.up()
        self.assertEqual(["error-1"], [f["name"] for f in self.of("faults", "list")])
        self.output_of("faults", "kill", "pop1/web")
        self.assertEqual([("web", "SHUTOFF")], [s[:2] for s in self.pop().servers()])
        self.assertIn("does not run", self.error_of("faults", "kill", "web"))
        self.assertEqual("no fault\n", self.output_of("faults", "clear"))

    def test_labs_side_by_side(self):
        other = f"{self.name}b"
        self.addCleanup(self.run_command, "down", other)
        self.up()
        self.write(self.topology.replace(self.name, other))
        self.up()
        for command in (("link", "list"), ("faults", "list"), ("events",), ("graph",)):
            said = self.error_of(*command)
            self.assertIn(f"add --lab with one of {self.name}, {other}", said)
            self.output_of(*command, "--lab", other)
        self.assertIn("there are several labs", self.error_of("down"))
        self.assertIn("is not one thing", self.error_of("show", "pop1"))
        self.assertEqual(other, self.of("show", "pop1", "--lab", other)["lab"])
        self.assertIn(
            "there is no lab 'x'", self.error_of("show", "pop1", "--lab", "x")
        )
        self.output_of("down", other)
        self.assertEqual(self.name, self.of("show", "pop1")["lab"])

    def test_a_bad_file_makes_nothing(self):
        self.write(self.topology + "faults: [{kind: gremlin}]\n")
        said = self.refused("--runtime", "simulated")
        self.assertIn("line 9: faults[0].kind: 'gremlin' must be a kind of", said)
        self.assertEqual([], self.rows())
        self.assertIn("no lab", self.error_of("link", "list"))
        schema = json.loads(self.output_of("schema"))
        self.assertIn("pops", schema["required"])


def _set(left="pop1"):
    return "link", "set", left, "pop2"


def _fault(kind):
    return "faults", "set", kind


class InsideTest(CommandCase):
    """``exec`` and ``logs`` with real servers."""

    runtime = "namespace"

    def setUp(self):
        super().setUp()
        reasons = capability.check()
        if reasons:
            self.skipTest("NO REAL SERVER WAS STARTED: " + "; ".join(reasons))

    def test_inside_servers(self):
        self.up()
        pop = self.pop()
        pop.create_server("web", TALKATIVE)
        pop.create_server("twin")
        pop.create_server("twin")
        self.settled(pop)
        said = self.error_of("exec", "twin")
        self.assertEqual(2, said.count("pop1/twin"))

        self.assertEqual("web\n", self._exec("web", "--", "hostname").stdout)
        self.assertEqual(
            7, self._exec("pop1/web", "--", "sh", "-c", "exit 7").returncode
        )
        done = self._exec("web", "--pop", "pop1", "--", "cat", "-", given="through")
        self.assertEqual((0, "through"), (done.returncode, done.stdout))
        self.assertIn("web", self._shell("hostname; tty; exit 3\n", 3))

        deadline = time.monotonic() + TIMEOUT
        while "three" not in self.output_of("logs", "web"):
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual("two\nthree\n", self.output_of("logs", "-n", "2", "web"))
        self._follow()
        self._cut_links()
        # What is inside needs no running lab.
        self.kill()
        self.assertEqual("web\n", self._exec("web", "--", "hostname").stdout)
        self.output_of("down", self.name)
        self.assert_nothing_left()

    def _cut_links(self):
        """A PoP that cannot be reached can also be cut off from the others."""
        reach = ("web", "--", "python3", "-c", REACH, self.far)
        self.assertEqual("reached\n", self._exec(*reach).stdout)
        fault = ("unreachable", "--pop", "pop2", "--cut-links", "--name", "gone")
        self.output_of("faults", "set", *fault)
        self.assertEqual("cut off\n", self._exec(*reach).stdout)
        # The cut is there again when the lab was killed, and ends with the fault.
        self.kill()
        self.up()
        self.assertEqual("cut off\n", self._exec(*reach).stdout)
        self.output_of("faults", "clear", "gone")
        self.assertEqual("reached\n", self._exec(*reach).stdout)

    def _command(self, *arguments):
        place = ("--state-dir", self.base)
        return [sys.executable, "-m", "tacker_lite.pop", arguments[0], *place] + [
            *arguments[1:]
        ]

    def _exec(self, *arguments, given=""):
        return subprocess.run(
            self._command("exec", *arguments),
            input=given,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )

    def _shell(self, typed, status):
        """What a shell on a terminal prints."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        child = subprocess.Popen(
            self._command("exec", "web"), stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        self.assertEqual(status, child.wait(TIMEOUT))
        said = b""
        while select.select([ours], [], [], 0.2)[0]:
            try:
                said += os.read(ours, 65536)
            except OSError:
                break
        return said.decode()

    def _follow(self):
        child = subprocess.Popen(
            self._command("logs", "-f", "-n", "1", "web"), stdout=subprocess.PIPE
        )
        self.addCleanup(child.stdout.close)
        try:
            self.assertEqual(b"three\n", child.stdout.readline())
            script = "echo four > /proc/1/fd/1"
            self.assertEqual(0, self._exec("web", "--", "sh", "-c", script).returncode)
            self.assertTrue(select.select([child.stdout], [], [], TIMEOUT)[0])
            self.assertEqual(b"four\n", child.stdout.readline())
        finally:
            child.terminate()
            child.wait(TIMEOUT)
