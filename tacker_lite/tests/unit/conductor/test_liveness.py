from tacker_lite.conductor.liveness import Liveness
from tacker_lite.tests.unit.db.test_rows import DatabaseTestCase


class TestLiveness(DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.now = 0.0
        self.one = self._conductor("one")
        self.two = self._conductor("two")

    def _conductor(self, host):
        return Liveness(self.database, host, 10, clock=lambda: self.now)

    def test_silence(self):
        self.two.beat()
        self.one.beat()
        self.assertEqual(set(), self.one.silent({"one", "two"}))
        self.now = 11
        self.one.beat()
        self.assertEqual({"two"}, self.one.silent({"one", "two"}))
        self.two.beat()
        self.one.beat()
        self.assertEqual(set(), self.one.silent({"two"}))

    def test_a_newcomer_is_not_silent(self):
        self.one.beat()
        self.two.beat()
        self.assertEqual(set(), self.one.silent({"two"}))

    def test_an_orderly_end_is_silence_at_once(self):
        self.two.beat()
        self.one.beat()
        self.two.leave()
        self.one.beat()
        self.assertEqual({"two"}, self.one.silent({"two"}))
