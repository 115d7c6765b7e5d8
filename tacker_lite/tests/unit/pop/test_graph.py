"""Drawings of labs: what is on them, and that nothing is on anything else."""

import itertools
import xml.etree.ElementTree as ElementTree

import testtools

from tacker_lite.pop import graph, graph_layout


def lab(pops, instances=4):
    """A ring of PoPs with a star in it."""
    names = [f"pop{number}" for number in range(pops)]
    ring = zip(names, [*names[1:], names[0]], strict=True)
    star = [(names[0], name) for name in names[2:-1:5]]
    links = [
        {"left": left, "right": right, "up": left != "pop1", "delay_ms": 5.0}
        | {"jitter_ms": 1.0, "loss_percent": 0.0, "rate_mbit": None}
        for left, right in (*ring, *star)
    ]
    rows = [
        {"pop": name, "kind": "server", "name": f"<web&{number}>", "id": str(number)}
        | {"status": "ACTIVE", "addresses": [{"address": f"10.0.0.{number}"}]}
        for name in names
        for number in range(instances)
    ]
    topology = {"lab": "a", "runtime": "simulated"}
    topology["pops"] = [{"name": name} for name in names]
    return graph.of_answers(topology, links, rows)


class GraphTest(testtools.TestCase):
    def test_the_same_lab_gives_the_same_picture(self):
        self.assertEqual(graph.svg(lab(9)), graph.svg(lab(9)))

    def test_what_a_picture_says(self):
        words = "".join(ElementTree.fromstring(graph.svg(lab(3))).itertext())
        for word in ("pop2", "<web&3> 10.0.0.3", "delay 5 ± 1 ms", "down delay"):
            self.assertIn(word, words)
        many = graph.svg(lab(3, instances=30))
        self.assertIn("and 25 more", many)
        self.assertNotIn("web&amp;5", many)

    def test_names_are_words_only(self):
        found = lab(1, instances=1)
        found["pops"][0]["instances"][0]["name"] = 'a\\"];x\n\0'
        words = "".join(ElementTree.fromstring(graph.svg(found)).itertext())
        self.assertIn('a\\"];x�� 10.0.0.0', words)
        self.assertIn('[label="pop0\\na\\\\\\"];x�� 10.0.0.0"];', graph.dot(found))

    def test_one_pop_without_links(self):
        found = graph.of_answers(
            {"lab": "a", "runtime": "r", "pops": [{"name": "p"}]}, [], []
        )
        self.assertIn("p", "".join(ElementTree.fromstring(graph.svg(found)).itertext()))
        self.assertIn('"p" [label="p"];', graph.dot(found))

    def test_boxes_keep_apart(self):
        for count in (2, 3, 16, 64):
            sizes = {
                str(i): (90.0 + i % 7 * 20, 30.0 + i % 5 * 30) for i in range(count)
            }
            ends = [(str(i), str((i * 3 + 1) % count)) for i in range(count)]
            boxes = graph_layout.placed(sizes, [(a, b) for a, b in ends if a != b])
            for one, other in itertools.combinations(boxes.values(), 2):
                self.assertTrue(
                    abs(one.x - other.x) >= (one.width + other.width) / 2
                    or abs(one.y - other.y) >= (one.height + other.height) / 2,
                    (count, one, other),
                )
            for box in boxes.values():
                self.assertGreaterEqual(box.x - box.width / 2, 0)
                self.assertGreaterEqual(box.y - box.height / 2, 0)
