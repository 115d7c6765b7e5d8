"""A stand-in for Identity v3 and Orchestration v1, over real HTTP.

It answers with the members that the services document, keeps what it is told in
memory, finishes every stack at once, and breaks down when a test orders it to.
"""

from __future__ import annotations

import collections
import datetime
import http.server
import ipaddress
import json
import pathlib
import re
import ssl
import sys
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import Any

import fixtures
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD, PROJECT = "nfv", "stand-in-PaSsWoRd", "nfv-project"


@dataclass
class Answer:
    """What to send back; ``lost`` closes the connection instead."""

    code: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    lost: bool = False


class StandInCloud(fixtures.Fixture):
    """One cloud on a free port of the loopback address.

    :ivar seen: ``METHOD path`` of every request so far.
    :ivar stacks: Heat's records by id.
    :param tls: serve HTTPS with a certificate of its own CA, ``authority``.
    """

    def __init__(self, tls: bool = False):
        self.tls = tls

    def _setUp(self):
        self.seen: list[str] = []
        self.bodies: list[Any] = []
        self.stacks: dict[str, dict[str, Any]] = {}
        self.regions = ["north", "south"]
        self.regions_with_heat = ["north", "south"]
        self.regions_forbidden = False
        self.authority = ""
        self.issued: list[str] = []
        self._valid: set[str] = set()
        self._orders: dict[str, collections.deque] = {}
        self._server = _Server(self)
        scheme = "http"
        if self.tls:
            scheme, directory = "https", self.useFixture(fixtures.TempDir()).path
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            path = pathlib.Path(directory) / "server.pem"
            self.authority = certificate(path)
            context.load_cert_chain(path)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True
            )
        self.root = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self.auth_url = f"{self.root}/identity"
        serving = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        serving.start()
        self.addCleanup(serving.join)
        self.addCleanup(self._server.server_close)
        self.addCleanup(self._server.shutdown)

    def order(self, request: str, *answers: Answer) -> None:
        """Answer the next requests that match ``request`` with these instead.

        :param request: a pattern for ``METHOD path``.
        """
        self._orders.setdefault(request, collections.deque()).extend(answers)

    def revoke_tokens(self) -> None:
        self._valid.clear()

    def count(self, request: str) -> int:
        """How many requests so far matched."""
        return sum(bool(re.search(request, seen)) for seen in self.seen)

    def answer(self, method: str, path: str, token: str, body: Any) -> Answer:
        url = urllib.parse.urlsplit(path)
        request = f"{method} {url.path}"
        self.seen.append(request)
        self.bodies.append(body)
        ordered = self._ordered(request)
        if ordered and not ordered.lost:
            return ordered
        answer = self._route(request, urllib.parse.parse_qs(url.query), token, body)
        return ordered or answer

    def _ordered(self, request: str) -> Answer | None:
        for pattern, answers in self._orders.items():
            if answers and re.search(pattern, request):
                return answers.popleft()
        return None

    def _route(self, request: str, query: dict, token: str, body: Any) -> Answer:
        if request == "POST /identity/v3/auth/tokens":
            return self._token(body["auth"])
        if token not in self._valid:
            return Answer(401, {"error": {"code": 401, "message": "who are you"}})
        if request == "GET /identity/v3/regions":
            if self.regions_forbidden:
                return Answer(403, {"error": {"code": 403, "message": "not you"}})
            return Answer(200, {"regions": [{"id": name} for name in self.regions]})
        found = re.fullmatch(
            r"(\w+) /heat/(\w+)/v1/p1/stacks(?:/([^/]+)/([^/]+)(/resources)?)?", request
        )
        if not found:
            return Answer(404, {"error": {"message": f"nothing at {request}"}})
        method, region, name, ident, resources = found.groups()
        return self._heat(method, region, ident, bool(resources), query, body)

    def _token(self, auth: dict[str, Any]) -> Answer:
        user = auth["identity"].get("password", {}).get("user", {})
        right = (user.get("name"), user.get("password")) == (USER, PASSWORD)
        project = auth.get("scope", "unscoped")
        if not right or (
            project != "unscoped" and project["project"].get("name") != PROJECT
        ):
            return Answer(401, {"error": {"code": 401, "message": "not authorized"}})
        token = uuid.uuid4().hex
        self.issued.append(token)
        self._valid.add(token)
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(1)
        endpoints = [
            {
                "id": name,
                "interface": "public",
                "region": name,
                "region_id": name,
                "url": f"{self.root}/heat/{name}/v1/p1",
            }
            for name in self.regions_with_heat
        ]
        body = {
            "methods": ["password"],
            "user": {"id": "u1", "name": USER, "domain": {"id": "default"}},
            "project": {"id": "p1", "name": PROJECT, "domain": {"id": "default"}},
            "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
            "catalog": [
                {"type": "orchestration", "name": "heat", "endpoints": endpoints}
            ],
        }
        return Answer(201, {"token": body}, {"X-Subject-Token": token})

    def _heat(
        self,
        method: str,
        region: str,
        ident: str | None,
        resources: bool,
        query: dict[str, list[str]],
        body: Any,
    ) -> Answer:
        if ident is None:
            if method == "POST":
                return self._create(region, body)
            return Answer(200, {"stacks": self._list(region, query)})
        stack = self.stacks.get(ident)
        if stack is None:
            return Answer(404, {"error": {"message": f"no stack {ident}"}})
        if resources:
            return Answer(200, {"resources": stack["resources"]})
        if method == "GET":
            return Answer(200, {"stack": stack})
        if method == "PUT":
            stack["stack_status"] = "UPDATE_COMPLETE"
            return Answer(202, {})
        del self.stacks[ident]
        return Answer(204)

    def _create(self, region: str, body: dict[str, Any]) -> Answer:
        name = body["stack_name"]
        if self._list(region, {"name": [name]}):
            return Answer(409, {"error": {"message": f"The Stack ({name}) exists"}})
        hot, ident = yaml.safe_load(body["template"]), str(uuid.uuid4())
        self.stacks[ident] = {
            "id": ident,
            "region": region,
            "stack_name": name,
            "tags": body["tags"].split(","),
            "stack_status": "CREATE_COMPLETE",
            "stack_status_reason": "Stack CREATE completed successfully",
            "creation_time": datetime.datetime.now().isoformat(),
            "outputs": [
                {"output_key": key, "output_value": f"192.0.2.{number}"}
                for number, key in enumerate(hot.get("outputs", {}), 1)
            ],
            "resources": [
                {
                    "resource_name": key,
                    "resource_type": value["type"],
                    "resource_status": "CREATE_COMPLETE",
                    "physical_resource_id": str(uuid.uuid4()),
                }
                for key, value in hot["resources"].items()
            ],
        }
        return Answer(201, {"stack": {"id": ident, "links": []}})

    def _list(self, region: str, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        def wanted(stack: dict[str, Any]) -> bool:
            return (
                stack["region"] == region
                and stack["stack_name"] in query.get("name", [stack["stack_name"]])
                and stack["id"] in query.get("id", [stack["id"]])
            )

        return [stack for stack in self.stacks.values() if wanted(stack)]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, cloud: StandInCloud):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cloud = cloud

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that gave up waiting, or refused our certificate, is no error.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        cloud = self.server.cloud
        token = self.headers.get("X-Auth-Token", "")
        answer = cloud.answer(self.command, self.path, token, body)
        time.sleep(answer.after)
        self.close_connection = True
        if answer.lost:
            return
        text = "" if answer.body is None else json.dumps(answer.body)
        self.send_response(answer.code)
        headers = {"Content-Type": "application/json", "Connection": "close"}
        for name, value in {**headers, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve

    def log_message(self, *_: Any) -> None:
        """Keep the test output clean; ``StandInCloud.seen`` has it all."""


def certificate(path: pathlib.Path) -> str:
    """Write a key and certificate for 127.0.0.1 to ``path``; its authority as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in cloud")])
    now = datetime.datetime.now(datetime.timezone.utc)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    path.write_text(secret + text)
    return text
