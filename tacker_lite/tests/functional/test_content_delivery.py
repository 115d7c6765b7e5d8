"""A content-delivery chain over three PoPs: cache, forwarder, origin.

Made by the stock clients alone, as the guide says, and by the orchestrator; content
streams through it either way.
"""

import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import textwrap
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import testtools
import yaml

from tacker_lite.pop.runtime import capability
from tacker_lite.tests.functional.deployment import (
    BIN,
    ROOT,
    Deployment,
    run,
    wait_for,
)
from tacker_lite.tests.functional.pop import browser, machine
from tacker_lite.tests.functional.pop.lab_command import LabCommandCase

PAGE = ROOT / "doc" / "source" / "user" / "orchestrators.rst"
LAB = "three-pops"
SAMPLE = ROOT / "samples" / "lab" / f"{LAB}.yaml"
NEEDED = "What an orchestrator needs to know"
PROGRAMS = ("squid", "socat", "nginx", "curl")
#: Which PoP each part of the chain is in, in the order of their making.
CHAIN = {"origin": "core", "forwarder": "metro", "cache": "edge"}
TIMEOUT = 180


def needed() -> str:
    """Why the chain cannot be built on this machine, or ''."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"the chain needs {', '.join(missing)}: install those packages"
    return "; ".join(capability.check())


def script(*sections: str) -> str:
    """What the guide says to type into a shell, of some of its sections."""
    found = []
    for part in re.split(r"\n(?=.+\n=+\n)", PAGE.read_text()):
        if part.split("\n", 1)[0] in sections:
            blocks = re.findall(
                r"^\.\. code-block:: shell\n\n((?: {3}.*\n|\n)+)", part, re.MULTILINE
            )
            found.append(textwrap.dedent("".join(blocks)))
    if len(found) != len(sections):
        raise AssertionError(f"{PAGE} has not all of {sections}")
    return "\n".join(found)


def typed(text: str, directory: Path) -> str:
    """What a shell prints when somebody types the text."""
    done = subprocess.run(
        ["sh", "-e", "-c", text],
        cwd=directory,
        env={"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


def fetch(url: str) -> tuple[bytes, dict[str, str]]:
    """Content and headers."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read(), dict(answer.headers)


class TestStockClients(LabCommandCase):
    """The guide's commands, typed one after the other."""

    runtime = "namespace"

    def setUp(self):
        super().setUp()
        if needed():
            self.skipTest(needed())
        directory = Path(self.base).parent
        self.base = str(directory / "lab-state")
        topology = yaml.safe_load(SAMPLE.read_text())
        topology["name"] = self.name
        every = [net for pop in topology["pops"] for net in pop["networks"]]
        for network, cidr in zip(every, machine.free_networks(len(every)), strict=True):
            network["cidr"] = str(cidr)
        self.write(yaml.safe_dump(topology))
        os.symlink(ROOT / "samples", directory / "samples")

    def test_the_guide(self):
        text = script(
            NEEDED, "With the stock clients alone", "In continuous integration"
        )
        self.assertIn("tacker-lite-pop down", text)
        text = text.replace(
            f"up samples/lab/{LAB}.yaml", f"up {self.file} --port 0"
        ).replace(LAB, self.name)
        said = typed(text, Path(self.base).parent)
        self.assertIn("content of origin", said)
        found = re.findall(r"^X-Cache: (\w+) from cache", said, re.MULTILINE)
        self.assertEqual(["MISS", "HIT"], found, said)


class TestOrchestrator(testtools.TestCase):
    """Three VNFs, one for each PoP, on a lab that then makes life hard for them."""

    def setUp(self):
        super().setUp()
        if needed():
            self.skipTest(needed())
        self.deployment = self.useFixture(Deployment("namespace", sample=LAB))
        directory = self.deployment.directory
        os.symlink(ROOT / "samples", directory / "samples")
        os.symlink(directory / "lab", directory / "lab-state")

    def _type(self, section: str) -> str:
        text = script(section).replace(LAB, self.deployment.lab)
        # Each block goes on with the variables that those before it have set.
        variables = f". lab-state/{self.deployment.lab}/openrc-edge\n"
        return typed(variables + text, self.deployment.directory)

    def test_the_guide(self):
        self.assertIn("content of origin", self._type("With an orchestrator"))
        address = self._address("cache")
        first = self._film(address)
        again, headers = fetch(f"http://{address}/film")
        self.assertEqual(first, again)
        self.assertIn("HIT", headers["X-Cache"])
        self.assertIn("film", self._type("Watch it"))
        self._watch(address)
        self._type("Make its life hard")
        wait_for("the end of the VNFs", lambda: not self.deployment.rows("vnf", "list"))
        for pop in CHAIN.values():
            self.assertEqual([], self.deployment.stacks(pop))

    def _address(self, part: str) -> str:
        shown = json.loads(self.deployment.openstack("vnf", "show", part, "-f", "json"))
        addresses = shown["mgmt_ip_address"]
        if isinstance(addresses, str):
            addresses = json.loads(addresses)
        return addresses["VDU1"]

    def _watch(self, address: str) -> None:
        """See on the lab's page how content passes every part of the chain."""
        if browser.missing():
            self.skipTest(f"THE PAGE WAS NOT LOOKED AT: {browser.missing()}")
        page = self.useFixture(browser.Browser())
        page.open(f"{self.deployment.lab_url}/lab/page")
        shown = "return document.querySelectorAll('#rows tr[data-id]').length === 3"
        page.wait("the three parts", shown)
        self.assertEqual(sorted(CHAIN), sorted(page.texts("#rows .who")))
        passing = """
            return [...document.querySelectorAll('#rows tr[data-id]')].every(
                row => /[1-9].*[kM]bit/.test(
                    row.querySelectorAll('.measure')[2].textContent))
        """
        self.assertFalse(page.run(passing), page.page())
        ended = threading.Event()

        def stream() -> None:
            for number in itertools.count():
                if ended.is_set():
                    return
                # Each time another name, so that nothing is in the cache yet.
                fetch(f"http://{address}/film?{number}")

        with ThreadPoolExecutor(1) as pool:
            streaming = pool.submit(stream)
            try:
                page.wait("traffic of every part", passing)
            finally:
                ended.set()
            streaming.result()

    def _film(self, address: str) -> bytes:
        """What is streamed through the chain, from the origin."""

        def answer():
            try:
                return fetch(f"http://{address}/film")
            except OSError:  # the cache is starting
                return None

        content, headers = wait_for("the cache's first answer", answer)
        self.assertIn("MISS", headers["X-Cache"])
        self.assertEqual(8 * 1024 * 1024, len(content))
        said = run(
            BIN / "tacker-lite-pop", "exec", f"{CHAIN['origin']}/origin",
            "--lab", self.deployment.lab,
            "--state-dir", self.deployment.directory / "lab",
            "--", "sha256sum", "/srv/content/film",
        ).stdout  # fmt: skip
        self.assertEqual(hashlib.sha256(content).hexdigest(), said.split()[0])
        return content
