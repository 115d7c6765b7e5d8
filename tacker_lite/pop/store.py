"""What a lab remembers: one SQLite file, written before anything is acted on."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from tacker_lite.pop.errors import DiskFull, NotFound

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY,
    pop TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (pop, kind, id)
)
"""
_PUT = """
INSERT INTO record (pop, kind, id, body) VALUES (?, ?, ?, ?)
ON CONFLICT (pop, kind, id) DO UPDATE SET body = excluded.body
"""
_DISK_ERRORS = frozenset({"database or disk is full", "disk I/O error"})

T = TypeVar("T")


class Store:
    """Records as JSON by PoP, kind and id; any thread may use it.

    Survives the death of the process at any moment; the write-ahead log may lose the
    last moments only when the machine itself goes down.  What cannot be written raises
    :class:`.errors.DiskFull`, and then nothing has changed.

    :param path: the file; made, readable by its owner only, when missing.
    :ivar directory: where the file is; larger data may lie beside it.
    """

    def __init__(self, path: str):
        self.directory = os.path.dirname(os.path.abspath(path))
        self._lock = threading.RLock()
        self._depth = 0
        self._owner = 0
        self._full: DiskFull | None = None
        self._undo: list[Callable[[], None]] = []
        # What is on file, by PoP and kind, while :meth:`prefetched` says so.
        self._fetched: dict[tuple[str, str], dict[str, str]] | None = None
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None, timeout=10
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(_SCHEMA)

    def put(self, pop: str, kind: str, ident: str, record: Any) -> None:
        """Store a JSON-able record or dataclass, in place of an older one."""
        body = json.dumps(record, separators=(",", ":"), default=vars)
        with self._writing():
            self._connection.execute(_PUT, (pop, kind, ident, body))
            if self._fetched is not None:
                self._fetched.setdefault((pop, kind), {})[ident] = body

    def delete(self, pop: str, kind: str, ident: str) -> None:
        """Forget a record; forgotten already is fine."""
        with self._writing():
            self._connection.execute(
                "DELETE FROM record WHERE pop = ? AND kind = ? AND id = ?",
                (pop, kind, ident),
            )
            if self._fetched is not None:
                self._fetched.get((pop, kind), {}).pop(ident, None)

    def load(self, pop: str, kind: str) -> dict[str, Any]:
        """All records of a kind by id, in the order of their first ``put``."""
        with self._lock:
            if self._fetched is not None:
                rows = list(self._fetched.get((pop, kind), {}).items())
            else:
                rows = self._connection.execute(
                    "SELECT id, body FROM record WHERE pop = ? AND kind = ?"
                    " ORDER BY number",
                    (pop, kind),
                ).fetchall()
        return {ident: json.loads(body) for ident, body in rows}

    @contextlib.contextmanager
    def prefetched(self) -> Iterator[None]:
        """Read all there is at once, for a block that loads from everywhere.

        A lab of a thousand PoPs has tens of thousands of tables, most of them empty.
        """
        with self._lock:
            found: dict[tuple[str, str], dict[str, str]] = {}
            for pop, kind, ident, body in self._connection.execute(
                "SELECT pop, kind, id, body FROM record ORDER BY number"
            ):
                found.setdefault((pop, kind), {})[ident] = body
            self._fetched = found
            try:
                yield
            finally:
                self._fetched = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes of the block one: all of them or none.

        Whoever needs a PoP's lock inside takes it first: locks of PoPs come before the
        store's.
        """
        with self._writing():
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
                self._owner = threading.get_ident()
            self._depth += 1
            try:
                yield
                if self._full is not None:
                    raise self._full
                if outermost:
                    self._connection.execute("COMMIT")
            except BaseException:
                if outermost:
                    self._take_back()
                raise
            finally:
                self._depth -= 1
                if outermost:
                    self._owner = 0
                    self._full = None
                    self._undo.clear()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock; have a disk that is full, or cannot be written, told so."""
        with self._lock:
            if self._full is not None:
                raise self._full
            try:
                yield
            except sqlite3.OperationalError as error:
                if str(error) not in _DISK_ERRORS:
                    raise
                full = DiskFull(
                    f"The lab cannot record what is wanted ({error}): free some of the "
                    "disk that its state directory is on."
                )
                if self._depth:
                    # SQLite may have ended the transaction: nothing more may be
                    # written before everybody in it has heard.
                    self._full = full
                raise full from error

    def _take_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        for undo in reversed(self._undo):
            undo()

    def on_rollback(self, undo: Callable[[], None]) -> None:
        """Have something undone if the calling thread's transaction is taken back.

        Outside of a transaction there is nothing to undo.
        """
        if self._owner == threading.get_ident():
            self._undo.append(undo)

    def close(self) -> None:
        """Write everything out and let go of the file."""
        with self._lock:
            self._connection.close()


@functools.cache
def _field_names(record_class: type) -> frozenset[str]:
    return frozenset(item.name for item in dataclasses.fields(record_class))


class Table(Generic[T]):
    """Records of one kind of one PoP: in memory to read, in the store to survive.

    Iteration is in the order of creation.  The caller holds the PoP's lock.

    :param record_class: a dataclass with an ``id``.
    :ivar watchers: called with the old and the new record, None when there is none,
        after each change.
    """

    def __init__(self, store: Store, pop: str, kind: str, record_class: type[T]):
        self._store = store
        self._pop = pop
        self._kind = kind
        self.watchers: list[Callable[[T | None, T | None], None]] = []
        names = _field_names(record_class)  # type: ignore[arg-type]
        self._rows: dict[str, T] = {
            ident: record_class(**{k: v for k, v in body.items() if k in names})
            for ident, body in store.load(pop, kind).items()
        }

    def get(self, ident: str) -> T | None:
        """The record, or None."""
        return self._rows.get(ident)

    def find(self, kind: str, ident: str) -> T:
        """The record.

        :param kind: what to call it in the error.
        :raises NotFound: there is none.
        """
        if ident not in self._rows:
            raise NotFound(kind, ident)
        return self._rows[ident]

    def put(self, row: T) -> T:
        """Store a new record, or a newer one of the same id; returns it."""
        ident: str = row.id  # type: ignore[attr-defined]
        self._store.put(self._pop, self._kind, ident, row)
        old = self._rows.get(ident)
        self._rows[ident] = row
        self._tell(old, row)
        self._store.on_rollback(lambda: self._restore(ident, row, old))
        return row

    def _restore(self, ident: str, new: T | None, old: T | None) -> None:
        if old is None:
            self._rows.pop(ident, None)
        else:
            self._rows[ident] = old
        self._tell(new, old)

    def put_loaded(self, row: T, **values: Any) -> None:
        """Complete a record just loaded, in memory only."""
        new = dataclasses.replace(row, **values)  # type: ignore[type-var]
        self._rows[row.id] = new  # type: ignore[attr-defined]

    def change(self, ident: str, **values: Any) -> T:
        """Store a copy of the record with other values; returns it."""
        return self.put(dataclasses.replace(self._rows[ident], **values))  # type: ignore[type-var]

    def delete(self, ident: str) -> None:
        """Forget a record; forgotten already is fine."""
        self._store.delete(self._pop, self._kind, ident)
        old = self._rows.pop(ident, None)
        self._tell(old, None)
        self._store.on_rollback(lambda: self._restore(ident, None, old))

    def _tell(self, old: T | None, new: T | None) -> None:
        for watcher in self.watchers:
            watcher(old, new)

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, ident: object) -> bool:
        return ident in self._rows
