"""How a lab's start is told to the command, and shown by it."""

import io
import json
import os

import testtools

from tacker_lite.pop.lab.progress import Shown, Told


class _Terminal(io.StringIO):
    def isatty(self):
        return True


class ProgressTest(testtools.TestCase):
    def test_the_last_is_always_told_and_few_of_the_others(self):
        receiving, sending = os.pipe()
        told = Told(sending)
        for done in range(1, 1025):
            told("PoPs", done, 1024)
        told.write({"url": "u"})
        told.close()
        with open(receiving, encoding="utf-8") as stream:
            said = [json.loads(line) for line in stream]
        self.assertEqual({"what": "PoPs", "done": 1024, "total": 1024}, said[-2])
        self.assertEqual({"url": "u"}, said[-1])
        self.assertLess(len(said), 100)

    def test_nobody_listening_ends_nothing(self):
        receiving, sending = os.pipe()
        os.close(receiving)
        for told in (Told(sending), Told(None)):
            told("PoPs", 1, 1)
            told.write({"url": "u"})
            told.close()
        self.assertRaises(OSError, os.fstat, sending)

    def test_lines_where_there_is_no_terminal(self):
        stream = io.StringIO()
        with Shown(stream) as shown:
            for done in range(1, 4):
                shown("PoPs", done, 3)
        self.assertEqual("PoPs: 3 of 3\n", stream.getvalue())

    def test_one_line_on_a_terminal(self):
        stream = _Terminal()
        with Shown(stream) as shown:
            shown("PoPs", 1, 3)
            shown("PoPs", 3, 3)
        said = stream.getvalue()
        self.assertNotIn("\n", said)
        self.assertIn("PoPs: 1 of 3", said)
        self.assertTrue(said.endswith("\r\x1b[K"))
