"""Requests to a whole installation with a VIM and two descriptors."""

import testtools
import yaml

from tacker_lite.tests.functional.deployment import ROOT, Deployment, wait_for

NODES = "topology_template/node_templates"
VDU = f"{NODES}/VDU1/properties"


def sample(name: str) -> dict:
    return yaml.safe_load((ROOT / "samples" / "vnfd" / f"{name}.yaml").read_text())


def changed(name: str, path: str, value) -> dict:
    """A sample with one value replaced; ``path`` leads there by its keys."""
    document = sample(name)
    here = document
    *keys, last = path.split("/")
    for key in keys:
        here = here[key]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return document


class InstalledCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.deployment = self.useFixture(Deployment())
        self.api = self.deployment.session()
        self.vim = self.made("vims", self.vim_body("site-a", is_default=True))
        self.hello = self.made("vnfds", self.vnfd_body("hello", sample("hello-world")))
        self.inputs = self.made("vnfds", self.vnfd_body("inputs", sample("inputs")))

    def ask(self, method: str, path: str, body=None):
        more = {"data": body} if isinstance(body, (bytes, str)) else {"json": body}
        return self.api.request(
            f"{self.deployment.url}/v1.0/{path}",
            method,
            raise_exc=False,
            headers={"Content-Type": "application/json"},
            **(more if body is not None else {}),
        )

    def made(self, plural: str, body: dict) -> dict:
        answer = self.ask("POST", f"{plural}.json", body)
        self.assertEqual(201, answer.status_code, answer.text)
        return answer.json()[plural[:-1]]

    def vim_body(self, name: str, pop: str = "pop1", cred=None, **changes) -> dict:
        return {
            "vim": {
                "name": name,
                "type": "openstack",
                "auth_url": f"{self.deployment.lab_url}/{pop}/identity",
                "vim_project": {"name": "admin", "project_domain_name": "Default"},
                "auth_cred": {
                    "username": "admin",
                    "password": self.deployment.password,
                    "user_domain_name": "Default",
                    **(cred or {}),
                },
                **changes,
            }
        }

    def vnfd_body(self, name: str, document) -> dict:
        return {
            "vnfd": {
                "name": name,
                "service_types": [{"service_type": "vnfd"}],
                "attributes": {"vnfd": document},
            }
        }

    def state(self) -> dict:
        """All that a refused request must leave as it is."""
        lists = {
            plural: self.ask("GET", f"{plural}.json").json()[plural]
            for plural in ("vims", "vnfds", "vnfs", "events")
        }
        for vim in lists["vims"]:
            # A check of the VIM may come between.
            for key in ("last_seen_at", "updated_at", "status"):
                vim.pop(key)
        lists["events"] = [e for e in lists["events"] if e["event_type"] != "MONITOR"]
        return {**lists, "stacks": [s.id for s in self.deployment.stacks()]}

    def settled(self, vnf_id: str) -> dict:
        def end():
            vnf = self.ask("GET", f"vnfs/{vnf_id}.json").json()["vnf"]
            return None if vnf["status"].startswith("PENDING") else vnf

        return wait_for("the end of the operation", end)

    def gone(self, vnf_id: str) -> None:
        def end() -> bool:
            return self.ask("GET", f"vnfs/{vnf_id}.json").status_code == 404

        wait_for("its end", end)
        self.assertEqual([], self.deployment.stacks())
