"""Conductors that die, and what becomes of the work that they had in hand."""

import base64
import json
import time

import testtools

from tacker_lite import exceptions
from tacker_lite.tests.functional import scaled
from tacker_lite.tests.functional.conductor_fixture import Conductors
from tacker_lite.tests.unit.tosca import descriptors, packages

CREATED = [("CREATE", "PENDING_CREATE")] * 2 + [("CREATE", "ACTIVE")]
DELETED = [("DELETE", "PENDING_DELETE")] * 2


class TestDeath(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.house = self.useFixture(
            Conductors(heartbeat_interval=1, silent_after=2, reconcile_interval=0.05)
        )
        self.first = self.house.start("host-1")
        self.house.register_vim()
        self.house.cloud.delay = 0.3

    def _begun(self, vnf_id):
        self.house.wait("work on the VIM", lambda: self.house.vnf(vnf_id)["handle"])

    def test_restart_while_the_vim_builds(self):
        row = self.house.create_vnf()
        self._begun(row["id"])
        self.house.kill(self.first)
        self.house.start("host-1")
        self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual(1, len(self.house.cloud.stacks))
        self.assertEqual(CREATED, self.house.events(row["id"]))

    def test_restart_before_the_answer_was_kept(self):
        self.house.cloud.lose_answer("apply")
        row = self.house.create_vnf()
        self.house.wait("an unknown stack", lambda: self.house.cloud.stacks)
        self.house.kill(self.first)
        self.assertIsNone(self.house.vnf(row["id"])["handle"])
        self.house.start("host-1")
        row = self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual([row["handle"]], list(self.house.cloud.stacks))
        self.assertEqual(CREATED, self.house.events(row["id"]))

    def test_restart_with_a_package_of_its_own(self):
        """The scripts are those of the package, which came with the request alone."""
        self.house.cloud.lose_answer("apply")
        archive = packages.packed(packages.good())
        row = self.house.create_vnf(
            vnfd_template={"csar": base64.b64encode(archive).decode()},
            attributes={"param_values": descriptors.VALUES},
        )
        self.house.wait("an unknown stack", lambda: self.house.cloud.stacks)
        self.house.kill(self.first)
        self.house.cloud.stacks.clear()
        self.house.start("host-1")
        self.house.wait_status(row["id"], "ACTIVE")
        (stack,) = self.house.cloud.stacks.values()
        self.assertIn(packages.INSTALL, stack.template.files.values())

    def test_restart_while_the_vim_removes(self):
        row = self.house.create_vnf()
        self.house.wait_status(row["id"], "ACTIVE")
        self.house.client.delete_vnf(self.house.context, row["id"])
        self.house.kill(self.first)
        self.house.start("host-1")
        self.house.wait_gone(row["id"])
        self.assertEqual({}, self.house.cloud.stacks)
        self.assertEqual(CREATED + DELETED, self.house.events(row["id"]))

    def test_adoption_by_another(self):
        row = self.house.create_vnf()
        self._begun(row["id"])
        self.house.start("host-2")
        self.house.kill(self.first)
        row = self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual("host-2", row["owner"])
        self.assertEqual(CREATED, self.house.events(row["id"]))

    def test_a_living_owner_keeps_its_work(self):
        self.house.cloud.delay = 3
        row = self.house.create_vnf()
        self.house.start("host-2")
        row = self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual("host-1", row["owner"])

    def test_orderly_end_hands_over_at_once(self):
        fault = exceptions.VimUnreachable(vim="vim-1", reason="down")
        self.house.cloud.fail("status", fault, times=3)
        row = self.house.create_vnf()
        self._begun(row["id"])
        self.assertTrue(self.first.stop())
        self.first.test_database.severed = True
        self.house.start("host-2")
        row = self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual("host-2", row["owner"])

    def test_restart_at_any_moment_of_a_change_of_size(self):
        row = self.house.create_vnf(vnfd_template=scaled.VNFD)
        self.house.wait_status(row["id"], "ACTIVE")
        conductor, client = self.first, self.house.client
        for moment in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4):
            for kind, copies in (("out", 2), ("in", 1)):
                client.scale_vnf(self.house.context, row["id"], "SP1", kind)
                time.sleep(moment)
                self.house.kill(conductor)
                conductor = self.house.start("host-1")
                found = self.house.wait_status(row["id"], "ACTIVE")
                self.assertEqual(copies, found["sizes"]["SP1"], f"{kind} {moment}")
                addresses = json.loads(found["mgmt_ip_address"])["VDU1"]
                self.assertEqual(copies, len(addresses))
                (stack,) = self.house.cloud.stacks.values()
                self.assertEqual(copies, stack.template.sizes["SP1"])

    def test_restart_when_the_new_size_is_noted_and_the_answer_is_lost(self):
        row = self.house.create_vnf(vnfd_template=scaled.VNFD)
        self.house.wait_status(row["id"], "ACTIVE")
        self.house.cloud.lose_answer("apply")
        self.house.client.scale_vnf(self.house.context, row["id"], "SP1", "out")
        self.house.wait("the change", lambda: self._sizes() == {"SP1": 2})
        self.house.kill(self.first)
        self.house.start("host-1")
        found = self.house.wait_status(row["id"], "ACTIVE")
        self.assertEqual({"SP1": 2}, found["sizes"])
        self.assertEqual({"SP1": 2}, self._sizes())

    def _sizes(self):
        (stack,) = self.house.cloud.stacks.values()
        return dict(stack.template.sizes)
