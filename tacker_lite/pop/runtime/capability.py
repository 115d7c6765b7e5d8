"""Whether servers can be real processes on this machine, and where their disks go."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time

from tacker_lite.pop.runtime.base import RuntimeFault

GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest.py")
# -I and -S: nothing of the environment, no site packages; a short start.
GUEST_COMMAND = (sys.executable, "-I", "-S", GUEST)
STARTER = os.path.join(os.path.dirname(GUEST), "guest_starter.py")
STARTER_COMMAND = (sys.executable, "-I", "-S", STARTER)
PACKAGES = {"ip": "iproute2", "sh": "dash", "sleep": "coreutils"}
# A file system in memory takes writes where the state directory cannot: an overlay
# (a container's root) or a network file system is refused as the upper layer.
MEMORY_DIRECTORIES = ("/dev/shm", "/run")  # noqa: S108
PROBE_TIMEOUT = 30.0
REMOVE_ATTEMPTS = 50


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


def check(directory: str | None = None, lab: str = "") -> list[str]:
    """Reasons why the namespace runtime cannot work here; empty when it can.

    :param directory: where the servers' disks would be; None: the system's
        directory for temporary files.
    :param lab: for whom; what a killed check leaves goes when that lab is destroyed.
    """
    reasons = missing()
    if reasons:
        return reasons
    try:
        name = lab or f"check-{os.getpid()}"
        disk_directory(directory or tempfile.gettempdir(), name)
    except RuntimeFault as fault:
        return [str(fault)]
    return []


def disk_directory(directory: str, lab: str) -> str:
    """The state directory, or else the first one that can hold servers' disks.

    :raises RuntimeFault: with the kernel's reason for each, when none can.
    """
    reasons = []
    for candidate in (directory, *MEMORY_DIRECTORIES):
        if not os.path.isdir(candidate):
            continue
        reason = _probe(candidate, lab)
        if not reason:
            return candidate
        reasons.append(f"{candidate}: {reason}")
    raise RuntimeFault(
        "servers need namespaces and overlayfs, refused here: "
        + "; ".join(reasons)
        + ". In a container, run it privileged; otherwise use the simulated runtime"
    )


def _probe(candidate: str, lab: str) -> str:
    """The kernel's reason why a server cannot have its disk here, or ''."""
    scratch = _scratch(candidate, lab)
    _remove(scratch)
    os.mkdir(scratch, 0o700)
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
        _remove(scratch)
    return "" if done.returncode == 0 else done.stdout.strip()


def remove_probes(directory: str, lab: str) -> None:
    """Remove what a probe left that was killed."""
    for candidate in (directory, *MEMORY_DIRECTORIES):
        _remove(_scratch(candidate, lab))


def _scratch(candidate: str, lab: str) -> str:
    return os.path.join(candidate, f"tacker-lite-pop-probe-{lab}")


def _remove(path: str) -> None:
    # A probe whose parent was killed may add to it for an instant.
    for _ in range(REMOVE_ATTEMPTS):
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            time.sleep(0.02)
