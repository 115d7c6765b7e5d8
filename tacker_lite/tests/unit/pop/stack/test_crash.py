import pathlib
import subprocess
import sys
import tempfile

import testtools

from tacker_lite.tests.unit.pop.stack import labs

CREATED = {"servers": 2, "flavors": 1, "networks": 1, "subnets": 1, "ports": 2}
EMPTY = dict.fromkeys(CREATED, 0)


class CrashTest(testtools.TestCase):
    """kill -9 just before any write: a restart converges, with one of everything."""

    def setUp(self):
        super().setUp()
        with tempfile.TemporaryDirectory(prefix="crash-") as directory:
            lab = labs.open_lab(directory)
            self.before = labs.census(lab.clouds["pop1"])
            lab.close()

    def census(self, cloud):
        """How much of everything there is besides what a lab begins with."""
        found = labs.census(cloud)
        return {kind: found[kind] - self.before[kind] for kind in found}

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
            self.assertEqual(wanted, self.census(cloud), f"write {write}")
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
            self.assertEqual(wanted, self.census(cloud), f"write {write}")
        self.assertGreater(gone, 20)

    def test_during_an_update(self):
        bigger = {**CREATED, "networks": 2}
        for write, cloud in self.labs_after("update", range(24)):
            (stack,) = labs.settled(cloud)
            if stack.state == "CREATE_COMPLETE":
                self.assertLess(write, 2)
                self.assertEqual(CREATED, self.census(cloud))
                continue
            self.assertEqual("UPDATE_COMPLETE", stack.state, stack.reason)
            self.assertEqual(bigger, self.census(cloud), f"write {write}")
            flavors = {s.flavor.name for s in cloud.compute.list_servers(None)}
            self.assertIn("m1.small", flavors)
            self.assertNotIn("m1.tiny", flavors)

    def sizes_after(self, phase, former, wanted, promised=2):
        """See that a group has one size or the other, and what it needs for that.

        :param promised: the number of writes that make the new size a promise.
        """
        states = set()
        for write, cloud in self.labs_after(phase, range(0, 60, 3)):
            (stack,) = labs.settled(cloud)
            states.add(stack.state)
            (output,) = cloud.stacks.outputs(stack)
            size = output["output_value"]
            self.assertEqual(
                former if write < promised else wanted, size, f"write {write}"
            )
            found = self.census(cloud)
            self.assertEqual((size, size), (found["servers"], found["ports"]))
            # The stack itself, its group and the group's members.
            nested = cloud.stacks.list_stacks(None, nested=True)
            self.assertEqual(2 + size, len(nested), f"write {write}")
        return states

    def test_while_a_group_grows(self):
        states = self.sizes_after("grow", 1, 3)
        self.assertEqual({"CREATE_COMPLETE", "UPDATE_COMPLETE"}, states)

    def test_while_a_group_shrinks(self):
        states = self.sizes_after("shrink", 3, 1)
        self.assertEqual({"CREATE_COMPLETE", "UPDATE_COMPLETE"}, states)

    def test_while_a_signal_scales(self):
        self.assertEqual({"CREATE_COMPLETE"}, self.sizes_after("signal", 1, 3, 5))

    def test_while_a_group_changes_in_batches(self):
        for write, cloud in self.labs_after("roll", range(0, 60, 3)):
            (stack,) = labs.settled(cloud)
            (output,) = cloud.stacks.outputs(stack)
            value = "one" if stack.state == "CREATE_COMPLETE" else "two"
            self.assertEqual([value] * 3, output["output_value"], f"write {write}")
            self.assertEqual(3, self.census(cloud)["networks"], f"write {write}")
            self.assertIn(stack.state, ("CREATE_COMPLETE", "UPDATE_COMPLETE"))
            self.assertTrue(value == "two" or write < 3)
