import secrets

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import exceptions
from tacker_lite.conductor import vnf_records, vnf_work
from tacker_lite.conductor.configuration import MgmtDrivers
from tacker_lite.conductor.drivers import Drivers
from tacker_lite.db import vim, vnf
from tacker_lite.tests.unit.db.test_rows import DatabaseTestCase
from tacker_lite.vim.base import Phase, Status, VduStatus
from tacker_lite.vim.fake import FakeCloud


class TestAsk(DatabaseTestCase):
    def setUp(self):
        super().setUp()
        url = f"fake://{secrets.token_hex(4)}"
        self.addCleanup(FakeCloud.forget, url)
        self.cloud = FakeCloud.at(url)
        key = "mWcLYtjc35koraDW5tQ86cE1bmmCDo2D4fSqFLwSk3c="
        conf = tacker_lite_conf.new([], [], host="host-1")
        conf.set_override("credential_key", [key], group="vim")
        drivers = Drivers(conf)
        records = vnf_records.Records(conf, self.database, drivers)
        self.work = vnf_work.VnfWork(conf, records, MgmtDrivers(conf))
        public, sealed = drivers.keyring.seal({"password": "x"})
        with self.database.writer() as session:
            self.rows = [self.add_vnf(session, name) for name in ("a", "b")]
            for row in self.rows:
                session.execute(
                    vim.TABLE.update().values(
                        auth_url=url, auth_cred=public, secrets=sealed
                    )
                )
                vnf.set_values(session, row, handle="none", next_step=vnf.ASK)
        self.ids = [row["id"] for row in self.rows]

    def _status(self, vnf_id):
        with self.database.reader() as session:
            row = vnf.get(session, vnf_id)
        return row["status"], row["reason"]

    def test_an_error_of_many_is_traced_to_its_vnf(self):
        odd = exceptions.VimRejected(vim="v", reason="odd")
        self.cloud.fail("status", odd, times=2)
        self.assertEqual(dict.fromkeys(self.ids, True), self.work.ask(self.ids))
        self.assertEqual(("ERROR", "VIM v: odd"), self._status(self.ids[0]))
        status, reason = self._status(self.ids[1])
        self.assertEqual("ERROR", status)
        self.assertIn("nothing any more", reason)

    def test_a_temporary_fault_moves_nothing(self):
        fault = exceptions.VimUnreachable(vim="v", reason="refused")
        self.cloud.fail("status", fault)
        self.assertEqual(dict.fromkeys(self.ids, False), self.work.ask(self.ids))
        self.assertEqual(("PENDING_CREATE", None), self._status(self.ids[0]))

    def test_a_fault_of_our_own_shows_no_detail(self):
        self.cloud.fail("status", KeyError("password"), times=2)
        self.work.ask(self.ids[:1])
        status, reason = self._status(self.ids[0])
        self.assertEqual("ERROR", status)
        self.assertEqual(
            "An unexpected error occurred: see the log of conductor host-1", reason
        )

    def test_another_conductors_row_is_left_alone(self):
        with self.database.writer() as session:
            vnf.set_values(session, self.rows[0], owner="host-2")
        self.work.ask(self.ids[:1])
        self.work.step(self.ids[0])
        self.assertEqual(("PENDING_CREATE", None), self._status(self.ids[0]))

    def test_addresses(self):
        status = Status(
            Phase.READY,
            vdus=(
                VduStatus("VDU1", ("10.0.0.5",)),
                VduStatus("VDU2", ("10.0.0.6", "10.0.0.7"), scaled=True),
                VduStatus("VDU3"),
            ),
        )
        self.assertEqual(
            '{"VDU1": "10.0.0.5", "VDU2": ["10.0.0.6", "10.0.0.7"]}',
            vnf_work.addresses(status),
        )
        self.assertIsNone(vnf_work.addresses(Status(Phase.READY)))
