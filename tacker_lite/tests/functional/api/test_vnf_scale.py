"""Scaling: ``/v1.0/vnfs/{id}/actions``."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json

from tacker_lite import exceptions
from tacker_lite.tests.functional import scaled
from tacker_lite.tests.functional.api import base
from tacker_lite.vim.fake import FakeCloud


class ScaleCase(base.ApiTestCase):
    document = scaled.VNFD

    def setUp(self):
        super().setUp()
        self.vim = self.make_vim(is_default=True)
        self.cloud = FakeCloud.at(self.vim["auth_url"])
        made = self.make_vnf(vnfd_template=self.document)
        self.vnf = self.wait_status(made["id"], "ACTIVE")
        self.path = f"/v1.0/vnfs/{self.vnf['id']}"

    def scale(self, policy, type_):
        body = {"scale": {"type": type_, "policy": policy}}
        return self.call("POST", f"{self.path}/actions.json", body)

    def addresses(self):
        vnf = self.wait_status(self.vnf["id"], "ACTIVE")
        return json.loads(vnf["mgmt_ip_address"])

    def events(self, event_type):
        query = f"resource_id={self.vnf['id']}&event_type={event_type}"
        rows = self.call("GET", f"/v1.0/events?{query}").json["events"]
        return [(row["resource_state"], row["event_details"]) for row in rows]


class TestScale(ScaleCase):
    def test_out_and_in_between_the_bounds(self):
        self.assertEqual(1, len(self.addresses()["VDU1"]))
        self.assertIsInstance(self.addresses()["VDU2"], str)
        for type_, copies in (
            ("out", 2), ("out", 3), ("out", 3), ("in", 2), ("in", 1), ("in", 1),
        ):  # fmt: skip
            applied = self.cloud.calls["apply"]
            answer = self.scale("SP1", type_)
            self.assertEqual(201, answer.status, answer.body)
            self.assertEqual({"scale": {"type": type_, "policy": "SP1"}}, answer.json)
            self.assertEqual(copies, len(self.addresses()["VDU1"]))
            at_bound = len(self.events("SCALE")) in (6, 12)
            self.assertEqual(applied + (not at_bound), self.cloud.calls["apply"])
        self.assertEqual(
            [
                ("PENDING_SCALE_OUT", "SP1-out"),
                ("ACTIVE", "SP1 now has 2 copies"),
                ("PENDING_SCALE_OUT", "SP1-out"),
                ("ACTIVE", "SP1 now has 3 copies"),
                ("PENDING_SCALE_OUT", "SP1-out"),
                ("ACTIVE", "SP1 stays at its bound of 3 copies"),
                ("PENDING_SCALE_IN", "SP1-in"),
                ("ACTIVE", "SP1 now has 2 copies"),
                ("PENDING_SCALE_IN", "SP1-in"),
                ("ACTIVE", "SP1 now has 1 copy"),
                ("PENDING_SCALE_IN", "SP1-in"),
                ("ACTIVE", "SP1 stays at its bound of 1 copy"),
            ],
            self.events("SCALE"),
        )
        self.assertEqual(
            {"SP1": "SP1_group"},
            json.loads(self.vnf["attributes"]["scaling_group_names"]),
        )

    def test_refusals(self):
        for policy, type_, status, public_type, *words in (
            (None, "out", 400, "HTTPBadRequest", "policy"),
            ("SP1", None, 400, "HTTPBadRequest", "type"),
            ("SP9", "out", 404, "VnfPolicyNotFound", "SP1"),
            ("VDU1", "out", 404, "VnfPolicyNotFound", "VDU1"),
            ("apart", "out", 400, "VnfPolicyTypeInvalid", "SP1"),
            ("SP1", "up", 400, "VnfPolicyActionInvalid", "out"),
            ("x" * 256, "out", 400, "HTTPBadRequest", "policy", "255"),
            ("SP1", "x" * 1_000_000, 400, "HTTPBadRequest", "type", "255"),
            ("100%", "out", 404, "VnfPolicyNotFound", "SP1"),
            ("\N{OCTOPUS}", "out", 404, "VnfPolicyNotFound", "SP1"),
            (["SP1"], "out", 400, "HTTPBadRequest", "policy"),
            ("SP1", {"a": 1}, 400, "HTTPBadRequest", "type"),
        ):
            answer = self.scale(policy, type_)
            self.assert_refused(status, public_type, *words, answer=answer)
        body = {"scale": {"type": "out"}}
        answer = self.call("POST", f"{self.path}/actions", body)
        self.assert_refused(400, "HTTPBadRequest", "policy", answer=answer)
        answer = self.call("POST", "/v1.0/vnfs/nope/actions", body)
        self.assertEqual(405, self.call("GET", f"{self.path}/actions").status)
        self.assertEqual([], self.events("SCALE"))

    def test_a_second_request_meanwhile(self):
        self.cloud.delay = 0.5
        self.assertEqual(201, self.scale("SP1", "out").status)
        answer = self.scale("SP1", "out")
        self.assert_refused(409, "VNFInUse", "PENDING_SCALE_OUT", answer=answer)
        self.assertEqual(2, len(self.addresses()["VDU1"]))

    def test_an_update_keeps_the_size(self):
        self.scale("SP1", "out")
        self.addresses()
        body = {"vnf": {"attributes": {"param_values": {"image_name": "debian"}}}}
        self.assertEqual(200, self.call("PUT", self.path, body).status)
        self.assertEqual(2, len(self.addresses()["VDU1"]))

    def resize_behind_our_back(self, copies):
        """What a signal to one of the stack's own scaling policies does."""
        (stack,) = self.cloud.stacks.values()
        stack.template = dataclasses.replace(stack.template, sizes={"SP1": copies})

    def test_steps_start_from_what_the_vim_says(self):
        self.resize_behind_our_back(3)
        self.scale("SP1", "in")
        self.assertEqual(2, len(self.addresses()["VDU1"]))
        self.assertEqual("SP1 now has 2 copies", self.events("SCALE")[-1][1])

    def test_an_update_keeps_the_size_that_the_vim_says(self):
        self.resize_behind_our_back(3)
        body = {"vnf": {"attributes": {"param_values": {"image_name": "debian"}}}}
        self.assertEqual(200, self.call("PUT", self.path, body).status)
        self.assertEqual(3, len(self.addresses()["VDU1"]))
        (stack,) = self.cloud.stacks.values()
        self.assertEqual("debian", stack.template.inputs["image_name"])
        # The same holds when the VIM then refuses the change.
        self.resize_behind_our_back(2)
        refusal = exceptions.VimRejected(vim="site-a", reason="no image")
        self.cloud.fail("apply", refusal)
        body = {"vnf": {"attributes": {"param_values": {"image_name": "none"}}}}
        self.assertEqual(200, self.call("PUT", self.path, body).status)
        vnf = self.wait_status(self.vnf["id"], "ERROR")
        self.assertIn("debian", vnf["attributes"]["param_values"])
        self.assertEqual(200, self.call("PUT", self.path, {"vnf": {}}).status)
        self.assertEqual(2, len(self.addresses()["VDU1"]))

    def test_of_many_callers_one_is_heard(self):
        self.cloud.delay = 0.5
        with concurrent.futures.ThreadPoolExecutor(12) as callers:
            answers = list(callers.map(lambda _: self.scale("SP1", "out"), range(24)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual([201] + [409] * 23, statuses)
        self.assertEqual(2, len(self.addresses()["VDU1"]))

    def test_an_unreachable_vim_is_waited_for_and_a_deletion_is_not_kept_away(self):
        fault = exceptions.VimUnreachable(vim="site-a", reason="connection refused")
        self.cloud.fail("status", fault, times=100)
        self.assertEqual(201, self.scale("SP1", "out").status)
        body = {"vnf": {"attributes": {"param_values": {"image_name": "debian"}}}}
        answer = self.call("PUT", self.path, body)
        self.assert_refused(409, "VNFInUse", "PENDING_SCALE_OUT", answer=answer)
        self.assertEqual(204, self.call("DELETE", self.path).status)
        self.cloud._faults.clear()
        self.wait_gone(self.path)
        self.assertEqual({}, self.cloud.stacks)

    def test_deletion_meanwhile(self):
        self.cloud.delay = 0.5
        self.scale("SP1", "out")
        self.assertEqual(204, self.call("DELETE", self.path).status)
        self.wait_gone(self.path)
        self.assertEqual({}, self.cloud.stacks)

    def test_what_the_vim_refuses_is_taken_back_and_mended(self):
        refusal = exceptions.VimQuotaExceeded(vim="site-a", reason="10 of 10 servers")
        self.cloud.fail("apply", refusal)
        before = self.vnf["attributes"]
        self.scale("SP1", "out")
        vnf = self.wait_status(self.vnf["id"], "ERROR")
        self.assertIn("10 of 10 servers", vnf["error_reason"])
        self.assertEqual(before, vnf["attributes"])
        self.assertEqual(("ERROR", vnf["error_reason"]), self.events("SCALE")[-1])
        answer = self.scale("SP1", "out")
        self.assert_refused(409, "VNFInUse", "ERROR", answer=answer)
        self.assertEqual(200, self.call("PUT", self.path, {"vnf": {}}).status)
        self.assertEqual(1, len(self.addresses()["VDU1"]))
        self.scale("SP1", "out")
        self.assertEqual(2, len(self.addresses()["VDU1"]))

    def test_a_vim_that_cannot_be_reached_adds_one_copy(self):
        fault = exceptions.VimUnreachable(vim="site-a", reason="connection refused")
        for method in ("status", "apply"):
            self.cloud.fail(method, fault, times=2)
        self.cloud.lose_answer("apply")
        self.scale("SP1", "out")
        self.assertEqual(2, len(self.addresses()["VDU1"]))
