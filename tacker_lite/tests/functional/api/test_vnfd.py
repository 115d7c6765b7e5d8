"""Requests and answers of ``/v1.0/vnfds``."""

from __future__ import annotations

import uuid

import yaml

from tacker_lite.tests.functional.api import base


class TestVnfd(base.ApiTestCase):
    with_conductor = False

    def post(self, **changes):
        return self.call("POST", "/v1.0/vnfds.json", self.vnfd_body(**changes))

    def without(self, name):
        body = self.vnfd_body()
        del body["vnfd"][name]
        return self.call("POST", "/v1.0/vnfds.json", body)

    def test_a_whole_life(self):
        vnfd = self.make_vnfd("web", description="mine")
        self.assertEqual(["vnfd"], vnfd["service_types"])
        self.assertEqual(base.VNFD, yaml.safe_load(vnfd["attributes"]["vnfd"]))
        self.assertEqual(("web", "mine"), (vnfd["name"], vnfd["description"]))
        self.assertEqual("onboarded", vnfd["template_source"])
        self.assertIsNone(vnfd["updated_at"])
        path = f"/v1.0/vnfds/{vnfd['id']}.json"
        self.assertEqual(vnfd, self.call("GET", path).json["vnfd"])
        self.assertEqual(vnfd, self.call("GET", "/v1.0/vnfds/web.json").json["vnfd"])
        body = {"vnfd": {"name": "web-2", "description": "other"}}
        changed = self.call("PUT", path, body).json["vnfd"]
        self.assertEqual("web-2", changed["name"])
        self.assertEqual("other", changed["description"])
        self.assertIsNotNone(changed["updated_at"])
        self.assertEqual(204, self.call("DELETE", path).status)
        answer = self.call("GET", path)
        self.assert_refused(404, "VNFDNotFound", vnfd["id"], answer=answer)
        events = self.call("GET", f"/v1.0/events?resource_id={vnfd['id']}").json
        self.assertEqual(
            [
                ("CREATE", "OnBoarded"),
                ("UPDATE", "Not Applicable"),
                ("DELETE", "Not Applicable"),
            ],
            [(e["event_type"], e["resource_state"]) for e in events["events"]],
        )
        self.make_vnfd("web-2")

    def test_name_and_description_of_the_template(self):
        vnfd = self.make_vnfd("")
        self.assertEqual("one-server", vnfd["name"])
        self.assertEqual("One server", vnfd["description"])

    def test_refused(self):
        broken = {**base.VNFD, "topology_template": "none"}
        no_version = dict(base.VNFD)
        del no_version["tosca_definitions_version"]
        for public_type, words, answer in (
            ("HTTPBadRequest", ["name"], self.without("name")),
            ("HTTPBadRequest", ["name"], self.post(name=None)),
            ("HTTPBadRequest", ["name", "255"], self.post(name="n" * 256)),
            (
                "ServiceTypesNotSpecified",
                ["service_types"],
                self.without("service_types"),
            ),
            (
                "ServiceTypesNotSpecified",
                ["service_types"],
                self.post(service_types=[]),
            ),
            (
                "ServiceTypesNotSpecified",
                ["service_types"],
                self.post(service_types="vnfd"),
            ),
            ("HTTPBadRequest", ["attributes"], self.without("attributes")),
            ("HTTPBadRequest", ["attributes"], self.post(attributes=None)),
            (
                "InvalidAPIAttributeType",
                ["attributes.vnfd"],
                self.post(attributes={"vnfd": "tosca_definitions_version: x"}),
            ),
            (
                "InvalidAPIAttributeType",
                ["attributes.vnfd", "required"],
                self.post(attributes={}),
            ),
            (
                "HTTPBadRequest",
                ["template_source"],
                self.post(template_source="inline"),
            ),
            ("HTTPBadRequest", ["mgmt_driver"], self.post(mgmt_driver="noop")),
            (
                "ToscaParserFailed",
                ["topology_template"],
                self.post(attributes={"vnfd": broken}),
            ),
            (
                "ToscaParserFailed",
                ["tosca_definitions_version"],
                self.post(attributes={"vnfd": no_version}),
            ),
        ):
            with self.subTest(words=words):
                self.assert_refused(400, public_type, *words, answer=answer)
        self.assertEqual([], self.call("GET", "/v1.0/vnfds").json["vnfds"])
        self.assertEqual([], self.call("GET", "/v1.0/events").json["events"])

    def test_templates_of_any_shape_are_never_our_fault(self):
        for template in (
            {},
            {"a": None},
            {"tosca_definitions_version": None},
            {"tosca_definitions_version": ["x"]},
            {"tosca_definitions_version": "tosca_simple_yaml_9_9"},
            {**base.VNFD, "topology_template": {}},
            {**base.VNFD, "topology_template": {"node_templates": None}},
            {**base.VNFD, "topology_template": {"node_templates": {"A": None}}},
            {**base.VNFD, "topology_template": {"node_templates": {"A": {"type": 7}}}},
            {**base.VNFD, "topology_template": {"node_templates": [1, 2]}},
            {**base.VNFD, "metadata": "text"},
            {**base.VNFD, "metadata": {"template_name": ["a"]}},
            {**base.VNFD, "description": {"a": 1}},
            {**base.VNFD, "imports": 5},
            {**base.VNFD, "imports": ["/etc/passwd"]},
            {**base.VNFD, "node_types": []},
        ):
            with self.subTest(template=template):
                answer = self.post(name="odd", attributes={"vnfd": template})
                self.assertIn(answer.status, (400, 201), answer.body)
                if answer.status == 201:
                    self.call("DELETE", "/v1.0/vnfds/odd")

    def test_doubled_name(self):
        self.make_vnfd("web")
        other = self.make_vnfd("other")
        text = "vnfd already exist with given ['tenant_id', 'name', 'deleted_at']"
        self.assert_refused(409, "DuplicateEntity", text, answer=self.post(name="web"))
        body = {"vnfd": {"name": "web"}}
        answer = self.call("PUT", f"/v1.0/vnfds/{other['id']}", body)
        self.assert_refused(409, "DuplicateEntity", text, answer=answer)

    def test_unchangeable_attributes(self):
        vnfd = self.make_vnfd()
        for name in ("attributes", "service_types", "tenant_id", "id"):
            body = {"vnfd": {name: vnfd[name]}}
            answer = self.call("PUT", f"/v1.0/vnfds/{vnfd['id']}", body)
            self.assert_refused(400, "HTTPBadRequest", name, answer=answer)

    def test_unknown_ids(self):
        for ident in (str(uuid.uuid4()), "a-name"):
            for method, body in (
                ("GET", None),
                ("PUT", {"vnfd": {"description": "x"}}),
                ("DELETE", {}),
            ):
                answer = self.call(method, f"/v1.0/vnfds/{ident}", body)
                self.assert_refused(404, "VNFDNotFound", ident, answer=answer)

    def test_template_source(self):
        self.make_vnfd("web")
        for value, count in (("onboarded", 1), ("inline", 0), ("all", 1), ("", 1)):
            path = f"/v1.0/vnfds.json?template_source={value}"
            self.assertEqual(count, len(self.call("GET", path).json["vnfds"]))

    def test_pages(self):
        for number in range(5):
            self.make_vnfd(f"web-{number}")
        seen, path, pages = [], "/v1.0/vnfds.json?limit=2&fields=name&fields=id", 0
        while path:
            answer = self.call("GET", path).json
            seen += [row["name"] for row in answer["vnfds"]]
            links = {link["rel"]: link["href"] for link in answer["vnfds_links"]}
            path, pages = links.get("next"), pages + 1
        self.assertEqual([f"web-{number}" for number in range(5)], seen)
        self.assertEqual(3, pages)
        back = self.call("GET", links["previous"]).json
        self.assertEqual(["web-2", "web-3"], [row["name"] for row in back["vnfds"]])
        path = "/v1.0/vnfds?limit=2&sort_key=name&sort_dir=desc"
        rows = self.call("GET", path).json["vnfds"]
        self.assertEqual(["web-4", "web-3"], [row["name"] for row in rows])
        self.assertNotIn("vnfds_links", self.call("GET", "/v1.0/vnfds?limit=0").json)

    def test_bad_pages(self):
        self.make_vnfd()
        for query, word in (
            ("limit=-1", "limit"),
            ("limit=x", "limit"),
            ("limit=99999999999", "limit"),
            ("sort_key=name", "sort_dir"),
            ("sort_key=name&sort_dir=up", "sort_dir"),
            ("sort_key=template&sort_dir=asc", "sort_key"),
            ("marker=nope", "marker"),
            ("page_reverse=perhaps", "page_reverse"),
        ):
            answer = self.call("GET", f"/v1.0/vnfds?{query}")
            self.assert_refused(400, "BadRequest", word, answer=answer)
