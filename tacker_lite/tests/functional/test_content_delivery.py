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
BLOCK = re.compile(r"^\.\. code-block:: shell\n\n((?: {3}.*\n|\n)+)", re.MULTILINE)
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
        script = "".join(BLOCK.findall(PAGE.read_text()))
        self.assertIn("tacker-lite-pop down", script)
        script = script.replace(
            f"up samples/lab/{LAB}.yaml", f"up {self.file} --port 0"
        ).replace(LAB, self.name)
        done = subprocess.run(
            ["sh", "-e", "-c", script],
            cwd=Path(self.base).parent,
            env={"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/nonexistent"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("content of origin", done.stdout)
        found = re.findall(r"^X-Cache: (\w+) from cache", done.stdout, re.MULTILINE)
        self.assertEqual(["MISS", "HIT"], found, done.stdout)


class TestOrchestrator(testtools.TestCase):
    """Three VNFs, one for each PoP, by ``openstack vnf create``."""

    def setUp(self):
        super().setUp()
        if needed():
            self.skipTest(needed())
        self.deployment = self.useFixture(Deployment("namespace", sample=LAB))

    def test_the_chain(self):
        address = ""
        for part, pop in CHAIN.items():
            address = self._create(part, pop, address)
        first = self._film(address)
        again, headers = fetch(f"http://{address}/film")
        self.assertEqual(first, again)
        self.assertIn("HIT", headers["X-Cache"])
        self.assertEqual(b"content of origin\n", fetch(f"http://{address}/")[0])
        self._watch(address)
        for part in reversed(CHAIN):
            self.deployment.openstack("vnf", "delete", part)
        wait_for("the end of the VNFs", lambda: not self.deployment.rows("vnf", "list"))
        for pop in CHAIN.values():
            self.assertEqual([], self.deployment.stacks(pop))

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

    def _create(self, part: str, pop: str, upstream: str) -> str:
        """Make a part of the chain; its address."""
        openstack = self.deployment.openstack
        file = self.deployment.vim_file(pop)
        openstack("vim", "register", "--config-file", file, pop)
        descriptor = ROOT / "samples" / "vnfd" / f"content-{part}.yaml"
        openstack("vnf", "descriptor", "create", "--vnfd-file", descriptor, part)
        values = []
        if upstream:
            path = self.deployment.directory / f"{part}.yaml"
            path.write_text(yaml.safe_dump({"upstream": upstream}))
            values = ["--param-file", path]
        create = ("vnf", "create", "--vnfd-name", part, "--vim-name", pop)
        openstack(*create, *values, "--wait", part)
        shown = json.loads(openstack("vnf", "show", part, "-f", "json"))
        self.assertEqual("ACTIVE", shown["status"], shown)
        addresses = shown["mgmt_ip_address"]
        if isinstance(addresses, str):
            addresses = json.loads(addresses)
        return addresses["VDU1"]

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
