"""The OpenStack driver against the lab's OpenStack face."""

import dataclasses
import secrets
import tempfile
from pathlib import Path

import fixtures
import testtools
import yaml

from tacker_lite import conf as configuration
from tacker_lite import exceptions
from tacker_lite.tests.functional.deployment import BIN, ROOT, free_port, run
from tacker_lite.tests.unit.vim import contract, templates
from tacker_lite.vim import load
from tacker_lite.vim.base import Vim


class SimulatedLab(fixtures.Fixture):
    """The sample lab without real processes, under a name and port of its own."""

    def _setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tacker-lite-")
        self.addCleanup(temporary.cleanup)
        directory = Path(temporary.name)
        self.password = secrets.token_urlsafe(12)
        sample = ROOT / "samples" / "lab" / "two-pops.yaml"
        topology = yaml.safe_load(sample.read_text())
        topology["name"] = f"test{secrets.token_hex(3)}"
        topology["users"] = [
            {
                "name": "demo",
                "project": "demo",
                "roles": ["member"],
                "password": self.password,
            }
        ]
        file = directory / "lab.yaml"
        file.write_text(yaml.safe_dump(topology))
        port = free_port()
        state = ("--state-dir", directory / "state")
        program = BIN / "tacker-lite-pop"
        self.addCleanup(run, program, "down", topology["name"], *state)
        run(program, "up", file, *state, "--runtime", "simulated", "--port", port)
        self.url = f"http://127.0.0.1:{port}"

    def vim(self, pop: str) -> Vim:
        """A registration of one of the PoPs."""
        return Vim(
            id=pop,
            name=pop,
            type="openstack",
            auth_url=f"{self.url}/{pop}/identity",
            project={"name": "demo", "project_domain_name": "Default"},
            credentials={
                "username": "demo",
                "password": self.password,
                "user_domain_name": "Default",
            },
        )


class LabCase(testtools.TestCase):
    patience = 30.0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab = SimulatedLab()
        cls.lab.setUp()
        cls.addClassCleanup(cls.lab.cleanUp)

    def setUp(self):
        super().setUp()
        self.driver = load("openstack", configuration.new((), ()))
        self.vim = self.lab.vim("pop1")
        self.template = templates.servers(
            "VDU1", "VDU2", image="host", flavor="m1.tiny", network="net_mgmt"
        )


class TestContract(LabCase, contract.DriverContract):
    unreachable_url = "http://127.0.0.1:1/v3"


class TestLab(LabCase, contract.DriverUse):
    def test_each_pop_is_a_region(self):
        for pop in ("pop1", "pop2"):
            self.assertEqual((pop,), self.driver.verify(self.lab.vim(pop)).regions)

    def test_pops_share_no_stack(self):
        name = self.new_name()
        self.apply(name)
        self.assertIsNone(self.driver.find(self.lab.vim("pop2"), name))

    def test_an_unknown_pop(self):
        vim = dataclasses.replace(self.vim, auth_url=f"{self.lab.url}/nowhere/identity")
        error = self.assertRaises(exceptions.VimError, self.driver.verify, vim)
        self.assertIn("auth_url", str(error))

    def test_a_project_that_is_unknown(self):
        vim = dataclasses.replace(self.vim, project={"name": "other"})
        error = self.assertRaises(exceptions.VimUnauthorized, self.driver.verify, vim)
        self.assertIn("project other is unknown", str(error))

    def test_a_failure_is_explained_and_removed(self):
        contested = templates.servers(
            "VDU1",
            "VDU2",
            image="host",
            flavor="m1.tiny",
            network="net_mgmt",
            address="10.11.0.77",
        )
        handle = self.driver.apply(self.vim, self.new_name(), contested)
        self.addCleanup(self.remove, handle)
        self.assertIn("10.11.0.77", self.failure_of(handle))
