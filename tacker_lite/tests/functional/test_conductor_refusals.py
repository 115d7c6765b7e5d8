"""What the conductor refuses, and that nothing is left of it."""

import testtools

from tacker_lite import context, exceptions
from tacker_lite.db import vnf as vnf_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.tests.functional.conductor_fixture import Conductors


class TestRefusals(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.house = self.useFixture(Conductors())
        self.house.start()

    def _assert_nothing_left(self):
        with self.house.database.reader() as session:
            self.assertEqual([], vnf_table.list_rows(session))
            self.assertEqual([], vnfd_table.list_rows(session))

    def _refused(self, kind, function, *args, **kwargs):
        error = self.assertRaises(kind, function, *args, **kwargs)
        self.assertIs(kind, type(error))
        self.assertNotIn("Traceback", error.message)
        return error

    def test_no_default_vim(self):
        error = self._refused(exceptions.InvalidInput, self.house.create_vnf)
        self.assertEqual("VimDefaultNotDefined", error.public_type)
        self._assert_nothing_left()

    def test_unknown_region(self):
        self.house.register_vim()
        place = {"region_name": "nowhere"}
        error = self._refused(
            exceptions.InvalidInput, self.house.create_vnf, placement_attr=place
        )
        self.assertIn("RegionOne", error.message)
        self._assert_nothing_left()

    def test_unknown_input(self):
        self.house.register_vim()
        self.assertRaises(
            exceptions.InvalidInput,
            self.house.create_vnf,
            attributes={"param_values": {"colour": "red"}},
        )
        self._assert_nothing_left()

    def test_param_values_that_are_no_yaml(self):
        self.house.register_vim()
        error = self._refused(
            exceptions.InvalidInput,
            self.house.create_vnf,
            attributes={"param_values": "a: [1"},
        )
        self.assertEqual("ParamYAMLNotWellFormed", error.public_type)

    def test_doubled_name(self):
        self.house.register_vim()
        self.house.create_vnf()
        error = self._refused(exceptions.AlreadyExists, self.house.create_vnf)
        self.assertTrue(error.message.startswith("vnf already exist with given"))
        self.assertEqual("DuplicateEntity", error.public_type)

    def test_unknown_vnf(self):
        self._refused(
            exceptions.NotFound, self.house.client.delete_vnf, self.house.context, "x"
        )

    def test_another_project_sees_nothing(self):
        self.house.register_vim()
        row = self.house.create_vnf()
        other = context.RequestContext(
            project_id="project-2", is_admin=False, overwrite=False
        )
        self._refused(
            exceptions.NotFound, self.house.client.delete_vnf, other, row["id"]
        )

    def test_second_delete(self):
        self.house.cloud.delay = 5
        self.house.register_vim()
        row = self.house.create_vnf()
        self.house.client.delete_vnf(self.house.context, row["id"])
        self._refused(
            exceptions.InvalidState,
            self.house.client.delete_vnf,
            self.house.context,
            row["id"],
        )

    def test_full_pool(self):
        house = self.useFixture(Conductors(workers=1, max_queued=1))
        house.start()
        house.register_vim()
        with house.cloud.lock:
            made, refused = [], 0
            for number in range(4):
                try:
                    made.append(house.create_vnf(f"vnf-{number}"))
                except exceptions.NoWorker:
                    refused += 1
            with house.database.reader() as session:
                rows = vnf_table.list_rows(session)
                self.assertEqual(len(made), len(vnfd_table.list_rows(session)))
        self.assertGreaterEqual(refused, 1)
        self.assertEqual({r["id"] for r in made}, {r["id"] for r in rows})
        for row in made:
            house.wait_status(row["id"], "ACTIVE")

    def test_nobody_answers(self):
        house = self.useFixture(Conductors(rpc_timeout=1))
        error = self.assertRaises(exceptions.ConductorUnreachable, house.register_vim)
        self.assertEqual(503, error.status)
