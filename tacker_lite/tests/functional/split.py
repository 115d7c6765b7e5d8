"""An installation in parts: a lab, the API, and conductors that share a database."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from tacker_lite.tests.functional.deployment import BIN, Deployment, run, wait_for
from tacker_lite.vim import credentials

HOSTS = ("north", "south")
RPC_SECONDS = 6
STOP_SECONDS = 20


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
