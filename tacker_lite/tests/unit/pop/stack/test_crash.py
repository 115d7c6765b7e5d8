import pathlib
import subprocess
import sys
import tempfile

import testtools

from tacker_lite.tests.unit.pop.stack import labs

CREATED = {"servers": 2, "flavors": 4, "networks": 2, "subnets": 2, "ports": 2}
EMPTY = {"servers": 0, "flavors": 3, "networks": 1, "subnets": 1, "ports": 0}


class CrashTest(testtools.TestCase):
    """kill -9 just before any write: a restart converges, with one of everything."""

    def labs_after(self, phase, writes):
        directory = tempfile.TemporaryDirectory(prefix="crash-")
        self.addCleanup(directory.cleanup)
        done = subprocess.run(
            [sys.executable, "-m", "tacker_lite.tests.unit.pop.stack.crashing"]
            + [directory.name, phase, *map(str, writes)],
            check=True,
            timeout=120,
            stdout=subprocess.PIPE,
        )
        self.assertGreater(len(done.stdout.split()), 15)
        for write in writes:
            lab = labs.open_lab(pathlib.Path(directory.name) / str(write))
            try:
                yield write, lab.clouds["pop1"]
            finally:
                lab.close()

    def test_during_a_create(self):
        states = set()
        for write, cloud in self.labs_after("create", range(0, 48, 2)):
            stacks = labs.settled(cloud)
            states |= {stack.state for stack in stacks}
            # A stack killed before it was written was never promised to anybody.
            wanted = CREATED if stacks else EMPTY
            self.assertEqual(wanted, labs.census(cloud), f"write {write}")
            self.assertTrue(stacks or write < 4, f"write {write}")
        self.assertEqual({"CREATE_COMPLETE"}, states)

    def test_during_a_delete(self):
        gone = 0
        for write, cloud in self.labs_after("delete", range(0, 66, 2)):
            stacks = labs.settled(cloud)
            gone += not stacks
            if stacks:
                # Killed before the wish was written: nothing of it may be lost.
                self.assertEqual(["CREATE_COMPLETE"], [s.state for s in stacks])
                self.assertLess(write, 2)
            wanted = CREATED if stacks else EMPTY
            self.assertEqual(wanted, labs.census(cloud), f"write {write}")
        self.assertGreater(gone, 20)

    def test_during_an_update(self):
        bigger = {**CREATED, "networks": 3}
        for write, cloud in self.labs_after("update", range(24)):
            (stack,) = labs.settled(cloud)
            if stack.state == "CREATE_COMPLETE":
                self.assertLess(write, 2)
                self.assertEqual(CREATED, labs.census(cloud))
                continue
            self.assertEqual("UPDATE_COMPLETE", stack.state, stack.reason)
            self.assertEqual(bigger, labs.census(cloud), f"write {write}")
            flavors = {s.flavor.name for s in cloud.compute.list_servers(None)}
            self.assertIn("m1.small", flavors)
            self.assertNotIn("m1.tiny", flavors)
