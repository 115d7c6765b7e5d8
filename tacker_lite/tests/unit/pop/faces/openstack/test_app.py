"""How requests find a handler and how everything that goes wrong is answered."""

import io
import json
import logging
import types
import unittest

from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from tacker_lite.pop import errors
from tacker_lite.pop.faces.openstack import faults
from tacker_lite.pop.faces.openstack.app import Application
from tacker_lite.pop.faces.openstack.request import MAX_JSON_BYTES
from tacker_lite.pop.metrics.histogram import Requests


class _Identity:
    """Knows one token."""

    def validate(self, secret):
        if secret != "good":
            raise errors.Unauthorized("The token is not valid.")
        return types.SimpleNamespace(is_admin=False, project=None, roles=())


def _service(name):
    """A service with one handler for each way a request can end."""

    def show(ctx):
        return 200, {"root": ctx.root_url, "service": ctx.service_url}

    def echo(ctx, ident):
        return 201, {"ident": ident, "got": ctx.wrapped("thing")}, {"X-Made": ident}

    def remove(ctx, ident):
        raise errors.NotFound("thing", ident)

    def need_project(ctx):
        return 200, {"project": ctx.project_id}

    def count(ctx):
        return 200, {"limit": ctx.number("limit"), "wanted": ctx.flag("wanted")}

    def break_down(ctx):
        raise ZeroDivisionError

    return types.SimpleNamespace(
        SERVICE=name,
        ROUTES=[
            ("GET", "/", show),
            ("PUT", "/things/<ident>", echo),
            ("DELETE", "/things/<ident>", remove),
            ("GET", "/project", need_project),
            ("GET", "/count", count),
            ("GET", "/broken", break_down),
        ],
        PUBLIC=frozenset({show}),
    )


class AppTest(unittest.TestCase):
    def setUp(self):
        pop = types.SimpleNamespace(name="pop1", region="west")
        cloud = types.SimpleNamespace(identity=_Identity(), pop=pop)
        lab = types.SimpleNamespace(
            clouds={"pop1": cloud},
            url="http://lab:8",
            topology=types.SimpleNamespace(name="lab1"),
            runtime=types.SimpleNamespace(name="simulated"),
            faults=types.SimpleNamespace(active=lambda *_: []),
            metrics=types.SimpleNamespace(requests=Requests()),
        )
        services = [_service(name) for name in faults.RENDERERS]
        self.application = Application(lab, services)
        self.client = Client(self.application)
        self.headers = {"X-Auth-Token": "good"}

    def test_every_answer_has_a_request_id_of_its_own(self):
        paths = ["/", "/pop1", "/pop1/network", "/pop1/network/nothing", "/nowhere"]
        idents = [
            self.client.get(path).headers["x-openstack-request-id"] for path in paths
        ]
        self.assertEqual(len(paths), len(set(idents)))
        for ident in idents:
            self.assertRegex(ident, r"^req-[0-9a-f-]{36}$")

    def test_the_root_tells_what_the_lab_has(self):
        answer = self.client.get("/").json
        self.assertEqual(("lab1", "simulated"), (answer["lab"], answer["runtime"]))
        url = "http://lab:8/pop1/identity/v3"
        row = {"name": "pop1", "region": "west", "auth_url": url}
        self.assertEqual([row], answer["pops"])

    def test_public_handler_needs_no_token_and_knows_its_urls(self):
        answer = self.client.get("/pop1/image/").json
        self.assertEqual("http://lab:8/pop1", answer["root"])
        self.assertEqual("http://lab:8/pop1/image", answer["service"])

    def test_path_argument_body_and_headers(self):
        answer = self.client.put(
            "/pop1/network/things/a", json={"thing": {"x": 1}}, headers=self.headers
        )
        self.assertEqual(201, answer.status_code)
        self.assertEqual({"ident": "a", "got": {"x": 1}}, answer.json)
        self.assertEqual("a", answer.headers["X-Made"])

    def test_token_missing_or_wrong_is_401_and_says_where_to_get_one(self):
        for headers in ({}, {"X-Auth-Token": "bad"}):
            answer = self.client.get("/pop1/network/count", headers=headers)
            self.assertEqual(401, answer.status_code)
            self.assertIn("/pop1/identity", answer.headers["WWW-Authenticate"])

    def test_unscoped_token_is_forbidden_where_a_project_is_needed(self):
        answer = self.client.get("/pop1/network/project", headers=self.headers)
        self.assertEqual(403, answer.status_code)

    def test_unknown_pop_service_and_path_are_404_and_name_the_alternatives(self):
        answer = self.client.get("/pop9/network")
        self.assertEqual(404, answer.status_code)
        self.assertIn("pop1", answer.json["error"]["message"])
        answer = self.client.get("/pop1/dns")
        self.assertEqual(404, answer.status_code)
        self.assertIn("network", answer.json["error"]["message"])
        answer = self.client.get("/pop1/compute/x", headers=self.headers)
        self.assertEqual(404, answer.status_code)
        self.assertEqual("404 Not Found", answer.json["code"])

    def test_a_pop_names_its_services_with_their_urls(self):
        answer = self.client.get("/pop1").json
        self.assertIn(
            {"name": "image", "url": "http://lab:8/pop1/image"}, answer["services"]
        )

    def test_no_host_header_changes_the_links(self):
        for host in ("elsewhere:1", "xn--a", "[::", "\xff", ""):
            environ = EnvironBuilder(path="/pop1/image/").get_environ()
            environ["HTTP_HOST"] = host
            body, status, _ = run_wsgi_app(self.application, environ)
            self.assertEqual("200 OK", status)
            root = json.loads(b"".join(body))["root"]
            self.assertEqual("http://lab:8/pop1", root, host)

    def test_refused_body_is_read_to_its_end(self):
        class Body(io.BytesIO):
            def close(self):
                """Keep the position readable after the request."""

        body = Body(b"x" * 1_000_000)
        answer = self.client.put(
            "/pop1/image/things/a", input_stream=body, content_length=1_000_000
        )
        self.assertEqual(401, answer.status_code)
        self.assertEqual(1_000_000, body.tell())

    def test_endless_json_is_413(self):
        length = MAX_JSON_BYTES + 1
        answer = self.client.put(
            "/pop1/network/things/a",
            data=b" " * length,
            headers=self.headers,
        )
        self.assertEqual(413, answer.status_code)

    def test_body_that_ends_early_is_400(self):
        answer = self.client.put(
            "/pop1/network/things/a",
            input_stream=io.BytesIO(b'{"thing":'),
            content_length=100,
            headers=self.headers,
        )
        self.assertEqual(400, answer.status_code)

    def test_wrong_method_is_405_with_the_right_ones(self):
        answer = self.client.post("/pop1/network/count", headers=self.headers)
        self.assertEqual(405, answer.status_code)
        self.assertEqual("GET, HEAD", answer.headers["Allow"])

    def test_body_that_is_no_json_object_is_400(self):
        bodies = [b"", b"{", b"[]", b'"x"', b"{}", b'{"thing": 1}', b"\xff\xfe"]
        bodies.append(b"[" * 100_000)
        # Half of a character of two halves; a whole one is a text as any.
        bodies.append(b'{"thing": {"name": "\\uD83D"}}')
        whole = self.client.put(
            "/pop1/network/things/a",
            data=b'{"thing": {"name": "\\uD83D\\ude00"}}',
            headers=self.headers,
        )
        self.assertEqual({"name": "\N{GRINNING FACE}"}, whole.json["got"])
        for body in bodies:
            answer = self.client.put(
                "/pop1/network/things/a", data=body, headers=self.headers
            )
            self.assertEqual(400, answer.status_code, body[:20])
            self.assertIn("NeutronError", answer.json)

    def test_numbers_and_flags_in_the_query(self):
        good = self.client.get(
            "/pop1/network/count?limit=7&wanted=True", headers=self.headers
        )
        self.assertEqual({"limit": 7, "wanted": True}, good.json)
        for query in ("limit=-1", "limit=x", "limit=1e3", "wanted=maybe", "limit=²"):
            bad = self.client.get(f"/pop1/network/count?{query}", headers=self.headers)
            self.assertEqual(400, bad.status_code, query)

    def test_unexpected_failure_is_logged_and_answered_without_its_text(self):
        with self.assertLogs("tacker_lite.pop", logging.ERROR) as logs:
            answer = self.client.get("/pop1/compute/broken", headers=self.headers)
        self.assertEqual(500, answer.status_code)
        self.assertIn("computeFault", answer.json)
        self.assertNotIn("ZeroDivision", answer.text)
        self.assertIn("ZeroDivisionError", logs.output[0])

    def test_each_service_has_its_own_fault(self):
        message = "Thing a could not be found."
        wanted = {
            "identity": {
                "error": {"code": 404, "title": "Not Found", "message": message}
            },
            "compute": {"itemNotFound": {"code": 404, "message": message}},
            "network": {
                "NeutronError": {
                    "type": "ThingNotFound",
                    "message": message,
                    "detail": "",
                }
            },
            "image": {
                "code": "404 Not Found",
                "title": "Not Found",
                "message": message + "<br /><br />\n\n\n",
            },
            "orchestration": {
                "code": 404,
                "title": "Not Found",
                "explanation": "The resource could not be found.",
                "error": {
                    "type": "ThingNotFound",
                    "message": message,
                    "traceback": None,
                },
            },
            "load-balancer": {
                "faultcode": "Client",
                "faultstring": message,
                "debuginfo": None,
            },
            "alarming": {
                "error_message": {
                    "faultcode": "Client",
                    "faultstring": message,
                    "debuginfo": None,
                }
            },
            "block-storage": {"itemNotFound": {"code": 404, "message": message}},
        }
        self.assertEqual(set(faults.RENDERERS), set(wanted))
        for service, body in wanted.items():
            answer = self.client.delete(
                f"/pop1/{service}/things/a", headers=self.headers
            )
            self.assertEqual(404, answer.status_code)
            self.assertEqual(body, answer.json)

    def test_head_has_the_headers_of_get_and_no_body(self):
        answer = self.client.head("/pop1/image/")
        self.assertEqual(200, answer.status_code)
        self.assertEqual(b"", answer.data)
