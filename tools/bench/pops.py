"""A lab started by its command, and its PoPs asked over plain HTTP."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tacker_lite.pop.runtime import kernel, routing

COMMAND = (sys.executable, "-m", "tacker_lite.pop")
TIMEOUT = 120.0


class BenchLab:
    """A lab with a state directory of its own.

    :param topology: as the topology file has it, without the name.
    """

    def __init__(self, directory: str, runtime: str, topology: dict[str, Any]):
        self.name = f"bench{os.getpid()}-{random.randrange(1000)}"
        self.base = os.path.join(directory, self.name)
        self._runtime = runtime
        self._file = os.path.join(directory, f"{self.name}.yaml")
        text = yaml.safe_dump({"name": self.name, **topology}, sort_keys=False)
        Path(self._file).write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> float:
        """Run the command; returns the seconds that it took."""
        begun = time.monotonic()
        subprocess.run(
            [*COMMAND, *arguments, "--state-dir", self.base],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.monotonic() - begun

    def up(self) -> float:
        """Start the lab; returns the seconds until it is ready."""
        return self.run("up", self._file, "--runtime", self._runtime, "--port", "0")

    def down(self) -> float:
        return self.run("down", self.name)

    @property
    def process(self) -> dict[str, Any]:
        path = Path(self.base, self.name, "process.json")
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def kill(self) -> None:
        """End the lab as a crash would."""
        process = self.process["pid"]
        os.kill(process, signal.SIGKILL)
        while kernel.start_time(process) is not None:
            time.sleep(0.001)

    def pop(self, name: str) -> BenchPop:
        lines = Path(self.base, self.name, f"openrc-{name}").read_text(encoding="utf-8")
        (password,) = (
            line.split("=", 1)[1].strip("'\"")
            for line in lines.splitlines()
            if "OS_PASSWORD" in line
        )
        return BenchPop(self.process["url"], name, password)


class BenchPop:
    """A PoP and its administrator; each thread has a connection of its own."""

    def __init__(self, url: str, name: str, password: str):
        self._place = urlsplit(url)
        self._name = name
        self._local = threading.local()
        user = {"name": "admin", "domain": {"id": "default"}, "password": password}
        identity = {"methods": ["password"], "password": {"user": user}}
        self._login = {"auth": {"identity": identity}}
        self._token = ""
        self.project = ""

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON.

        :raises RuntimeError: when it is an error.
        """
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(
                str(self._place.hostname), self._place.port, timeout=TIMEOUT
            )
            self._local.connection = connection
        headers = {"X-Auth-Token": self._token, "Content-Type": "application/json"}
        text = None if body is None else json.dumps(body)
        connection.request(method, f"/{self._name}/{path}", text, headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]!r}")
        self._issued = answer.getheader("X-Subject-Token") or ""
        return json.loads(data) if data else None

    def log_in(self) -> None:
        token = self.ask("POST", "identity/v3/auth/tokens", self._login)
        self._token = self._issued
        self.project = token["token"]["project"]["id"]

    def create_stack(self, name: str) -> None:
        template = {
            "heat_template_version": "2021-04-16",
            "resources": {"value": {"type": "OS::Heat::RandomString"}},
        }
        body = {"stack_name": name, "template": template}
        self.ask("POST", f"orchestration/v1/{self.project}/stacks", body)

    def close(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()


@contextlib.contextmanager
def bench_lab(runtime: str, topology: dict[str, Any]) -> Iterator[BenchLab]:
    """A lab that is down at the end, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="tacker-lite-bench-") as directory:
        lab = BenchLab(directory, runtime, topology)
        try:
            yield lab
        finally:
            if os.path.exists(os.path.join(lab.base, lab.name)):
                lab.down()


def free_network() -> ipaddress.IPv4Network:
    """65536 private addresses to which this host has no route now."""
    taken = [network for network, _ in kernel.host_routes()]
    while True:
        found = ipaddress.IPv4Network(f"10.{random.randrange(128, 256)}.0.0/16")
        if not any(routing.overlap(found, network) for network in taken):
            return found
