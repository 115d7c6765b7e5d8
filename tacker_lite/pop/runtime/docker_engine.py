"""A Docker Engine: asked for one thing at a time, and watched for its coming back."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import docker
import requests
import urllib3
from docker import errors
from docker.types import CancellableStream
from docker.utils import kwargs_from_env

from tacker_lite.pop.runtime import docker_host
from tacker_lite.pop.runtime.base import Capability, RuntimeFault

LOG = logging.getLogger(__name__)
_SECONDS = 120
_CONNECTIONS = 32
_DRIVERS_WITH_QUOTAS = ("btrfs", "zfs")
_RETURN_SECONDS = 1.0
_NO_ANSWER = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


class EngineAway(RuntimeFault):
    """The engine does not answer."""


class NotThere(RuntimeFault):
    """The engine knows no such container, image or file."""


class Engine:
    """One engine of this machine.

    :param host: its address, as ``DOCKER_HOST`` has it.
    """

    def __init__(self, host: str):
        self.host = host
        self._lock = threading.Lock()
        self._client: docker.APIClient | None = None
        self._info: dict[str, Any] = {}
        self._away = threading.Event()
        self._closed = threading.Event()
        self._events: CancellableStream | None = None

    @contextlib.contextmanager
    def asked(self, what: str) -> Iterator[docker.APIClient]:
        """The connection, for one question.

        :param what: what is asked for, for the errors' sake.
        :raises NotThere: what the question names does not exist.
        :raises EngineAway: the engine does not answer.
        :raises RuntimeFault: with the engine's reason, when it refuses.
        """
        try:
            yield self._connected()
        except errors.NotFound as error:
            raise NotThere(f"{what}: {_reason(error)}") from error
        except errors.APIError as error:
            raise RuntimeFault(f"{what}: {_reason(error)}") from error
        except (errors.DockerException, *_NO_ANSWER) as error:
            raise EngineAway(
                f"{what}: Docker Engine at {self.host} does not answer: {error}: "
                "start it, or choose another with --docker-host before a lab is made"
            ) from error

    def _connected(self) -> docker.APIClient:
        with self._lock:
            if self._client is None:
                environment = {**os.environ, docker_host.VARIABLE: self.host}
                self._client = docker.APIClient(
                    **kwargs_from_env(environment),
                    version="auto",
                    timeout=_SECONDS,
                    num_pools=_CONNECTIONS,
                )
            return self._client

    def info(self) -> dict[str, Any]:
        """What the engine says of itself and the machine; asked for once."""
        if not self._info:
            with self.asked("servers") as client:
                self._info = client.info()
        return self._info

    def capability(self) -> Capability:
        """Whether servers can be containers here, and with what."""
        try:
            docker_host.check_local(self.host)
            info = self.info()
        except RuntimeFault as fault:
            return Capability("servers", reason=str(fault))
        means = (
            f"Docker Engine {info['ServerVersion']}, storage driver {info['Driver']}, "
            f"cgroup v{info.get('CgroupVersion', '1')}"
        )
        lacking = [
            words
            for key, words in (
                ("CpuCfsQuota", "processor time"),
                ("MemoryLimit", "memory"),
                ("PidsLimit", "the number of processes"),
            )
            if not info.get(key)
        ]
        reason = f"it cannot limit {', '.join(lacking)}" if lacking else ""
        return Capability("servers", means, reason)

    def disk_capability(self) -> Capability:
        """Whether the engine can keep containers to the disk of their flavors."""
        name = "disk limits"
        try:
            info = self.info()
        except RuntimeFault as fault:
            return Capability(name, reason=str(fault))
        driver = str(info["Driver"])
        below = dict(info.get("DriverStatus") or ()).get("Backing Filesystem", "")
        if driver in _DRIVERS_WITH_QUOTAS or (driver, below) == ("overlay2", "xfs"):
            return Capability(name, driver, "where its file system has quotas")
        reason = f"storage driver {driver} on {below or 'files'} has no quotas"
        return Capability(name, reason=f"{reason}: use overlay2 on xfs with pquota")

    @property
    def away(self) -> bool:
        """Whether it was lost, and what it ran is still to be started again."""
        return self._away.is_set()

    def watch(self, label: str, returned: Callable[[], None]) -> None:
        """Call back each time the engine answers again after it did not.

        :param label: of containers; what happens to others is of no interest.
        """
        self._closed.clear()
        thread = threading.Thread(
            target=self._watch, args=(label, returned), name="engine", daemon=True
        )
        thread.start()

    def _watch(self, label: str, returned: Callable[[], None]) -> None:
        filters = {"type": "container", "label": label}
        while True:
            try:
                with self.asked("events") as client:
                    self._events = client.events(filters=filters)
                    for _ in self._events:
                        pass
            except RuntimeFault as fault:
                LOG.warning("%s", fault)
            if self._closed.is_set():
                return
            self._away.set()
            LOG.warning("Docker Engine at %s is gone", self.host)
            if not self._has_returned():
                return
            LOG.info("Docker Engine at %s answers again", self.host)
            try:
                returned()
            except Exception:  # noqa: BLE001 (worker loop)
                LOG.exception("starting again what the engine ran failed")
            self._away.clear()

    def _has_returned(self) -> bool:
        """Wait until the engine answers again; False: nobody waits any more."""
        while not self._closed.wait(_RETURN_SECONDS):
            with contextlib.suppress(RuntimeFault), self.asked("ping") as client:
                client.ping()
                self._info = {}
                return True
        return False

    def close(self) -> None:
        """Watch no more."""
        self._closed.set()
        if self._events is not None:
            self._events.close()
            self._events = None
        if self._client is not None:
            self._client.close()
            self._client = None


def _reason(error: errors.APIError) -> str:
    return str(error.explanation or error).strip()
