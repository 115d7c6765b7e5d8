"""Requests and answers of ``/v1.0/vnfs``."""

from __future__ import annotations

import json
import uuid

from tacker_lite import exceptions
from tacker_lite.tests.functional.api import base
from tacker_lite.vim.fake import FakeCloud


class TestVnf(base.ApiTestCase):
    def setUp(self):
        super().setUp()
        self.vim = self.make_vim(is_default=True)
        self.vnfd = self.make_vnfd()

    def post(self, **body):
        return self.call("POST", "/v1.0/vnfs.json", {"vnf": body})

    def test_a_whole_life(self):
        made = self.make_vnf(
            vnfd_id=self.vnfd["id"],
            vim_id=self.vim["id"],
            description="ignored",
            attributes={"param_values": {"image_name": "debian"}},
            placement_attr={"region_name": "RegionOne"},
        )
        self.assertEqual("PENDING_CREATE", made["status"])
        self.assertEqual("One server", made["description"])
        self.assertEqual("noauth", made["tenant_id"])
        self.assertEqual(
            {"region_name": "RegionOne", "vim_name": "site-a"}, made["placement_attr"]
        )
        self.assertEqual("image_name: debian\n", made["attributes"]["param_values"])
        vnf = self.wait_status(made["id"], "ACTIVE")
        self.assertIn("VDU1", json.loads(vnf["mgmt_ip_address"]))
        self.assertTrue(vnf["instance_id"])
        path = f"/v1.0/vnfs/{vnf['id']}"
        resources = self.call("GET", f"{path}/resources.json").json["resources"]
        self.assertTrue(resources)
        self.assertEqual(204, self.call("DELETE", f"{path}.json", {}).status)
        self.wait_gone(path)
        events = self.call("GET", f"/v1.0/events?resource_id={vnf['id']}").json
        self.assertEqual(
            {"CREATE", "DELETE"}, {e["event_type"] for e in events["events"]}
        )

    def test_names_stand_for_ids(self):
        vnf = self.make_vnf(vnfd_id="web", vim_id="site-a")
        self.assertEqual(self.vnfd["id"], vnf["vnfd_id"])
        self.assertEqual(self.vim["id"], vnf["vim_id"])
        self.wait_status(vnf["id"], "ACTIVE")
        by_name = self.call("GET", "/v1.0/vnfs/edge-1.json").json["vnf"]
        self.assertEqual(vnf["id"], by_name["id"])

    def test_the_default_vim_and_an_inline_descriptor_as_the_dashboard_sends_them(self):
        body = {
            "vnf": {
                "vnfd_id": "",
                "name": "inline-1",
                "description": "",
                "vim_id": "",
                "vnfd_template": base.VNFD,
                "attributes": {"param_values": "image_name: debian\n", "config": ""},
            },
            "placement_attr": {"region_name": ""},
        }
        answer = self.call("POST", "/v1.0/vnfs", body)
        self.assertEqual(201, answer.status, answer.body)
        vnf = answer.json["vnf"]
        vnfd = self.call("GET", f"/v1.0/vnfds/{vnf['vnfd_id']}").json["vnfd"]
        self.assertEqual("inline", vnfd["template_source"])
        self.assertEqual(self.vim["id"], vnf["vim_id"])
        self.wait_status(vnf["id"], "ACTIVE")
        self.call("DELETE", f"/v1.0/vnfs/{vnf['id']}")
        self.wait_gone(f"/v1.0/vnfs/{vnf['id']}")
        self.assertEqual(404, self.call("GET", f"/v1.0/vnfds/{vnf['vnfd_id']}").status)

    def test_a_null_template_beside_an_id(self):
        self.make_vnf(vnfd_id=self.vnfd["id"], vnfd_template=None, attributes=None)

    def test_update_of_the_configuration(self):
        vnf = self.make_vnf(vnfd_id="web")
        self.wait_status(vnf["id"], "ACTIVE")
        path = f"/v1.0/vnfs/{vnf['id']}.json"
        config = {"vdus": {"VDU1": {"config": {"firewall": "on"}}}}
        body = {"vnf": {"attributes": {"config": config}, "name": "x"}}
        answer = self.call("PUT", path, body)
        self.assertEqual(200, answer.status, answer.body)
        self.assertEqual("PENDING_UPDATE", answer.json["vnf"]["status"])
        vnf = self.wait_status(vnf["id"], "ACTIVE")
        self.assertIn("firewall", vnf["attributes"]["config"])
        self.assertEqual("edge-1", vnf["name"])
        self.assertIsNotNone(vnf["updated_at"])

    def test_refused_creations_leave_nothing(self):
        unknown = str(uuid.uuid4())
        for status, public_type, words, body in (
            (400, "HTTPBadRequest", ["vnfd_id", "vnfd_template"], {}),
            (400, "HTTPBadRequest", ["vnfd_template"], {"vnfd_id": ""}),
            (
                400,
                "HTTPBadRequest",
                ["vnfd_template"],
                {"vnfd_id": "web", "vnfd_template": base.VNFD},
            ),
            (400, "ToscaParserFailed", ["empty"], {"vnfd_template": {}}),
            (404, "VNFDNotFound", [unknown], {"vnfd_id": unknown}),
            (404, "VNFDNotFound", ["nope"], {"vnfd_id": "nope"}),
            (
                404,
                "VimNotFoundException",
                [unknown],
                {"vnfd_id": "web", "vim_id": unknown},
            ),
            (
                404,
                "VimNotFoundException",
                ["nope"],
                {"vnfd_id": "web", "vim_id": "nope"},
            ),
            (400, "HTTPBadRequest", ["vnfd_id", "text"], {"vnfd_id": 7}),
            (400, "HTTPBadRequest", ["vim_id"], {"vnfd_id": "web", "vim_id": ["a"]}),
            (400, "HTTPBadRequest", ["attributes"], {"attributes": "text"}),
            (400, "HTTPBadRequest", ["placement_attr"], {"placement_attr": "text"}),
            (
                400,
                "InvalidAPIAttributeType",
                ["param_values", "object"],
                {"vnfd_id": "web", "attributes": {"param_values": ["a"]}},
            ),
            (
                400,
                "InvalidAPIAttributeType",
                ["attributes.other"],
                {"vnfd_id": "web", "attributes": {"other": {"a": 1}}},
            ),
            (
                400,
                "ParamYAMLNotWellFormed",
                ["param_values"],
                {"vnfd_id": "web", "attributes": {"param_values": "a: [b"}},
            ),
            (
                400,
                "InvalidAPIAttributeType",
                ["param_values"],
                {"vnfd_id": "web", "attributes": {"param_values": "just text"}},
            ),
            (
                400,
                "ParamYAMLNotWellFormed",
                ["config"],
                {"vnfd_id": "web", "attributes": {"config": "a: &a {}\nb: [*a, *a]"}},
            ),
            (
                400,
                "ParamYAMLNotWellFormed",
                ["config"],
                {"vnfd_id": "web", "attributes": {"config": "a: 2024-99-99"}},
            ),
            (
                400,
                "ParamYAMLNotWellFormed",
                ["config"],
                {"vnfd_id": "web", "attributes": {"config": "[" * 5000}},
            ),
            (
                400,
                "ToscaParserFailed",
                ["colour"],
                {"vnfd_id": "web", "attributes": {"param_values": {"colour": 1}}},
            ),
            (
                400,
                "VimRegionNotFoundException",
                ["Atlantis"],
                {"vnfd_id": "web", "placement_attr": {"region_name": "Atlantis"}},
            ),
            (400, "HTTPBadRequest", ["status", "cannot be set"], {"status": "ACTIVE"}),
            (400, "HTTPBadRequest", ["colour"], {"vnfd_id": "web", "colour": "red"}),
            (
                400,
                "ToscaParserFailed",
                ["topology_template"],
                {"vnfd_template": {**base.VNFD, "topology_template": []}},
            ),
        ):
            with self.subTest(body=body):
                answer = self.post(name="bad", **body)
                self.assert_refused(status, public_type, *words, answer=answer)
        self.assertEqual([], self.call("GET", "/v1.0/vnfs").json["vnfs"])
        self.assertEqual(1, len(self.call("GET", "/v1.0/vnfds").json["vnfds"]))

    def test_a_bad_name(self):
        for name in ("", "  ", "x" * 256, None, 5):
            answer = self.post(name=name, vnfd_id="web")
            self.assert_refused(400, "HTTPBadRequest", "name", answer=answer)
        answer = self.post(vnfd_id="web")
        self.assert_refused(400, "HTTPBadRequest", "name", answer=answer)

    def test_without_a_default_vim(self):
        path = f"/v1.0/vims/{self.vim['id']}"
        self.call("PUT", path, {"vim": {"is_default": "false"}})
        answer = self.post(name="x", vnfd_id="web")
        self.assert_refused(400, "VimDefaultNotDefined", "default", answer=answer)

    def test_a_doubled_name(self):
        vnf = self.make_vnf(vnfd_id="web")
        answer = self.post(name="edge-1", vnfd_id="web")
        self.assert_refused(
            409,
            "DuplicateEntity",
            "vnf already exist with given ['tenant_id', 'name', 'deleted_at']",
            answer=answer,
        )
        self.wait_status(vnf["id"], "ACTIVE")

    def test_a_vim_that_fails_halfway(self):
        url = self.cloud()
        self.make_vim("broken", auth_url=url)
        fault = exceptions.VimRejected(vim="broken", reason="no room left")
        FakeCloud.at(url).fail("apply", fault)
        vnf = self.make_vnf("lost", vnfd_id="web", vim_id="broken")
        vnf = self.wait_status(vnf["id"], "ERROR")
        self.assertIn("no room left", vnf["error_reason"])
        path = f"/v1.0/vnfs/{vnf['id']}"
        answer = self.call("GET", f"{path}/resources")
        self.assert_refused(400, "VNFInactive", vnf["id"], answer=answer)
        # What was only for a moment is tried again.
        answer = self.call("PUT", path, {"vnf": {"attributes": {}}})
        self.assertEqual(
            (200, None), (answer.status, answer.json["vnf"]["error_reason"])
        )
        self.wait_status(vnf["id"], "ACTIVE")
        self.assertEqual(204, self.call("DELETE", path).status)
        self.wait_gone(path)

    def test_force_delete_removes_at_once(self):
        vnf = self.make_vnf(vnfd_id="web")
        path = f"/v1.0/vnfs/{vnf['id']}"
        body = {"vnf": {"attributes": {"force": True}}}
        self.assertEqual(204, self.call("DELETE", path, body).status)
        self.assertEqual(404, self.call("GET", path).status)

    def test_used_vims_and_descriptors_stay(self):
        vnf = self.make_vnf(vnfd_id="web")
        self.wait_status(vnf["id"], "ACTIVE")
        answer = self.call("DELETE", f"/v1.0/vnfds/{self.vnfd['id']}")
        self.assert_refused(409, "VNFDInUse", self.vnfd["id"], answer=answer)
        path = f"/v1.0/vims/{self.vim['id']}"
        for answer in (
            self.call("DELETE", path),
            self.call("PUT", path, {"vim": {"description": "x"}}),
        ):
            text = f"VIM {self.vim['id']} is still in use by VNF"
            self.assert_refused(409, "VimInUseException", text, answer=answer)

    def test_unknown_ids(self):
        for ident in (str(uuid.uuid4()), "no-such-name"):
            path = f"/v1.0/vnfs/{ident}"
            for method, tail, body in (
                ("GET", "", None),
                ("PUT", "", {"vnf": {"attributes": {}}}),
                ("DELETE", "", {}),
                ("GET", "/resources", None),
            ):
                answer = self.call(method, path + tail, body)
                self.assert_refused(404, "VNFNotFound", ident, answer=answer)

    def test_filters(self):
        first = self.make_vnf("one", vnfd_id="web")
        second = self.make_vnf("two", vnfd_id="web")
        self.wait_status(first["id"], "ACTIVE")
        self.wait_status(second["id"], "ACTIVE")
        for query, names in (
            ("", ["one", "two"]),
            ("name=one", ["one"]),
            ("name=one&name=two", ["one", "two"]),
            (f"id={second['id']}&fields=id", [None]),
            ("name=nope", []),
            ("status=ACTIVE&name=two", ["two"]),
            ("status=ERROR", []),
            ("status=", ["one", "two"]),
            ("misspelt=1", ["one", "two"]),
            (f"vim_id={self.vim['id']}", ["one", "two"]),
            ("tenant_id=noauth", ["one", "two"]),
            ("tenant_id=other", []),
            ("owner=x", ["one", "two"]),
            ("sort_key=name&sort_dir=desc", ["two", "one"]),
            ("limit=1", ["one"]),
        ):
            with self.subTest(query=query):
                rows = self.call("GET", f"/v1.0/vnfs.json?{query}").json["vnfs"]
                self.assertEqual(names, [row.get("name") for row in rows])
        rows = self.call("GET", "/v1.0/vnfs.json?name=one&fields=id&fields=x").json
        self.assertEqual([{"id": first["id"]}], rows["vnfs"])


class TestVnfWithoutConductor(base.ApiTestCase):
    with_conductor = False
    options = {"conductor": {"rpc_timeout": 1}}

    def test_the_answer_says_so(self):
        answer = self.call("POST", "/v1.0/vims", self.vim_body())
        self.assert_refused(503, "ServiceUnavailable", "conductor", answer=answer)
        self.assertIn("Retry-After", answer.headers)
