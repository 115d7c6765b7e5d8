import os
import stat
import tempfile

import testtools

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
