"""No password, token or key in what the service and the client say or keep.

The service runs with ``debug = true``.  What must not be found is looked for in its
log, its database, every answer of its API and the client's own debug output.
"""

import copy
import secrets
from urllib.parse import urlsplit

import requests
import testtools
import yaml

from tacker_lite.tests.functional.deployment import (
    BIN,
    ROOT,
    Deployment,
    run,
    wait_for,
)

VNFD = yaml.safe_load((ROOT / "samples" / "vnfd" / "hello-world.yaml").read_text())
ALARMED = yaml.safe_load((ROOT / "samples" / "vnfd" / "alarm-scale.yaml").read_text())
NODES = VNFD["topology_template"]["node_templates"]
NODES["VDU1"]["properties"]["user_data"] = {"get_input": "admin_password"}
VNFD["topology_template"]["inputs"] |= {
    "admin_password": {
        "type": "string",
        "constraints": [{"min_length": 5}, {"pattern": "[A-Za-z0-9_-]+"}],
    },
    "count": {"type": "integer", "default": 1},
}


def secret() -> str:
    return f"s3cret-{secrets.token_hex(8)}"


class TestSecrets(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.deployment = self.useFixture(
            Deployment(options={"DEFAULT": {"debug": "true"}})
        )
        self.hidden: dict[str, str] = {"lab password": self.deployment.password}
        self.answers: list[str] = []
        self.token = self._token()

    def _secret(self, what: str) -> str:
        self.hidden[what] = secret()
        return self.hidden[what]

    def _token(self) -> str:
        user = {
            "name": "admin",
            "domain": {"name": "Default"},
            "password": self.deployment.password,
        }
        scope = {"project": {"name": "admin", "domain": {"name": "Default"}}}
        identity = {"methods": ["password"], "password": {"user": user}}
        answer = requests.post(
            f"{self.deployment.identity}/auth/tokens",
            json={"auth": {"identity": identity, "scope": scope}},
            timeout=20,
        )
        self.hidden["token"] = answer.headers["X-Subject-Token"]
        return self.hidden["token"]

    def call(self, method: str, path: str, body=None, status: int = 200) -> dict:
        answer = requests.request(
            method,
            f"{self.deployment.url}/v1.0/{path}",
            json=body,
            headers={"X-Auth-Token": self.token},
            timeout=30,
        )
        self.assertEqual(status, answer.status_code, answer.text)
        self.answers.append(f"{answer.headers}\n{answer.text}")
        return answer.json() if answer.content else {}

    def vim(self, name: str, **credentials) -> dict:
        good = {
            "username": "admin",
            "password": self.deployment.password,
            "user_domain_name": "Default",
        }
        body = {
            "name": name,
            "type": "openstack",
            "auth_url": self.deployment.identity,
            "vim_project": {"name": "admin", "project_domain_name": "Default"},
            "auth_cred": {**good, **credentials},
        }
        return {"vim": body}

    def _use_vims(self) -> dict:
        strange = {
            name: self._secret(name)
            for name in ("client_secret", "api_key", "passphrase", "Pin")
        }
        vim = self.call("POST", "vims.json", self.vim("a", **strange), 201)["vim"]
        for name in ("password", *strange):
            self.assertEqual("***", vim["auth_cred"][name])
        path = f"vims/{vim['id']}.json"
        for name, kind in (
            ("password", "password"),
            ("bearer_token", "bearer_token"),
            ("application", "application_credential_secret"),
        ):
            wrong = {kind: self._secret(f"wrong {name}")}
            if name == "application":
                wrong["application_credential_id"] = "none"
            if name == "bearer_token":
                wrong |= {"username": "", "password": ""}
            self.call("POST", "vims.json", self.vim(f"w-{name}", **wrong), 400)
            self.call("PUT", path, {"vim": {"auth_cred": wrong}}, 400)
        # Malformed in ways that end in different places of the code.
        pin = self._secret("misplaced")
        for body in (
            self.vim("b", password=[pin]),
            self.vim("b", nested={"password": pin}),
            {"vim": {**self.vim("b")["vim"], "auth_cred": pin}},
            {"vim": {**self.vim("b")["vim"], "auth_url": f"http://u:{pin}@127.0.0.1/"}},
            {"vim": {**self.vim("b")["vim"], "type": "kubernetes"}},
            self.vim("b", ssl_ca_cert=f"-----BEGIN PRIVATE KEY-----\n{pin}"),
            {"vim": {**self.vim("b")["vim"], "vim_project": {"name": {"a": pin}}}},
        ):
            self.call("POST", "vims.json", body, 400)
        self.call("PUT", path, {"vim": {"description": "x", "is_default": True}})
        for where in ("vims.json", path, f"{path}?fields=auth_cred", "events.json"):
            self.call("GET", where)
        return vim

    def _vnf(self, status: int = 201, name: str = "n", **values) -> dict:
        attributes = {"param_values": values}
        body = {"name": name, "vnfd_template": VNFD, "attributes": attributes}
        return self.call("POST", "vnfs.json", {"vnf": body}, status).get("vnf", {})

    def _use_vnfs(self) -> None:
        refused = self._secret("value of a refused VNF")
        self._vnf(400, admin_password=refused, count=refused)
        self._vnf(400, admin_password=f"{refused} with blanks!", count=1)
        self._vnf(400, admin_password=[refused])
        self._vnf(400, admin_password="a", other=refused)
        self.call(
            "POST",
            "vnfs.json",
            {
                "vnf": {
                    "name": "n",
                    "vnfd_template": VNFD,
                    "attributes": {"param_values": f"admin_password: [{refused}"},
                }
            },
            400,
        )
        broken = copy.deepcopy(VNFD)
        cp = broken["topology_template"]["node_templates"]["CP1"]
        cp["properties"]["ip_address"] = {"get_input": "admin_password"}
        body = {
            "name": "n",
            "vnfd_template": broken,
            "attributes": {"param_values": {"admin_password": refused}},
        }
        self.call("POST", "vnfs.json", {"vnf": body}, 400)

        kept = self._secret("value of a VNF")
        vnf = self._vnf(admin_password=kept)
        active = wait_for("ACTIVE", lambda: self._when(vnf["id"], "ACTIVE"))
        # The API shows an input's value to its owner where it was given, and
        # nowhere else: not in the template, not in an event.
        self.assertIn(kept, active["attributes"].pop("param_values"))
        self.assertNotIn(kept, str(active))
        path = f"vnfs/{vnf['id']}.json"
        changed = self._secret("changed value of a VNF")
        values = {"param_values": {"admin_password": changed}}
        self.call("PUT", path, {"vnf": {"attributes": values}})
        wait_for("ACTIVE", lambda: self._when(vnf["id"], "ACTIVE"))
        configured = self._secret("password in a configuration")
        vdus = {"vdus": {"VDU1": {"config": {"password": configured}}}}
        self.call("PUT", path, {"vnf": {"attributes": {"config": vdus}}})
        wait_for("ACTIVE", lambda: self._when(vnf["id"], "ACTIVE"))
        for wrong in (f"password: [{configured}_", [f"{configured}_"]):
            attributes = {"config": wrong}
            self.call("PUT", path, {"vnf": {"attributes": attributes}}, 400)
            self.assertNotIn(f"{configured}_", self.answers[-1])
        self.call("GET", f"vnfs/{vnf['id']}/resources.json")
        self.call("DELETE", path, status=204)
        wait_for("its end", lambda: not self.call("GET", "vnfs.json")["vnfs"])
        self.call("GET", "events.json")
        # Shown above, as documented: only the log is looked at for these.
        shown = (kept, changed, configured)
        self.answers = [a for a in self.answers if not any(s in a for s in shown)]

    def _use_alarms(self) -> None:
        body = {"name": "alarmed", "vnfd_template": ALARMED}
        vnf = self.call("POST", "vnfs.json", {"vnf": body}, 201)["vnf"]
        wait_for("ACTIVE", lambda: self._when(vnf["id"], "ACTIVE"))
        alarm = {"alarm_id": "1", "current": "alarm"}
        for name in ("busy", "idle"):
            path = urlsplit(vnf["attributes"][name]).path
            key = path.rpartition("/")[2]
            # Part of a path, so that another word does not look like it.
            self.hidden[f"key of alarm {name}"] = f"/{key}"
            for method, tail, status in (
                ("POST", "", 201), ("POST", "/", 401), ("GET", "", 405),
                ("POST", "?a=b", 201),
            ):  # fmt: skip
                url = f"{self.deployment.url}{path}{tail}"
                answer = requests.request(method, url, json=alarm, timeout=30)
                self.assertEqual(status, answer.status_code, answer.text)
                self.answers.append(f"{answer.headers}\n{answer.text}")
            wait_for("ACTIVE", lambda: self._when(vnf["id"], "ACTIVE"))
        self.call("DELETE", f"vnfs/{vnf['id']}.json", status=204)
        wait_for("its end", lambda: not self.call("GET", "vnfs.json")["vnfs"])
        self.call("GET", "events.json")
        # The VNF's owner is shown its URLs, as documented.
        keys = [value for what, value in self.hidden.items() if "key of" in what]
        self.answers = [a for a in self.answers if not all(k in a for k in keys)]

    def _when(self, vnf_id: str, status: str):
        vnf = self.call("GET", f"vnfs/{vnf_id}.json")["vnf"]
        return vnf if vnf["status"] == status else None

    def _database(self) -> bytes:
        state = self.deployment.directory / "service"
        return b"".join(p.read_bytes() for p in sorted(state.glob("*.sqlite*")))

    def test_no_secret_is_told(self):
        vim = self._use_vims()
        database = self._database()
        self.assertIn(vim["id"].encode(), database)
        for what, value in self.hidden.items():
            self.assertNotIn(value.encode(), database, f"{what} in the database")
        self._use_vnfs()
        self._use_alarms()
        self.call("DELETE", f"vims/{vim['id']}.json", status=204)
        key = (self.deployment.directory / "service" / "credential_key").read_text()
        self.hidden["credential key"] = key.strip()
        log = self.deployment.log
        self.assertIn("DEBUG", log)
        for what, value in self.hidden.items():
            self.assertNotIn(value, log, f"{what} in the log")
            for answer in self.answers:
                self.assertNotIn(value, answer, f"{what} in an answer")

    def test_the_clients_debug_output(self):
        env = self.deployment.environment()
        path = self.deployment.vim_file("pop1")
        register = ("--debug", "vim", "register", "--config-file", path)
        wrong = self._secret("wrong password")
        text = path.read_text()
        other = self.deployment.directory / "wrong.yaml"
        other.write_text(text.replace(self.deployment.password, wrong))
        for command, code in (
            ((*register, "a"), 0),
            (("--debug", "vim", "set", "--config-file", path, "a"), 0),
            (("--debug", "vim", "set", "--config-file", other, "a"), 1),
            (("--debug", "vim", "show", "a"), 0),
        ):
            done = run(BIN / "openstack", *command, env=env, check=False)
            self.assertEqual(code, done.returncode, done.stderr)
            self.assertIn("/v1.0/vims", done.stderr)
            for what, value in self.hidden.items():
                said = done.stdout + done.stderr
                self.assertNotIn(value, said, f"{what} in {command}")
