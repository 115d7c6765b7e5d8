"""The engine, session scopes, and the only writer of a status column."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import exception as db_exception
from oslo_db import options as db_options
from oslo_db.sqlalchemy import engines, exc_filters
from sqlalchemy import orm, pool

from tacker_lite import exceptions, states
from tacker_lite.db import event as event_table
from tacker_lite.db import models, query
from tacker_lite.db.query import Row

SQLITE_BUSY_SECONDS = 30

FAULTS = (db_exception.DBError, sa.exc.SQLAlchemyError)
"""What is raised when a database cannot be reached or used."""

TABLES: dict[str, sa.Table] = {
    "vim": models.Vim.__table__,  # type: ignore[dict-item]
    "vnf": models.Vnf.__table__,  # type: ignore[dict-item]
}

OPERATION_EVENT_TYPES = {
    "delete": event_table.DELETE,
    "force_delete": event_table.DELETE,
    "update": event_table.UPDATE,
    "scale_in": event_table.SCALE,
    "scale_out": event_table.SCALE,
    "heal": event_table.HEAL,
    "dead": event_table.MONITOR,
    "reached": event_table.MONITOR,
    "lost": event_table.MONITOR,
}

OUTCOME_EVENT_TYPES = {
    states.PENDING_CREATE: event_table.CREATE,
    states.PENDING_UPDATE: event_table.UPDATE,
    states.PENDING_DELETE: event_table.DELETE,
    states.PENDING_SCALE_IN: event_table.SCALE,
    states.PENDING_SCALE_OUT: event_table.SCALE,
    states.PENDING_HEAL: event_table.HEAL,
}


def connection_url(conf: cfg.ConfigOpts) -> str:
    """Where the database is: ``[database] connection``, or a file in state_path."""
    register_opts(conf)
    if conf.database.connection:
        return conf.database.connection
    return f"sqlite:///{os.path.join(conf.state_path, 'tacker-lite.sqlite')}"


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register oslo.db's options on ``conf``."""
    conf.register_opts(db_options.database_opts, group="database")


class Database:
    """One engine and the scopes in which sessions live.

    A scope is one transaction: it commits at its end, and rolls back when an
    exception leaves it.

    :param look_only: only read what there is: make no file, change no mode.
    :raises oslo_config.cfg.Error: for a ``[database] connection`` that cannot be used,
        and for a file that is not there when it is only to be looked at.
    """

    def __init__(self, conf: cfg.ConfigOpts, *, look_only: bool = False):
        self.url = connection_url(conf)
        self._is_sqlite = self.url.startswith("sqlite")
        path = sqlite_path(self.url) if self._is_sqlite else None
        if path and look_only:
            refuse_missing(path, self.url)
        elif path:
            make_file(path)
        self.engine = make_engine(self.url, conf, look_only=look_only)
        self._read = orm.sessionmaker(self.engine)
        self._write = orm.sessionmaker(self.engine.execution_options(writes=True))
        # SQLite has one writer at a time and waits by sleeping; a lock of this
        # process wakes the next one at once.
        self._turn: contextlib.AbstractContextManager[Any] = (
            threading.Lock() if self._is_sqlite else contextlib.nullcontext()
        )

    @contextlib.contextmanager
    def reader(self) -> Iterator[orm.Session]:
        """A scope for reading."""
        with self._read.begin() as session:
            yield session

    @contextlib.contextmanager
    def writer(self) -> Iterator[orm.Session]:
        """A scope for writing.  Keep it short: no call of a VIM inside.

        :raises Conflict: when the database refuses a doubled name, a second default
            or a removed row that others refer to, which earlier checks did not see.
        """
        try:
            with self._turn, self._write.begin() as session:
                yield session
        except db_exception.DBDuplicateEntry as error:
            raise exceptions.Conflict(
                reason="Another request took this name or place at the same time"
            ) from error
        except db_exception.DBReferenceError as error:
            raise exceptions.Conflict(
                reason="Another request used or removed this resource at the same time"
            ) from error

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def make_engine(
    url: str, conf: cfg.ConfigOpts, *, look_only: bool = False
) -> sa.Engine:
    """An engine with the options of ``[database]``, its server reached once.

    :raises oslo_config.cfg.Error: for a URL that is none, or whose driver is not
        installed.
    """
    try:
        if url.startswith("sqlite"):
            return make_sqlite_engine(url, conf, look_only=look_only)
        return engines.create_engine(
            with_all_characters(url),
            mysql_sql_mode=conf.database.mysql_sql_mode,
            connection_recycle_time=conf.database.connection_recycle_time,
            max_pool_size=conf.database.max_pool_size,
            max_overflow=conf.database.max_overflow,
            pool_timeout=conf.database.pool_timeout,
            max_retries=conf.database.max_retries,
            retry_interval=conf.database.retry_interval,
            connection_debug=conf.database.connection_debug,
        )
    except ModuleNotFoundError as error:
        raise cfg.Error(
            f"[database] connection: its driver needs Python module {error.name}; "
            "tacker-lite[mysql] and tacker-lite[postgresql] install what they need"
        ) from error
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as error:
        raise cfg.Error(
            "[database] connection is no usable URL; right would be "
            "mysql+pymysql://USER:PASSWORD@HOST/DATABASE or "
            "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
        ) from error


def with_all_characters(text: str) -> str:
    """The URL such that MySQL takes every character of Unicode.

    Its default, ``utf8``, stops at three bytes for each.
    """
    url = sa.engine.make_url(text)
    if url.get_backend_name() not in ("mysql", "mariadb") or "charset" in url.query:
        return text
    url = url.update_query_dict({"charset": "utf8mb4"})
    return url.render_as_string(hide_password=False)


def sqlite_path(url: str) -> str | None:
    """The file of an SQLite URL; None for one in memory or a URI."""
    path = sa.engine.make_url(url).database
    if not path or path == ":memory:" or path.startswith("file:"):
        return None
    return os.path.abspath(path)


def make_file(path: str) -> None:
    """Make an SQLite file and its directory, for their owner alone, if not there.

    The files that SQLite puts beside it get its mode.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    # Not SQLite itself: the process's umask would give the mode.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def refuse_missing(path: str, url: str) -> None:
    """A file that is not there cannot be looked at.

    :raises oslo_config.cfg.Error: naming the file.
    """
    if not os.path.exists(path):
        raise cfg.Error(
            f"There is no database file {path} ({url}): name "
            "the service's configuration with --config-file, or, to make the "
            "database, run tacker-lite-manage db sync"
        )


def make_sqlite_engine(
    url: str, conf: cfg.ConfigOpts, *, look_only: bool = False
) -> sa.Engine:
    """An engine on an SQLite file that keeps its connections.

    oslo.db's own opens the file for each transaction, a third of all it costs.
    Readers and a writer work side by side, and writers wait their turn.
    """
    kept: dict[str, Any] = {
        "pool_size": conf.database.max_pool_size,
        "max_overflow": conf.database.max_overflow,
    }
    if sa.engine.make_url(url).database in (None, "", ":memory:"):
        kept = {
            "poolclass": pool.StaticPool,
            "connect_args": {"check_same_thread": False},
        }
    engine = sa.create_engine(url, **kept)
    exc_filters.register_engine(engine)

    @sa.event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        # The driver is to begin no transactions of its own.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_SECONDS * 1000}")
        connection.execute(
            "PRAGMA query_only = ON" if look_only else "PRAGMA journal_mode = WAL"
        )
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # One that reads before it writes cannot wait for its turn later on.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    with engine.connect():
        return engine


def transition(
    session: orm.Session,
    kind: str,
    row: Row,
    event: str,
    details: str = "",
    **values: Any,
) -> Row:
    """Move a row to the next status and record the event, in one transaction.

    :param kind: ``vim`` or ``vnf``.
    :param row: the row as it was seen; its status, and with a VNF its owner and
        the start of its last operation, must still be those.
    :param event: an event of :mod:`tacker_lite.states`.
    :param details: text of the recorded event.
    :param values: other columns to write.
    :returns: the row as it is now; with status ``states.GONE`` when removed.
    :raises InvalidState: when the table has no such transition, or another worker
        moved the row first.
    """
    table = TABLES[kind]
    new = states.next_state(kind, row["status"], event)
    seen = [table.c.id == row["id"], table.c.status == row["status"]]
    for name in ("owner", "operation_started_at"):
        if name in table.c:
            seen.append(table.c[name] == row[name])
    changes = {"status": new, "updated_at": query.now(), **values}
    statement: Any = None
    if new == states.GONE:
        statement = sa.delete(table).where(*seen)
    elif new is not None:
        statement = sa.update(table).where(*seen).values(**changes)
    result: Any = None if statement is None else session.execute(statement)
    if result is None or not result.rowcount:
        raise exceptions.InvalidState(
            kind=kind.upper(),
            ident=row["id"],
            status=row["status"],
            event=event,
            public_type=f"{kind.upper()}InUse",
        )
    event_type = OPERATION_EVENT_TYPES.get(event) or OUTCOME_EVENT_TYPES[row["status"]]
    event_table.insert(session, kind, row, event_type, new or row["status"], details)
    return {**row, **changes}
