"""The zip file of a package, read in memory and without trust in what it claims.

Nothing is ever written to disk, and nothing is unpacked but the texts asked for, each
within limits that hold whatever the headers say.
"""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from typing import NoReturn

from tacker_lite import exceptions
from tacker_lite.tosca import positions

MAX_SIZE = 2 * 1024 * 1024
"""Bytes of a package."""
MAX_ENTRIES = 1000
"""Entries of a package, those of archives inside it included."""
MAX_UNPACKED = 32 * 1024 * 1024
"""Bytes of all entries together, as the package declares them."""
MAX_TEXT = 1_000_000
"""Bytes of one text."""
MAX_TEXTS = 2 * 1024 * 1024
"""Bytes of all texts that are read from one package."""
MAX_RATIO = 200
"""Times that an entry may be larger than it is packed."""
SMALL = 64 * 1024
"""Bytes up to which no entry's ratio matters."""
MAX_NAME = 255
"""Characters of an entry's path."""

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
DIRECTORY_ENTRY = b"PK\x01\x02"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1 | 0x40 | 0x2000
UTF8_NAME = 0x800
DRIVE = re.compile(r"[A-Za-z]:")

BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What :mod:`zipfile` raises for files that are damaged, or made to be so."""


def is_archive(data: bytes) -> bool:
    """Whether these bytes begin as a zip file does, which no YAML text can."""
    return data.startswith(SIGNATURES)


def fault_of(path: str) -> str:
    """Why no entry may have this path, or ``""`` when one may.

    An entry's path is relative, has slashes alone, and stays where it is.
    """
    if not path or len(path) > MAX_NAME:
        return f"a path has 1 to {MAX_NAME} characters"
    if "\\" in path:
        return "a path has slashes, no backslashes"
    if path.startswith("/") or DRIVE.match(path):
        return "a path is relative to the package, not absolute"
    if not path.isprintable():
        return "a path has printable characters alone"
    parts = path.removesuffix("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "a path has no empty part, no . and no .."
    return ""


class Archive:
    """The entries of a package.

    :param data: the zip file.
    :param file: its name as the user knows it, for messages, or ``""``.
    :raises InvalidTemplate: when it breaks a limit or a rule of paths, is encrypted
        or is no zip file.
    """

    def __init__(self, data: bytes, file: str = ""):
        self.file = file
        self._left = MAX_TEXTS
        if len(data) > MAX_SIZE:
            self._refuse(f"the package is larger than {MAX_SIZE} bytes")
        # Counted before the directory is read: each entry of it takes memory.
        if data.count(DIRECTORY_ENTRY) > MAX_ENTRIES:
            self._refuse(f"the package has more than {MAX_ENTRIES} entries")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except UnicodeDecodeError:
            self._refuse("the package has an entry whose name is not UTF-8")
        except BROKEN as error:
            self._refuse(f"the package is no readable zip file: {error}")
        entries = self._zip.infolist()
        for entry in entries:
            self._check_path(entry)
            self._check_kind(entry)
            self._check_size(entry)
        self._check_all(entries, len(data))
        self._entries = {e.filename: e for e in entries if not e.is_dir()}

    @property
    def names(self) -> Iterable[str]:
        """Paths of the files, in the order in which they were packed."""
        return self._entries.keys()

    def place(self, name: str) -> str:
        """An entry as a message names it."""
        return f"{self.file}:{name}" if self.file else name

    def text(self, name: str) -> str:
        """The text of an entry that is there.

        :raises InvalidTemplate: when it is no UTF-8 text, too large or damaged.
        """
        entry = self._entries[name]
        self._left -= entry.file_size
        if entry.file_size > MAX_TEXT:
            self._refuse(f"the text is larger than {MAX_TEXT} bytes", name)
        if self._left < 0:
            self._refuse(
                f"the texts of the package are together larger than {MAX_TEXTS} bytes",
                name,
            )
        try:
            with self._zip.open(entry) as stream:
                # Its size is the package's claim: no more is unpacked than it may be.
                raw = stream.read(MAX_TEXT + 1)
        except BROKEN as error:
            self._refuse(f"cannot be unpacked: {error}", name)
        if len(raw) != entry.file_size:
            self._refuse("has another size than the package says", name)
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            self._refuse("is no text in UTF-8", name)
        if "\0" in text:
            self._refuse("is no text: it has a NUL character", name)
        return text

    def _check_path(self, entry: zipfile.ZipInfo) -> None:
        # zipfile cuts a name at its NUL; this is how it was.
        name = entry.orig_filename
        fault = fault_of(name)
        if not fault and not (name.isascii() or entry.flag_bits & UTF8_NAME):
            fault = "a path that is not ASCII must be marked as UTF-8"
        if fault:
            self._refuse(f'the entry "{_shown(name)}" is refused: {fault}')

    def _check_kind(self, entry: zipfile.ZipInfo) -> None:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            self._refuse(
                "is neither a file nor a directory: pack no links and no devices",
                entry.filename,
            )
        if entry.flag_bits & ENCRYPTED:
            self._refuse("is encrypted: pack it without a password", entry.filename)
        if entry.compress_type not in METHODS:
            self._refuse(
                "is compressed with another method than deflate", entry.filename
            )

    def _check_size(self, entry: zipfile.ZipInfo) -> None:
        allowed = max(SMALL, MAX_RATIO * entry.compress_size)
        if entry.file_size > allowed:
            self._refuse(
                f"is more than {MAX_RATIO} times larger than it is packed",
                entry.filename,
            )

    def _check_all(self, entries: list[zipfile.ZipInfo], size: int) -> None:
        if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            self._refuse(f"the package unpacks to more than {MAX_UNPACKED} bytes")
        if sum(entry.compress_size for entry in entries) > size:
            self._refuse("the package has entries that share their content")
        folded: dict[str, str] = {}
        for entry in entries:
            key = _folded(entry.filename.removesuffix("/"))
            other = folded.setdefault(key, entry.filename)
            if other is not entry.filename:
                self._refuse(
                    f'the entries "{_shown(other)}" and "{_shown(entry.filename)}" are '
                    "the same file: every path once, not told apart by case alone"
                )
        files = {_folded(e.filename) for e in entries if not e.is_dir()}
        for entry in entries:
            parts = _folded(entry.filename.removesuffix("/")).split("/")
            if any("/".join(parts[:end]) in files for end in range(1, len(parts))):
                self._refuse("lies in a directory that is a file", entry.filename)

    def _refuse(self, reason: str, name: str = "") -> NoReturn:
        raise exceptions.InvalidTemplate(
            positions.printable(reason),
            file=self.place(_shown(name)) if name else self.file,
        ) from None


def _folded(name: str) -> str:
    """What systems that ignore case take for the same name."""
    return unicodedata.normalize("NFKC", name).casefold()


def _shown(name: str) -> str:
    """A name fit for a message."""
    text = "".join(c if c.isprintable() and c != "%" else "?" for c in name)
    return text if len(text) <= 80 else f"{text[:77]}..."
