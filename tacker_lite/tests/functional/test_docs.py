"""Every command in the documents runs, in the order in which it is written.

A page's ``console`` blocks are its script.  What a page cannot do inside a test
(make an environment, run the tests themselves) is done by the project's continuous
integration script, and is checked to stand there.
"""

import contextlib
import json
import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

import fixtures
import requests
import testtools

from tacker_lite.tests.functional import backends
from tacker_lite.tests.functional.deployment import (
    BIN,
    ROOT,
    CommandFailed,
    Deployment,
    free_port,
    run,
    wait_for,
)

BLOCK = re.compile(
    r"^( *)\.\. code-block:: console\n\n((?:\1 {3}.*\n|\n)+)", re.MULTILINE
)

RUN_BY_CI = ("tools/", "tox ", "git clone", "python3 -m venv", "tacker-lite-venv/")
"""How the commands begin that .ci/run runs."""

SERVICES = ("tacker-lite-allinone", "tacker-lite-api", "tacker-lite-conductor")
"""Programs that run until the end of their page."""

PLACED = ("lab-state", "output", "my-")
"""How the files and directories are named that a page makes."""

DEFAULT_ADDRESS = "127.0.0.1:9890"
PASSWORD = "s3cret"
"""What is typed where a page's command asks for a password."""


def commands(path: Path) -> list[str]:
    """The commands of a page, in order."""
    found = []
    for _, block in BLOCK.findall(path.read_text()):
        for line in block.splitlines():
            if line.strip().startswith("$ "):
                found.append(line.strip()[2:])
    return found


def pages() -> list[Path]:
    return [ROOT / "README.rst", *sorted((ROOT / "doc" / "source").rglob("*.rst"))]


class TestDocs(testtools.TestCase):
    def test_every_page_is_run_by_somebody(self):
        here = {
            "commands.rst",
            "lab.rst",
            "lab-commands.rst",
            "lab-faults.rst",
            "service.rst",
            "split.rst",
            "descriptors.rst",
            "packages.rst",
            "scaling.rst",
        }
        script = (ROOT / ".ci" / "run").read_text()
        for page in pages():
            if page.name in here:
                continue
            for command in commands(page):
                with self.subTest(f"{page.name}: {command}"):
                    self.assertTrue(command.startswith(RUN_BY_CI), command)
                    self.assertIn(command, script)

    def test_commands(self):
        self._play("commands.rst", 15)

    def test_scaling(self):
        printed = self._play("scaling.rst", 8)
        shown = printed["openstack vnf show -c mgmt_ip_address -f value web"]
        self.assertEqual(2, len(json.loads(shown)["VDU1"]))

    def _play(self, name, least):
        """Run a page of the user's guide that has a lab and nothing in it.

        :returns: what its commands printed.
        """
        deployment = self.useFixture(Deployment())
        replaced = {
            f"samples/vim/{pop}.yaml": str(deployment.vim_file(pop))
            for pop in ("pop1", "pop2")
        }
        script = commands(ROOT / "doc" / "source" / "user" / name)
        self.assertGreaterEqual(len(script), least)
        printed = {}
        for command in script:
            program, *arguments = shlex.split(command)
            self.assertEqual("openstack", program)
            arguments = [replaced.get(word, word) for word in arguments]
            printed[command] = deployment.openstack(*arguments)
        self.assertEqual([], deployment.rows("vim", "list"))
        self.assertEqual([], deployment.rows("vnf", "list"))
        return printed

    def test_lab(self):
        self._run_lab("lab.rst")

    def test_lab_commands(self):
        page = self._run_lab("lab-commands.rst")
        (shown,) = (said for line, said in page.printed.items() if "-f json" in line)
        self.assertEqual(20.0, json.loads(shown)["delay_ms"])
        self.assertIsNone(json.loads(shown)["rate_mbit"])

    def test_lab_faults(self):
        page = self._run_lab("lab-faults.rst")
        said = [said for line, said in page.printed.items() if "clear" in line]
        self.assertIn("latency-1", said[0])
        self.assertEqual("no fault", said[1].strip())

    def _run_lab(self, name):
        """Run a page whose last command takes its lab down."""
        page = self.useFixture(Page(f"user/{name}"))
        self.assertIn("tacker-lite-pop down", page.script[-1])
        try:
            for command in page.script[:-1]:
                page.run(command)
        finally:
            page.run(page.script[-1])
        return page

    def test_descriptors(self):
        page = self.useFixture(Page("user/descriptors.rst"))
        page.run_all()

    def test_packages(self):
        deployment = self.useFixture(Deployment())
        page = self.useFixture(Page("user/packages.rst"))
        page.environment = {**page.environment, **deployment.environment()}
        page.run_all()
        shown = page.printed["openstack vnf descriptor show web-server"]
        self.assertIn("../Scripts/install.sh", shown)

    def test_service(self):
        page = self.useFixture(Page("admin/service.rst"))
        page.run_all()
        self.assertIn("| hello", page.printed["openstack vnf descriptor list"])
        rotated = page.printed["tacker-lite-manage credentials rotate"]
        self.assertIn("encrypted with the first key", rotated)
        unredundant = page.printed["oslopolicy-list-redundant --namespace tacker_lite"]
        self.assertNotIn(":", unredundant)

    def test_split(self):
        broker = self.useFixture(backends.Rabbit())
        database = self.useFixture(backends.MariaDB())
        page = self.useFixture(
            Page(
                "admin/split.rst",
                OS_DEFAULT__TRANSPORT_URL=broker.url,
                OS_DATABASE__CONNECTION=database.new_database(),
            )
        )
        page.run_all()
        self.assertEqual(
            {"tacker-lite-api", "tacker-lite-conductor"}, set(page.running)
        )
        check = next(
            text for command, text in page.printed.items() if "check" in command
        )
        self.assertNotIn("Failure", check)


class Page(fixtures.Fixture):
    """A page's commands, run as they are written but for addresses and places.

    Files and directories that it makes are put into a temporary directory; the
    service's state and port are given by the environment, as the administrator guide
    says that they can be.
    """

    def __init__(self, name: str, **variables: str):
        super().__init__()
        self.path = ROOT / "doc" / "source" / name
        self.script = commands(self.path)
        self.variables = variables
        self.running: dict[str, subprocess.Popen] = {}
        self.printed: dict[str, str] = {}

    def _setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tacker-lite-docs-")
        self.addCleanup(temporary.cleanup)
        self.directory = temporary.name
        self.addCleanup(self.stop)
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith("OS_")}
        self.environment = {
            **kept,
            "OS_DEFAULT__STATE_PATH": f"{self.directory}/state",
            "OS_API__BIND_PORT": str(port),
            "OS_API__HTTP_BASIC_AUTH_USER_FILE": f"{self.directory}/my-htpasswd",
            **self.variables,
        }

    def run_all(self) -> None:
        """Run the whole script."""
        if not self.script:
            raise AssertionError(f"{self.path} has no commands")
        for command in self.script:
            self.run(command)

    def run(self, command: str) -> None:
        """Run one command; it must succeed."""
        program, *words = shlex.split(command)
        words = [
            f"{self.directory}/{word}" if word.startswith(PLACED) else word
            for word in (word.replace(DEFAULT_ADDRESS, self.address) for word in words)
        ]
        if program == "export":
            self.environment.update(word.split("=", 1) for word in words)
        elif program in SERVICES:
            self._start(program, words)
        else:
            typed = f"{PASSWORD}\n" if "password" in words else ""
            done = run(BIN / program, *words, env=self.environment, typed=typed)
            self.printed[command] = done.stdout

    def _start(self, program: str, words: list[str]) -> None:
        path = f"{self.directory}/{program}.log"
        with open(path, "wb") as log:
            process = subprocess.Popen(
                [str(BIN / program), *words],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.running[program] = process

        def ready():
            text = Path(path).read_text()
            if process.poll() is not None:
                done = subprocess.CompletedProcess(program, process.returncode, text)
                raise CommandFailed([program, *words], done)
            if program == "tacker-lite-conductor":
                return "is at work" in text
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(f"http://{self.address}", timeout=10).ok
            return False

        wait_for(f"{program} to answer", ready)

    def stop(self) -> None:
        """End the services of the page, the last one first."""
        for process in reversed(self.running.values()):
            process.terminate()
            process.wait(20)
