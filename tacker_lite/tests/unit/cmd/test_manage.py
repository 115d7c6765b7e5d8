import contextlib
import io
import json
import pathlib
import tempfile

import fixtures
import testtools
from cryptography import fernet

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.api import passwords
from tacker_lite.cmd import manage
from tacker_lite.db import base, vim
from tacker_lite.vim import credentials


class TestManage(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.file = self.directory / "tacker-lite.conf"
        self._write()

    def _write(self, *keys):
        lines = [f"[DEFAULT]\nstate_path = {self.directory}\n[vim]\n"]
        lines += [f"credential_key = {key}\n" for key in keys]
        self.file.write_text("".join(lines))
        return tacker_lite_conf.new([], [str(self.file)])

    def _run(self, *args):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = manage.main(["--config-file", str(self.file), *args])
        return code, out.getvalue(), err.getvalue()

    def test_sync_and_check(self):
        self.assertEqual(1, self._run("db", "check")[0])
        self.assertEqual(0, self._run("db", "sync")[0])
        before = sorted(self.directory.iterdir())
        self.assertEqual(0, self._run("db", "check")[0])
        self.assertEqual("0003\n", self._run("db", "version")[1])
        self.assertEqual(before, sorted(self.directory.iterdir()))

    def test_looking_for_a_database_makes_none(self):
        state = self.directory / "state"
        self.file.write_text(f"[DEFAULT]\nstate_path = {state}\n")
        for command in ("check", "version"):
            code, _, err = self._run("db", command)
            self.assertEqual(1, code)
            for words in (f"{state}/tacker-lite.sqlite", "--config-file", "db sync"):
                self.assertIn(words, err)
        self.assertEqual([self.file], list(self.directory.iterdir()))

    def test_unknown_revision(self):
        code, _, err = self._run("db", "upgrade", "none-such")
        self.assertEqual(1, code)
        self.assertIn("none-such", err)

    def test_key(self):
        code, out, _ = self._run("credentials", "key")
        self.assertEqual(0, code)
        fernet.Fernet(out.strip())

    def test_password(self):
        path = str(self.directory / "htpasswd")
        typed = io.TextIOWrapper(io.BytesIO(b"s3cret\n"))
        self.useFixture(fixtures.MonkeyPatch("sys.stdin", typed))
        code, out, _ = self._run("password", "set", "--file", path, "admin")
        self.assertEqual(0, code)
        self.assertNotIn("s3cret", out)
        self.assertTrue(passwords.PasswordFile(path).accepts("admin", "s3cret"))
        code, _, err = self._run("password", "set", "--file", path, "admin")
        self.assertEqual(1, code)
        self.assertIn("1 to 72 bytes", err)

    def test_rotate(self):
        old, new = credentials.new_key(), credentials.new_key()
        conf = self._write(old)
        self._run("db", "sync")
        public, sealed = credentials.Keyring(conf).seal({"password": "s3cret"})
        database = base.Database(conf)
        self.addCleanup(database.close)
        row = {
            "project_id": "p1", "name": "a", "type": "fake", "auth_url": "fake://x",
            "vim_project": {}, "extra": None, "placement_attr": {},
            "auth_cred": public, "secrets": sealed,
        }  # fmt: skip
        with database.writer() as session:
            vim.insert(session, row)
        self._write(new, old)
        self.assertEqual(0, self._run("credentials", "rotate")[0])
        conf = self._write(new)
        with database.reader() as session:
            (row,) = vim.list_rows(session)
        self.assertEqual(
            {"password": "s3cret"},
            credentials.Keyring(conf).open(row["auth_cred"], row["secrets"]),
        )
        self.assertNotIn("s3cret", json.dumps(row, default=str))
