"""Requests and answers of ``/v1.0/vims``."""

from __future__ import annotations

import uuid

from tacker_lite import exceptions
from tacker_lite.tests.functional.api import base
from tacker_lite.vim.fake import FakeCloud

SECRET = "s3cret-passw0rd"


class TestVim(base.ApiTestCase):
    def test_a_whole_life(self):
        body = self.vim_body(description="rack 3", is_default="true")
        body["vim"]["extra"] = {"area": "north"}
        answer = self.call("POST", "/v1.0/vims.json", body)
        self.assertEqual(201, answer.status, answer.body)
        vim = answer.json["vim"]
        self.assertEqual(("site-a", "rack 3"), (vim["name"], vim["description"]))
        self.assertEqual("PENDING", vim["status"])
        self.assertIs(True, vim["is_default"])
        self.assertEqual({"regions": ["RegionOne"]}, vim["placement_attr"])
        self.assertEqual({"area": "north"}, vim["extra"])
        self.assertEqual(
            {
                "username": "svc",
                "password": "***",
                "user_domain_name": "Default",
                "cert_verify": "True",
                "project_id": None,
                "project_name": "nfv",
                "project_domain_name": "Default",
                "auth_url": vim["auth_url"],
                "key_type": "fernet_key",
            },
            vim["auth_cred"],
        )
        path = f"/v1.0/vims/{vim['id']}.json"
        changes = {"name": "site-b", "description": None, "is_default": "False"}
        answer = self.call("PUT", path, {"vim": changes})
        self.assertEqual(200, answer.status, answer.body)
        changed = answer.json["vim"]
        self.assertEqual(("site-b", ""), (changed["name"], changed["description"]))
        self.assertIs(False, changed["is_default"])
        self.assertIsNotNone(changed["updated_at"])
        self.assertEqual(204, self.call("DELETE", path).status)
        self.assertEqual([], self.call("GET", "/v1.0/vims.json").json["vims"])
        self.make_vim("site-b")

    def test_no_answer_and_no_log_line_has_a_secret(self):
        cred = {
            "username": "svc",
            "password": SECRET,
            "bearer_token": SECRET,
            "client_secret": SECRET,
        }
        vim = self.make_vim(auth_cred=cred)
        path = f"/v1.0/vims/{vim['id']}"
        update = {"vim": {"auth_cred": {"password": f"{SECRET}2"}}}
        answers = [
            self.call("GET", "/v1.0/vims"),
            self.call("GET", path),
            self.call("PUT", path, update),
            self.call("POST", "/v1.0/vims", {"vim": {"auth_cred": SECRET}}),
            self.call("POST", "/v1.0/vims", self.vim_body("v", auth_cred=SECRET)),
            self.call("POST", "/v1.0/vims", self.vim_body(auth_cred=cred)),
            self.call(
                "POST", "/v1.0/vims", self.vim_body("w", auth_cred={"a": [SECRET]})
            ),
        ]
        self.assertEqual(
            [200, 200, 200, 400, 400, 409, 400], [a.status for a in answers]
        )
        for answer in answers:
            self.assertNotIn(SECRET.encode(), answer.body)
        self.assertEqual("***", answers[0].json["vims"][0]["auth_cred"]["password"])
        self.assertNotIn(SECRET, self.log.output)

    def test_refused_registrations_leave_nothing(self):
        for words, changes in (
            (["name"], {"name": ""}),
            (["name"], {"name": None}),
            (["name", "255"], {"name": "n" * 256}),
            (["type"], {"type": " "}),
            (["auth_url", "URL"], {"auth_url": "192.0.2.10"}),
            (["auth_url"], {"auth_url": 5}),
            (["auth_cred", "empty"], {"auth_cred": {}}),
            (["auth_cred", "object"], {"auth_cred": "text"}),
            (["auth_cred.password", "text"], {"auth_cred": {"password": 12345}}),
            (["vim_project", "empty"], {"vim_project": {}}),
            (["is_default", "true or false"], {"is_default": "maybe"}),
            (["is_default"], {"is_default": 2}),
            (["description"], {"description": {}}),
            (["status", "cannot be set"], {"status": "REACHABLE"}),
            (["placement_attr", "cannot be set"], {"placement_attr": {}}),
            (["colour", "flavour"], {"colour": 1, "flavour": 2}),
        ):
            with self.subTest(changes=changes):
                answer = self.call("POST", "/v1.0/vims", self.vim_body(**changes))
                self.assert_refused(400, "HTTPBadRequest", *words, answer=answer)
        for missing in ("name", "type", "auth_url", "auth_cred", "vim_project"):
            body = self.vim_body()
            del body["vim"][missing]
            answer = self.call("POST", "/v1.0/vims", body)
            self.assert_refused(
                400, "HTTPBadRequest", missing, "required", answer=answer
            )
        answer = self.call("POST", "/v1.0/vims", self.vim_body(type="cloud9"))
        self.assert_refused(400, "InvalidInfraDriver", "cloud9", answer=answer)
        self.assertEqual([], self.call("GET", "/v1.0/vims").json["vims"])

    def test_wrong_credentials_and_a_silent_vim_are_the_callers_fault(self):
        url = self.cloud("?password=right")
        answer = self.call("POST", "/v1.0/vims", self.vim_body(auth_url=url))
        self.assertEqual(400, answer.status)
        self.assertEqual("VimUnauthorizedException", answer.fault["type"])
        url = self.cloud()
        fault = exceptions.VimUnreachable(vim="x", reason="100% lost")
        FakeCloud.at(url).fail("verify", fault)
        answer = self.call("POST", "/v1.0/vims", self.vim_body(auth_url=url))
        self.assert_refused(
            400, "VimConnectionException", "100 percent lost", answer=answer
        )
        self.assertEqual([], self.call("GET", "/v1.0/vims").json["vims"])

    def test_unchangeable_attributes(self):
        vim = self.make_vim()
        for name in ("type", "auth_url", "tenant_id", "placement_attr", "status", "id"):
            answer = self.call(
                "PUT", f"/v1.0/vims/{vim['id']}", {"vim": {name: vim[name]}}
            )
            self.assert_refused(400, "HTTPBadRequest", name, answer=answer)

    def test_doubled_name_and_second_default(self):
        self.make_vim("one", is_default=True)
        other = self.make_vim("two")
        answer = self.call("POST", "/v1.0/vims", self.vim_body("one"))
        text = "vim already exist with given ['tenant_id', 'name', 'deleted_at']"
        self.assert_refused(409, "DuplicateEntity", text, answer=answer)
        path = f"/v1.0/vims/{other['id']}"
        answer = self.call("PUT", path, {"vim": {"name": "one"}})
        self.assert_refused(409, "DuplicateEntity", text, answer=answer)
        for answer in (
            self.call("PUT", path, {"vim": {"is_default": True}}),
            self.call("POST", "/v1.0/vims", self.vim_body("three", is_default=1)),
        ):
            self.assert_refused(
                409,
                "VimDefaultDuplicateException",
                "Default VIM already exists",
                answer=answer,
            )

    def test_unknown_ids(self):
        for ident in (str(uuid.uuid4()), "a-name"):
            path = f"/v1.0/vims/{ident}"
            for method, body in (
                ("GET", None),
                ("PUT", {"vim": {"description": "x"}}),
                ("DELETE", None),
            ):
                answer = self.call(method, path, body)
                self.assert_refused(404, "VimNotFoundException", ident, answer=answer)

    def test_filters(self):
        one = self.make_vim("one", is_default=True)
        self.make_vim("two")
        for query, names in (
            ("is_default=true", ["one"]),
            ("is_default=0", ["two"]),
            ("is_default=False&is_default=1", ["one", "two"]),
            ("type=fake&name=two", ["two"]),
            (f"id={one['id']}", ["one"]),
            ("secrets=x", ["one", "two"]),
            ("id=&name=", ["one", "two"]),
        ):
            with self.subTest(query=query):
                rows = self.call("GET", f"/v1.0/vims.json?{query}").json["vims"]
                self.assertEqual(names, [row["name"] for row in rows])
        answer = self.call("GET", "/v1.0/vims?is_default=maybe")
        self.assert_refused(400, "BadRequest", "is_default", answer=answer)

    def test_the_check_shows(self):
        vim = self.make_vim()
        path = f"/v1.0/vims/{vim['id']}"
        for _ in range(200):
            vim = self.call("GET", path).json["vim"]
            if vim["status"] == "REACHABLE":
                break
        self.assertEqual("REACHABLE", vim["status"])
        self.assertIsNotNone(vim["last_seen_at"])
        events = self.call("GET", f"/v1.0/events?resource_id={vim['id']}").json
        self.assertEqual(
            [("CREATE", "PENDING"), ("MONITOR", "REACHABLE")],
            [(e["event_type"], e["resource_state"]) for e in events["events"]],
        )
