"""Where this machine lets a lab make control groups, found by making one.

Source: the kernel's documentation, "Control Group v2" and "Control Groups version 1".
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

PARENT = "tacker-lite-pop"
V1 = ("cpu", "cpuacct", "memory", "pids")
V2 = ("cpu", "memory", "pids")
_PROBE = f"{PARENT}-probe-"
_READ_BYTES = 65536


@dataclass(frozen=True)
class Hierarchies:
    """Where groups can be made.

    :ivar version: 1 or 2; 0: nowhere.
    :ivar roots: directory of each controller; in version 2 they are one.
    :ivar reason: why what is missing is missing.
    """

    version: int = 0
    roots: Mapping[str, str] | None = None
    reason: str = ""

    def root(self, controller: str) -> str | None:
        return (self.roots or {}).get(controller)

    def directories(self) -> list[str]:
        return list(dict.fromkeys((self.roots or {}).values()))


def text_of(path: str) -> str:
    """What a file says; empty when it, or its group, is gone."""
    # Read for every instance every second: a file object would take twice as long.
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    try:
        return os.read(descriptor, _READ_BYTES).decode("ascii")
    except OSError as error:
        if error.errno == errno.ENODEV:  # removed while it was open
            return ""
        raise
    finally:
        os.close(descriptor)


@functools.cache
def _mounts() -> list[tuple[str, str, set[str]]]:
    """Kind, directory and options of each mounted hierarchy."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            left, _, right = line.partition(" - ")
            kind, _, options = right.split()[:3]
            if kind in ("cgroup", "cgroup2"):
                found.append((kind, left.split()[4], set(options.split(","))))
    return found


def probe() -> Hierarchies:
    """Find where this machine lets us make groups, by making one."""
    name = f"{_PROBE}{os.getpid()}-{threading.get_ident()}"
    roots: dict[str, str] = {}
    reasons = []
    for controller in V1:
        for kind, path, options in _mounts():
            if kind == "cgroup" and controller in options:
                reason = _refusal(os.path.join(path, name))
                if reason:
                    reasons.append(reason)
                else:
                    roots[controller] = path
    if roots:
        absent = [c for c in V1 if c not in roots]
        return Hierarchies(1, roots, "; ".join(reasons) or f"no controller {absent}")
    for kind, path, _ in _mounts():
        if kind == "cgroup2":
            return _probe_v2(path, name)
    return Hierarchies(reason="; ".join(reasons) or "no cgroup file system is mounted")


def _probe_v2(root: str, name: str) -> Hierarchies:
    offered = text_of(os.path.join(root, "cgroup.controllers")).split()
    given = text_of(os.path.join(root, "cgroup.subtree_control")).split()
    control = os.path.join(root, "cgroup.subtree_control")
    for controller in set(V2) & set(offered) - set(given):
        try:
            with open(control, "w", encoding="ascii") as file:
                file.write(f"+{controller}")
        except OSError as error:
            reason = f"{control}: {error.strerror}: delegate {controller} to this group"
            return Hierarchies(reason=reason)
    reason = _refusal(os.path.join(root, name))
    if reason:
        return Hierarchies(reason=reason)
    roots = {name: root for name in V2 if name in offered}
    return Hierarchies(2, roots, f"the kernel offers only {' '.join(offered)}")


def _refusal(path: str) -> str:
    """Why a group cannot be made here; empty when it can."""
    _remove_stale(os.path.dirname(path))
    try:
        os.mkdir(path, 0o755)
        os.rmdir(path)
    except OSError as error:
        return f"{path}: {error.strerror}: mount it for writing"
    return ""


def _remove_stale(root: str) -> None:
    """Remove what probes left that were killed."""
    for name in os.listdir(root):
        pid = name.removeprefix(_PROBE).partition("-")[0]
        if name.startswith(_PROBE) and not os.path.exists(f"/proc/{pid}"):
            with contextlib.suppress(OSError):
                os.rmdir(os.path.join(root, name))
