"""The in-memory driver keeps the contract, and misbehaves on demand."""

import dataclasses
import uuid

import testtools

from tacker_lite import conf as configuration
from tacker_lite import exceptions
from tacker_lite.tests.unit.vim import contract, templates
from tacker_lite.vim import fake, load
from tacker_lite.vim.base import Phase, Vim


class FakeCase(testtools.TestCase):
    query = ""

    def setUp(self):
        super().setUp()
        url = f"fake://{uuid.uuid4()}{self.query}"
        self.cloud = fake.FakeCloud.at(url)
        self.addCleanup(fake.FakeCloud.forget, url)
        self.driver = load("fake", configuration.new((), ()))
        self.vim = Vim("1", "fake-1", "fake", url, {}, {"password": "right"})
        self.template = templates.servers("VDU1", "VDU2")


class TestContract(contract.DriverContract, FakeCase):
    query = "?password=right&delay=0.05&regions=north,south"
    unreachable_url = "nowhere://"


class TestBehaviour(FakeCase):
    def test_regions_of_the_url(self):
        self.cloud.regions = ("a", "b")
        self.assertEqual(("a", "b"), self.driver.verify(self.vim).regions)

    def test_nothing_is_ready_before_the_delay(self):
        self.cloud.delay = 3600
        handle = self.driver.apply(self.vim, "a", self.template)
        status = self.driver.status(self.vim, handle)
        self.assertEqual((Phase.BUILDING, ()), (status.phase, status.vdus))

    def test_an_ordered_fault_happens_as_often_as_ordered(self):
        busy = exceptions.VimUnreachable(vim="x", reason="ordered")
        self.cloud.fail("apply", busy, times=2)
        for _ in range(2):
            error = self.assertRaises(
                exceptions.VimUnreachable,
                self.driver.apply,
                self.vim,
                "a",
                self.template,
            )
            self.assertIs(busy, error)
            self.assertIsNone(self.driver.find(self.vim, "a"))
        self.assertIsNotNone(self.driver.apply(self.vim, "a", self.template))

    def test_a_lost_answer_leaves_the_work_done(self):
        self.cloud.lose_answer("apply")
        self.assertRaises(
            exceptions.VimTimeout, self.driver.apply, self.vim, "a", self.template
        )
        handle = self.driver.find(self.vim, "a")
        self.assertIsNotNone(handle)
        self.assertEqual(handle, self.driver.apply(self.vim, "a", self.template))

    def test_a_failing_stack_says_why_and_can_be_deleted(self):
        self.cloud.failure = "no host is left"
        handle = self.driver.apply(self.vim, "a", self.template)
        status = self.driver.status(self.vim, handle)
        self.assertEqual(
            (Phase.FAILED, "no host is left"), (status.phase, status.reason)
        )
        self.driver.delete(self.vim, handle)
        self.assertEqual(Phase.GONE, self.driver.status(self.vim, handle).phase)

    def test_two_clouds_share_nothing(self):
        other = dataclasses.replace(self.vim, auth_url=f"fake://{uuid.uuid4()}")
        self.addCleanup(fake.FakeCloud.forget, other.auth_url)
        self.driver.apply(self.vim, "a", self.template)
        self.assertIsNone(self.driver.find(other, "a"))

    def test_a_misspelt_wish_is_refused(self):
        wrong = dataclasses.replace(self.vim, auth_url="fake://x?dellay=1")
        error = self.assertRaises(exceptions.VimUnreachable, self.driver.verify, wrong)
        self.assertIn("dellay", str(error))
