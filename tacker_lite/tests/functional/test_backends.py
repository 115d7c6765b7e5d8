"""The databases that a split deployment uses, besides the embedded one.

What the unit tests show of rows and schema on SQLite holds on every server, and so
does what only a server can get wrong: time zones, character sets, and writers that
really write at the same time.
"""

from __future__ import annotations

import datetime
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
import testtools

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions
from tacker_lite.db import (
    base,
    event,
    migration,
    models,
    query,
    service,
    vim,
    vnf,
    vnfd,
)
from tacker_lite.tests.functional import backends
from tacker_lite.tests.functional.deployment import BIN, ROOT, run
from tacker_lite.tests.unit.db import test_rows, test_schema

WRITERS = 8


class OnServer:
    """Gives every test an empty database of the class's server."""

    server_class: type[backends.DatabaseServer]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = backends.shared(cls.server_class)

    def make_database(self, conf):
        base.register_opts(conf)
        self.url = self.server.new_database()
        conf.set_override("connection", self.url, group="database")
        return base.Database(conf)


class RowTests(test_rows.TestQueries):
    """Rows, with what servers have of their own."""

    def test_times_are_utc_to_the_microsecond(self):
        before = query.now()
        moment = datetime.datetime(2026, 3, 29, 1, 30, 0, 123456)
        with self.database.writer() as session:
            made = self.add_vnf(session)
            vnf.set_values(session, made, operation_started_at=moment)
        with self.database.reader() as session:
            row = vnf.get(session, made["id"])
        self.assertEqual(moment, row["operation_started_at"])
        self.assertLessEqual(before, row["created_at"])
        self.assertLessEqual(row["created_at"], query.now())

    def test_conductors_that_begin_together_do_not_wait_for_each_other(self):
        with self.database.writer() as one, self.database.writer() as two:
            service.beat(one, "north")
            service.beat(two, "south")
        with self.database.reader() as session:
            self.assertEqual({"north", "south"}, set(service.list_beats(session)))

    def test_values_come_back_as_they_were(self):
        kept = {"ü😀": [1, 2.5, None, True, {"": "\\ ' \" %s :x"}], "n": 2**53}
        text = "größer 😀\n" * 20000
        with self.database.writer() as session:
            made = self.add_vnf(session, "Käse 😀")
            changes = {"attributes": kept, "param_values": kept, "reason": text}
            self.assertTrue(vnf.set_values(session, made, **changes))
        with self.database.reader() as session:
            row = vnf.find(session, "Käse 😀", "p1")
        self.assertEqual([kept, kept, text], [row[key] for key in changes])

    def test_names_differ_by_case(self):
        with self.database.writer() as session:
            first = self.add_vnfd(session, "web")
            self.add_vnfd(session, "Web")
            self.add_vnfd(session, "wéb")
            self.assertEqual(first["id"], vnfd.find(session, "web", "p1")["id"])
            self.assertRaises(exceptions.NotFound, vnfd.find, session, "WEB", "p1")

    def test_events_keep_their_order(self):
        with self.database.writer() as session:
            row = self.add_vnfd(session)
            for number in range(12):
                vnfd.update(session, row["id"], {"description": str(number)})
            rows = event.list_rows(session, "p1", {"resource_id": [row["id"]]})
        self.assertEqual(["CREATE"] + ["UPDATE"] * 12, [r["event_type"] for r in rows])
        self.assertEqual(sorted(r["id"] for r in rows), [r["id"] for r in rows])


class TransitionTests(test_rows.TestTransition):
    """Transitions, with writers that really write at the same time."""

    def at_once(self, function, count: int = WRITERS) -> list:
        """Results of calls begun together, of which some may be exceptions."""
        barrier = threading.Barrier(count)

        def call(number):
            barrier.wait()
            try:
                return function(number)
            except exceptions.Conflict as error:
                return error

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(call, range(count)))

    def test_many_writers(self):
        def finish(number):
            with self.database.writer() as session:
                row = vnf.get(session, self.row["id"])
                reason = f"by {number}"
                return base.transition(session, "vnf", row, "fail", reason=reason)

        results = self.at_once(finish)
        (winner,) = [found for found in results if isinstance(found, dict)]
        with self.database.reader() as session:
            row = vnf.get(session, self.row["id"])
            kept = event.list_rows(session, None, {"resource_id": [row["id"]]})
        self.assertEqual(winner["reason"], row["reason"])
        self.assertEqual(
            ["PENDING_CREATE", "ERROR"], [found["resource_state"] for found in kept]
        )

    def test_one_name_for_one_of_many(self):
        def add(_number):
            with self.database.writer() as session:
                return self.add_vnfd(session, "wanted")

        results = self.at_once(add)
        self.assertEqual(1, len([found for found in results if type(found) is dict]))
        with self.database.reader() as session:
            self.assertEqual(
                1, len(vnfd.list_rows(session, "p1", {"name": ["wanted"]}))
            )

    def test_one_default_vim_for_one_of_many(self):
        def add(number):
            with self.database.writer() as session:
                row = {
                    **{key: {} for key in ("vim_project", "auth_cred", "extra",
                                           "placement_attr")},
                    "project_id": "p2",
                    "name": f"vim-{number}",
                    "type": "fake",
                    "auth_url": "fake://x",
                    "is_default": True,
                }  # fmt: skip
                return vim.insert(session, row)

        results = self.at_once(add)
        (winner,) = [found for found in results if type(found) is dict]
        with self.database.writer() as session:
            self.assertEqual(winner["id"], vim.get_default(session, "p2")["id"])
            vim.update(session, winner["id"], {"is_default": False})
            self.assertIsNone(vim.get_default(session, "p2"))
        add("next")

    def test_lives_of_many_at_once_do_not_block_one_another(self):
        shared = {"vnfd_id": self.row["vnfd_id"], "vim_id": self.row["vim_id"]}

        def live(number):
            for turn in range(5):
                values = {
                    **{key: self.row[key] for key in
                       ("project_id", "placement_attr", "attributes",
                        "param_values", "owner")},
                    **shared,
                    "name": f"vnf-{number}-{turn}",
                }  # fmt: skip
                with self.database.writer() as session:
                    row = vnf.insert(session, values)
                with self.database.writer() as session:
                    vim.note_seen(session, shared["vim_id"])
                    row = base.transition(session, "vnf", row, "done")
                with self.database.writer() as session:
                    row = base.transition(session, "vnf", row, "delete")
                with self.database.writer() as session:
                    base.transition(session, "vnf", row, "done")
            return number

        self.assertEqual(list(range(WRITERS)), self.at_once(live))
        with self.database.reader() as session:
            self.assertEqual(1, len(vnf.list_rows(session)))

    def test_the_server_may_restart(self):
        self.server.kill()
        self.server.start()
        with self.database.reader() as session:
            self.assertEqual(self.row["id"], vnf.get(session, self.row["id"])["id"])


class CommandTests(testtools.TestCase):
    """``tacker-lite-manage`` and ``tacker-lite-status``, run as commands."""

    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = f"{directory.name}/tacker-lite.conf"
        self.url = self.server.new_database()
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(
                f"[DEFAULT]\nstate_path = {directory.name}\n"
                f"[database]\nconnection = {self.url}\n"
            )

    def manage(self, *words, **kwargs):
        command = [BIN / "tacker-lite-manage", "--config-file", self.file, *words]
        return run(*command, **kwargs)

    def upgrade_check(self):
        command = [BIN / "tacker-lite-status", "--config-file", self.file]
        return run(*command, "upgrade", "check", check=False)

    def test_sync(self):
        refused = self.manage("db", "check", check=False)
        self.assertEqual(1, refused.returncode)
        self.assertIn("run tacker-lite-manage db sync", refused.stdout)
        self.assertEqual(2, self.upgrade_check().returncode)
        self.manage("db", "sync")
        self.manage("db", "sync")
        version = self.manage("db", "version").stdout.strip()
        self.assertEqual(migration.head(), version)
        self.manage("db", "check")
        found = self.upgrade_check()
        self.assertEqual(0, found.returncode, found.stdout)
        conf = tacker_lite_conf.new([], [self.file])
        database = base.Database(conf)
        self.addCleanup(database.close)
        self.assertEqual([], migration.differences(database))
        inspector = sa.inspect(database.engine)
        tables = set(models.Base.metadata.tables) | {"alembic_version"}
        self.assertEqual(tables, set(inspector.get_table_names()))

    def test_many_nodes_sync_at_once(self):
        command = [BIN / "tacker-lite-manage", "--config-file", self.file]
        several = [
            subprocess.Popen(
                [str(word) for word in (*command, "db", "sync")],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(3)
        ]
        for process in several:
            output, _ = process.communicate(timeout=60)
            self.assertEqual(0, process.returncode, output)
        self.manage("db", "check")

    def test_wrong_password(self):
        url = sa.engine.make_url(self.url).set(password="wr0ng-s3cret")
        with open(self.file, "a", encoding="utf-8") as file:
            text = url.render_as_string(hide_password=False)
            file.write(f"connection = {text}\nmax_retries = 0\n")
        refused = self.manage("db", "sync", check=False)
        self.assertEqual(1, refused.returncode)
        self.assertIn("tacker-lite-manage: ", refused.stderr)
        self.assertNotIn("Traceback", refused.stderr)
        self.assertNotIn("wr0ng-s3cret", refused.stdout + refused.stderr)


class OnMariaDB(OnServer):
    server_class = backends.MariaDB


class OnPostgreSQL(OnServer):
    server_class = backends.PostgreSQL


class TestMariaDBRows(OnMariaDB, RowTests):
    pass


class TestMariaDBTransitions(OnMariaDB, TransitionTests):
    pass


class TestMariaDBSchema(OnMariaDB, test_schema.TestSchema):
    pass


class TestMariaDBCommands(OnMariaDB, CommandTests):
    pass


class TestPostgreSQLRows(OnPostgreSQL, RowTests):
    pass


class TestPostgreSQLTransitions(OnPostgreSQL, TransitionTests):
    pass


class TestPostgreSQLSchema(OnPostgreSQL, test_schema.TestSchema):
    pass


class TestPostgreSQLCommands(OnPostgreSQL, CommandTests):
    pass


def load_tests(loader, _tests, _pattern):
    """The classes that have a server; the rest is what they are made of."""
    suite = loader.suiteClass()
    for name, found in sorted(globals().items()):
        if name.startswith("Test") and issubclass(found, OnServer):
            suite.addTests(loader.loadTestsFromTestCase(found))
    return suite
