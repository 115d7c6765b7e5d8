"""What every path does: spelling, methods, bodies, errors, documents."""

from __future__ import annotations

import io
import json

import webob

from tacker_lite.api.v1 import NOUNS
from tacker_lite.tests.functional.api import base

MALFORMED = "MalformedRequestBody"
BAD = "HTTPBadRequest"


class TestHttp(base.ApiTestCase):
    with_conductor = False
    options = {"api": {"max_request_body_size": 100_000}}

    def test_version_document(self):
        answer = self.call("GET", "/")
        href = "http://localhost/v1.0"
        self.assertEqual(
            {
                "versions": [
                    {
                        "id": "v1.0",
                        "status": "CURRENT",
                        "links": [{"rel": "self", "href": href}],
                    }
                ]
            },
            answer.json,
        )

    def test_links_with_a_public_endpoint_and_a_prefix(self):
        request = webob.Request.blank("/", base_url="https://cloud.example/nfv")
        answer = json.loads(request.get_response(self.app).body)
        link = answer["versions"][0]["links"][0]
        self.assertEqual("https://cloud.example/nfv/v1.0", link["href"])
        self.conf.set_override("public_endpoint", "https://nfv.example/", "api")
        link = self.call("GET", "/").json["versions"][0]["links"][0]
        self.assertEqual("https://nfv.example/v1.0", link["href"])

    def test_spellings_of_a_path(self):
        vnfd = self.make_vnfd()
        for path in (
            "/v1.0/vnfds",
            "/v1.0/vnfds.json",
            "/v1.0/vnfds/",
            "//v1.0/vnfds.json",
            "/v1.0//vnfds.json",
            "/v1.0/vnfds.json?name=web&fields=id",
        ):
            rows = self.call("GET", path).json["vnfds"]
            self.assertEqual(vnfd["id"], rows[0]["id"])
        for path in (f"/v1.0/vnfds/{vnfd['id']}", "/v1.0/vnfds/web"):
            for tail in ("", ".json", "/"):
                answer = self.call("GET", path + tail).json["vnfd"]
                self.assertEqual(vnfd["id"], answer["id"])

    def test_paths_that_are_not_there(self):
        for path in (
            "/v1.0",
            "/v1.0/",
            "/v2.0/vims",
            "/vims",
            "/index.html",
            "/v1.0/clusters",
            "/v1.0/vnfs/a/maintenances",
            "/v1.0/vims/a/resources",
            "/v1.0/vnfs/a/resources/b",
            "/v1.0/get_all",
            "/v1.0/vnfs/x/find",
        ):
            for method in ("GET", "POST", "DELETE"):
                answer = self.call(method, path)
                self.assert_refused(404, "HTTPNotFound", answer=answer)

    def test_methods_are_those_of_the_openapi_document(self):
        paths = self.call("GET", "/v1.0/openapi.json").json["paths"]
        for template, operations in paths.items():
            path = template.replace("{id}", "1").replace("{alias}", "x")
            for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
                answer = self.call(method, path)
                offered = method.lower() in operations
                self.assertEqual(offered, answer.status != 405, f"{method} {path}")
                if not offered:
                    allowed = set(answer.headers["Allow"].split(", "))
                    self.assertEqual({m.upper() for m in operations}, allowed)

    def test_every_controller_is_in_the_openapi_document(self):
        paths = self.call("GET", "/v1.0/openapi.json").json["paths"]
        documented = {
            (method.upper(), path)
            for path, operations in paths.items()
            for method in operations
        }
        routed = {
            ("GET", "/"),
            ("GET", "/v1.0/openapi.json"),
            ("POST", "/v1.0/vnfs/{id}/{trigger}/{action}/{key}"),
        }
        for noun in NOUNS:
            routed |= {(method, f"/v1.0{path}") for method, path, _ in noun.routes()}
        self.assertEqual(routed, documented)

    def test_head_is_get_without_a_body(self):
        request = webob.Request.blank("/v1.0/vims", method="HEAD")
        response = request.get_response(self.app)
        self.assertEqual((200, b""), (response.status_int, response.body))

    def test_malformed_bodies(self):
        deep = b"[" * 50_000
        for public_type, raw in (
            (BAD, b""),
            (BAD, b"  "),
            (BAD, b"null"),
            (BAD, b"[]"),
            (BAD, b'"text"'),
            (BAD, b"{}"),
            (BAD, b'{"vnf": {}}'),
            (BAD, b'{"vims": [{"name": "a"}]}'),
            ("BadRequest", b'{"vim": []}'),
            ("BadRequest", b'{"vim": null}'),
            (MALFORMED, b"{"),
            (MALFORMED, b"name=a"),
            (MALFORMED, b'{"vim": NaN}'),
            (MALFORMED, b"\xff\xfe"),
            (MALFORMED, b'{"vim": {"name": "\\ud800"}}'),
            (MALFORMED, b'{"vim": {"name": "\\u0000"}}'),
            (MALFORMED, deep),
            (MALFORMED, b"9" * 5000),
        ):
            with self.subTest(raw=raw[:40]):
                answer = self.call("POST", "/v1.0/vims.json", raw=raw)
                self.assert_refused(400, public_type, answer=answer)

    def test_put_bodies_are_checked_alike(self):
        vnfd = self.make_vnfd()
        path = f"/v1.0/vnfds/{vnfd['id']}"
        for public_type, raw in (
            (BAD, b""),
            (BAD, b"{}"),
            ("BadRequest", b'{"vnfd": "x"}'),
            (MALFORMED, b"{"),
        ):
            answer = self.call("PUT", path, raw=raw)
            self.assert_refused(400, public_type, answer=answer)

    def test_stray_keys_beside_the_wrapper_are_ignored(self):
        body = {**self.vnfd_body("a"), "placement_attr": {"region_name": "x"}}
        self.assertEqual(201, self.call("POST", "/v1.0/vnfds", body).status)

    def test_content_type_and_accept_do_not_matter(self):
        raw = json.dumps(self.vnfd_body("b")).encode()
        headers = {"Content-Type": "text/plain", "Accept": "text/html"}
        request = webob.Request.blank(
            "/v1.0/vnfds", method="POST", body=raw, headers=headers
        )
        response = request.get_response(self.app)
        self.assertEqual(201, response.status_int)
        self.assertEqual("application/json", response.headers["Content-Type"])

    def test_lengths_that_are_none(self):
        for length, status in (
            ("-1", 400),
            ("1e3", 400),
            ("\N{SUPERSCRIPT TWO}", 400),
            ("9" * 19, 413),
            ("9" * 5000, 413),
        ):
            for path in ("/v1.0/vims", "/v1.0/vnfs/a/b/c/d"):
                request = webob.Request.blank(path, method="POST")
                request.environ["CONTENT_LENGTH"] = length
                response = request.get_response(self.app)
                self.assertEqual(status, response.status_int, length[:9])

    def test_large_bodies(self):
        answer = self.call("POST", "/v1.0/vims", raw=b" " * 100_001)
        self.assert_refused(413, "HTTPRequestEntityTooLarge", "100000", answer=answer)
        request = webob.Request.blank("/v1.0/vims", method="POST")
        request.environ["wsgi.input"] = io.BytesIO(b" " * 200_000)
        request.environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        request.environ["wsgi.input_terminated"] = True
        request.environ.pop("CONTENT_LENGTH", None)
        self.assertEqual(413, request.get_response(self.app).status_int)

    def test_a_chunked_body(self):
        raw = json.dumps(self.vnfd_body("c")).encode()
        request = webob.Request.blank("/v1.0/vnfds", method="POST")
        request.environ["wsgi.input"] = io.BytesIO(raw)
        request.environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        request.environ.pop("CONTENT_LENGTH", None)
        self.assertEqual(201, request.get_response(self.app).status_int)

    def test_text_that_is_not_utf8(self):
        for path in ("/v1.0/vnfs/%ff", "/v1.0/vnfs?name=%ff", "/%80"):
            answer = self.call("GET", path)
            self.assert_refused(400, BAD, "UTF-8", answer=answer)

    def test_too_many_parameters(self):
        query = "&".join(f"name={number}" for number in range(501))
        answer = self.call("GET", f"/v1.0/vnfs?{query}")
        self.assert_refused(400, BAD, "500", answer=answer)

    def test_a_percent_sign_does_not_come_back(self):
        answer = self.call("GET", "/v1.0/vnfs/100%25s")
        self.assert_refused(404, "VNFNotFound", "100 percents", answer=answer)

    def test_an_unexpected_error_tells_nothing_but_where_to_look(self):
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE events")
        answer = self.call("GET", "/v1.0/events")
        self.assert_refused(500, "HTTPInternalServerError", answer=answer)
        self.assertNotIn("events", answer.fault["message"])
        self.assertIn("Traceback", self.log.output)

    def test_events_are_found_by_number(self):
        self.make_vnfd()
        events = self.call("GET", "/v1.0/events.json").json["events"]
        self.assertEqual(1, len(events))
        ident = events[0]["id"]
        self.assertIsInstance(ident, int)
        event = self.call("GET", f"/v1.0/events/{ident}.json").json["event"]
        self.assertEqual(events[0], event)
        for query, count in (
            (f"id={ident}&fields=id", 1),
            ("id=abc", 0),
            ("id=99999999999999999999999", 0),
            (f"id=x&id={ident}", 1),
            ("name=anything", 0),
            ("resource_type=vnfd", 1),
            ("resource_type=vim", 0),
            ("event_type=CREATE&resource_state=OnBoarded", 1),
            ("resource_state=None", 0),
        ):
            rows = self.call("GET", f"/v1.0/events?{query}").json["events"]
            self.assertEqual(count, len(rows), query)
        for ident in ("0", "abc", "9" * 30, "-1", "%C2%B2"):
            answer = self.call("GET", f"/v1.0/events/{ident}")
            self.assert_refused(404, "EventNotFoundException", answer=answer)

    def test_extensions(self):
        rows = self.call("GET", "/v1.0/extensions.json").json["extensions"]
        self.assertEqual(
            ["VNFM", "NFVO", "Commonservices"], [row["alias"] for row in rows]
        )
        one = self.call("GET", "/v1.0/extensions/NFVO.json").json["extension"]
        self.assertEqual("NFV Orchestrator", one["name"])
        self.assertEqual(404, self.call("GET", "/v1.0/extensions/none").status)
