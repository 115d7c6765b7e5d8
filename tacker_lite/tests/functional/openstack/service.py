"""The whole service as processes of its own, for VIMs that are there already."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import fixtures
from keystoneauth1 import session as ks_session
from keystoneauth1.http_basic import HTTPBasicAuth

from tacker_lite.client import Client
from tacker_lite.tests.functional.deployment import BIN, free_port, run, wait_for

OPTIONS = """\
[DEFAULT]
state_path = {state}
[api]
bind_port = {port}
threads = 16
auth_strategy = http_basic
http_basic_auth_user_file = {users}
[alarm]
host = 127.0.0.1
port = {port}
[conductor]
workers = 16
max_poll_interval = 3
"""


class Service(fixtures.Fixture):
    """``tacker-lite-allinone`` with a user of its own.

    :ivar client: our client, as an administrator.
    """

    def _setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tacker-lite-")
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        self.password = secrets.token_urlsafe(12)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        users = self.directory / "users"
        configuration = self.directory / "tacker-lite.conf"
        configuration.write_text(
            OPTIONS.format(state=self.directory, port=port, users=users)
        )
        run(
            BIN / "tacker-lite-manage", "password", "set", "--file", users, "admin",
            typed=f"{self.password}\n",
        )  # fmt: skip
        self._start(configuration)
        auth = HTTPBasicAuth(self.url, username="admin", password=self.password)
        self.client = Client(ks_session.Session(auth), endpoint=self.url)

    def _start(self, configuration: Path) -> None:
        with open(self.directory / "service.log", "wb") as log:
            process = subprocess.Popen(
                [str(BIN / "tacker-lite-allinone"), "--config-file", configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

        def stop() -> None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

        def answers() -> bool:
            if process.poll() is not None:
                raise AssertionError(f"the service ended:\n{self.log[-4000:]}")
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(self.url, timeout=2).close()
                return True
            return False

        self.addCleanup(stop)
        wait_for("the service's first answer", answers, interval=0.05)

    @property
    def log(self) -> str:
        """What the service has logged so far."""
        return (self.directory / "service.log").read_text()

    def openstack(self, *arguments: str) -> str:
        """What ``openstack ARGUMENTS`` prints; fails when it fails."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("OS_")}
        environment = {
            **kept,
            "OS_AUTH_TYPE": "http_basic",
            "OS_ENDPOINT": self.url,
            "OS_USERNAME": "admin",
            "OS_PASSWORD": self.password,
        }
        return str(run(BIN / "openstack", *arguments, env=environment).stdout)

    def register(self, body: dict[str, Any]) -> str:
        """Register a VIM and wait until it is reachable; its id."""
        ident = self.client.vims.create(body)["id"]

        def reachable() -> bool:
            row = self.client.vims.show(ident)
            if row["status"] in ("ERROR", "UNREACHABLE"):
                raise AssertionError(f"{body['name']}: {row}")
            return bool(row["status"] == "REACHABLE")

        wait_for(f"{body['name']} to be reachable", reachable, 60)
        return str(ident)

    def settled(self, vnf: str, timeout: float, meanwhile: Any = None) -> dict:
        """The VNF once nothing is pending.

        :param meanwhile: called with the row at each look.
        """
        deadline = time.monotonic() + timeout
        while True:
            row = self.client.vnfs.show(vnf)
            if not row["status"].startswith("PENDING"):
                return row
            if time.monotonic() > deadline:
                raise AssertionError(f"{row['name']}: {row['status']} for too long")
            if meanwhile is not None:
                meanwhile(row)
            time.sleep(1)
