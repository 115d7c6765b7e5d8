"""Broken descriptors: each is refused soon, in little memory, with place and remedy."""

import json
import pathlib
import subprocess
import sys

import testtools

from tacker_lite.tests.unit.tosca.corpus import cases, generated
from tacker_lite.tosca import loader
from tacker_lite.vim.openstack import hot

TOP = pathlib.Path(__file__).resolve().parents[4]
FEWEST = 150
SECONDS = 2.0
MEBIBYTES = 64
TIMEOUT = 120


class TestCorpus(testtools.TestCase):
    """One process refuses all; what it took is measured there, case by case."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = {each.name: each for each in (*cases.written(), *generated.made())}
        done = subprocess.run(
            [sys.executable, "-m", "tacker_lite.tests.unit.tosca.corpus.run"],
            cwd=TOP,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        if done.returncode:
            raise AssertionError(done.stderr)
        cls.found = [json.loads(line) for line in done.stdout.splitlines()]

    def test_the_base_is_valid(self):
        document = loader.read((cases.HERE / cases.BASE).read_text("utf-8"))

        loader.load(document)
        self.assertEqual(
            {"grow_res.yaml"}, set(hot.render(loader.load(document, {})).files)
        )

    def test_there_are_many(self):
        self.assertGreaterEqual(len(self.cases), FEWEST)
        self.assertEqual(list(self.cases), [each["name"] for each in self.found])

    def test_each_is_refused_with_place_and_remedy(self):
        wrong = []
        for each in self.found:
            case = self.cases[each["name"]]
            if "crash" in each:
                wrong.append(f"{case.name}: {each['crash']}")
                continue
            wrong += [
                f"{case.name}: {word!r} is not in {each['message']}"
                for word in case.says
                if word not in each["message"]
            ]
            if case.line and case.line not in each["lines"]:
                wrong.append(f"{case.name}: line {case.line}, not {each['lines']}")

        self.assertEqual([], wrong)

    def test_no_message_holds_a_percent_sign_a_secret_or_a_path_of_the_server(self):
        for each in self.found:
            for word in ("%", "topsecret", "site-packages", "Traceback"):
                self.assertNotIn(word, each.get("message", ""), each["name"])

    def test_each_is_refused_soon(self):
        slow = {e["name"]: e["seconds"] for e in self.found if e["seconds"] > SECONDS}

        self.assertEqual({}, slow)

    def test_each_is_refused_in_little_memory(self):
        large = {
            e["name"]: e["mebibytes"] for e in self.found if e["mebibytes"] > MEBIBYTES
        }

        self.assertEqual({}, large)
