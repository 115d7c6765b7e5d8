"""Mistaken requests get the errors that Heat gives them: status, type and words."""

import tempfile

import testtools
from werkzeug.test import Client

from tacker_lite.pop.faces.openstack.app import Application
from tacker_lite.tests.unit.pop.stack import labs

_VALUE = {"type": "OS::Heat::Value", "properties": {"value": "x"}}


def of(**resources):
    return {"heat_template_version": "2018-08-31", "resources": resources}


def value(snippet):
    return of(x={"type": "OS::Heat::Value", "properties": {"value": snippet}})


def taking(kind, **constraint):
    parameter = {"type": kind}
    if constraint:
        parameter["constraints"] = [constraint]
    return {**of(x=_VALUE), "parameters": {"p": parameter}}


def random(length):
    properties = {"length": length}
    return of(x={"type": "OS::Heat::RandomString", "properties": properties})


_FAILED = "StackValidationFailed"
_BAD = "HTTPBadRequest"
_PROPERTY = "Property error: : resources.x.properties"
#: Template, further keys of the request; type and beginning of the message, as the
#: real service (release 2023.1) gave them.
CREATIONS = [
    (None, {}, _BAD, "No template specified"),
    (of(x=_VALUE), {"stack_name": None}, _BAD, "No stack name specified"),
    (of(x=_VALUE), {"stack_name": "1bad"}, _FAILED, "Invalid stack name 1bad must con"),
    ("a: [", {}, _BAD, "Template not in valid format: Error parsing template"),
    (
        {"resources": {}},
        {},
        "InvalidTemplateVersion",
        "The template version is invalid",
    ),
    (
        {"heat_template_version": "1999-01-01"},
        {},
        "InvalidTemplateVersion",
        'The template version is invalid: "heat_template_version: 1999-01-01". ',
    ),
    ({**of(x=_VALUE), "no": {}}, {}, _FAILED, "The template section is invalid: no"),
    (of(x={**_VALUE, "deletion_policy": "?"}), {}, _FAILED, "Invalid deletion policy"),
    (
        of(x={"type": "OS::Heat::Value", "properties": {"value": 1, "no": 1}}),
        {},
        _FAILED,
        f"{_PROPERTY}: : Unknown Property no",
    ),
    (
        of(x={"type": "OS::Heat::Value"}),
        {},
        _FAILED,
        f"{_PROPERTY}: : Property value not assigned",
    ),
    (random(0), {}, _FAILED, f"{_PROPERTY}.length: : 0 is out of range (min: 1, max: "),
    (
        of(x={"type": "OS::Heat::Value", "properties": {"value": 1, "type": "no"}}),
        {},
        _FAILED,
        f'{_PROPERTY}.type: : "no" is not an allowed value ["string", ',
    ),
    (
        taking("string"),
        {},
        "UserParameterMissing",
        "The Parameter (p) was not provided.",
    ),
    (
        of(x=_VALUE),
        {"parameters": {"p": 1}},
        "UnknownUserParameter",
        "The Parameter (p) was not defined in template.",
    ),
    (taking("colour"), {}, "InvalidSchemaError", "Invalid type (colour)"),
    (
        taking("number", range={"max": 5}),
        {"parameters": {"p": 6}},
        _FAILED,
        "Parameter 'p' is invalid: 6 is out of range (min: None, max: 5)",
    ),
    (
        taking("string", length={"min": 5}),
        {"parameters": {"p": "a"}},
        _FAILED,
        "Parameter 'p' is invalid: length (1) is out of range (min: 5, max: None)",
    ),
    (
        taking("string", allowed_pattern="[a-z]+"),
        {"parameters": {"p": "A"}},
        _FAILED,
        'Parameter \'p\' is invalid: "A" does not match pattern "[a-z]+"',
    ),
    (
        taking("string", allowed_values=["a", "b"]),
        {"parameters": {"p": "A"}},
        _FAILED,
        'Parameter \'p\' is invalid: "A" is not an allowed value ["a", "b"]',
    ),
    (taking("number"), {"parameters": {"p": "A"}}, _FAILED, "Parameter 'p' is invalid"),
    (
        taking("string", custom_constraint="no.such"),
        {"parameters": {"p": "A"}},
        _FAILED,
        "Parameter 'p' is invalid: \"A\" does not validate no.such (constraint not fo",
    ),
    (
        value({"get_resource": "y"}),
        {},
        "InvalidTemplateReference",
        'The specified reference "y" (in ',
    ),
    (
        of(x=_VALUE, y={**_VALUE, "depends_on": "z"}),
        {},
        "InvalidTemplateReference",
        'The specified reference "z" (in ',
    ),
    (
        {**of(x=_VALUE), "outputs": {"o": {"value": {"get_attr": ["x", "no"]}}}},
        {},
        _FAILED,
        "outputs.o.value.get_attr: : The Referenced Attribute (x no) is incorrect.",
    ),
    (
        of(x=_VALUE),
        {"environment": {"no": {}}},
        _BAD,
        'Environment not in valid format: environment has wrong section "no"',
    ),
    (
        of(x=_VALUE),
        {"timeout_mins": "soon"},
        _BAD,
        "Only integer is acceptable by 'timeout_mins'",
    ),
]
#: Method, path below the project, body; status, type and words.
REQUESTS = [
    ("GET", "/stacks/no", None, 404, "EntityNotFound", "The Stack (no) could not be f"),
    ("DELETE", "/stacks/no", None, 404, "EntityNotFound", "The Stack (no) could not"),
    (
        "GET",
        "/resource_types/OS::No::Such",
        None,
        404,
        "EntityNotFound",
        "The Resource Type (OS::No::Such) could not be found.",
    ),
    ("POST", "/stacks", {"twice": True}, 409, "StackExists", "The Stack (s) already e"),
    (
        "GET",
        "{stack}/resources/no",
        None,
        404,
        "ResourceNotFound",
        "The Resource (no) could not be found in Stack s.",
    ),
    (
        "GET",
        "{stack}/outputs/no",
        None,
        404,
        "NotFound",
        "Specified output key no not found.",
    ),
    (
        "POST",
        "{stack}/actions",
        {"dance": 1},
        400,
        "",
        "Invalid action dance specified",
    ),
    ("POST", "{stack}/actions", {}, 400, _BAD, "No action specified"),
    (
        "POST",
        "{stack}/actions",
        {"check": None, "suspend": None},
        400,
        _BAD,
        "Multiple actions specified",
    ),
    (
        "POST",
        "{stack}/actions",
        {"cancel_update": None},
        400,
        "NotSupported",
        "Cancelling update when stack is CREATE_COMPLETE is not supported",
    ),
    (
        "POST",
        "{stack}/resources/x/signal",
        {},
        400,
        "ResourceActionNotSupported",
        "signal is not supported for resource",
    ),
    (
        "PATCH",
        "{stack}/resources/no",
        {"mark_unhealthy": True},
        404,
        "ResourceNotFound",
        "The Resource (no) could not be found in Stack s.",
    ),
    ("PATCH", "{stack}/resources/x", {"mark_unhealthy": 5}, 400, _BAD, ""),
    ("PUT", "{stack}", {}, 400, _BAD, "No template specified"),
    ("GET", "{stack}/events?sort_dir=up", None, 400, "", ""),
    ("GET", "{stack}/resources?nested_depth=x", None, 400, _BAD, ""),
    ("POST", "/validate", {}, 400, _BAD, "No template specified"),
]


class ErrorTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="stacks-")
        self.addCleanup(directory.cleanup)
        self.lab = labs.open_lab(directory.name)
        self.addCleanup(self.lab.close)
        self.cloud = self.lab.clouds["pop1"]
        self.client = Client(Application(self.lab))
        identity = {
            "methods": ["password"],
            "password": {
                "user": {
                    "name": "admin",
                    "domain": {"id": "default"},
                    "password": "a test's password",
                }
            },
        }
        scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
        answer = self.client.post(
            "/pop1/identity/v3/auth/tokens",
            json={"auth": {"identity": identity, "scope": scope}},
        )
        self.headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
        project = answer.json["token"]["project"]["id"]
        self.base = f"/pop1/orchestration/v1/{project}"

    def send(self, method, path, body):
        return self.client.open(
            self.base + path, method=method, json=body, headers=self.headers
        )

    def check(self, answer, status, kind, message, sent):
        self.assertEqual(status, answer.status_code, sent)
        body = answer.json
        self.assertEqual(status, body["code"])
        self.assertIsNone(body["error"]["traceback"])
        self.assertIn(message, body["error"]["message"], sent)
        if kind:
            self.assertEqual(kind, body["error"]["type"], sent)

    def test_creations(self):
        for template, more, kind, message in CREATIONS:
            body = {"stack_name": "s", "template": template, **more}
            answer = self.send("POST", "/stacks", body)
            self.check(answer, 400, kind, message, body)
        self.assertEqual([], self.cloud.stacks.list_stacks(None))

    def test_requests(self):
        stack = labs.begin(self.cloud, "s", of(x=_VALUE))
        labs.settled(self.cloud)
        place = f"/stacks/s/{stack.id}"
        for method, path, body, status, kind, message in REQUESTS:
            if body == {"twice": True}:
                body = {"stack_name": "s", "template": of(x=_VALUE)}
            answer = self.send(method, path.replace("{stack}", place), body)
            self.check(answer, status, kind, message, (method, path, body))
