"""The schema's revisions: alembic, driven from our own engine."""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator

import alembic.autogenerate
import alembic.command
import alembic.config
import alembic.migration
import alembic.script
import sqlalchemy as sa
from sqlalchemy import Connection

from tacker_lite.db import base, models

DIRECTORY = os.path.join(os.path.dirname(__file__), "migrations")

LOCK_NAME = "tacker-lite-migration"
LOCK_NUMBER = zlib.crc32(LOCK_NAME.encode())
LOCK_SECONDS = 600


def head() -> str:
    """The revision that this release needs."""
    script = alembic.script.ScriptDirectory.from_config(_config())
    return script.get_current_head() or ""


def version(database: base.Database) -> str:
    """The revision that the database has; ``""`` for an empty one."""
    with database.engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(connection)
        return context.get_current_revision() or ""


def sync(database: base.Database, revision: str = "head") -> None:
    """Bring the database to a revision.

    Of several processes that do so at the same time, one works and the others wait.
    A failure leaves the database as it was, but for MySQL, which cannot take back
    changes of a schema.
    """
    with _connected(database) as config:
        alembic.command.upgrade(config, revision)


def stamp(database: base.Database, revision: str) -> None:
    """Note that the database has a revision, changing nothing else."""
    with _connected(database) as config:
        alembic.command.stamp(config, revision)


def make_revision(database: base.Database, message: str) -> None:
    """Write a new revision: what the models have and the database has not."""
    with _connected(database) as config:
        alembic.command.revision(config, message=message, autogenerate=True)


def differences(database: base.Database) -> list:
    """What the models have and the database has not, or the other way round."""
    with database.engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(
            connection, opts={"compare_type": True}
        )
        return alembic.autogenerate.compare_metadata(context, models.Base.metadata)


def _config(connection: Connection | None = None) -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", DIRECTORY.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextlib.contextmanager
def _connected(database: base.Database) -> Iterator[alembic.config.Config]:
    # As a writer: of two processes that start at once one waits for the other.
    with database.engine.execution_options(writes=True).begin() as connection:
        _wait_for_turn(connection)
        yield _config(connection)


def _wait_for_turn(connection: Connection) -> None:
    """Take the lock of migrations; the end of the connection's use gives it back."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_NUMBER)))
    elif connection.dialect.name in ("mysql", "mariadb"):
        # The lock lasts as long as the connection, which must not go back to a pool.
        connection.detach()
        connection.execute(sa.select(sa.func.get_lock(LOCK_NAME, LOCK_SECONDS)))
