import socket
import time

import testtools

from tacker_lite.pop.runtime.link_relay import HEADER_BYTES, Direction

FRAME = bytes(HEADER_BYTES) + b"x" * 1514


class DirectionTest(testtools.TestCase):
    """One direction between two sockets that keep the bounds of packets."""

    def setUp(self):
        super().setUp()
        self.near, source = self.pair()
        target, self.far = self.pair()
        self.direction = Direction(source.fileno(), target.fileno())

    def pair(self):
        both = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for one in both:
            one.setblocking(False)
            self.addCleanup(one.close)
        return both

    def impair(self, delay_ms=0.0, jitter_ms=0.0, loss_percent=0.0, rate_mbit=None):
        self.direction.impair(
            {
                "delay_ms": delay_ms,
                "jitter_ms": jitter_ms,
                "loss_percent": loss_percent,
                "rate_mbit": rate_mbit,
            }
        )

    def give(self, count, frame=FRAME):
        for number in range(count):
            self.near.send(number.to_bytes(4, "little") + frame[4:])
            self.direction.receive()

    def took(self):
        """Numbers of the frames at the far end."""
        found = []
        while True:
            try:
                found.append(int.from_bytes(self.far.recv(2048)[:4], "little"))
            except BlockingIOError:
                return found

    def dues(self):
        return [due for due, _ in self.direction.waiting]

    def test_nothing_passes_before_its_moment(self):
        self.impair(delay_ms=30)
        start = time.monotonic_ns()
        self.give(3)
        self.direction.send_due()
        self.assertEqual([], self.took())
        self.assertEqual(3, self.direction.counters()["queued"])
        for due in self.dues():
            self.assertGreaterEqual(due, start + 30_000_000)
        time.sleep(0.05)
        self.direction.send_due()
        self.assertEqual([0, 1, 2], self.took())
        counters = {"packets": 3, "bytes": 3 * 1514, "lost": 0, "dropped": 0}
        self.assertEqual({**counters, "queued": 0}, self.direction.counters())

    def test_jitter_keeps_the_order(self):
        self.impair(delay_ms=20, jitter_ms=20)
        start = time.monotonic_ns()
        self.give(200)
        dues = self.dues()
        self.assertEqual(sorted(dues), dues)
        self.assertGreaterEqual(dues[0], start)
        self.assertGreater(len(set(dues)), 1)
        self.assertGreater(dues[-1], start + 20_000_000)
        self.assertLess(dues[-1], time.monotonic_ns() + 40_000_000)

    def test_a_shorter_delay_overtakes_nothing(self):
        self.impair(delay_ms=500)
        self.give(1)
        (first,) = self.dues()
        self.impair(delay_ms=1)
        self.give(1)
        self.assertEqual([first, first], self.dues())

    def test_loss(self):
        self.impair(delay_ms=1000, loss_percent=30)
        self.give(4000, FRAME[:64])
        lost = self.direction.counters()["lost"]
        self.assertEqual(4000, lost + len(self.direction.waiting))
        self.assertAlmostEqual(0.3, lost / 4000, delta=0.04)

    def test_rate(self):
        self.impair(rate_mbit=10)
        self.give(30)
        dues = self.dues()
        took = 1514 * 8 / 10e6 * 1e9
        for earlier, later in zip(dues, dues[1:], strict=False):
            self.assertAlmostEqual(took, later - earlier, delta=2)

    def test_what_waits_too_long_for_the_rate_is_dropped(self):
        self.impair(rate_mbit=10)
        self.give(100)
        waiting = len(self.direction.waiting)
        # 50 ms of 10 Mbit/s, and what has left meanwhile.
        self.assertLess(waiting, 60)
        self.assertGreater(waiting, 40)
        self.assertEqual(100 - waiting, self.direction.counters()["dropped"])

    def test_a_low_rate_has_room_for_a_few(self):
        self.impair(rate_mbit=0.01)
        self.give(30)
        self.assertEqual(11, len(self.direction.waiting))

    def test_what_the_far_end_does_not_take_is_dropped(self):
        self.impair()
        self.far.close()
        self.give(2)
        self.direction.send_due()
        self.assertEqual(2, self.direction.counters()["dropped"])
