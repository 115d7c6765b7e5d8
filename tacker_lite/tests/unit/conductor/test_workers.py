"""Threads shared out among VIMs."""

from __future__ import annotations

import threading

import testtools

from tacker_lite import exceptions
from tacker_lite.conductor.workers import Workers

SOON = 10
"""Seconds after which a test has failed."""


class TestWorkers(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.workers = Workers(4, 2)
        self.gate = threading.Event()
        self.addCleanup(self.workers.close)
        self.addCleanup(self.gate.set)

    def _hang(self, vim_id, count):
        begun = [threading.Event() for _ in range(count)]

        def wait(number):
            begun[number].set()
            return self.gate.wait(SOON)

        return begun, [
            self.workers.submit(vim_id, wait, number) for number in range(count)
        ]

    def test_result_and_error(self):
        self.assertEqual(3, self.workers.submit("a", max, 1, 3).result(SOON))
        failed = self.workers.submit("a", int, "x")
        self.assertRaises(ValueError, failed.result, SOON)

    def test_a_vim_gets_half(self):
        begun, results = self._hang("a", 4)
        for event in begun[:2]:
            self.assertTrue(event.wait(SOON))
        self.assertEqual(7, self.workers.submit("b", int, "7").result(SOON))
        self.assertFalse(begun[2].is_set() or begun[3].is_set())
        self.assertFalse(self.workers.idle)
        self.gate.set()
        self.assertEqual([True] * 4, [result.result(SOON) for result in results])

    def test_the_queue_of_one_vim_is_bounded(self):
        self._hang("a", 4)
        self.assertRaises(exceptions.NoWorker, self.workers.submit, "a", int)
        self.assertEqual(0, self.workers.submit("b", int).result(SOON))

    def test_closed(self):
        _, results = self._hang("a", 3)
        self.workers.close()
        self.assertRaises(exceptions.NoWorker, results[2].result, SOON)
        self.assertRaises(exceptions.NoWorker, self.workers.submit, "b", int)
        self.gate.set()
        self.assertTrue(results[0].result(SOON))

    def test_one_thread_serves_all(self):
        workers = Workers(1, 5)
        self.addCleanup(workers.close)
        results = [workers.submit(str(n % 2), pow, n, 2) for n in range(4)]
        self.assertEqual([0, 1, 4, 9], [result.result(SOON) for result in results])
