import tempfile
import threading

import testtools

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions, states
from tacker_lite.db import base, event, query, schema, vim, vnf, vnfd


class DatabaseTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        conf = tacker_lite_conf.new([], [], state_path=directory.name)
        self.database = self.make_database(conf)
        self.addCleanup(self.database.close)
        schema.prepare(self.database)

    def make_database(self, conf):
        """An empty database; those who test other servers override it."""
        return base.Database(conf)

    def add_vnfd(self, session, name="vnfd-1", project_id="p1"):
        row = {"project_id": project_id, "name": name, "template": "a: 1\n"}
        return vnfd.insert(session, {**row, "service_types": ["vnfd"]})

    def add_vnf(self, session, name="vnf-1", on_default_vim=False):
        descriptor = self.add_vnfd(session, f"of-{name}")
        vim_row = vim.insert(
            session,
            {
                "project_id": "p1",
                "name": f"of-{name}",
                "type": "fake",
                "auth_url": "fake://x",
                "vim_project": {},
                "auth_cred": {},
                "extra": None,
                "placement_attr": {},
                "is_default": on_default_vim,
            },
        )
        return vnf.insert(
            session,
            {
                "project_id": "p1",
                "name": name,
                "vnfd_id": descriptor["id"],
                "vim_id": vim_row["id"],
                "placement_attr": {},
                "attributes": {},
                "param_values": {},
                "owner": "host-1",
            },
        )


class TestQueries(DatabaseTestCase):
    def test_filters(self):
        with self.database.writer() as session:
            first = self.add_vnfd(session, "a")
            self.add_vnfd(session, "b")
            self.add_vnfd(session, "a", "p2")
        cases = [
            (None, {}, 3),
            ("p1", {}, 2),
            (None, {"name": ["a"]}, 2),
            (None, {"name": ["a", "b"]}, 3),
            (None, {"name": ["a"], "project_id": ["p2"]}, 1),
            (None, {"id": [first["id"]]}, 1),
            (None, {"id": ["no-such"]}, 0),
            (None, {"colour": ["red"]}, 3),
            (None, {"service_types": ["x"]}, 3),
            (None, {"template_source": ["all"]}, 3),
            (None, {"template_source": ["inline"]}, 0),
        ]
        with self.database.reader() as session:
            for project_id, filters, expected in cases:
                rows = vnfd.list_rows(session, project_id, filters)
                self.assertEqual(expected, len(rows), filters)

    def test_boolean_filters(self):
        with self.database.writer() as session:
            self.add_vnf(session, on_default_vim=True)
            for text, expected in (("true", 1), ("1", 1), ("False", 0), ("maybe", 0)):
                rows = vim.list_rows(session, None, {"is_default": [text]})
                self.assertEqual(expected, len(rows), text)

    def test_secrets_cannot_be_probed(self):
        with self.database.writer() as session:
            self.add_vnf(session)
            self.assertEqual(1, len(vim.list_rows(session, None, {"secrets": ["x"]})))

    def test_events_have_no_name(self):
        with self.database.writer() as session:
            self.add_vnfd(session)
            self.assertEqual([], event.list_rows(session, None, {"name": ["vnfd-1"]}))
            (row,) = event.list_rows(session, "p1", {"id": ["1"]})
            self.assertEqual("OnBoarded", row["resource_state"])
            self.assertEqual([], event.list_rows(session, None, {"id": ["one"]}))

    def test_find(self):
        with self.database.writer() as session:
            row = self.add_vnfd(session, "a")
            self.add_vnfd(session, "a", "p2")
            self.assertEqual(row, vnfd.find(session, row["id"]))
            self.assertEqual(row, vnfd.find(session, "a", "p1"))
            self.assertRaises(exceptions.AmbiguousName, vnfd.find, session, "a")
            self.assertRaises(exceptions.NotFound, vnfd.find, session, "b")
            self.assertRaises(exceptions.NotFound, vnfd.get, session, row["id"], "p2")

    def test_doubled_name(self):
        with self.database.writer() as session:
            row = self.add_vnfd(session)
            error = self.assertRaises(exceptions.AlreadyExists, self.add_vnfd, session)
            self.assertEqual(
                "vnfd already exist with given ['tenant_id', 'name', 'deleted_at']: "
                "vnfd-1; choose another name",
                error.message,
            )
            vnfd.delete(session, row["id"])
            self.add_vnfd(session)

    def test_a_used_vnfd_stays(self):
        with self.database.writer() as session:
            row = self.add_vnf(session)
        with self.database.writer() as session:
            error = self.assertRaises(
                exceptions.InUse, vnfd.delete, session, row["vnfd_id"]
            )
        self.assertEqual(
            f"VNFD {row['vnfd_id']} is still in use by VNF vnf-1: delete them first",
            error.message,
        )

    def test_the_first_users_are_named_those_of_other_projects_by_id(self):
        with self.database.writer() as session:
            row = self.add_vnf(session, "a")
            own = ("id", "project_id", "name", "created_at")
            same = {key: value for key, value in row.items() if key not in own}
            owner = vim.get(session, row["vim_id"])
            self.assertEqual("a", vnf.users(session, "vim_id", owner))
            other = vnf.insert(session, {**same, "project_id": "p2", "name": "b"})
            for name in ("c", "d", "e"):
                vnf.insert(session, {**same, "project_id": "p1", "name": name})
            for column, table in (("vim_id", vim), ("vnfd_id", vnfd)):
                used = table.get(session, row[column])
                users = vnf.users(session, column, used)
                self.assertEqual(f"a, {other['id']}, c and 2 more", users)
            unused = self.add_vnfd(session)
            self.assertEqual("", vnf.users(session, "vnfd_id", unused))

    def test_the_database_itself_refuses_to_orphan_a_vnf(self):
        with self.database.writer() as session:
            row = self.add_vnf(session)

        def remove():
            with self.database.writer() as session:
                query.delete(session, vnfd.TABLE, "vnfd", row["vnfd_id"])

        self.assertRaises(exceptions.Conflict, remove)


class TestTransition(DatabaseTestCase):
    def setUp(self):
        super().setUp()
        with self.database.writer() as session:
            self.row = self.add_vnf(session)

    def _move(self, row, name, **values):
        with self.database.writer() as session:
            return base.transition(session, "vnf", row, name, **values)

    def test_life(self):
        row = self._move(self.row, "done", mgmt_ip_address="{}")
        self.assertEqual(states.ACTIVE, row["status"])
        row = self._move(row, "delete")
        self._move(row, "done")
        with self.database.reader() as session:
            self.assertRaises(exceptions.NotFound, vnf.get, session, row["id"])
            rows = event.list_rows(session, None, {"resource_id": [row["id"]]})
        self.assertEqual(
            [
                ("CREATE", "PENDING_CREATE"),
                ("CREATE", "ACTIVE"),
                ("DELETE", "PENDING_DELETE"),
                ("DELETE", "PENDING_DELETE"),
            ],
            [(found["event_type"], found["resource_state"]) for found in rows],
        )

    def test_impossible(self):
        error = self.assertRaises(
            exceptions.InvalidState, self._move, self.row, "update"
        )
        self.assertEqual(409, error.status)
        self.assertIn("PENDING_CREATE", error.message)

    def test_only_one_of_two_wins(self):
        self._move(self.row, "done")
        self.assertRaises(exceptions.InvalidState, self._move, self.row, "fail")
        with self.database.reader() as session:
            self.assertEqual("ACTIVE", vnf.get(session, self.row["id"])["status"])
            kinds = event.list_rows(session, None, {"resource_id": [self.row["id"]]})
        self.assertEqual(2, len(kinds))

    def test_only_the_owner_moves_it(self):
        with self.database.writer() as session:
            self.assertTrue(vnf.set_values(session, self.row, owner="host-2"))
        self.assertRaises(exceptions.InvalidState, self._move, self.row, "done")

    def test_only_the_operation_that_was_seen_is_ended(self):
        self._move(self.row, "done")
        for begin in (1, 2):
            started = {"operation_started_at": query.now()}
            with self.database.writer() as session:
                row = vnf.get(session, self.row["id"])
                base.transition(session, "vnf", row, "update", **started)
            if begin == 1:
                with self.database.reader() as session:
                    seen = vnf.get(session, self.row["id"])
                self._move(seen, "done")
        self.assertRaises(exceptions.InvalidState, self._move, seen, "done")
        with self.database.writer() as session:
            self.assertFalse(
                vnf.set_values(session, seen, same_operation=True, handle="x")
            )

    def test_many_writers(self):
        errors = []

        def count():
            try:
                for _ in range(20):
                    with self.database.writer() as session:
                        row = vnf.get(session, self.row["id"])
                        number = int(row["attributes"].get("n", "0")) + 1
                        new = {"n": str(number)}
                        vnf.set_values(session, row, attributes=new)
            except Exception as error:  # noqa: BLE001 - shown by the assertion
                errors.append(error)

        threads = [threading.Thread(target=count) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], errors)
        with self.database.reader() as session:
            row = vnf.get(session, self.row["id"])
        self.assertEqual({"n": "100"}, row["attributes"])
