"""The command ``tacker-lite-pop`` with a state directory of the test's own."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import urllib.request

import testtools

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
            [sys.executable, "-m", "tacker_lite.pop", *arguments]
            + ["--state-dir", self.base],
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


def request(url, body=None, token="", method=None):
    """Open a URL of the lab; POST with a body, else GET, unless told otherwise."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "X-Auth-Token": token}
    return urllib.request.urlopen(  # noqa: S310 - the lab's own address
        urllib.request.Request(url, data=data, headers=headers, method=method),
        timeout=TIMEOUT,
    )
