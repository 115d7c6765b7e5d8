"""Numbers that testers feed."""

import testtools

from tacker_lite.pop import errors
from tacker_lite.tests.unit.pop.open_lab import OpenLab


class FedMetricsTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fixture = self.useFixture(OpenLab())

    @property
    def fed(self):
        return self.fixture.lab.metrics.fed

    def test_they_hold_until_taken_back(self):
        server = self.fixture.create_server()
        self.fed.feed(server.id, {"cpu_util": 90, "memory.usage": 5})
        self.fed.feed(server.id, {"cpu_util": None})
        self.assertEqual({"memory.usage": 5.0}, self.fed.of(server.id))
        self.fixture.restart()
        self.assertEqual({"memory.usage": 5.0}, self.fed.of(server.id))

    def test_those_of_servers_that_are_gone_are_forgotten(self):
        self.fed.feed("gone", {"cpu_util": 90})
        self.fixture.restart()
        self.assertEqual({}, self.fed.of("gone"))

    def test_what_is_no_number_is_refused_as_a_whole(self):
        for wrong in ("90", True, float("nan"), float("inf"), [1], {}):
            given = {"cpu_util": 1, "memory.usage": wrong}
            error = self.assertRaises(errors.BadRequest, self.fed.feed, "a", given)
            self.assertIn("'memory.usage' must be a number", str(error))
        self.assertRaises(errors.BadRequest, self.fed.feed, "a", {"": 1})
        many = {f"m{n}": n for n in range(51)}
        self.assertRaises(errors.BadRequest, self.fed.feed, "a", many)
        self.assertEqual({}, self.fed.of("a"))
