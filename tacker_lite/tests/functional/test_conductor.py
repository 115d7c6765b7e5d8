"""The conductor over RPC, with VNFs on a fake cloud."""

import secrets
import time

import testtools

from tacker_lite import context, exceptions
from tacker_lite.conductor import removal
from tacker_lite.db import vim as vim_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.tests.functional.conductor_fixture import PROJECT, Conductors
from tacker_lite.vim.fake import FakeCloud

CREATED = [("CREATE", "PENDING_CREATE")] * 2 + [("CREATE", "ACTIVE")]
DELETED = [("DELETE", "PENDING_DELETE")] * 2


class TestLife(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.house = self.useFixture(Conductors())
        self.house.start()
        self.vim = self.house.register_vim()

    def test_create_and_delete(self):
        self.house.cloud.delay = 0.2
        row = self.house.create_vnf()
        self.assertEqual("PENDING_CREATE", row["status"])
        self.assertEqual("vim-1", row["placement_attr"]["vim_name"])
        active = self.house.wait_status(row["id"], "ACTIVE")
        self.assertRegex(active["mgmt_ip_address"], r'^\{"VDU1": "198\.')
        self.assertEqual([active["handle"]], list(self.house.cloud.stacks))
        names = {
            found["name"]
            for found in self.house.client.list_resources(self.house.context, row["id"])
        }
        self.assertEqual({"VDU1", "CP1"}, names)
        self.house.client.delete_vnf(self.house.context, row["id"])
        self.house.wait_gone(row["id"])
        self.assertEqual(CREATED + DELETED, self.house.events(row["id"]))
        self.assertEqual({}, self.house.cloud.stacks)
        with self.house.database.reader() as session:
            self.assertEqual([], vnfd_table.list_rows(session))

    def test_update_of_config_asks_no_vim(self):
        row = self.house.create_vnf(attributes={"config": {"a": {"b": 1, "c": 2}}})
        self.house.wait_status(row["id"], "ACTIVE")
        self.house.cloud.fail("apply", exceptions.VimRejected(vim="v", reason="no"))
        new = {"attributes": {"config": "a: {b: 3}"}}
        answer = self.house.client.update_vnf(self.house.context, row["id"], new)
        self.assertEqual("PENDING_UPDATE", answer["status"])
        self.assertEqual("a:\n  b: 3\n  c: 2\n", answer["attributes"]["config"])
        self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual(
            [("UPDATE", "PENDING_UPDATE"), ("UPDATE", "ACTIVE")],
            self.house.events(row["id"])[3:],
        )

    def test_update_of_param_values_reaches_the_vim(self):
        row = self.house.create_vnf()
        handle = self.house.wait_status(row["id"], "ACTIVE")["handle"]
        new = {"attributes": {"param_values": {"image": "cirros"}}}
        self.house.client.update_vnf(self.house.context, row["id"], new)
        row = self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual(handle, row["handle"])
        self.assertEqual("image: cirros\n", row["attributes"]["param_values"])
        template = self.house.cloud.stacks[handle].template
        self.assertEqual("cirros", template.inputs["image"])

    def test_failure_on_the_vim(self):
        self.house.cloud.failure = "no valid host for VDU1"
        row = self.house.create_vnf()
        row = self.house.wait_status(row["id"], "ERROR")
        self.assertEqual("no valid host for VDU1", row["reason"])
        self.house.client.delete_vnf(self.house.context, row["id"])
        self.house.wait_gone(row["id"])
        self.assertEqual({}, self.house.cloud.stacks)
        self.assertIn(("CREATE", "ERROR"), self.house.events(row["id"]))

    def test_refusal_by_the_vim(self):
        refusal = exceptions.VimQuotaExceeded(vim="vim-1", reason="10 of 10 servers")
        self.house.cloud.fail("apply", refusal)
        row = self.house.create_vnf()
        row = self.house.wait_status(row["id"], "ERROR")
        self.assertIn("10 of 10 servers", row["reason"])
        self.assertIsNone(row["handle"])
        self.house.client.delete_vnf(self.house.context, row["id"])
        self.house.wait_gone(row["id"])

    def test_temporary_faults_are_retried(self):
        fault = exceptions.VimUnreachable(vim="vim-1", reason="connection refused")
        for method in ("apply", "status", "delete"):
            self.house.cloud.fail(method, fault, times=2)
        row = self.house.create_vnf()
        self.house.wait_status(row["id"], "ACTIVE")
        self.house.client.delete_vnf(self.house.context, row["id"])
        self.house.wait_gone(row["id"])
        self.assertEqual(CREATED + DELETED, self.house.events(row["id"]))

    def test_lost_answer_makes_no_second_stack(self):
        self.house.cloud.lose_answer("apply")
        row = self.house.create_vnf()
        self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual(1, len(self.house.cloud.stacks))

    def test_failed_delete_can_be_repeated(self):
        row = self.house.create_vnf()
        self.house.wait_status(row["id"], "ACTIVE")
        refusal = exceptions.VimRejected(vim="vim-1", reason="port in use")
        self.house.cloud.fail("delete", refusal)
        self.house.client.delete_vnf(self.house.context, row["id"])
        row = self.house.wait_status(row["id"], "ERROR")
        self.assertIn("port in use", row["reason"])
        self.house.client.delete_vnf(self.house.context, row["id"])
        self.house.wait_gone(row["id"])

    def test_delete_that_the_vim_fails_at(self):
        row = self.house.create_vnf()
        self.house.wait_status(row["id"], "ACTIVE")
        self.house.cloud.delete_failure = "port in use"
        self.house.client.delete_vnf(self.house.context, row["id"])
        started = time.monotonic()
        row = self.house.wait_status(row["id"], "ERROR")
        self.assertEqual("port in use", row["reason"])
        self.assertEqual(2, self.house.cloud.calls["delete"])
        pauses = removal.MOST_REMOVALS * removal.SECONDS_BETWEEN_REMOVALS
        self.assertGreaterEqual(time.monotonic() - started, pauses)
        self.house.cloud.delete_failure = ""
        self.house.client.delete_vnf(self.house.context, row["id"])
        self.house.wait_gone(row["id"])
        self.assertEqual(3, self.house.cloud.calls["delete"])

    def test_delete_whose_first_failure_passes(self):
        row = self.house.create_vnf()
        self.house.wait_status(row["id"], "ACTIVE")
        self.house.cloud.delete_failure = "port in use"
        self.house.client.delete_vnf(self.house.context, row["id"])
        self.house.wait("a deletion", lambda: self.house.cloud.calls["delete"])
        self.house.cloud.delete_failure = ""
        self.house.wait_gone(row["id"])
        self.assertEqual(2, self.house.cloud.calls["delete"])
        self.assertEqual(CREATED + DELETED, self.house.events(row["id"]))

    def test_delete_during_create_leaves_no_stack(self):
        self.house.cloud.delay = 0.3
        rows = [self.house.create_vnf(f"vnf-{n}") for n in range(5)]
        for row in rows:
            self.house.client.delete_vnf(self.house.context, row["id"])
        for row in rows:
            self.house.wait_gone(row["id"])
        self.assertEqual({}, self.house.cloud.stacks)

    def test_forced_delete_of_what_the_vim_refuses(self):
        row = self.house.create_vnf()
        self.house.wait_status(row["id"], "ACTIVE")
        self.house.cloud.fail("delete", exceptions.VimRejected(vim="v", reason="no"))
        admin = context.RequestContext(is_admin=True, overwrite=False)
        self.house.client.delete_vnf(admin, row["id"], force=True)
        self.assertIsNone(self.house.vnf(row["id"]))
        self.assertEqual(DELETED, self.house.events(row["id"])[3:])

    def test_time_limit(self):
        house = self.useFixture(Conductors(operation_timeout=1))
        house.start()
        house.cloud.delay = 60
        house.register_vim()
        row = house.create_vnf()
        row = house.wait_status(row["id"], "ERROR")
        self.assertIn("Not done after 1 seconds", row["reason"])


class TestHangingVim(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.house = self.useFixture(Conductors(workers=2))
        self.house.start()
        self.hanging = self.house.register_vim("hanging")
        url = f"fake://quick-{secrets.token_hex(4)}"
        self.addCleanup(FakeCloud.forget, url)
        self.quick = self.house.register_vim("quick", auth_url=url, is_default=False)

    def _create(self, name, vim):
        return self.house.create_vnf(name, vim_id=vim["id"])["id"]

    def test_other_vims_go_on(self):
        with self.house.cloud.lock:
            stuck = [self._create(f"stuck-{n}", self.hanging) for n in range(3)]
            for number in range(3):
                made = self._create(f"vnf-{number}", self.quick)
                self.house.wait_status(made, "ACTIVE")
                self.house.client.delete_vnf(self.house.context, made)
                self.house.wait_gone(made)
            for vnf_id in stuck:
                self.assertEqual("PENDING_CREATE", self.house.vnf(vnf_id)["status"])
        for vnf_id in stuck:
            self.house.wait_status(vnf_id, "ACTIVE")
        self.assertEqual(3, len(self.house.cloud.stacks))


class TestVims(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.house = self.useFixture(Conductors())
        self.service = self.house.start()

    def _vim(self, vim_id):
        with self.house.database.reader() as session:
            return vim_table.get(session, vim_id)

    def _wait(self, vim_id, status):
        self.house.wait(status, lambda: self._vim(vim_id)["status"] == status)
        return self._vim(vim_id)

    def test_register_then_reachable(self):
        row = self.house.register_vim()
        self.assertEqual("PENDING", row["status"])
        self.assertNotIn("secrets", row)
        self.assertNotIn("s3cret", str(row))
        self.assertNotIn("s3cret", str(self._vim(row["id"])))
        row = self._wait(row["id"], "REACHABLE")
        self.assertIsNotNone(row["last_seen_at"])
        self.assertEqual({"regions": ["RegionOne"]}, row["placement_attr"])

    def test_lost_and_reached_again(self):
        row = self.house.register_vim()
        self._wait(row["id"], "REACHABLE")
        fault = exceptions.VimUnreachable(vim="vim-1", reason="connection refused")
        self.house.cloud.fail("verify", fault)
        self.service._vims.check_all()
        lost = self._wait(row["id"], "UNREACHABLE")
        self.assertIn("connection refused", lost["reason"])
        self.service._vims.check_all()
        self.assertIsNone(self._wait(row["id"], "REACHABLE")["reason"])
        self.assertEqual(
            [
                ("CREATE", "PENDING"),
                ("MONITOR", "REACHABLE"),
                ("MONITOR", "UNREACHABLE"),
                ("MONITOR", "REACHABLE"),
            ],
            self.house.events(row["id"]),
        )

    def test_wrong_password(self):
        self.house.cloud.password = "another"
        error = self.assertRaises(exceptions.InvalidInput, self.house.register_vim)
        self.assertEqual(400, error.status)
        self.assertEqual("VimUnauthorizedException", error.public_type)
        with self.house.database.reader() as session:
            self.assertEqual([], vim_table.list_rows(session))

    def test_second_default(self):
        self.house.register_vim()
        error = self.assertRaises(
            exceptions.Conflict, self.house.register_vim, name="vim-2"
        )
        self.assertTrue(error.message.startswith("Default VIM already exists"))
        self.assertEqual("VimDefaultDuplicateException", error.public_type)

    def test_in_use(self):
        vim = self.house.register_vim()
        vnf = self.house.create_vnf()
        calls = (
            lambda: self.house.client.delete_vim(self.house.context, vim["id"]),
            lambda: self.house.client.update_vim(
                self.house.context, vim["id"], {"name": "new"}
            ),
        )
        for call in calls:
            error = self.assertRaises(exceptions.InUse, call)
            self.assertIn(f"VIM {vim['id']} is still in use by VNF", error.message)
        self.house.wait_status(vnf["id"], "ACTIVE")
        self.house.client.delete_vnf(self.house.context, vnf["id"])
        self.house.wait_gone(vnf["id"])
        self.house.client.delete_vim(self.house.context, vim["id"])
        again = self.house.register_vim()
        self.assertNotEqual(vim["id"], again["id"])

    def test_update_merges(self):
        row = self.house.register_vim()
        self.house.cloud.password = "new"
        body = {
            "auth_cred": {"password": "new"},
            "vim_project": {"project_domain_name": "Default"},
            "description": "rack 3",
        }
        new = self.house.client.update_vim(self.house.context, row["id"], body)
        self.assertEqual("nfv", new["auth_cred"]["username"])
        self.assertEqual(
            {"name": "nfv", "project_domain_name": "Default"}, new["vim_project"]
        )
        self.assertEqual(PROJECT, new["project_id"])
        self.assertIsNotNone(new["updated_at"])
