"""The SQLite file: who may read it, and looking at it without a change."""

from __future__ import annotations

import os
import pathlib
import stat
import tempfile

import sqlalchemy as sa
import testtools
from oslo_config import cfg

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.db import base, schema


class TestSqliteFile(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.conf = tacker_lite_conf.new([], [], state_path=directory.name)

    def open(self, **kwargs):
        database = base.Database(self.conf, **kwargs)
        self.addCleanup(database.close)
        return database

    def test_only_the_owner_may_read_it(self):
        os.chmod(self.directory, 0o755)
        self.addCleanup(os.umask, os.umask(0o022))
        schema.prepare(self.open())
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in self.directory.iterdir()
        }
        names = [f"tacker-lite.sqlite{end}" for end in ("", "-shm", "-wal")]
        self.assertEqual(dict.fromkeys(names, 0o600), modes)

    def test_the_mode_of_a_file_that_is_there_stays(self):
        path = self.directory / "tacker-lite.sqlite"
        path.touch()
        path.chmod(0o640)
        schema.prepare(self.open())
        self.assertEqual(0o640, stat.S_IMODE(path.stat().st_mode))

    def test_looking_makes_nothing(self):
        error = self.assertRaises(cfg.Error, self.open, look_only=True)
        self.assertIn(str(self.directory / "tacker-lite.sqlite"), str(error))
        self.assertEqual([], list(self.directory.iterdir()))

    def test_looking_writes_nothing(self):
        path = self.directory / "tacker-lite.sqlite"
        path.touch()
        database = self.open(look_only=True)
        with database.reader() as session:
            session.execute(sa.text("SELECT * FROM sqlite_master")).all()
        with testtools.ExpectedException(sa.exc.OperationalError, ".*readonly.*"):
            with database.writer() as session:
                session.execute(sa.text("CREATE TABLE a (b INTEGER)"))
        self.assertEqual(b"", path.read_bytes())
        self.assertEqual([path], list(self.directory.iterdir()))
