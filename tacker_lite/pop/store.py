"""What a lab remembers: one SQLite file, written before anything is acted on."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    pop TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (pop, kind, id)
) WITHOUT ROWID
"""


class Store:
    """Records as JSON by PoP, kind and id; any thread may use it.

    Survives the death of the process at any moment; the write-ahead log may lose the
    last moments only when the machine itself goes down.

    :param path: the file; made when missing.
    """

    def __init__(self, path: str):
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            path, check_same_thread=False, isolation_level=None, timeout=10
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(_SCHEMA)

    def put(self, pop: str, kind: str, ident: str, record: Any) -> None:
        """Store a JSON-able record, in place of an older one."""
        body = json.dumps(record, separators=(",", ":"))
        with self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)",
                (pop, kind, ident, body),
            )

    def delete(self, pop: str, kind: str, ident: str) -> None:
        """Forget a record; forgotten already is fine."""
        with self._lock:
            self._connection.execute(
                "DELETE FROM record WHERE pop = ? AND kind = ? AND id = ?",
                (pop, kind, ident),
            )

    def load(self, pop: str, kind: str) -> dict[str, Any]:
        """All records of a kind by id."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, body FROM record WHERE pop = ? AND kind = ?", (pop, kind)
            ).fetchall()
        return {ident: json.loads(body) for ident, body in rows}

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes of the block one: all of them or none."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def close(self) -> None:
        """Write everything out and let go of the file."""
        with self._lock:
            self._connection.close()
