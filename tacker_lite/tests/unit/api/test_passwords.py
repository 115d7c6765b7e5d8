"""The password file."""

from __future__ import annotations

import os
import tempfile

import bcrypt
import testtools

from tacker_lite import exceptions
from tacker_lite.api import passwords


def line(user, password, prefix=b"2b"):
    stored = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4))
    return f"{user}:{stored.replace(b'2b', prefix, 1).decode()}\n"


class TestPasswordFile(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "htpasswd")
        self.runs = 0

    def write(self, text):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)

    def verify(self, secret, stored):
        """bcrypt's own comparison, counted."""
        self.runs += 1
        return bcrypt.checkpw(secret, stored)

    def test_accepts(self):
        self.write("# users\n\n" + line("ann", "pässword") + line("bob", "b", b"2y"))
        file = passwords.PasswordFile(self.path)
        for user, password, expected in (
            ("ann", "pässword", True),
            ("ann", "password", False),
            ("bob", "b", True),
            ("bob", "", False),
            ("eve", "b", False),
            ("", "", False),
            ("bob", "b" * 100, False),
            ("bob", "b\0", False),
        ):
            self.assertEqual(expected, file.accepts(user, password), (user, password))

    def test_a_missing_file_tells_how_to_make_it(self):
        error = self.assertRaises(
            exceptions.PasswordFileError, passwords.PasswordFile, self.path
        )
        self.assertEqual(
            f"Password file {self.path}: No such file or directory; make it with: "
            f"tacker-lite-manage password set --file {self.path} USER",
            error.message,
        )

    def test_bcrypt_runs_once_for_a_right_password(self):
        self.write(line("ann", "a"))
        file = passwords.PasswordFile(self.path, self.verify)
        for _ in range(5):
            self.assertTrue(file.accepts("ann", "a"))
        self.assertEqual(1, self.runs)
        for _ in range(3):
            self.assertFalse(file.accepts("ann", "b"))
        self.assertEqual(4, self.runs)

    def test_what_is_remembered_is_bounded(self):
        count = passwords.REMEMBERED + 5
        one = line("u", "a").partition(":")[2]
        self.write("".join(f"u{number}:{one}" for number in range(count)))
        file = passwords.PasswordFile(self.path, lambda secret, stored: True)
        for number in range(count):
            file.accepts(f"u{number}", "a")
        self.assertEqual(passwords.REMEMBERED, len(file._right))

    def test_a_new_password_replaces_the_old_one(self):
        self.write(line("ann", "old"))
        file = passwords.PasswordFile(self.path)
        self.assertTrue(file.accepts("ann", "old"))
        self.write(line("ann", "newer") + "# longer\n")
        self.assertFalse(file.accepts("ann", "old"))
        self.assertTrue(file.accepts("ann", "newer"))

    def test_a_file_gone_bad_keeps_the_known_users(self):
        self.write(line("ann", "a"))
        file = passwords.PasswordFile(self.path)
        self.write("nonsense")
        self.assertTrue(file.accepts("ann", "a"))
        os.unlink(self.path)
        self.assertTrue(file.accepts("ann", "a"))

    def test_unusable_files(self):
        for text, word in (
            (line("ann", "a") + "bob:plain\n", "line 2"),
            (":$2b$04$x\n", "line 1"),
            ("ann\n", "line 1"),
            ("ann:{SHA}abc\n", "bcrypt"),
        ):
            self.write(text)
            error = self.assertRaises(
                exceptions.PasswordFileError, passwords.PasswordFile, self.path
            )
            self.assertIn(word, error.message)
            self.assertIn(self.path, error.message)
        error = self.assertRaises(
            exceptions.PasswordFileError, passwords.PasswordFile, "/nonexistent/x"
        )
        self.assertIn("/nonexistent/x", error.message)

    def test_set_password(self):
        self.write("# users\n" + line("ann", "a") + line("bob", "b"))
        os.chmod(self.path, 0o640)
        file = passwords.PasswordFile(self.path)
        passwords.set_password(self.path, "ann", "new")
        passwords.set_password(self.path, "eve", "pässword")
        for user, password, expected in (
            ("ann", "a", False),
            ("ann", "new", True),
            ("bob", "b", True),
            ("eve", "pässword", True),
        ):
            self.assertEqual(expected, file.accepts(user, password), (user, password))
        self.assertEqual(0o640, os.stat(self.path).st_mode & 0o777)
        with open(self.path, encoding="utf-8") as text:
            self.assertEqual("# users\n", text.readline())

    def test_set_password_makes_a_file_for_its_owner_alone(self):
        passwords.set_password(self.path, "ann", "a")
        self.assertEqual(0o600, os.stat(self.path).st_mode & 0o777)
        self.assertTrue(passwords.PasswordFile(self.path).accepts("ann", "a"))

    def test_set_password_refuses(self):
        self.write("ann:plain\n")
        for user, password, words in (
            ("bob", "b", "line 1 is no user:hash"),
            ("", "b", "cannot be named"),
            ("a:b", "b", "cannot be named"),
            ("a b", "b", "cannot be named"),
            ("#a", "b", "cannot be named"),
            ("bob", "", "1 to 72 bytes"),
            ("bob", "b" * 73, "1 to 72 bytes"),
            ("bob", "b\0", "1 to 72 bytes"),
        ):
            error = self.assertRaises(
                exceptions.PasswordFileError,
                passwords.set_password,
                self.path,
                user,
                password,
            )
            self.assertIn(words, error.message)
        self.assertEqual(["htpasswd"], os.listdir(os.path.dirname(self.path)))
