"""The schema at the start of a service that brings its own database up to date."""

from __future__ import annotations

import pathlib
import re

import sqlalchemy as sa

from tacker_lite.db import base, models

REVISIONS = pathlib.Path(__file__).parent / "migrations" / "versions"


def newest_revision() -> str:
    """The revision that this release needs: its file has the highest number."""
    names = (path.name for path in REVISIONS.glob("[0-9]*_*.py"))
    return max(re.match(r"\d+", name).group() for name in names)  # type: ignore[union-attr]


def prepare(database: base.Database) -> None:
    """Make all tables of an empty database, or bring an older one up to date.

    Loads alembic only when there is something to upgrade: it takes a third of a
    second, and an empty database needs no history.
    """
    with database.engine.execution_options(writes=True).begin() as connection:
        tables = sa.inspect(connection).get_table_names()
        if not tables:
            models.Base.metadata.create_all(connection)
            note_revision(connection, newest_revision())
            return
        if "alembic_version" in tables:
            query = sa.text("SELECT version_num FROM alembic_version")
            if connection.execute(query).scalars().all() == [newest_revision()]:
                return
    from tacker_lite.db import migration  # noqa: PLC0415 - see above

    migration.sync(database)


def note_revision(connection: sa.Connection, revision: str) -> None:
    """Leave the mark that alembic looks for."""
    table = sa.Table(
        "alembic_version",
        sa.MetaData(),
        sa.Column("version_num", sa.String(32), primary_key=True),
    )
    table.create(connection)
    connection.execute(table.insert().values(version_num=revision))
