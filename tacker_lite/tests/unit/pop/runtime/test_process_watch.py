import queue
import subprocess
import time

import testtools

from tacker_lite.pop.runtime import kernel, process_watch
from tacker_lite.pop.runtime.process_watch import ProcessWatch


class ProcessWatchTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.told = queue.SimpleQueue()

    def process(self, seconds="60"):
        child = subprocess.Popen(["sleep", seconds])
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def start(self, watch, key, child):
        watch.add(key, child.pid, kernel.start_time(child.pid))

    def test_the_end_of_a_process_is_told_once(self):
        watch = ProcessWatch(self.told.put)
        first, second = self.process(), self.process()
        self.start(watch, "first", first)
        self.start(watch, "second", second)
        first.kill()
        self.assertEqual("first", self.told.get(timeout=10))
        self.assertFalse(watch.watches("first"))
        watch.remove("second")
        second.kill()
        self.start(watch, "third", self.process("0.05"))
        self.assertEqual("third", self.told.get(timeout=10))
        self.assertTrue(self.told.empty())

    def test_one_that_has_ended_already_is_told_at_once(self):
        watch = ProcessWatch(self.told.put)
        child = self.process()
        watch.add("other", child.pid, kernel.start_time(child.pid) - 1)
        self.assertEqual("other", self.told.get(timeout=0))

    def test_a_closed_one_tells_nothing_until_it_is_used_again(self):
        watch = ProcessWatch(self.told.put)
        first, second = self.process(), self.process()
        self.start(watch, "first", first)
        watch.close()
        self.start(watch, "second", second)
        first.kill()
        second.kill()
        self.assertEqual("second", self.told.get(timeout=10))
        watch.close()
        self.assertFalse(watch.watches("first"))
        self.assertTrue(self.told.empty())

    def test_those_without_a_descriptor_are_looked_after(self):
        watch = ProcessWatch(self.told.put, most=1)
        self.start(watch, "first", self.process())
        child = self.process()
        self.start(watch, "second", child)
        begun = time.monotonic()
        child.kill()
        child.wait()
        patience = 3 * process_watch._SWEEP_SECONDS
        self.assertEqual("second", self.told.get(timeout=patience))
        self.assertLess(time.monotonic() - begun, patience)
        self.assertTrue(watch.watches("first"))
