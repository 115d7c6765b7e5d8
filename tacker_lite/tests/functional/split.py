"""An installation in parts: a lab, the API, and conductors that share a database."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import requests
import yaml
from heatclient import client as heat_client
from keystoneauth1 import session as ks_session
from keystoneauth1.identity import v3

from tacker_lite.client import Client
from tacker_lite.tests.functional.deployment import (
    BIN,
    ROOT,
    Deployment,
    run,
    wait_for,
)
from tacker_lite.vim import credentials

HOSTS = ("north", "south")
RPC_SECONDS = 6
STOP_SECONDS = 20
DESCRIPTORS = ("hello-world", "inputs")


class SplitDeployment(Deployment):
    """A lab of two PoPs, ``tacker-lite-api``, and one conductor for each host.

    :param transport_url: of a running broker.
    :param connection: URL of an empty database.
    """

    def __init__(self, transport_url: str, connection: str):
        super().__init__(
            options={
                "DEFAULT": {"transport_url": transport_url},
                "database": {"connection": connection},
                "vim": {
                    "credential_key": credentials.new_key(),
                    "check_interval": "1",
                },
                "conductor": {
                    "heartbeat_interval": "1",
                    "silent_after": "3",
                    "rpc_timeout": str(RPC_SECONDS),
                },
            }
        )
        self.conductors: dict[str, subprocess.Popen] = {}

    def start_service(self) -> float:
        """Make the tables and start everything; seconds that this took."""
        start = time.monotonic()
        manage = [BIN / "tacker-lite-manage", "--config-file", self.configuration]
        run(*manage, "db", "sync")
        self.service = self.spawn("tacker-lite-api", "service.log")
        for host in HOSTS:
            self.start_conductor(host)
        self.wait_for_conductors()
        wait_for("the API's first answer", self._answers)
        return time.monotonic() - start

    def start_conductor(self, host: str) -> None:
        """Start the conductor of a host, unless it runs."""
        if host in self.conductors:
            return
        own = self.directory / f"{host}.conf"
        own.write_text(f"[DEFAULT]\nhost = {host}\n")
        self._log(host).write_bytes(b"")
        self.conductors[host] = self.spawn(
            "tacker-lite-conductor", f"{host}.log", "--config-file", own
        )

    def wait_for_conductors(self) -> None:
        """Return when all that were started take requests."""
        for host in self.conductors:
            wait_for(f"conductor {host}", lambda host=host: self._is_at_work(host))

    def _is_at_work(self, host: str) -> bool:
        if self.conductors[host].poll() is not None:
            raise AssertionError(f"conductor {host} ended:\n{self.conductor_log(host)}")
        return f"Conductor {host} is at work" in self.conductor_log(host)

    def end_conductor(self, host: str, number: int = signal.SIGTERM) -> None:
        """Send a conductor a signal and wait for its end."""
        process = self.conductors.pop(host)
        process.send_signal(number)
        process.wait(STOP_SECONDS)

    def stop_service(self) -> None:
        for host in list(self.conductors):
            self.end_conductor(host)
        super().stop_service()

    def _log(self, host: str) -> Path:
        return self.directory / f"{host}.log"

    def conductor_log(self, host: str) -> str:
        """What a conductor has logged since its start."""
        return self._log(host).read_text()


class Caller:
    """Speaks to the API of a deployment as an administrator."""

    def __init__(self, deployment: Deployment):
        self.deployment = deployment
        auth = v3.Password(
            deployment.identity,
            username="admin",
            password=deployment.password,
            project_name="admin",
            user_domain_name="Default",
            project_domain_name="Default",
        )
        self.session = ks_session.Session(auth)
        self.client = Client(self.session, region_name="pop1")
        self.heat = heat_client.Client("1", session=self.session, region_name="pop1")

    def vim(self, **changes) -> dict:
        """The body of a registration of the first PoP."""
        return {
            "type": "openstack",
            "auth_url": self.deployment.identity,
            "vim_project": {"name": "admin", "project_domain_name": "Default"},
            "auth_cred": {
                "username": "admin",
                "password": self.deployment.password,
                "user_domain_name": "Default",
            },
            **changes,
        }

    def prepare(self) -> None:
        """Register the first PoP and onboard the descriptors."""
        self.client.vims.create(self.vim(name="pop1", is_default=True))
        for name in DESCRIPTORS:
            sample = ROOT / "samples" / "vnfd" / f"{name}.yaml"
            document = yaml.safe_load(sample.read_text())
            body = {"name": name, "attributes": {"vnfd": document}}
            self.client.vnfds.create(body)

    def send(self, method: str, path: str, body=None, url: str = ""):
        """The plain answer to a request."""
        return requests.request(
            method,
            f"{url or self.deployment.url}/v1.0/{path}",
            json=body,
            headers={"X-Auth-Token": self.session.get_token()},
            timeout=60,
        )

    def create(self, name: str, vnfd: str = "hello-world", **more) -> dict:
        return self.client.vnfs.create({"name": name, "vnfd_id": vnfd, **more})

    def vnfs(self) -> dict[str, dict]:
        return {row["name"]: row for row in self.client.vnfs.list()}

    def wait_status(self, names, status: str, timeout: float = 30.0) -> None:
        def reached():
            rows = self.vnfs()
            failed = [r for r in rows.values() if r["status"] == "ERROR"]
            if failed and status != "ERROR":
                raise AssertionError(
                    f"{failed[0]['name']}: {failed[0]['error_reason']}"
                )
            return all(
                name in rows and rows[name]["status"] == status for name in names
            )

        wait_for(f"{', '.join(names)} {status}", reached, timeout)

    def remove_all(self) -> None:
        """Delete every VNF and wait until they and their stacks are gone."""
        for row in self.client.vnfs.list():
            self.client.vnfs.delete(row["id"])
        wait_for("the end of all VNFs", lambda: not self.vnfs())
        wait_for("the end of all stacks", lambda: not self.stacks())

    def stacks(self) -> list[str]:
        return sorted(stack.stack_name for stack in self.heat.stacks.list())
