"""Scripts in real servers: what they see, and that they run once."""

import os
import signal
import time

from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.scripts import ScriptSpec
from tacker_lite.tests.functional.pop.namespace_case import PATIENCE, NamespaceCase


class ServerScriptTest(NamespaceCase):
    pops = ("west",)
    links = ()

    def setUp(self):
        super().setUp()
        self.open()
        self.node = self.server("west", text="sleep infinity")
        self.runtime.start(self.node)

    def spec(self, text, ident="run-1", **more):
        return ScriptSpec(ident, self.node.id, text, **more)

    def run_to_end(self, spec, runtime=None):
        deadline = time.monotonic() + PATIENCE
        while (result := (runtime or self.runtime).scripts.run(spec)) is None:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        return result

    def test_it_runs_inside_with_its_inputs(self):
        text = """
        hostname
        ip -o addr show dev eth0
        grep CapBnd /proc/self/status
        echo "$colour" > $heat_outputs_path.colour
        echo careful >&2
        echo made > /srv/made
        exit 3
        """
        spec = self.spec(text, environment={"colour": "blue sky"}, outputs=("colour",))
        result = self.run_to_end(spec)
        self.assertEqual(3, result.status)
        self.assertIn("web-west-12", result.stdout)
        self.assertIn(str(self.cidrs["west"][12]), result.stdout)
        self.assertNotIn("CapBnd:\t000001ffffffffff", result.stdout)
        self.assertEqual("careful\n", result.stderr)
        self.assertEqual({"colour": "blue sky\n"}, result.outputs)
        self.assertFalse(os.path.exists("/srv/made"))
        again = self.spec("cat /srv/made", "run-2")
        self.assertEqual("made\n", self.run_to_end(again).stdout)

    def test_a_program_takes_the_script_as_a_file(self):
        spec = self.spec("print(6 * 7)", program=("python3",))
        self.assertEqual("42\n", self.run_to_end(spec).stdout)
        self.assertTrue(self.runtime.scripts.missing("no-such-command"))
        self.assertFalse(self.runtime.scripts.missing("sh"))

    def test_one_that_cannot_be_run_says_why(self):
        result = self.run_to_end(self.spec("#!/no/such/shell\n"))
        self.assertEqual(126, result.status)
        self.assertIn("/no/such/shell", result.stderr + "/no/such/shell")
        self.assertIn("cannot be run", result.stderr)

    def test_a_lab_started_anew_waits_for_it_and_does_not_repeat_it(self):
        text = "echo once >> /srv/log; sleep 1; cat /srv/log"
        self.assertIsNone(self.runtime.scripts.run(self.spec(text)))
        other = self.new_runtime()
        result = self.run_to_end(self.spec(text), other)
        self.assertEqual("once\n", result.stdout)
        self.assertEqual(result, self.run_to_end(self.spec(text)))

    def test_a_killed_keeper_is_reported(self):
        spec = self.spec("sleep 60")
        self.assertIsNone(self.runtime.scripts.run(spec))
        folder = os.path.join(self.directory, "servers")
        deadline = time.monotonic() + PATIENCE
        while not any(b"begun" in read(path) for path in files(folder, spec.id)):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        keeper = self.runtime.scripts._keepers[spec.id]
        keeper.send_signal(signal.SIGKILL)
        keeper.wait()
        result = self.run_to_end(spec, self.new_runtime())
        self.assertEqual(137, result.status)
        self.assertIn("was killed", result.stderr)

    def test_the_servers_end_ends_it(self):
        spec = self.spec("sleep 60")
        self.assertIsNone(self.runtime.scripts.run(spec))
        time.sleep(0.5)
        self.runtime.stop(self.node.id)
        # TERM or KILL: whichever the script's shell heard first.
        self.assertIn(self.run_to_end(spec).status, (137, 143))
        refused = self.spec("true", "run-2")
        error = self.assertRaises(RuntimeFault, self.runtime.scripts.run, refused)
        self.assertIn("does not run: start it", str(error))


def files(folder, name):
    return [
        os.path.join(where, name)
        for where, _, names in os.walk(folder)
        if name in names
    ]


def read(path):
    with open(path, "rb") as file:
        return file.read()
