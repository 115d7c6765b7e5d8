import tempfile

import sqlalchemy as sa
import testtools

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.db import base, migration, schema


class TestSchema(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        conf = tacker_lite_conf.new([], [], state_path=directory.name)
        self.database = self.make_database(conf)
        self.addCleanup(self.database.close)

    def make_database(self, conf):
        """An empty database; those who test other servers override it."""
        return base.Database(conf)

    def _shape(self):
        inspector = sa.inspect(self.database.engine)
        return {
            table: (
                sorted(
                    (c["name"], str(c["type"]), c["nullable"])
                    for c in inspector.get_columns(table)
                ),
                sorted(i["name"] for i in inspector.get_indexes(table)),
                sorted(u["name"] for u in inspector.get_unique_constraints(table)),
                sorted(f["name"] for f in inspector.get_foreign_keys(table)),
            )
            for table in inspector.get_table_names()
        }

    def test_models_and_migrations_agree(self):
        migration.sync(self.database)
        self.assertEqual([], migration.differences(self.database))
        migrated = self._shape()
        self.assertEqual({"vims", "vnfds", "vnfs", "events", "services"},
                         migrated.keys() - {"alembic_version"})  # fmt: skip
        with self.database.engine.begin() as connection:
            for table in ("vnfs", "vims", "vnfds", "events", "services"):
                connection.execute(sa.text(f"DROP TABLE {table}"))
            connection.execute(sa.text("DROP TABLE alembic_version"))
        schema.prepare(self.database)
        self.assertEqual(migrated, self._shape())

    def test_prepared_database_is_at_the_newest_revision(self):
        schema.prepare(self.database)
        self.assertEqual(migration.head(), migration.version(self.database))
        self.assertEqual([], migration.differences(self.database))
        schema.prepare(self.database)

    def test_prepare_upgrades_an_unmarked_database(self):
        migration.sync(self.database)
        migration.stamp(self.database, "base")
        self.assertEqual("", migration.version(self.database))
        with self.database.engine.begin() as connection:
            for table in ("vnfs", "vims", "vnfds", "events", "services"):
                connection.execute(sa.text(f"DROP TABLE {table}"))
        schema.prepare(self.database)
        self.assertEqual([], migration.differences(self.database))
