"""Everything that can be asked wrongly, of a whole installation.

What cannot be done is refused at once, by name and with a remedy, and leaves nothing.
"""

import uuid

from tacker_lite.tests.functional.installed import (
    NODES,
    VDU,
    InstalledCase,
    changed,
    sample,
)

UNKNOWN = str(uuid.uuid4())


class TestRefusals(InstalledCase):
    def check(self, rows) -> None:
        """Each row: method, path, body, status, public type and words of the answer."""
        before = self.state()
        for method, path, body, status, public_type, *words in rows:
            shown = body if isinstance(body, (bytes, str)) else str(body)[:200]
            with self.subTest(f"{method} {path} {shown!r}"):
                answer = self.ask(method, path, body)
                said = f"{answer.status_code} {answer.text}"
                self.assertEqual(status, answer.status_code, said)
                fault = answer.json()["TackerError"]
                self.assertEqual(public_type, fault["type"], said)
                self.assertEqual("", fault["detail"])
                for word in words:
                    self.assertIn(word, fault["message"])
                self.assertNotIn("Traceback", said)
        self.assertEqual(before, self.state())

    def test_vims(self):
        body, path = self.vim_body, f"vims/{self.vim['id']}.json"
        dead = "http://127.0.0.1:9/identity/v3"
        lab = self.deployment.lab_url
        rows = [
            (body("site-a"), 409, "DuplicateEntity", "site-a", "another name"),
            (body("b", is_default=True), 409, "VimDefaultDuplicateException", "false"),
            (body("b", type="cloud9"), 400, "InvalidInfraDriver", "openstack"),
            (body("b", auth_url=dead), 400, "VimConnectionException", "check auth_url"),
            (body("b", auth_url=lab), 400, "VimException", "check auth_url"),
            (body("b", auth_url="host"), 400, "HTTPBadRequest", "auth_url"),
            (
                body("b", cred={"password": "wrong"}),
                *(400, "VimUnauthorizedException", "check username, password"),
            ),
            (
                body("b", cred={"username": "nobody"}),
                *(400, "VimUnauthorizedException", "check username"),
            ),
            (
                body("b", vim_project={"name": "elsewhere"}),
                *(400, "VimUnauthorizedException", "project elsewhere"),
            ),
            (
                body("b", cred={"ssl_ca_cert": "/etc/passwd"}),
                *(400, "VimException", "ssl_ca_cert"),
            ),
            (
                body("b", cred={"cert_verify": "maybe"}),
                *(400, "VimException", "cert_verify"),
            ),
            (body("b", colour="red"), 400, "HTTPBadRequest", "colour", "known are"),
            (body(""), 400, "HTTPBadRequest", "name"),
        ]
        self.check(
            [("POST", "vims.json", *row) for row in rows]
            + [
                ("PUT", path, {"vim": {"type": "x"}}, 400, "HTTPBadRequest", "type"),
                (
                    *("PUT", path, {"vim": {"auth_cred": {"password": "wrong"}}}),
                    *(400, "VimUnauthorizedException", "check username, password"),
                ),
                (
                    *("PUT", path, {"vim": {"vim_project": {"name": "elsewhere"}}}),
                    *(400, "VimUnauthorizedException", "project elsewhere"),
                ),
                *(
                    (method, f"vims/{ident}.json", sent, 404, "VimNotFoundException")
                    for ident in (UNKNOWN, "nope")
                    for method, sent in (
                        *(("GET", None), ("DELETE", None)),
                        ("PUT", {"vim": {"name": "c"}}),
                    )
                ),
            ]
        )

    def test_descriptors(self):
        path = f"vnfds/{self.hello['id']}.json"
        documents = [
            ("text", "InvalidAPIAttributeType", "as an object"),
            ({}, "ToscaParserFailed", "empty"),
            (
                changed("hello-world", "tosca_definitions_version", None),
                *("ToscaParserFailed", "tosca_simple_profile_for_nfv_1_0_0"),
            ),
            (
                changed("hello-world", f"{NODES}/VDU1/type", "tosca.nodes.Compute"),
                *("ToscaParserFailed", "tosca.nodes.Compute", "use one of"),
            ),
            (
                changed("hello-world", f"{VDU}/imgae", "host"),
                *("ToscaParserFailed", "imgae", "use one of"),
            ),
            (
                changed("hello-world", f"{VDU}/image", {"get_input": "nope"}),
                *("ToscaParserFailed", 'no input "nope"'),
            ),
            (
                changed("hello-world", f"{VDU}/mgmt_driver", "nope"),
                *("InvalidMgmtDriver", "nope", "use one of noop"),
            ),
            (
                changed(
                    "hello-world",
                    f"{NODES}/CP1/requirements",
                    [{"virtualLink": "VL9"}, {"virtualBinding": "VDU1"}],
                ),
                *("ToscaParserFailed", "VL9"),
            ),
        ]
        missing = self.vnfd_body("x", sample("hello-world"))
        del missing["vnfd"]["service_types"]
        self.check(
            [
                ("POST", "vnfds.json", self.vnfd_body("x", document), 400, *words)
                for document, *words in documents
            ]
            + [
                (
                    *("POST", "vnfds.json", missing),
                    *(400, "ServiceTypesNotSpecified", "service_types"),
                ),
                (
                    *("POST", "vnfds.json", self.vnfd_body("hello", sample("inputs"))),
                    *(409, "DuplicateEntity", "hello; choose another name"),
                ),
                (
                    *("PUT", path, {"vnfd": {"name": "inputs"}}),
                    *(409, "DuplicateEntity", "inputs; choose another name"),
                ),
                (
                    *("PUT", path, {"vnfd": {"attributes": {}}}),
                    *(400, "HTTPBadRequest", "attributes"),
                ),
                ("GET", f"vnfds/{UNKNOWN}.json", None, 404, "VNFDNotFound", UNKNOWN),
                ("DELETE", "vnfds/nope.json", None, 404, "VNFDNotFound", "nope"),
            ]
        )

    def test_vnfs(self):
        vnf = self.made("vnfs", {"vnf": {"name": "edge-1", "vnfd_id": "hello"}})
        self.assertEqual("ACTIVE", self.settled(vnf["id"])["status"])
        path = f"vnfs/{vnf['id']}.json"
        values = [
            ({}, "InputValuesMissing", 'input "server_name" has no default'),
            (
                {"server_name": "a", "server_nam": "a"},
                "ToscaParserFailed",
                'no input "server_nam"',
            ),
            ({"server_name": "a" * 64}, "ToscaParserFailed", "max_length"),
            ({"server_name": "a", "cpus": "many"}, "ToscaParserFailed", "integer"),
            ({"server_name": "a", "cpus": 99}, "ToscaParserFailed", "in_range"),
            ({"server_name": "a", "memory": "lots"}, "ToscaParserFailed", "mem_size"),
            ({"server_name": "a", "zone": "moon"}, "ToscaParserFailed", "nova"),
            ("server_name: [", "ParamYAMLNotWellFormed", "line 1"),
            (["a"], "InvalidAPIAttributeType", "object"),
        ]
        bodies = [
            ({"vnfd_id": "hello"}, 400, "HTTPBadRequest", "name"),
            ({"name": "x"}, 400, "HTTPBadRequest", "vnfd_id", "vnfd_template"),
            (
                {"name": "edge-1", "vnfd_id": "hello"},
                *(409, "DuplicateEntity", "edge-1; choose another name"),
            ),
            ({"name": "x", "vnfd_id": UNKNOWN}, 404, "VNFDNotFound", UNKNOWN),
            ({"name": "x", "vnfd_id": "nope"}, 404, "VNFDNotFound", "nope"),
            (
                {"name": "x", "vnfd_id": "hello", "vim_id": "nope"},
                *(404, "VimNotFoundException", "nope"),
            ),
            (
                {
                    "name": "x",
                    "vnfd_id": "hello",
                    "placement_attr": {"region_name": "moon"},
                },
                *(400, "VimRegionNotFoundException", "moon", "it has: pop1"),
            ),
            (
                {"name": "x", "vnfd_template": {"topology_template": {}}},
                *(400, "ToscaParserFailed", "tosca_definitions_version"),
            ),
            (
                {"name": "x", "vnfd_id": "hello", "status": "ACTIVE"},
                *(400, "HTTPBadRequest", "status", "cannot be set"),
            ),
            *(
                (
                    {
                        "name": "x",
                        "vnfd_id": "inputs",
                        "attributes": {"param_values": each},
                    },
                    400,
                    *words,
                )
                for each, *words in values
            ),
        ]
        used = f"vims/{self.vim['id']}.json"
        text = f"VIM {self.vim['id']} is still in use by VNF {vnf['name']}: delete"
        self.check(
            [("POST", "vnfs.json", {"vnf": body}, *row) for body, *row in bodies]
            + [
                (
                    *("PUT", path, {"vnf": {"attributes": {"config": [1]}}}),
                    *(400, "InvalidAPIAttributeType", "config"),
                ),
                (
                    *("PUT", path, {"vnf": {"attributes": {"param_values": {"a": 1}}}}),
                    *(400, "ToscaParserFailed", 'no input "a"'),
                ),
                (
                    "PUT",
                    path,
                    {"vnf": {"vim_id": "x"}},
                    400,
                    "HTTPBadRequest",
                    "vim_id",
                ),
                (
                    *("DELETE", path, {"vnf": {"attributes": {"force": "perhaps"}}}),
                    *(400, "HTTPBadRequest", "force"),
                ),
                ("GET", f"vnfs/{UNKNOWN}.json", None, 404, "VNFNotFound", UNKNOWN),
                ("GET", "vnfs/nope.json", None, 404, "VNFNotFound", "nope"),
                ("GET", "vnfs/nope/resources.json", None, 404, "VNFNotFound", "nope"),
                ("DELETE", "vnfs/nope.json", None, 404, "VNFNotFound", "nope"),
                ("PUT", used, {"vim": {"name": "b"}}, 409, "VimInUseException", text),
                ("DELETE", used, None, 409, "VimInUseException", text),
                (
                    *("DELETE", f"vnfds/{self.hello['id']}.json", None),
                    *(409, "VNFDInUse", f"by VNF {vnf['name']}: delete"),
                ),
            ]
        )
        self.assertEqual(204, self.ask("DELETE", path).status_code)
        self.gone(vnf["id"])

    def test_malformed_bodies_everywhere(self):
        bodies = [
            (b"", "HTTPBadRequest", "empty"),
            (b"{", "MalformedRequestBody", "JSON"),
            (b"[]", "HTTPBadRequest", "object"),
            (b'{"a": 1}', "HTTPBadRequest", "lacks the key"),
            (b'{"%s": []}', "BadRequest", "must be an object"),
            (b'{"%s": null}', "BadRequest", "must be an object"),
            (b'{"%ss": [{}]}', "HTTPBadRequest", "Bulk"),
            (b'{"%s": {"colour": 1}}', "HTTPBadRequest", "colour"),
            (b"\xff\xfe", "MalformedRequestBody", "JSON"),
        ]
        targets = [
            *(("POST", f"{noun}s.json", noun) for noun in ("vim", "vnfd", "vnf")),
            ("PUT", f"vims/{self.vim['id']}.json", "vim"),
            ("PUT", f"vnfds/{self.hello['id']}.json", "vnfd"),
        ]
        self.check(
            [
                (method, path, body.replace(b"%s", noun.encode()), 400, *words)
                for method, path, noun in targets
                for body, *words in bodies
            ]
        )

    def test_other_paths_and_methods(self):
        vim = f"vims/{self.vim['id']}"
        self.check(
            [
                ("GET", path, None, 404, "HTTPNotFound", "no such path")
                for path in ("", "nothing", f"{vim}/a", "vnfs/a/b", "vnfs/a/b/c")
            ]
            + [
                (method, path, {}, 405, "HTTPMethodNotAllowed", "method")
                for method, path in (
                    *(("POST", "events"), ("DELETE", "extensions"), ("PUT", "vims")),
                    *(("PATCH", vim), ("POST", vim), ("DELETE", "events/1")),
                )
            ]
            + [
                ("GET", "events/99999", None, 404, "EventNotFoundException", "99999"),
                ("GET", "vims?limit=x", None, 400, "BadRequest", "limit"),
                ("GET", "vims?sort_key=x", None, 400, "BadRequest", "sort_dir"),
            ]
        )
