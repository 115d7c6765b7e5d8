"""The API and a conductor in this process, over the fake driver and SQLite.

Requests go through the whole middleware stack.  Every answer is checked against
the OpenAPI document that the API publishes.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import re
import time
import uuid
from typing import Any

import bcrypt
import fixtures
import jsonschema
import testtools
import webob

from tacker_lite import conf as tacker_lite_conf
from tacker_lite import rpc
from tacker_lite.api.app import setup_app
from tacker_lite.conductor.client import ConductorClient
from tacker_lite.conductor.service import ConductorService
from tacker_lite.db import models
from tacker_lite.db.base import Database
from tacker_lite.vim.fake import FakeCloud

REQUEST_ID = re.compile(r"req-[0-9a-f-]{36}")

VNFD = {
    "tosca_definitions_version": "tosca_simple_profile_for_nfv_1_0_0",
    "description": "One server",
    "metadata": {"template_name": "one-server"},
    "topology_template": {
        "inputs": {
            "image_name": {"type": "string", "default": "cirros"},
        },
        "node_templates": {
            "VDU1": {
                "type": "tosca.nodes.nfv.VDU.Tacker",
                "properties": {
                    "image": {"get_input": "image_name"},
                    "flavor": "m1.tiny",
                    "mgmt_driver": "noop",
                },
            },
            "CP1": {
                "type": "tosca.nodes.nfv.CP.Tacker",
                "properties": {"management": True},
                "requirements": [
                    {"virtualLink": {"node": "VL1"}},
                    {"virtualBinding": {"node": "VDU1"}},
                ],
            },
            "VL1": {
                "type": "tosca.nodes.nfv.VL",
                "properties": {"network_name": "net_mgmt", "vendor": "any"},
            },
        },
    },
}


class Answer:
    """What the API said."""

    def __init__(self, response: webob.Response):
        self.status = response.status_int
        self.headers = response.headers
        self.body = response.body
        self.json = json.loads(response.body) if response.body else None

    @property
    def fault(self) -> dict[str, str]:
        return self.json["TackerError"]


class ApiTestCase(testtools.TestCase):
    """A fresh database, conductor and API for each test.

    :cvar options: lines of the configuration file, by section, over those of
        :meth:`configuration`.
    """

    options: dict[str, dict[str, Any]] = {}
    with_conductor = True

    def setUp(self):
        super().setUp()
        self.directory = self.useFixture(fixtures.TempDir()).path
        self.log = self.useFixture(fixtures.FakeLogger())
        path = os.path.join(self.directory, "tacker-lite.conf")
        with open(path, "w", encoding="utf-8") as file:
            for section, values in self.configuration().items():
                lines = [f"{name} = {value}\n" for name, value in values.items()]
                file.writelines([f"[{section}]\n", *lines])
        self.conf = tacker_lite_conf.new([], [path])
        self.database = Database(self.conf)
        self.addCleanup(self.database.close)
        models.Base.metadata.create_all(self.database.engine)
        transport = rpc.get_transport(self.conf)
        self.addCleanup(transport.cleanup)
        if self.with_conductor:
            service = ConductorService(self.conf, self.database, transport)
            service.start()
            self.addCleanup(service.stop)
        client = ConductorClient(self.conf, transport)
        self.app = setup_app(self.conf, client, self.database)
        self.schemas: dict[str, Any] = {}

    def configuration(self) -> dict[str, dict[str, Any]]:
        """The configuration file, by section."""
        sections: dict[str, dict[str, Any]] = {
            "DEFAULT": {
                "state_path": self.directory,
                "host": f"test-{uuid.uuid4()}",
                "transport_url": "fake://",
            },
            "api": {"auth_strategy": "noauth"},
            "conductor": {"reconcile_interval": 0.05},
        }
        for section, values in self.options.items():
            sections[section] = {**sections.get(section, {}), **values}
        return sections

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
        user: tuple[str, str] | None = None,
    ) -> Answer:
        """One request, such as ``call("GET", "/v1.0/vnfs?name=a")``."""
        request = webob.Request.blank(path, method=method)
        request.headers["Accept"] = "application/json"
        request.headers.update(headers or {})
        if user:
            secret = base64.b64encode(":".join(user).encode()).decode()
            request.headers["Authorization"] = f"Basic {secret}"
        if body is not None or raw is not None:
            request.body = raw if raw is not None else json.dumps(body).encode()
            request.content_type = "application/json"
        answer = Answer(request.get_response(self.app))
        self.check_form(method, path, answer)
        return answer

    def check_form(self, method: str, path: str, answer: Answer) -> None:
        """What holds for every answer, and what OpenAPI says about this one."""
        self.assertRegex(answer.headers["X-Openstack-Request-Id"], REQUEST_ID)
        if answer.status == 204:
            self.assertEqual(b"", answer.body)
            return
        self.assertEqual("application/json", answer.headers["Content-Type"])
        if answer.status >= 400:
            fault = answer.fault
            self.assertIsInstance(fault["message"], str)
            self.assertTrue(fault["message"] and fault["type"])
            self.assertEqual("", fault["detail"])
            self.assertNotIn("%", fault["message"])
        schema = self.schema_of(method, path, answer.status)
        if schema is not None and "fields=" not in path:
            jsonschema.Draft202012Validator(schema).validate(answer.json)

    def schema_of(self, method: str, path: str, status: int) -> Any:
        """The published schema of an answer, or None for a path that is not there."""
        if not self.schemas:
            request = webob.Request.blank("/v1.0/openapi.json")
            self.schemas = json.loads(request.get_response(self.app).body)
        bare = re.sub("/+", "/", path.partition("?")[0].removesuffix(".json"))
        for template, operations in self.schemas["paths"].items():
            pattern = re.sub(r"\{\w+\}", "[^/]+", template.removesuffix(".json"))
            if re.fullmatch(pattern, bare.rstrip("/") or "/"):
                operation = operations.get(method.lower())
                if operation is None:
                    return None
                found = operation["responses"].get(str(status))
                self.assertIsNotNone(found, f"{method} {path}: {status} undocumented")
                schema = found["content"]["application/json"]["schema"]
                return {**schema, "components": self.schemas["components"]}
        return None

    def assert_refused(
        self, status: int, public_type: str, *words: str, answer: Answer
    ) -> None:
        """The answer is this error, and its message has these words."""
        self.assertEqual((status, public_type), (answer.status, answer.fault["type"]))
        for word in words:
            self.assertIn(word, answer.fault["message"])

    # Things to work with

    def cloud(self, query: str = "") -> str:
        """URL of a fake VIM of this test alone."""
        url = f"fake://{uuid.uuid4()}{query}"
        self.addCleanup(FakeCloud.forget, url)
        return url

    def vim_body(self, name: str = "site-a", **changes: Any) -> dict[str, Any]:
        body = {
            "name": name,
            "type": "fake",
            "auth_url": self.cloud(),
            "vim_project": {"name": "nfv", "project_domain_name": "Default"},
            "auth_cred": {
                "username": "svc",
                "password": "s3cret-passw0rd",
                "user_domain_name": "Default",
                "cert_verify": "True",
            },
            "is_default": False,
        }
        return {"vim": {**body, **changes}}

    def make_vim(self, name: str = "site-a", **changes: Any) -> dict[str, Any]:
        answer = self.call("POST", "/v1.0/vims.json", self.vim_body(name, **changes))
        self.assertEqual(201, answer.status, answer.body)
        return answer.json["vim"]

    def vnfd_body(self, name: str = "web", **changes: Any) -> dict[str, Any]:
        body = {
            "name": name,
            "attributes": {"vnfd": copy.deepcopy(VNFD)},
            "service_types": [{"service_type": "vnfd"}],
        }
        return {"vnfd": {**body, **changes}}

    def make_vnfd(self, name: str = "web", **changes: Any) -> dict[str, Any]:
        answer = self.call("POST", "/v1.0/vnfds.json", self.vnfd_body(name, **changes))
        self.assertEqual(201, answer.status, answer.body)
        return answer.json["vnfd"]

    def make_vnf(self, name: str = "edge-1", **body: Any) -> dict[str, Any]:
        answer = self.call("POST", "/v1.0/vnfs.json", {"vnf": {"name": name, **body}})
        self.assertEqual(201, answer.status, answer.body)
        return answer.json["vnf"]

    def wait_status(self, vnf_id: str, status: str, seconds: float = 10) -> dict:
        """The VNF once it has this status."""
        deadline = time.monotonic() + seconds
        while True:
            vnf = self.call("GET", f"/v1.0/vnfs/{vnf_id}").json["vnf"]
            if vnf["status"] == status:
                return vnf
            self.assertLess(time.monotonic(), deadline, f"still {vnf['status']}")
            time.sleep(0.02)

    def wait_gone(self, path: str, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while self.call("GET", path).status != 404:
            self.assertLess(time.monotonic(), deadline, f"{path} is still there")
            time.sleep(0.02)


def write_passwords(path: str, **users: str) -> str:
    """An htpasswd file with cheap bcrypt hashes."""
    with open(path, "w", encoding="utf-8") as file:
        for user, password in users.items():
            stored = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
            file.write(f"{user}:{stored}\n")
    return path
