"""The command ``tacker-lite-pop`` with a state directory of the test's own."""

import base64
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import testtools

from tacker_lite.tests.functional.pop import machine

WEB_SERVER = """#!/bin/sh
mkdir /srv/web && cd /srv/web && hostname > index.html
exec python3 -m http.server 80
"""
#: Seconds.
TIMEOUT = 60


class LabCommandCase(testtools.TestCase):
    """``up`` and ``kill`` a lab; whatever happens, it is down after the test."""

    runtime = "simulated"

    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory(prefix="labs-")
        self.addCleanup(directory.cleanup)
        self.base = f"{directory.name}/state"
        self.file = f"{directory.name}/topology.yaml"
        self.name = f"t{os.getpid()}"
        self.addCleanup(self.run_command, "down", self.name)

    def write(self, text):
        with open(self.file, "w", encoding="utf-8") as stream:
            stream.write(text)

    def run_command(self, *arguments):
        return subprocess.run(
            [
                *(sys.executable, "-m", "tacker_lite.pop"),
                *("--state-dir", self.base, *arguments),
            ],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )

    def output_of(self, *arguments):
        done = self.run_command(*arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def up(self, *arguments):
        return self.output_of(
            "up", self.file, "--runtime", self.runtime, "--port", "0", *arguments
        )

    def rows(self):
        return [
            row
            for row in json.loads(self.output_of("ps", "-f", "json"))
            if row["lab"] == self.name
        ]

    def process(self):
        path = f"{self.base}/{self.name}/process.json"
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)

    def kill(self):
        pid = self.process()["pid"]
        descriptor = os.pidfd_open(pid)
        self.addCleanup(os.close, descriptor)
        os.kill(pid, signal.SIGKILL)
        self.assertTrue(select.select([descriptor], [], [], TIMEOUT)[0])

    def token(self, url):
        with open(f"{self.base}/{self.name}/openrc-pop1", encoding="utf-8") as stream:
            values = dict(
                line.removeprefix("export ").rstrip("\n").split("=", 1)
                for line in stream
            )
        user = {
            "name": values["OS_USERNAME"],
            "password": values["OS_PASSWORD"],
            "domain": {"id": "default"},
        }
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity}}
        with request(f"{url}/auth/tokens", body) as response:
            return response.headers["X-Subject-Token"]

    def pop(self):
        url = self.rows()[0]["auth_url"]
        return Pop(url, self.token(url))

    def settled(self, pop, statuses=("ACTIVE",)):
        """The servers, once nothing is under way and each has one of the statuses."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            servers, stacks = pop.servers(), pop.stacks()
            busy = [s for s in servers if s[2] or s[1] not in statuses]
            busy += [s for s in stacks.values() if s != "CREATE_COMPLETE"]
            if not busy:
                return servers, stacks
            self.assertLess(time.monotonic(), deadline, busy)
            time.sleep(0.05)

    def refused(self, *arguments):
        done = self.run_command("up", self.file, *arguments)
        self.assertEqual(1, done.returncode, done.stdout)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr

    @property
    def directory(self):
        return f"{self.base}/{self.name}"

    def assert_nothing_left(self):
        left = machine.everything(self.name, self.directory)
        self.assertEqual(machine.NOTHING, left)


class Pop:
    """A PoP of a lab, as its administrator."""

    def __init__(self, url, token):
        self._token = token
        self._base = url.removesuffix("/identity/v3")
        answer = self._ask("GET", f"{url}/auth/catalog")
        (self._heat,) = {
            endpoint["url"]
            for service in answer["catalog"]
            if service["type"] == "orchestration"
            for endpoint in service["endpoints"]
        }
        nova = f"{self._base}/compute/v2.1"
        self._nova = nova
        self._image = self._ask("GET", f"{self._base}/image/v2/images")["images"][0]
        flavors = self._ask("GET", f"{nova}/flavors")["flavors"]
        self._flavor = next(f for f in flavors if f["name"] == "m1.tiny")

    def _ask(self, method, url, body=None):
        with request(url, body, self._token, method) as response:
            text = response.read()
        return json.loads(text) if text else None

    def create_server(self, name, user_data=""):
        body = {
            "name": name,
            "imageRef": self._image["id"],
            "flavorRef": self._flavor["id"],
            "user_data": base64.b64encode(user_data.encode()).decode(),
        }
        answer = self._ask("POST", f"{self._nova}/servers", {"server": body})
        return answer["server"]["id"]

    def console(self, ident):
        action = {"os-getConsoleOutput": {}}
        answer = self._ask("POST", f"{self._nova}/servers/{ident}/action", action)
        return answer["output"]

    def act(self, ident, action, arguments=None):
        """Ask a server to do something."""
        self._ask("POST", f"{self._nova}/servers/{ident}/action", {action: arguments})

    def image_statuses(self):
        """Statuses of all images that there are."""
        images = self._ask("GET", f"{self._base}/image/v2/images")["images"]
        return {image["status"] for image in images}

    @property
    def image(self):
        """Id of the image that servers are made of."""
        return self._image["id"]

    @property
    def larger_flavor(self):
        """Id of another flavor than that of servers."""
        flavors = self._ask("GET", f"{self._nova}/flavors")["flavors"]
        return next(f["id"] for f in flavors if f["name"] == "m1.small")

    def delete_server(self, ident):
        self._ask("DELETE", f"{self._nova}/servers/{ident}")

    def servers(self):
        """All servers, as rows of name, status, task and addresses."""
        return [
            (
                server["name"],
                server["status"],
                server["OS-EXT-STS:task_state"],
                [a["addr"] for group in server["addresses"].values() for a in group],
            )
            for server in self._ask("GET", f"{self._nova}/servers/detail")["servers"]
        ]

    def create_stack(self, name):
        """A stack with one server, called as the stack with ``-vm`` behind."""
        properties = {"name": f"{name}-vm", "image": "host", "flavor": "m1.tiny"}
        properties["networks"] = [{"network": "net0"}]
        resource = {"type": "OS::Nova::Server", "properties": properties}
        template = {
            "heat_template_version": "2018-08-31",
            "resources": {"vm": resource},
        }
        body = {"stack_name": name, "template": template}
        return self._ask("POST", f"{self._heat}/stacks", body)["stack"]["id"]

    def delete_stack(self, name):
        self._ask("DELETE", f"{self._heat}/stacks/{name}")

    def stacks(self):
        """Statuses of all stacks, by name."""
        stacks = self._ask("GET", f"{self._heat}/stacks")["stacks"]
        return {stack["stack_name"]: stack["stack_status"] for stack in stacks}


def request(url, body=None, token="", method=None):
    """Open a URL of the lab; POST with a body, else GET, unless told otherwise."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "X-Auth-Token": token}
    return urllib.request.urlopen(  # noqa: S310 - the lab's own address
        urllib.request.Request(url, data=data, headers=headers, method=method),
        timeout=TIMEOUT,
    )
