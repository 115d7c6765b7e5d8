"""Passwords in an htpasswd file, bcrypt hashes only."""

from __future__ import annotations

import collections
import hashlib
import hmac
import os
import re
import secrets
import shlex
import threading
from collections.abc import Callable

import bcrypt
from oslo_log import log

from tacker_lite import exceptions

LOG = log.getLogger(__name__)

HASH = re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}")
REMEMBERED = 1000
LONGEST = 72
"""Bytes of a password that bcrypt looks at."""


class PasswordFile:
    """Users and their hashes; read again when the file changes.

    A password that was right is remembered, as a keyed digest, so that bcrypt does
    not run again at each request.

    :param path: of the file.
    :param verify: compares a password with a hash.
    :raises PasswordFileError: naming the file and line.
    """

    def __init__(
        self, path: str, verify: Callable[[bytes, bytes], bool] = bcrypt.checkpw
    ):
        self._path = path
        self._verify = verify
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._right: collections.OrderedDict[bytes, None] = collections.OrderedDict()
        # Unknown users cost as much time as known ones with a wrong password.
        self._nobody = bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(10))
        self._stamp: tuple[int, int, int] | None = None
        self._hashes: dict[str, bytes] = {}
        self._read()

    def accepts(self, user: str, password: str) -> bool:
        """Whether this is the password of a user of the file."""
        secret = password.encode()
        if not user or len(secret) > LONGEST or b"\0" in secret:
            return False
        self._refresh()
        stored = self._hashes.get(user, self._nobody)
        digest = hmac.digest(
            self._key, b"\0".join((user.encode(), secret, stored)), hashlib.sha256
        )
        with self._lock:
            if digest in self._right:
                self._right.move_to_end(digest)
                return True
        if not self._verify(secret, stored) or user not in self._hashes:
            return False
        with self._lock:
            self._right[digest] = None
            if len(self._right) > REMEMBERED:
                self._right.popitem(last=False)
        return True

    def _refresh(self) -> None:
        """Read the file again if it changed; keep what is known if that fails."""
        try:
            if _stamp(self._path) != self._stamp:
                self._read()
        except (OSError, exceptions.PasswordFileError) as error:
            LOG.error("Keeping the passwords known before: %s", error)

    def _read(self) -> None:
        try:
            stamp = _stamp(self._path)
            with open(self._path, encoding="utf-8") as file:
                hashes = dict(_entries(self._path, file.read()))
        except FileNotFoundError as error:
            reason = (
                f"{error.strerror}; make it with: tacker-lite-manage password set "
                f"--file {shlex.quote(self._path)} USER"
            )
            raise exceptions.PasswordFileError(
                path=self._path, reason=reason
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is no UTF-8 text"
            raise exceptions.PasswordFileError(
                path=self._path, reason=reason
            ) from error
        self._hashes, self._stamp = hashes, stamp


def set_password(path: str, user: str, password: str) -> None:
    """Add a user to a password file, made when there is none, or change the password.

    The file is replaced at once: a service that reads it sees the old or the new one.

    :raises PasswordFileError: for a name or a password that cannot be used, and for
        a file that cannot be read or written.
    """
    secret = password.encode()
    if not re.fullmatch(r"[^\s:#][^\s:]*", user):
        reason = f"a user cannot be named {user!r}: it takes no blanks, : or leading #"
        raise exceptions.PasswordFileError(path=path, reason=reason)
    if not secret or len(secret) > LONGEST or b"\0" in secret:
        reason = f"a password has 1 to {LONGEST} bytes, none of them zero"
        raise exceptions.PasswordFileError(path=path, reason=reason)
    try:
        lines = []
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
        kept = [line for line in lines if line.partition(":")[0] != user]
        _entries(path, "\n".join(kept))
        hashed = bcrypt.hashpw(secret, bcrypt.gensalt()).decode()
        _replace(path, "\n".join([*kept, f"{user}:{hashed}"]) + "\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no UTF-8 text"
        raise exceptions.PasswordFileError(path=path, reason=reason) from error


def _replace(path: str, text: str) -> None:
    """Write a file beside and put it in place, with the owner and mode of the old."""
    beside = f"{path}.{secrets.token_hex(8)}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            if os.path.exists(path):
                old = os.stat(path)
                os.fchmod(file.fileno(), old.st_mode & 0o777)
                if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(file.fileno(), old.st_uid, old.st_gid)
        os.replace(beside, path)
    except OSError:
        os.unlink(beside)
        raise


def _stamp(path: str) -> tuple[int, int, int]:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size, found.st_ino


def _entries(path: str, text: str) -> list[tuple[str, bytes]]:
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, _, stored = line.strip().partition(":")
        if not user or not HASH.fullmatch(stored):
            raise exceptions.PasswordFileError(
                path=path,
                reason=f"line {number} is no user:hash with a bcrypt hash "
                "(htpasswd -B makes one)",
            )
        entries.append((user, stored.encode()))
    return entries
