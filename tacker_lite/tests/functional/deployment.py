"""A whole installation for tests and benchmarks: a lab and the all-in-one service.

Both run as processes of their own, started by the commands that a user has, on
ports that are free and in a directory that disappears.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import fixtures
import yaml
from heatclient import client as heat_client
from keystoneauth1 import session as ks_session
from keystoneauth1.identity import v3

from tacker_lite.tests.functional.pop import machine

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent


def free_port() -> int:
    """A TCP port of the loopback address that nothing listens on now.

    It is none of those that the kernel gives to whoever asks for any: between this
    answer and its use, another test may be given one of them.
    """
    while True:
        port = random.randrange(15000, 32000)  # noqa: S311
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(what: str, condition, timeout: float = 30.0, interval: float = 0.1):
    """The first true result of ``condition()``; fails after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout:g} s")
        time.sleep(interval)


class CommandFailed(AssertionError):
    def __init__(self, command, done: subprocess.CompletedProcess):
        super().__init__(
            f"{' '.join(map(str, command))} ended with {done.returncode}\n"
            f"stdout: {done.stdout}\nstderr: {done.stderr}"
        )
        self.stdout, self.stderr = done.stdout, done.stderr


def run(*command, env=None, check=True, timeout: float = 180.0, typed: str = ""):
    """Run a command to its end; its output as text.

    :param typed: what it reads from its input.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        input=typed,
    )
    if check and done.returncode:
        raise CommandFailed(command, done)
    return done


class Deployment(fixtures.Fixture):
    """A lab of some PoPs and an all-in-one service that trusts the first one.

    :param runtime: of the lab, ``simulated`` or ``namespace``.
    :param options: more lines for the service's configuration file, by section.
    :param networks: addresses of the first PoP's networks in place of the sample's,
        by name.  Those of a lab of real servers are all taken from what this machine
        has free.
    :param sample: the lab of the samples that it is.
    """

    def __init__(
        self,
        runtime: str = "simulated",
        options: dict[str, dict[str, str]] | None = None,
        networks: dict[str, str] | None = None,
        sample: str = "two-pops",
    ):
        super().__init__()
        self.runtime = runtime
        self.options = options or {}
        self.networks = networks or {}
        self.sample = sample
        self.lab = f"test{secrets.token_hex(3)}"
        self.password = secrets.token_urlsafe(12)
        self.service: subprocess.Popen | None = None

    def _setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tacker-lite-")
        self.addCleanup(temporary.cleanup)
        self.directory = Path(temporary.name)
        self.lab_url = f"http://127.0.0.1:{free_port()}"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.topology = self._topology()
        self.identity = f"{self.lab_url}/{self.first_pop}/identity/v3"
        self.addCleanup(self.stop_lab)
        self.start_lab()
        self._write_configuration()
        self.addCleanup(self.stop_service)
        self.start_service()

    # The lab

    def _topology(self) -> Path:
        sample = ROOT / "samples" / "lab" / f"{self.sample}.yaml"
        topology = yaml.safe_load(sample.read_text())
        self.first_pop = topology["pops"][0]["name"]
        topology["name"] = self.lab
        topology["catalog"] = [
            {"type": "nfv-orchestration", "name": "tacker-lite", "url": self.url}
        ]
        topology["users"] = [
            {
                "name": name,
                "project": project,
                "roles": [role],
                "password": self.password,
            }
            for name, project, role in (
                ("admin", "admin", "admin"),
                ("demo", "demo", "member"),
                ("guest", "demo", "reader"),
                ("tacker-lite", "service", "admin"),
            )
        ]
        for network in topology["pops"][0]["networks"]:
            network["cidr"] = self.networks.get(network["name"], network["cidr"])
        if self.runtime == "namespace":
            every = [net for pop in topology["pops"] for net in pop["networks"]]
            free = machine.free_networks(len(every))
            for network, cidr in zip(every, free, strict=True):
                network["cidr"] = str(cidr)
        path = self.directory / "lab.yaml"
        path.write_text(yaml.safe_dump(topology, sort_keys=False))
        return path

    def address(self, pop: str, network: str, number: int) -> str:
        """An address of a PoP's network, counted from the network's own."""
        topology = yaml.safe_load((self.directory / "lab.yaml").read_text())
        cidr = next(
            net["cidr"]
            for each in topology["pops"]
            for net in each["networks"]
            if (each["name"], net["name"]) == (pop, network)
        )
        return str(ipaddress.ip_network(cidr)[number])

    def start_lab(self) -> None:
        port = self.lab_url.rsplit(":", 1)[1]
        run(
            BIN / "tacker-lite-pop", "up", self.topology,
            "--state-dir", self.directory / "lab",
            "--runtime", self.runtime, "--port", port,
        )  # fmt: skip

    def stop_lab(self) -> None:
        run(
            BIN / "tacker-lite-pop", "down", self.lab,
            "--state-dir", self.directory / "lab",
        )  # fmt: skip

    def kill_lab(self) -> None:
        """kill -9 of the lab's process; :meth:`start_lab` goes on with its state."""
        record = self.directory / "lab" / self.lab / "process.json"
        pid = json.loads(record.read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_for("the end of the lab", lambda: not Path(f"/proc/{pid}/fd").exists())

    # The service

    def _write_configuration(self) -> None:
        state = self.directory / "service"
        state.mkdir()
        sections: dict[str, dict[str, str]] = {
            "DEFAULT": {"state_path": str(state)},
            "api": {"bind_port": self.url.rsplit(":", 1)[1]},
            "keystone_authtoken": {
                "www_authenticate_uri": self.identity,
                "auth_url": self.identity,
                "auth_type": "password",
                "username": "tacker-lite",
                "password": self.password,
                "project_name": "service",
                "user_domain_name": "Default",
                "project_domain_name": "Default",
            },
        }
        for name, values in self.options.items():
            sections.setdefault(name, {}).update(values)
        self.configuration = self.directory / "tacker-lite.conf"
        self.configuration.write_text(
            "\n".join(
                f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in values.items())
                for name, values in sections.items()
            )
        )

    @property
    def log(self) -> str:
        """What the service has logged so far."""
        return (self.directory / "service.log").read_text()

    def start_service(self) -> float:
        """Start the service; seconds from exec to its first answer."""
        start = time.monotonic()
        self.service = self.spawn("tacker-lite-allinone", "service.log")
        wait_for("the service's first answer", self._answers, interval=0.01)
        return time.monotonic() - start

    def spawn(self, program: str, log: str, *arguments, **variables: str):
        """Start one of our programs with the service's configuration.

        :param log: the file below ``directory`` that takes what it prints.
        :param variables: added to its environment.
        """
        command = [BIN / program, "--config-file", self.configuration, *arguments]
        with open(self.directory / log, "ab") as output:
            return subprocess.Popen(
                [str(part) for part in command],
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        if self.service is not None and self.service.poll() is not None:
            raise AssertionError(f"the service ended:\n{self.log[-4000:]}")
        try:
            with urllib.request.urlopen(self.url, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def _end_service(self, number: int) -> None:
        if self.service is not None:
            if self.service.poll() is None:
                self.service.send_signal(number)
            self.service.wait(timeout=20)
            self.service = None

    def stop_service(self) -> None:
        self._end_service(signal.SIGTERM)

    def kill_service(self) -> None:
        """kill -9, as a crash would."""
        self._end_service(signal.SIGKILL)

    # Clients

    def environment(self, user: str = "admin", project: str = "admin", pop=""):
        """Variables for an ``openstack`` client.

        :param pop: the first one unless said.
        """
        pop = pop or self.first_pop
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("OS_")},
            "OS_AUTH_URL": f"{self.lab_url}/{pop}/identity/v3",
            "OS_IDENTITY_API_VERSION": "3",
            "OS_USERNAME": user,
            "OS_PASSWORD": self.password,
            "OS_PROJECT_NAME": project,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_REGION_NAME": pop,
        }

    def session(self, user: str = "admin", project: str = "admin", pop="pop1"):
        """A keystoneauth session of a user."""
        domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
        auth = v3.Password(
            f"{self.lab_url}/{pop}/identity/v3",
            username=user,
            password=self.password,
            project_name=project,
            **domains,
        )
        return ks_session.Session(auth)

    def stacks(self, pop: str = "pop1") -> list:
        """Heat's stacks on a PoP that are not deleted."""
        session = self.session(pop=pop)
        heat = heat_client.Client("1", session=session, region_name=pop)
        return [s for s in heat.stacks.list() if s.stack_status != "DELETE_COMPLETE"]

    def openstack(self, *arguments, program=BIN / "openstack", **kwargs) -> str:
        """What ``openstack ARGUMENTS`` prints; fails when it fails."""
        return run(program, *arguments, env=self.environment(), **kwargs).stdout

    def rows(self, *arguments, **kwargs) -> list[dict]:
        """A listing of the ``openstack`` client."""
        return json.loads(self.openstack(*arguments, "-f", "json", **kwargs))

    def vim_file(self, pop: str) -> Path:
        """A registration of a PoP of the lab."""
        path = self.directory / f"vim-{pop}.yaml"
        registration = {
            "auth_url": f"{self.lab_url}/{pop}/identity/v3",
            "username": "admin",
            "password": self.password,
            "project_name": "admin",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
            "cert_verify": "True",
        }
        path.write_text(yaml.safe_dump(registration))
        return path
