import testtools

from tacker_lite import exceptions
from tacker_lite.tosca import positions


def refusal(text):
    try:
        positions.read(text, "a.yaml")
    except exceptions.InvalidTemplate as error:
        return error.message
    raise AssertionError("the text was accepted")


class TestRead(testtools.TestCase):
    def test_lines(self):
        document = positions.read("a:\n  b: 1\n  c:\n    - d: 2\n      e: 3\n")

        for path, line in (
            (("a",), 1),
            (("a", "b"), 2),
            (("a", "c"), 3),
            (("a", "c", 0), 4),
            (("a", "c", 0, "e"), 5),
            (("a", "missing"), 1),
            ((), 1),
        ):
            self.assertEqual(line, positions.line_of(document, path))

    def test_anchors_and_merges(self):
        document = positions.read("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\ne: *x\n")

        self.assertEqual(
            {"a": {"b": 1}, "c": {"b": 1, "d": 2}, "e": {"b": 1}}, document
        )

    def test_refusals_name_the_line(self):
        for text, reason in (
            ("a: 1\na: 2", 'a.yaml:2: not valid YAML: the key "a" stands twice'),
            ("a: [1,\nb", "a.yaml:3: not valid YAML:"),
            ("a: !!python/name:os.system x", "a.yaml:1: not valid YAML:"),
            ("a: !!python/object:os.system {}", "a.yaml:1: not valid YAML: the tag"),
            ("a: &a [*a]", "a.yaml:1: not valid YAML: the document is too large"),
            ("? [1]\n: 2", "a.yaml:1: not valid YAML: a key must be a plain"),
            ("a: \x01", "not valid YAML"),
        ):
            self.assertIn(reason, refusal(text))

    def test_aliases_expand_within_bounds(self):
        text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for one, before in zip("bcdefgh", "abcdefg", strict=True):
            text += f"{one}: &{one} [{', '.join([f'*{before}'] * 10)}]\n"

        self.assertIn("too large", refusal(text))

    def test_long_text(self):
        self.assertIn("longer than", refusal("x" * (positions.MAX_CHARACTERS + 1)))


class TestDump(testtools.TestCase):
    def test_round_trip_keeps_order_and_text(self):
        document = {
            "z": 1,
            "a": "#!/bin/sh\necho 'it''s \"fine\"'  \n\n\ttab\n",
            "no": "0755",
            "list": [{"b": None}, True, 1.5, "yes"],
            "long": "word " * 100,
        }

        again = positions.read(positions.dump(document))

        self.assertEqual(document, again)
        self.assertEqual(list(document), list(again))
