"""Updates that meet others, that fail, and that come from a VNF in ERROR."""

import threading
import time

import testtools
import yaml

from tacker_lite import exceptions
from tacker_lite.tests.functional.conductor_fixture import Conductors
from tacker_lite.tosca import parser

DEBIAN = {"image": "debian-12"}
CIRROS = {"image": "cirros"}


class TestUpdates(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.house = self.useFixture(Conductors())
        self.service = self.house.start()
        self.house.register_vim()
        row = self.house.create_vnf(attributes={"param_values": DEBIAN})
        self.vnf_id = row["id"]
        self.house.wait_status(self.vnf_id, "ACTIVE")

    def update(self, **given):
        body = {"attributes": given}
        return self.house.client.update_vnf(self.house.context, self.vnf_id, body)

    def test_no_merge_is_lost_between_simultaneous_updates(self):
        accepted = []
        barrier = threading.Barrier(4)

        def send(number):
            barrier.wait()
            for step in range(5):
                try:
                    self.update(config={"keys": {f"{number}-{step}": step}})
                except exceptions.InvalidState:
                    continue
                accepted.append(f"{number}-{step}")

        threads = [threading.Thread(target=send, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        row = self.house.wait_status(self.vnf_id, "ACTIVE")
        self.assertGreater(len(accepted), 0)
        kept = yaml.safe_load(row["attributes"]["config"])["keys"]
        self.assertEqual(sorted(accepted), sorted(kept))

    def test_a_change_while_another_is_checked_is_kept(self):
        slow = threading.Thread(target=self.update, kwargs={"config": {"a": 1}})
        # Checking a configuration loads the descriptor, which waits for this lock.
        with parser.LOCK:
            slow.start()
            time.sleep(0.5)
            self.update(mine="x")
            self.house.wait_status(self.vnf_id, "ACTIVE")
        slow.join()
        row = self.house.wait_status(self.vnf_id, "ACTIVE")
        self.assertEqual("a: 1\n", row["attributes"]["config"])
        self.assertEqual("x", row["attributes"]["mine"])

    def _fails_and_is_mended(self):
        before = self.house.vnf(self.vnf_id)
        self.update(param_values=CIRROS, config={"a": 1}, mine="x")
        row = self.house.wait_status(self.vnf_id, "ERROR")
        self.assertIn("image cirros does not exist", row["reason"])
        self.assertEqual(DEBIAN, row["param_values"])
        self.assertEqual(before["attributes"], row["attributes"])
        self.house.cloud.failure = ""
        self.update(param_values={"image": "alpine"})
        row = self.house.wait_status(self.vnf_id, "ACTIVE")
        self.assertIsNone(row["reason"])
        self.assertEqual({"image": "alpine"}, row["param_values"])
        self.assertEqual("image: alpine\n", row["attributes"]["param_values"])
        self.assertNotIn("mine", row["attributes"])
        self.assertEqual([row["handle"]], list(self.house.cloud.stacks))

    def test_what_the_vim_refuses(self):
        reason = "image cirros does not exist"
        refusal = exceptions.VimRejected(vim="vim-1", reason=reason)
        self.house.cloud.fail("apply", refusal)
        self._fails_and_is_mended()

    def test_what_the_vim_fails_at(self):
        self.house.cloud.failure = "image cirros does not exist"
        self._fails_and_is_mended()

    def test_mending_without_a_change(self):
        fault = exceptions.VimRejected(vim="vim-1", reason="out of order")
        self.house.cloud.fail("apply", fault)
        self.update(param_values=CIRROS)
        self.house.wait_status(self.vnf_id, "ERROR")
        self.update()
        self.house.wait_status(self.vnf_id, "ACTIVE")
        (stack,) = self.house.cloud.stacks.values()
        self.assertEqual("debian-12", stack.template.inputs["image"])

    def test_a_creation_that_was_refused_is_tried_again(self):
        fault = exceptions.VimRejected(vim="vim-1", reason="quota")
        self.house.cloud.fail("apply", fault)
        vnf_id = self.house.create_vnf("vnf-2")["id"]
        self.assertIsNone(self.house.wait_status(vnf_id, "ERROR")["handle"])
        body = {"attributes": {"param_values": CIRROS}}
        self.house.client.update_vnf(self.house.context, vnf_id, body)
        row = self.house.wait_status(vnf_id, "ACTIVE")
        self.assertIn(row["handle"], self.house.cloud.stacks)
        self.assertIsNotNone(row["mgmt_ip_address"])
