"""Which Docker Engine a lab uses: kept on file from its first start on.

Servers live in one engine, so a lab never changes it; what the environment or the
command line says counts before the first start only.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.labels import Labels, read_json, write_json

DEFAULT_HOST = "unix:///var/run/docker.sock"
VARIABLE = "DOCKER_HOST"
_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


def _path(directory: str) -> str:
    return os.path.join(directory, "engine.json")


def recorded(lab: str, directory: str) -> str:
    """Address of the engine that a lab uses; empty: it has used none yet.

    :param directory: of the lab's runtime; what the machine says of the lab counts
        when that is lost.
    """
    found = read_json(_path(directory)) or Labels(lab).read("lab", "engine")
    return found["host"] if found else ""


def record(lab: str, directory: str, host: str) -> None:
    """Remember the engine, before anything is made in it."""
    Labels(lab).write("lab", "engine", {"host": host})
    os.makedirs(directory, mode=0o700, exist_ok=True)
    write_json(_path(directory), {"host": host})


def forget(directory: str) -> None:
    """Nothing of the lab is left in the engine."""
    if os.path.exists(_path(directory)):
        os.unlink(_path(directory))


def chosen(lab: str, directory: str) -> str:
    """Address of the engine to use."""
    return recorded(lab, directory) or os.environ.get(VARIABLE) or DEFAULT_HOST


def choose(lab: str, directory: str, asked: str | None) -> None:
    """Have the lab's process use an engine that was asked for.

    :param asked: its address; None: none was.
    :raises RuntimeFault: when the lab uses another one, or it cannot be used.
    """
    if asked is None:
        return
    check_local(asked)
    known = recorded(lab, directory)
    if known and known != asked:
        raise RuntimeFault(
            f"lab {lab} has its servers in the Docker Engine at {known}, not at "
            f"{asked}: take it down first: tacker-lite-pop down {lab}"
        )
    os.environ[VARIABLE] = asked


def check_local(host: str) -> None:
    """See that an address can be one of an engine on this machine.

    :raises RuntimeFault: when it cannot; ports are made in network namespaces here.
    """
    try:
        parts = urlsplit(host)
        local = (parts.scheme == "unix" and parts.path.startswith("/")) or (
            parts.scheme in ("tcp", "http", "https") and parts.hostname in _LOCAL_NAMES
        )
    except ValueError:
        local = False
    if not local:
        raise RuntimeFault(
            f"Docker Engine {host}: must be on this machine, such as {DEFAULT_HOST} or "
            "tcp://127.0.0.1:2375, since the ports of servers are made here"
        )
