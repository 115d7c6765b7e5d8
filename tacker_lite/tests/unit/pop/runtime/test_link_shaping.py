import json

import testtools

from tacker_lite.pop.runtime import link_shaping
from tacker_lite.pop.runtime.link_shaping import Queue
from tacker_lite.pop.topology import Impairment


def run(bytecode, number):
    """What the program returns when the random number is this one."""
    count, *program = bytecode.split(",")
    instructions = [tuple(map(int, line.split())) for line in program]
    assert int(count) == len(instructions)
    at, accumulator = 0, None
    while True:
        code, jump_true, jump_false, operand = instructions[at]
        at += 1
        if code == 0x20:
            assert operand == 0xFFFFF038
            accumulator = number
        elif code == 0x35:
            at += jump_true if accumulator >= operand else jump_false
        else:
            assert code == 0x06
            return operand


class LinesTest(testtools.TestCase):
    def words(self, **values):
        (line,) = link_shaping.lines("l0", Impairment(**values), None, 0)
        text = " ".join(line)
        start = "qdisc replace dev l0 root handle 10: netem limit "
        self.assertTrue(text.startswith(start), text)
        limit, _, rest = text.removeprefix(start).partition(" ")
        return int(limit), rest

    def test_netem(self):
        self.assertEqual("delay 20ms", self.words(delay_ms=20)[1])
        self.assertEqual("loss 0.1%", self.words(loss_percent=0.1)[1])
        limit, words = self.words(
            delay_ms=20, jitter_ms=2.5, loss_percent=1, rate_mbit=8
        )
        self.assertEqual("delay 20ms 2.5ms loss 1% rate 8000000bit", words)
        # What is on the way for 22.5 ms, and waits for 50 ms, at 8 Mbit/s.
        self.assertEqual(10 + round(72500 / 1514), limit)

    def test_netem_keeps_the_order(self):
        self.assertEqual(
            "delay 20ms 5ms rate 30000000000bit",
            self.words(delay_ms=20, jitter_ms=5)[1],
        )

    def test_netem_holds_what_a_fast_machine_sends(self):
        limit, _ = self.words(delay_ms=100)
        self.assertGreater(limit * 1514 * 8, 1e9)
        limit, _ = self.words(delay_ms=60000, rate_mbit=1_000_000)
        self.assertLess(limit, 2**31)

    def test_tbf(self):
        (line,) = link_shaping.lines("l0", None, 100, 0)
        self.assertEqual(
            "qdisc replace dev l0 root handle 20: tbf rate 100000000bit "
            "burst 50000 limit 625000",
            " ".join(line),
        )
        (line,) = link_shaping.lines("l0", None, 0.01, 0)
        self.assertEqual(["burst", "3028", "limit", "15140"], line[-4:])

    def test_loss_is_where_packets_arrive(self):
        first, second = link_shaping.lines("l0", None, None, 5)
        self.assertEqual("qdisc add dev l0 clsact", " ".join(first))
        self.assertIn("ingress", second)
        self.assertEqual(["bpf", "da", "bytecode"], second[-4:-1])

    def test_the_program_loses_its_share(self):
        go_on, drop = 0xFFFFFFFF, 2
        for percent in (0.01, 5, 50, 99.9):
            program = link_shaping.losing_program(percent)
            edge = percent / 100 * 2**32
            self.assertEqual(drop, run(program, 0))
            self.assertEqual(drop, run(program, int(edge) - 2))
            self.assertEqual(go_on, run(program, int(edge) + 2))
            self.assertEqual(go_on, run(program, 2**32 - 1))
        self.assertEqual(drop, run(link_shaping.losing_program(100), 2**32 - 2))

    def test_what_a_device_does_no_longer_is_taken_away(self):
        def taken(*what):
            lines = link_shaping.cleared("l0", *what)
            return [line[0] for line in lines]

        self.assertEqual(["qdisc", "filter"], taken(None, None, 0))
        self.assertEqual(["filter"], taken(None, 10, 0))
        self.assertEqual(["filter"], taken(Impairment(delay_ms=1), None, 0))
        self.assertEqual(["qdisc"], taken(None, None, 5))
        self.assertEqual([], taken(None, 10, 5))


class QueuesTest(testtools.TestCase):
    def test_what_tc_says(self):
        listing = json.dumps(
            [
                {"kind": "noqueue", "dev": "lo", "root": True, "drops": 0, "qlen": 0},
                {"kind": "tbf", "dev": "l1", "root": True, "drops": 7, "qlen": 3},
                {"kind": "clsact", "dev": "l1", "drops": 5, "qlen": 0},
                {"kind": "pfifo", "dev": "l1", "drops": 9, "qlen": 9},
            ]
        )
        self.assertEqual(
            {"lo": Queue(), "l1": Queue(dropped=7, queued=3, lost=5)},
            link_shaping.queues(listing),
        )
        self.assertEqual({}, link_shaping.queues(""))
