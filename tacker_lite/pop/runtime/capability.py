"""Whether servers can be real processes on this machine, and where their disks go."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from tacker_lite.pop.runtime.base import RuntimeFault

GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest.py")
# -I and -S: nothing of the environment, no site packages; a short start.
GUEST_COMMAND = (sys.executable, "-I", "-S", GUEST)
PACKAGES = {"ip": "iproute2", "sh": "dash", "dd": "coreutils", "sleep": "coreutils"}
# A file system in memory takes writes where the state directory cannot: an overlay
# (a container's root) or a network file system is refused as the upper layer.
MEMORY_DIRECTORIES = ("/dev/shm", "/run")  # noqa: S108
PROBE_TIMEOUT = 30.0


def missing() -> list[str]:
    """Reasons seen at a glance: the system, the user, the commands."""
    if not sys.platform.startswith("linux"):
        return [f"network namespaces need Linux, this is {sys.platform}"]
    reasons = []
    if os.geteuid() != 0:
        reasons.append(f"root is needed, this is user {os.geteuid()}: use sudo")
    reasons += [
        f"the command {command} is missing: install the package {package}"
        for command, package in PACKAGES.items()
        if not shutil.which(command)
    ]
    return reasons


def check(directory: str | None = None) -> list[str]:
    """Reasons why the namespace runtime cannot work here; empty when it can.

    :param directory: where the servers' disks would be; None: the system's
        directory for temporary files.
    """
    reasons = missing()
    if reasons:
        return reasons
    try:
        disk_directory((directory or tempfile.gettempdir(), *MEMORY_DIRECTORIES))
    except RuntimeFault as fault:
        return [str(fault)]
    return []


def disk_directory(candidates: Sequence[str]) -> str:
    """The first directory that can hold servers' disks.

    :raises RuntimeFault: with the kernel's reason for each, when none can.
    """
    reasons = []
    for candidate in candidates:
        if not os.path.isdir(candidate):
            continue
        reason = _probe(candidate)
        if not reason:
            return candidate
        reasons.append(f"{candidate}: {reason}")
    raise RuntimeFault(
        "servers need namespaces and overlayfs, refused here: "
        + "; ".join(reasons)
        + ". In a container, run it privileged; otherwise use the simulated runtime"
    )


def _probe(candidate: str) -> str:
    """The kernel's reason why a server cannot have its disk here, or ''."""
    scratch = tempfile.mkdtemp(prefix="tacker-lite-pop-probe-", dir=candidate)
    try:
        done = subprocess.run(  # noqa: S603
            [*GUEST_COMMAND, scratch],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PROBE_TIMEOUT,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {PROBE_TIMEOUT:.0f} seconds"
    finally:
        shutil.rmtree(scratch)
    return "" if done.returncode == 0 else done.stdout.strip()
