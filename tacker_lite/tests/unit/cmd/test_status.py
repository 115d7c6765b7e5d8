"""The checks before an upgrade, which change nothing."""

from __future__ import annotations

import pathlib
import tempfile

import testtools

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.cmd import status
from tacker_lite.db import base, schema, vim
from tacker_lite.vim import credentials


class TestStatus(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.state = pathlib.Path(directory.name) / "state"
        self.conf = tacker_lite_conf.new([], [], state_path=str(self.state))
        self.checks = status.Checks(self.conf)

    def make_database(self):
        database = base.Database(self.conf)
        schema.prepare(database)
        return database

    def test_without_anything(self):
        found = self.checks.check_database()
        self.assertEqual(status.FAILURE, found.code)
        for words in (f"{self.state}/tacker-lite.sqlite", "--config-file", "db sync"):
            self.assertIn(words, found.details)
        found = self.checks.check_credential_keys()
        self.assertEqual(status.WARNING, found.code)
        self.assertIn("will be made at the first start", found.details)
        self.assertFalse(self.state.exists())

    def test_a_database_without_a_key(self):
        self.make_database().close()
        before = sorted(self.state.iterdir())
        self.assertEqual(status.SUCCESS, self.checks.check_database().code)
        found = self.checks.check_credential_keys()
        self.assertEqual(status.SUCCESS, found.code)
        self.assertIn(f"key file {self.state}/credential_key will be", found.details)
        self.assertEqual(before, sorted(self.state.iterdir()))

    def test_the_key_of_registered_vims(self):
        database = self.make_database()
        self.addCleanup(database.close)
        public, sealed = credentials.Keyring(self.conf).seal({"password": "s3cret"})
        row = {
            "project_id": "p1", "name": "a", "type": "fake", "auth_url": "fake://x",
            "vim_project": {}, "extra": None, "placement_attr": {},
            "auth_cred": public, "secrets": sealed,
        }  # fmt: skip
        with database.writer() as session:
            vim.insert(session, row)
        check = self.checks.check_credential_keys
        self.assertEqual(status.SUCCESS, check().code)
        (self.state / credentials.KEY_FILE).unlink()
        self.assertEqual(status.FAILURE, check().code)
        self.assertIn("1 VIM", check().details)
        self.assertFalse((self.state / credentials.KEY_FILE).exists())
