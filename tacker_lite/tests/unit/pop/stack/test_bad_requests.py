"""Whatever is sent, the answer is a 4xx that says why, and nothing is made."""

import tempfile

import testtools
from werkzeug.test import Client

from tacker_lite.pop.faces.openstack.app import Application
from tacker_lite.tests.unit.pop.stack import labs

_SERVER = {"image": "host", "flavor": "m1.tiny"}


def one(kind="OS::Nova::Server", **properties):
    resource = {"type": kind, "properties": properties}
    return {"heat_template_version": "rocky", "resources": {"x": resource}}


def section(**sections):
    return {"heat_template_version": "rocky", **sections}


BODIES = [
    [],
    {},
    {"stack_name": "s"},
    {"stack_name": "s", "template": []},
    {"stack_name": "s", "template": "a: ["},
    {"stack_name": "s", "template_url": "http://127.0.0.1/x"},
    {"stack_name": "1bad", "template": section()},
    {"stack_name": None, "template": section()},
    {"stack_name": "s", "template": section(), "parameters": []},
    {"stack_name": "s", "template": section(), "parameters": {"no": 1}},
    {"stack_name": "s", "template": section(), "files": 3},
    {"stack_name": "s", "template": section(), "environment": "- a"},
    {"stack_name": "s", "template": section(), "environment": {"wrong": {}}},
    {"stack_name": "s", "template": section(), "environment_files": ["e"]},
    {"stack_name": "s", "template": section(), "environment_files": 7},
    {"stack_name": "s", "template": section(), "timeout_mins": "soon"},
    {"stack_name": "s", "template": section(), "timeout_mins": -1},
    {"stack_name": "s", "template": section(), "disable_rollback": "perhaps"},
    {"stack_name": "s", "template": section(), "tags": 5},
    {"stack_name": "s", "template": section(), "clear_parameters": 5},
    {"stack_name": "s", "template": section(), "environment": {"parameters": 1}},
]
_ENDLESS = """
heat_template_version: rocky
outputs:
  o: {value: &all {again: [*all]}}
"""
_HUGE = "\n".join(
    [
        "heat_template_version: rocky",
        "description: text",
        "parameter_groups:",
        "- &a0 {label: l}",
        *(f"- &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)),
    ]
)
_DEEP = "heat_template_version: rocky\noutputs: " + "[" * 500 + "]" * 500


TEMPLATES = [
    _ENDLESS,
    _HUGE,
    _DEEP,
    section(resources=[]),
    one("OS::Heat::Delay", min_wait=float("inf")),
    one("OS::Heat::Delay", min_wait="nan"),
    one("OS::Heat::RandomString", length=float("inf")),
    section(outputs={"o": {"value": {"digest": ["md5", "\ud800"]}}}),
    section(resources={"x": None}),
    section(resources={"x": {}}),
    section(resources={"x": {"type": 3}}),
    section(resources={"x/y": {"type": "OS::Neutron::Net"}}),
    section(resources={"x": {"type": "OS::Neutron::Net", "colour": 1}}),
    section(resources={"x": {"type": "OS::Neutron::Net", "depends_on": 1}}),
    section(resources={"x": {"type": "OS::Neutron::Net", "depends_on": "y"}}),
    section(resources={"x": {"type": "OS::Neutron::Net", "deletion_policy": "?"}}),
    section(resources={"x": {"type": "OS::Neutron::Net", "condition": "no"}}),
    section(resources={"x": {"type": "OS::Neutron::Net", "condition": 3}}),
    section(outputs={"o": {}}),
    section(outputs={"o": {"value": {"get_attr": "x"}}}),
    section(outputs={"o": {"value": {"get_attr": []}}}),
    section(parameters={"p": {"type": "colour"}}),
    section(parameters={"p": {"type": "string"}}),
    section(parameters={"p": {"type": "string", "constraints": {}}}),
    section(parameters={"p": {"type": "string", "constraints": [{"a": 1}]}}),
    section(
        parameters={"p": {"type": "string", "constraints": [{"allowed_pattern": "("}]}}
    ),
    section(
        parameters={"p": {"type": "number", "constraints": [{"range": {"min": "x"}}]}}
    ),
    section(conditions={"c": {"get_attr": ["x", "y"]}}),
    section(wrong={}),
    {"heat_template_version": "1999-01-01"},
    one(**_SERVER, networks="net_mgmt"),
    one(**_SERVER, networks=[{"port": "no-such-port"}]),
    one(**_SERVER, networks=[{"network": "no-such-network"}]),
    one(**_SERVER, user_data_format="SHOUTED"),
    one(**_SERVER, key_name="no-such-key"),
    one(image="host"),
    one("OS::Neutron::Port", network="net_mgmt", mac_address="zz"),
    one("OS::Neutron::Port", network="net_mgmt", fixed_ips=[{"ip_address": "1.2"}]),
    one("OS::Neutron::Subnet", network="net_mgmt", cidr="everything"),
    one("OS::Nova::Flavor", ram="much", vcpus=1),
    one("OS::Nova::Flavor", ram=0, vcpus=1),
    one("OS::Heat::Value", value={"str_replace": {"template": "x"}}),
    one("OS::Heat::Value", value={"list_join": "x"}),
    one("OS::Heat::Value", value={"repeat": {"for_each": 1, "template": 1}}),
    one("OS::Heat::Value", value={"repeat": {"for_each": {"a": 1}, "template": 1}}),
    one("OS::Heat::Value", value={"map_merge": 1}),
    one("OS::Heat::Value", value={"str_split": ["", "x"]}),
    one("OS::Heat::Value", value={"if": [1, 2, 3]}),
    one("OS::Heat::Value", value={"get_param": {}}),
    one("OS::Heat::Value", value={"get_file": []}),
    one("OS::Heat::Value", value={"get_resource": []}),
]


class BadRequestTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="stacks-")
        self.addCleanup(directory.cleanup)
        lab = labs.open_lab(directory.name)
        self.addCleanup(lab.close)
        self.cloud = lab.clouds["pop1"]
        self.http = Client(Application(lab))
        token = self.log_in()
        self.base = f"/pop1/orchestration/v1/{token['project']['id']}"

    def log_in(self):
        user = {"name": "admin", "domain": {"id": "default"}}
        user["password"] = "a test's password"
        project = {"name": "admin", "domain": {"id": "default"}}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity, "scope": {"project": project}}}
        answer = self.http.post("/pop1/identity/v3/auth/tokens", json=body)
        self.headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
        return answer.json["token"]

    def ask(self, method, path, body=None):
        options = {} if body is None else {"json": body}
        return self.http.open(
            self.base + path, method=method, headers=self.headers, **options
        )

    def check_refused(self, answer, what):
        self.assertIn(answer.status_code, (400, 404, 405, 409), (what, answer.text))
        error = answer.json
        self.assertEqual(answer.status_code, error["code"])
        self.assertTrue(error["error"]["message"], what)
        self.assertTrue(error["error"]["type"], what)

    def test_bodies(self):
        good = labs.begin(self.cloud, "good", section())
        labs.settled(self.cloud)
        templates = [{"stack_name": "s", "template": t} for t in TEMPLATES]
        for body in BODIES + templates:
            self.check_refused(self.ask("POST", "/stacks", body), body)
        for body in [b for b in BODIES[3:] if "1bad" not in str(b)] + templates:
            if body.get("stack_name"):
                answer = self.ask("PUT", f"/stacks/good/{good.id}", body)
                self.check_refused(answer, body)
        self.assertEqual(1, len(self.cloud.stacks.list_stacks(None)))
        self.assertEqual([], self.cloud.compute.list_servers(None))

    def test_paths(self):
        good = labs.begin(self.cloud, "good", section())
        labs.settled(self.cloud)
        url = f"/stacks/good/{good.id}"
        for method, path, body in [
            ("GET", "/stacks/absent", None),
            ("DELETE", "/stacks/absent", None),
            ("GET", f"/stacks/other/{good.id}", None),
            ("GET", f"{url}/resources/absent", None),
            ("GET", f"{url}/outputs/absent", None),
            ("GET", f"{url}/resources/absent/events/1", None),
            ("PATCH", f"{url}/resources/absent", {"mark_unhealthy": True}),
            ("PATCH", f"{url}/resources/absent", {"mark_unhealthy": "x"}),
            ("POST", f"{url}/actions", {}),
            ("POST", f"{url}/actions", {"resume": None}),
            ("POST", f"{url}/actions", {"cancel_update": None}),
            ("GET", f"{url}/events?limit=x", None),
            ("GET", f"{url}/events?sort_dir=up", None),
            ("GET", "/stacks?limit=-1", None),
            ("GET", "/stacks?marker=absent", None),
            ("GET", "/stacks?sort_keys=colour", None),
            ("GET", "/resource_types/OS::No::Such", None),
            ("PUT", "/stacks", {}),
        ]:
            self.check_refused(self.ask(method, path, body), path)
