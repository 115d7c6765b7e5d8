"""The three authentication strategies, and what each caller may see and do."""

from __future__ import annotations

import os
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import webob

from tacker_lite.api.app import setup_app
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.tests.functional.api import base

ADMIN = ("admin", "admin-pw")
ANN = ("ann", "ann-pw")
BOB = ("bob", "bob-pw")


class TestNoauth(base.ApiTestCase):
    with_conductor = False

    def test_the_project_is_the_callers_word(self):
        vnfd = self.make_vnfd()
        self.assertEqual("noauth", vnfd["tenant_id"])
        headers = {"X-Project-Id": "p1", "X-Roles": "nobody"}
        answer = self.call("POST", "/v1.0/vnfds", self.vnfd_body(), headers=headers)
        self.assertEqual("p1", answer.json["vnfd"]["tenant_id"])
        self.assertEqual(2, len(self.call("GET", "/v1.0/vnfds").json["vnfds"]))


class TestHttpBasic(base.ApiTestCase):
    def configuration(self):
        path = os.path.join(self.directory, "htpasswd")
        self.passwords = base.write_passwords(path, **dict([ADMIN, ANN, BOB]))
        sections = super().configuration()
        sections["api"] = {
            "auth_strategy": "http_basic",
            "http_basic_auth_user_file": path,
        }
        return sections

    def test_strangers_are_refused(self):
        for headers in (
            {},
            {"Authorization": "Basic"},
            {"Authorization": "Basic !!!"},
            {"Authorization": "Basic /////w=="},
            {"Authorization": "Bearer abc"},
            {"X-Project-Id": "ann", "X-Roles": "admin", "X-Identity-Status": "C"},
        ):
            answer = self.call("GET", "/v1.0/vims", headers=headers)
            self.assert_refused(401, "HTTPUnauthorized", answer=answer)
            self.assertIn("Basic", answer.headers["WWW-Authenticate"])
        for user in (("ann", "no"), ("eve", "ann-pw"), ("", ""), ("ann", "")):
            answer = self.call("GET", "/v1.0/vims", user=user)
            self.assert_refused(401, "HTTPUnauthorized", answer=answer)

    def test_documents_need_no_password(self):
        for path in ("/", "/v1.0/openapi.json"):
            self.assertEqual(200, self.call("GET", path).status)
        self.assertEqual(404, self.call("GET", "/nothing").status)

    def test_a_caller_cannot_choose_an_identity(self):
        headers = {"X-Project-Id": "bob", "X-Roles": "admin", "X-User-Id": "bob"}
        answer = self.call(
            "POST", "/v1.0/vnfds", self.vnfd_body(), user=ANN, headers=headers
        )
        self.assertEqual("ann", answer.json["vnfd"]["tenant_id"])
        self.assertEqual([], self.listed(BOB))

    def listed(self, user, query=""):
        rows = self.call("GET", f"/v1.0/vnfds?{query}", user=user).json["vnfds"]
        return [row["tenant_id"] for row in rows]

    def test_projects_do_not_see_each_other(self):
        made = {}
        for user in (ANN, BOB):
            answer = self.call("POST", "/v1.0/vnfds", self.vnfd_body(), user=user)
            made[user] = answer.json["vnfd"]["id"]
        self.assertEqual(["ann"], self.listed(ANN))
        self.assertEqual(["bob"], self.listed(BOB))
        self.assertEqual([], self.listed(ANN, "tenant_id=bob"))
        self.assertEqual(["ann", "bob"], self.listed(ADMIN))
        self.assertEqual(["bob"], self.listed(ADMIN, "tenant_id=bob"))
        path = f"/v1.0/vnfds/{made[BOB]}"
        for method, body in (
            ("GET", None),
            ("PUT", {"vnfd": {"name": "mine"}}),
            ("DELETE", None),
        ):
            answer = self.call(method, path, body, user=ANN)
            self.assert_refused(404, "VNFDNotFound", made[BOB], answer=answer)
        answer = self.call("GET", "/v1.0/vnfds/web", user=ADMIN)
        self.assert_refused(409, "Conflict", "use an id", answer=answer)
        self.assertEqual(200, self.call("GET", path, user=ADMIN).status)

    def test_events_of_the_own_project(self):
        self.call("POST", "/v1.0/vnfds", self.vnfd_body(), user=ANN)
        events = self.call("GET", "/v1.0/events", user=ANN).json["events"]
        self.assertEqual(1, len(events))
        self.assertEqual([], self.call("GET", "/v1.0/events", user=BOB).json["events"])
        path = f"/v1.0/events/{events[0]['id']}"
        self.assertEqual(200, self.call("GET", path, user=ANN).status)
        answer = self.call("GET", path, user=BOB)
        self.assert_refused(404, "EventNotFoundException", answer=answer)

    def test_rows_for_another_project(self):
        body = self.vnfd_body(tenant_id="bob")
        answer = self.call("POST", "/v1.0/vnfds", body, user=ANN)
        self.assert_refused(400, "HTTPBadRequest", "tenant_id", answer=answer)
        answer = self.call("POST", "/v1.0/vnfds", body, user=ADMIN)
        self.assertEqual("bob", answer.json["vnfd"]["tenant_id"])
        body = self.vnfd_body("own", tenant_id="ann", project_id="whatever")
        answer = self.call("POST", "/v1.0/vnfds", body, user=ANN)
        self.assertEqual("ann", answer.json["vnfd"]["tenant_id"])

    def test_vnfs_of_a_member(self):
        vim = self.call("POST", "/v1.0/vims", self.vim_body(is_default=1), user=ANN)
        self.assertEqual(201, vim.status)
        self.call("POST", "/v1.0/vnfds", self.vnfd_body(), user=ANN)
        answer = self.call(
            "POST", "/v1.0/vnfs", {"vnf": {"name": "a", "vnfd_id": "web"}}, user=BOB
        )
        self.assert_refused(404, "VNFDNotFound", answer=answer)
        body = {"vnf": {"name": "a", "vnfd_id": "web"}}
        answer = self.call("POST", "/v1.0/vnfs", body, user=ANN)
        self.assertEqual(201, answer.status, answer.body)
        path = f"/v1.0/vnfs/{answer.json['vnf']['id']}"
        force = {"vnf": {"attributes": {"force": True}}}
        answer = self.call("DELETE", path, force, user=ANN)
        self.assert_refused(403, "AdminRequired", "force", answer=answer)
        answer = self.call("DELETE", path, force, user=BOB)
        self.assert_refused(404, "VNFNotFound", answer=answer)
        self.assertEqual(204, self.call("DELETE", path, force, user=ADMIN).status)

    def test_a_changed_password_file_counts_at_once(self):
        self.assertEqual(200, self.call("GET", "/v1.0/vims", user=ANN).status)
        base.write_passwords(self.passwords, ann="another-password")
        self.assertEqual(401, self.call("GET", "/v1.0/vims", user=ANN).status)
        self.assertEqual(401, self.call("GET", "/v1.0/vims", user=BOB).status)
        user = ("ann", "another-password")
        self.assertEqual(200, self.call("GET", "/v1.0/vims", user=user).status)

    def test_operators_rules_win(self):
        path = os.path.join(self.directory, "policy.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write('"vnfd:create": "rule:admin_only"\n')
        self.conf.set_override("policy_file", path, "oslo_policy")
        app = setup_app(self.conf, ConductorClient(self.conf), self.database)
        self.app = app
        answer = self.call("POST", "/v1.0/vnfds", self.vnfd_body(), user=ANN)
        self.assert_refused(403, "PolicyNotAuthorized", "vnfd:create", answer=answer)
        answer = self.call("POST", "/v1.0/vnfds", self.vnfd_body(), user=ADMIN)
        self.assertEqual(201, answer.status)


class IdentityHandler(BaseHTTPRequestHandler):
    """As much of Identity v3 as validating a token needs; tokens name project:roles."""

    def log_message(self, *args):
        pass

    def reply(self, status, body, **headers):
        data = webob.Response(json_body=body).body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def token(self, project, roles):
        url = f"http://{self.headers['Host']}/v3"
        endpoint = {"region_id": "RegionOne", "region": "RegionOne", "url": url}
        scope = {
            "id": project,
            "name": project,
            "domain": {"id": "default", "name": "Default"},
        }
        return {
            "token": {
                **({"project": scope} if project else {}),
                "methods": ["password"],
                "expires_at": "2099-01-01T00:00:00.000000Z",
                "issued_at": "2024-01-01T00:00:00.000000Z",
                "user": {
                    "id": "u1",
                    "name": "u1",
                    "domain": {"id": "default", "name": "Default"},
                },
                "roles": [{"id": role, "name": role} for role in roles],
                "catalog": [
                    {
                        "type": "identity",
                        "name": "keystone",
                        "id": "1",
                        "endpoints": [
                            {"id": "1", "interface": face, **endpoint}
                            for face in ("public", "internal", "admin")
                        ],
                    }
                ],
            }
        }

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(201, self.token("service", ["admin"]), X_Subject_Token="service")

    def do_GET(self):
        if not self.path.startswith("/v3/auth/tokens"):
            url = f"http://{self.headers['Host']}/v3"
            version = {
                "id": "v3.14",
                "status": "stable",
                "links": [{"rel": "self", "href": url}],
            }
            self.reply(200, {"version": version})
            return
        project, _, roles = self.headers["X-Subject-Token"].partition(":")
        if not roles:
            self.reply(404, {"error": {"code": 404, "message": "no such token"}})
            return
        self.reply(200, self.token(project, roles.split("+")))


class TestKeystone(base.ApiTestCase):
    """Real keystonemiddleware against a small Identity v3 of this test."""

    with_conductor = False

    def configuration(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), IdentityHandler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.identity = f"http://127.0.0.1:{server.server_port}/v3"
        sections = super().configuration()
        sections["api"] = {"auth_strategy": "keystone"}
        sections["keystone_authtoken"] = {
            "www_authenticate_uri": self.identity,
            "auth_type": "password",
            "auth_url": self.identity,
            "username": "tacker-lite",
            "password": "service-password",
            "user_domain_name": "Default",
            "project_name": "service",
            "project_domain_name": "Default",
            "http_connect_timeout": 2,
            "http_request_max_retries": 0,
        }
        return sections

    def ask(self, method, path, body=None, token=None):
        headers = {"X-Auth-Token": token} if token else {}
        return self.call(method, path, body, headers=headers)

    def test_no_token_and_a_wrong_one(self):
        for token in (None, "wrong"):
            answer = self.ask("GET", "/v1.0/vims", token=token)
            self.assert_refused(401, "HTTPUnauthorized", answer=answer)
            self.assertIn(self.identity, answer.headers["WWW-Authenticate"])
        for path in ("/", "/v1.0/openapi.json"):
            self.assertEqual(200, self.ask("GET", path).status)

    def test_roles(self):
        for token, status in (
            ("p1:member", 201),
            ("p1:member+reader", 201),
            ("p1:reader", 403),
            ("p1:operator", 201),
            ("p1:admin", 201),
        ):
            body = self.vnfd_body(f"web-{uuid.uuid4()}")
            answer = self.ask("POST", "/v1.0/vnfds", body, token)
            self.assertEqual(status, answer.status, token)
        for token, count in (("p1:reader", 4), ("p2:member", 0), ("p3:admin", 4)):
            rows = self.ask("GET", "/v1.0/vnfds", token=token).json["vnfds"]
            self.assertEqual(count, len(rows), token)
        rows = self.ask("GET", "/v1.0/vnfds", token="p1:reader").json["vnfds"]
        answer = self.ask("DELETE", f"/v1.0/vnfds/{rows[0]['id']}", token="p1:reader")
        self.assert_refused(403, "PolicyNotAuthorized", "vnfd:delete", answer=answer)

    def test_a_token_without_a_project(self):
        answer = self.ask("GET", "/v1.0/vims", token=":admin")
        self.assert_refused(403, "PolicyNotAuthorized", "project", answer=answer)


class TestKeystoneOutOfReach(base.ApiTestCase):
    with_conductor = False
    options = {
        "api": {"auth_strategy": "keystone"},
        "keystone_authtoken": {
            "www_authenticate_uri": "http://127.0.0.1:1/v3",
            "auth_type": "password",
            "auth_url": "http://127.0.0.1:1/v3",
            "username": "x",
            "password": "x",
            "user_domain_name": "Default",
            "project_name": "x",
            "project_domain_name": "Default",
            "http_request_max_retries": 0,
        },
    }

    def test_says_so(self):
        headers = {"X-Auth-Token": "abc"}
        answer = self.call("GET", "/v1.0/vims", headers=headers)
        self.assert_refused(503, "ServiceUnavailable", "identity", answer=answer)
        self.assertEqual(200, self.call("GET", "/").status)
