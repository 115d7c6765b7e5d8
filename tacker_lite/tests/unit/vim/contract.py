"""What every VIM driver must do, whatever it drives.

Mix :class:`DriverContract` into a ``testtools.TestCase`` whose ``setUp`` sets its
attributes, and the tests run against that driver.
"""

from __future__ import annotations

import dataclasses
import time
import uuid

from testtools.matchers import (
    Contains,
    Equals,
    GreaterThan,
    HasLength,
    IsInstance,
    Not,
)

from tacker_lite import exceptions
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.base import Handle, Phase, Status, Vim, VimDriver

WRONG_PASSWORD = "wrong-PaSsWoRd-8d1f"


class DriverUse:
    """Using a driver in a test and leaving nothing behind.

    :cvar driver: what to test.
    :cvar vim: a working registration with a user and password.
    :cvar template: one VDU or more, each with a management CP.
    :cvar patience: seconds that one operation may take.
    :cvar pause: seconds between two questions.
    """

    driver: VimDriver
    vim: Vim
    template: VnfTemplate
    patience: float = 5.0
    pause: float = 0.02

    def apply(self, name: str) -> Handle:
        """Apply the template under ``name``; removed after the test."""
        handle = self.driver.apply(self.vim, name, self.template)
        self.addCleanup(self.remove, handle)
        return handle

    def remove(self, handle: Handle) -> None:
        """Delete what is behind ``handle`` and wait until it is gone."""
        self.driver.delete(self.vim, handle)
        self.wait_for(handle, Phase.GONE)

    def wait_for(self, handle: Handle, phase: Phase) -> Status:
        """Ask until ``phase`` is reached; a failed or late one fails the test."""
        deadline = time.monotonic() + self.patience
        while True:
            status = self.driver.status(self.vim, handle)
            if status.phase is phase:
                return status
            if status.phase is Phase.FAILED:
                self.fail(f"expected {phase}: {status.reason}")
            if time.monotonic() > deadline:
                self.fail(f"expected {phase} within {self.patience} s: {status}")
            time.sleep(self.pause)

    def failure_of(self, handle: Handle) -> str:
        """Ask until the work failed; the reason."""
        deadline = time.monotonic() + self.patience
        while True:
            status = self.driver.status(self.vim, handle)
            if status.phase is Phase.FAILED:
                return status.reason
            if time.monotonic() > deadline:
                self.fail(f"expected a failure within {self.patience} s: {status}")
            time.sleep(self.pause)

    def assert_presentable(self, error: exceptions.VimError) -> None:
        """It names the VIM, and shows neither a secret nor a percent sign."""
        self.assertThat(str(error), Contains(self.vim.name))
        self.assertThat(str(error), Not(Contains("%")))
        self.assertThat(str(error), Not(Contains(WRONG_PASSWORD)))

    def with_credentials(self, **changes: str) -> Vim:
        """The registration with some of its ``auth_cred`` changed."""
        credentials = {**self.vim.credentials, **changes}
        return dataclasses.replace(self.vim, credentials=credentials)

    @staticmethod
    def new_name() -> str:
        """A name nobody used yet."""
        return f"contract_{uuid.uuid4()}"


class DriverContract(DriverUse):
    """Tests of the driver contract.

    :cvar unreachable_url: an ``auth_url`` where nobody answers.
    """

    unreachable_url: str

    def test_verify_lists_regions(self):
        regions = self.driver.verify(self.vim).regions
        self.assertThat(regions, IsInstance(tuple))
        self.assertThat(regions, Not(HasLength(0)))
        self.assertThat(set(map(type, regions)), Equals({str}))

    def test_verify_refuses_a_wrong_password(self):
        wrong = self.with_credentials(password=WRONG_PASSWORD)
        error = self.assertRaises(exceptions.VimUnauthorized, self.driver.verify, wrong)
        self.assert_presentable(error)

    def test_a_wrong_password_is_noticed_after_a_right_one(self):
        self.driver.verify(self.vim)
        wrong = self.with_credentials(password=WRONG_PASSWORD)
        self.assertRaises(exceptions.VimUnauthorized, self.driver.find, wrong, "x")
        self.driver.verify(self.vim)

    def test_an_unreachable_vim_is_a_temporary_fault(self):
        away = dataclasses.replace(self.vim, auth_url=self.unreachable_url)
        for ask in (
            lambda: self.driver.verify(away),
            lambda: self.driver.find(away, "x"),
            lambda: self.driver.apply(away, "x", self.template),
            lambda: self.driver.status(away, "x"),
            lambda: self.driver.delete(away, "x"),
        ):
            error = self.assertRaises(exceptions.TemporaryVimError, ask)
            self.assert_presentable(error)

    def test_an_unknown_region_is_refused_by_name(self):
        nowhere = dataclasses.replace(self.vim, region="region-of-no-cloud")
        error = self.assertRaises(
            exceptions.PermanentVimError, self.driver.find, nowhere, "x"
        )
        self.assert_presentable(error)
        self.assertThat(str(error), Contains("region-of-no-cloud"))

    def test_check_returns_texts_and_contacts_nothing(self):
        documents = self.driver.check(self.template)
        self.assertThat(documents, Not(HasLength(0)))
        for name, text in documents.items():
            self.assertThat(name, IsInstance(str))
            self.assertThat(text, IsInstance(str))
        self.assertThat(self.driver.check(self.template), Equals(documents))

    def test_what_nobody_applied_is_not_found(self):
        self.assertIsNone(self.driver.find(self.vim, self.new_name()))

    def test_an_unknown_handle_is_gone(self):
        handle = str(uuid.uuid4())
        self.assertEqual(Phase.GONE, self.driver.status(self.vim, handle).phase)
        self.driver.delete(self.vim, handle)
        self.assertThat(self.driver.resources(self.vim, handle), HasLength(0))

    def test_the_whole_life(self):
        name = self.new_name()
        handle = self.apply(name)
        self.assertThat(handle, IsInstance(str))
        self.assertEqual(handle, self.driver.find(self.vim, name))

        ready = self.wait_for(handle, Phase.READY)
        self.assertEqual(
            sorted(vdu.name for vdu in self.template.vdus),
            sorted(vdu.name for vdu in ready.vdus),
        )
        for vdu in ready.vdus:
            self.assertThat(vdu.addresses, Not(HasLength(0)))

        resources = self.driver.resources(self.vim, handle)
        self.assertThat(len(resources), GreaterThan(len(self.template.vdus)))
        for resource in resources:
            self.assertThat(resource.id, Not(Equals("")))
        names = {resource.name for resource in resources}
        self.assertEqual(set(), {vdu.name for vdu in self.template.vdus} - names)

        self.driver.delete(self.vim, handle)
        self.driver.delete(self.vim, handle)
        self.wait_for(handle, Phase.GONE)
        self.driver.delete(self.vim, handle)
        self.assertIsNone(self.driver.find(self.vim, name))
        self.assertThat(self.driver.resources(self.vim, handle), HasLength(0))

    def test_the_same_name_is_adopted(self):
        name = self.new_name()
        handle = self.apply(name)
        self.assertEqual(handle, self.apply(name))
        self.wait_for(handle, Phase.READY)
        self.assertEqual(handle, self.apply(name))

    def test_names_that_look_alike_stay_apart(self):
        stem = self.new_name()
        one, other = self.apply(f"{stem} ä"), self.apply(f"{stem} ö")
        self.assertNotEqual(one, other)
        self.assertEqual(one, self.driver.find(self.vim, f"{stem} ä"))
        self.assertEqual(other, self.driver.find(self.vim, f"{stem} ö"))

    def test_apply_with_a_handle_keeps_it(self):
        name = self.new_name()
        handle = self.apply(name)
        self.wait_for(handle, Phase.READY)
        again = self.driver.apply(self.vim, name, self.template, handle)
        self.assertEqual(handle, again)
        self.wait_for(handle, Phase.READY)

    def test_apply_with_a_handle_that_is_gone_is_refused(self):
        self.assertRaises(
            exceptions.PermanentVimError,
            self.driver.apply,
            self.vim,
            self.new_name(),
            self.template,
            str(uuid.uuid4()),
        )

    def test_statuses_agree_with_status(self):
        handle = self.apply(self.new_name())
        self.wait_for(handle, Phase.READY)
        unknown = str(uuid.uuid4())
        self.assertEqual(
            {
                handle: self.driver.status(self.vim, handle),
                unknown: Status(Phase.GONE),
            },
            dict(self.driver.statuses(self.vim, [handle, unknown])),
        )
        self.assertThat(self.driver.statuses(self.vim, []), HasLength(0))
