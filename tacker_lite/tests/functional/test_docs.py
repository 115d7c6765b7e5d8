"""Every command in the documents runs, in the order in which it is written.

A page's ``console`` blocks are its script.  What a page cannot do inside a test
(make an environment, run the tests themselves) is done by the project's continuous
integration script, and is checked to stand there.
"""

import re
import shlex
import tempfile
from pathlib import Path

import fixtures
import testtools

from tacker_lite.tests.functional.deployment import BIN, ROOT, Deployment, run

BLOCK = re.compile(r"^\.\. code-block:: console\n\n((?: {3}.*\n|\n)+)", re.MULTILINE)

RUN_BY_CI = ("tools/", "tox ", "git clone", "python3 -m venv", "tacker-lite-venv/")
"""How the commands begin that .ci/run runs."""


def commands(path: Path) -> list[str]:
    """The commands of a page, in order."""
    found = []
    for block in BLOCK.findall(path.read_text()):
        for line in block.splitlines():
            if line.strip().startswith("$ "):
                found.append(line.strip()[2:])
    return found


def pages() -> list[Path]:
    return [ROOT / "README.rst", *sorted((ROOT / "doc" / "source").rglob("*.rst"))]


class TestDocs(testtools.TestCase):
    def test_every_page_is_run_by_somebody(self):
        here = {"commands.rst", "lab.rst", "service.rst", "descriptors.rst"}
        script = (ROOT / ".ci" / "run").read_text()
        for page in pages():
            if page.name in here:
                continue
            for command in commands(page):
                with self.subTest(f"{page.name}: {command}"):
                    self.assertTrue(command.startswith(RUN_BY_CI), command)
                    self.assertIn(command, script)

    def test_commands(self):
        deployment = self.useFixture(Deployment())
        replaced = {
            f"samples/vim/{pop}.yaml": str(deployment.vim_file(pop))
            for pop in ("pop1", "pop2")
        }
        script = commands(ROOT / "doc" / "source" / "user" / "commands.rst")
        self.assertGreater(len(script), 15)
        for command in script:
            program, *arguments = shlex.split(command)
            self.assertEqual("openstack", program)
            arguments = [replaced.get(word, word) for word in arguments]
            deployment.openstack(*arguments)
        self.assertEqual([], deployment.rows("vim", "list"))
        self.assertEqual([], deployment.rows("vnf", "list"))

    def test_lab(self):
        directory = self.useFixture(_Directory()).path
        script = commands(ROOT / "doc" / "source" / "user" / "lab.rst")
        self.assertIn("tacker-lite-pop down", script[-1])
        try:
            for command in script[:-1]:
                _run_in(directory, command)
        finally:
            _run_in(directory, script[-1])

    def test_service_and_descriptors(self):
        for name in ("admin/service.rst", "user/descriptors.rst"):
            directory = self.useFixture(_Directory()).path
            script = commands(ROOT / "doc" / "source" / name)
            self.assertNotEqual([], script, name)
            for command in script:
                _run_in(directory, command)


class _Directory(fixtures.Fixture):
    def _setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tacker-lite-docs-")
        self.addCleanup(temporary.cleanup)
        self.path = temporary.name


def _run_in(directory: str, command: str) -> str:
    """Run one of our commands, with its relative state below ``directory``."""
    program, *arguments = shlex.split(command)
    words = [
        f"{directory}/{word}"
        if word.startswith(("lab-state", "output", "my-"))
        else word
        for word in arguments
    ]
    return run(BIN / program, *words).stdout
