import contextlib
import dataclasses
import os
import stat
import tempfile

import testtools

from tacker_lite.pop import errors
from tacker_lite.pop.records import Flavor
from tacker_lite.pop.store import Store, Table


class StoreTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="store-")
        self.addCleanup(directory.cleanup)
        self.path = f"{directory.name}/lab.db"

    def _store(self):
        store = Store(self.path)
        self.addCleanup(store.close)
        return store

    def test_reopened(self):
        store = self._store()
        store.put("p", "thing", "b", {"v": 1})
        store.put("p", "thing", "a", {"v": 2})
        store.put("p", "thing", "b", {"v": 3})
        store.put("q", "thing", "c", {"v": 4})
        store.delete("q", "thing", "c")
        store.close()
        again = self._store()
        self.assertEqual(
            [("b", {"v": 3}), ("a", {"v": 2})], list(again.load("p", "thing").items())
        )
        self.assertEqual({}, again.load("q", "thing"))

    def test_what_is_read_at_once_is_what_is_there(self):
        store = self._store()
        store.put("p", "thing", "b", {"v": 1})
        store.put("p", "thing", "a", {"v": 2})
        store.put("q", "thing", "c", {"v": 3})
        with store.prefetched():
            self.assertEqual(["b", "a"], list(store.load("p", "thing")))
            store.put("p", "thing", "b", {"v": 4})
            store.put("p", "other", "d", {"v": 5})
            store.delete("q", "thing", "c")
            store.delete("q", "other", "e")
            self.assertEqual({"b": {"v": 4}, "a": {"v": 2}}, store.load("p", "thing"))
            self.assertEqual({"d": {"v": 5}}, store.load("p", "other"))
            self.assertEqual({}, store.load("q", "thing"))
        self.assertEqual({"b": {"v": 4}, "a": {"v": 2}}, store.load("p", "thing"))

    def test_only_its_owner_reads_it(self):
        self._store()
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path).st_mode))

    def test_transaction_is_all_or_nothing(self):
        store = self._store()

        def fail():
            with store.transaction():
                store.put("p", "thing", "a", 1)
                with store.transaction():
                    store.put("p", "thing", "b", 1)
                raise ValueError

        self.assertRaises(ValueError, fail)
        self.assertEqual({}, store.load("p", "thing"))

    def test_table_survives_older_and_newer_records(self):
        store = self._store()
        body = {"id": "1", "name": "n", "vcpus": 1, "ram": 2, "disk": 3, "new": 4}
        store.put("p", "flavor", "1", body)
        table = Table(store, "p", "flavor", Flavor)
        self.assertEqual(Flavor("1", "n", 1, 2, 3), table.get("1"))
        table.change("1", ram=5)
        self.assertEqual(5, Table(store, "p", "flavor", Flavor).get("1").ram)

    def test_tables_follow_what_is_taken_back(self):
        store = self._store()
        table = Table(store, "p", "flavor", Flavor)
        told = []
        table.watchers.append(lambda old, new: told.append((old, new)))
        small = table.put(_flavor("a"))
        told.clear()

        def fail():
            with store.transaction():
                table.change("a", ram=2)
                table.delete("a")
                table.put(_flavor("b"))
                raise ValueError("no")

        self.assertRaises(ValueError, fail)
        self.assertEqual([small], list(table))
        self.assertEqual([small], list(Table(store, "p", "flavor", Flavor)))
        changed = dataclasses.replace(small, ram=2)
        self.assertEqual([(None, changed), (changed, small)], told[-2:])

    def test_a_full_disk_changes_nothing_and_is_told(self):
        store = self._store()
        table = Table(store, "p", "flavor", Flavor)
        small = table.put(_flavor("a"))
        # SQLite says of a file that may not grow what it says of a full disk.
        (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        large = _flavor("b", name="x" * 100_000)

        def fail():
            with store.transaction():
                table.change("a", ram=2)
                with contextlib.suppress(errors.DiskFull):
                    table.put(large)
                table.put(_flavor("c"))

        self.assertRaises(errors.DiskFull, table.put, large)
        self.assertIn("full", str(self.assertRaises(errors.DiskFull, fail)))
        self.assertEqual([small], list(table))
        store._connection.execute("PRAGMA max_page_count = 100000")
        table.put(large)
        with store.transaction():
            table.change("a", ram=3)
        self.assertEqual(2, len(Table(store, "p", "flavor", Flavor)))


def _flavor(ident, **values):
    values = {"name": ident, "vcpus": 1, "ram": 1, "disk": 1, **values}
    return Flavor(id=ident, **values)
