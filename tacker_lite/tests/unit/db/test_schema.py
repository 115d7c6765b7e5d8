import datetime
import tempfile

import sqlalchemy as sa
import testtools

from tacker_lite import conf as tacker_lite_conf
from tacker_lite.db import base, migration, schema, vim


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

    def test_upgrade_keeps_one_default_vim_for_each_project(self):
        migration.sync(self.database, "0001")
        texts = {"vim_project": "{}", "auth_cred": "{}", "extra": "{}",
                 "placement_attr": "{}"}  # fmt: skip
        columns = ["id", "project_id", "name", "description", "created_at", "type",
                   "auth_url", "secrets", "is_default", "shared", "status"]  # fmt: skip
        columns += texts
        statement = sa.text(
            f"INSERT INTO vims ({', '.join(columns)}) "
            f"VALUES ({', '.join(':' + name for name in columns)})"
        )
        with self.database.engine.begin() as connection:
            for number, (project, is_default) in enumerate(
                (("p1", True), ("p1", True), ("p2", True), ("p3", False))
            ):
                plain = dict.fromkeys(columns, "x")
                day = datetime.datetime(2026, 1, 1 + number)
                connection.execute(statement, {
                    **plain, **texts, "id": f"v{number}", "name": f"v{number}",
                    "project_id": project, "created_at": day,
                    "is_default": is_default, "shared": False,
                })  # fmt: skip
        migration.sync(self.database)
        with self.database.reader() as session:
            rows = vim.list_rows(session)
        self.assertEqual(
            [("v0", True, "p1"), ("v1", False, None), ("v2", True, "p2"),
             ("v3", False, None)],
            [(row["id"], row["is_default"], row["default_of"]) for row in rows],
        )  # fmt: skip

    def test_prepare_upgrades_an_unmarked_database(self):
        migration.sync(self.database)
        migration.stamp(self.database, "base")
        self.assertEqual("", migration.version(self.database))
        with self.database.engine.begin() as connection:
            for table in ("vnfs", "vims", "vnfds", "events", "services"):
                connection.execute(sa.text(f"DROP TABLE {table}"))
        schema.prepare(self.database)
        self.assertEqual([], migration.differences(self.database))
