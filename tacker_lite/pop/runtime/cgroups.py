"""Control groups of a lab's instances: limits that hold, and counters of use.

An instance has a group named by its lab and its key in each hierarchy, so whoever comes
later finds it.  Version 1 and version 2 are told apart by a probe that makes a group;
what this machine cannot limit is said by :meth:`Cgroups.capability`.

Source: the kernel's documentation, "Control Group v2" and "Control Groups version 1".
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from dataclasses import dataclass

from tacker_lite.pop.runtime.base import Capability, RuntimeFault, Usage
from tacker_lite.pop.runtime.hierarchies import (
    PARENT,
    V2,
    Hierarchies,
    probe,
    text_of,
)

#: Processes and threads that one server may have.
PROCESSES = 4096
PERIOD_MICROSECONDS = 100_000
REMOVE_SECONDS = 5.0
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What an instance may use: processors, and MiB of memory."""

    vcpus: float
    ram_mib: int
    processes: int = PROCESSES


class Cgroups:
    """The control groups of one lab.

    :param hierarchies: where they can be; found by a probe when missing.
    """

    def __init__(self, lab: str, hierarchies: Hierarchies | None = None):
        self.lab = lab
        self._hierarchies = hierarchies
        self._probing = threading.Lock()

    @property
    def hierarchies(self) -> Hierarchies:
        with self._probing:
            if self._hierarchies is None:
                self._hierarchies = probe()
            return self._hierarchies

    def capability(self) -> list[Capability]:
        """What of limits is enforced here, by what, or why not."""
        found = self.hierarchies
        return [
            Capability(
                f"{name} limits",
                f"cgroup v{found.version}" if found.root(controller) else "",
                "" if found.root(controller) else found.reason,
            )
            for name, controller in (
                ("CPU", "cpu"),
                ("memory", "memory"),
                ("process", "pids"),
            )
        ]

    def _path(self, root: str, key: str) -> str:
        return os.path.join(root, PARENT, self.lab, key)

    def _paths(self, key: str) -> list[str]:
        return [self._path(root, key) for root in self.hierarchies.directories()]

    def ensure(self, key: str, limits: Limits | None = None) -> list[str]:
        """Make an instance's groups; there already is fine.

        :param limits: what it may use; None: only count.
        :returns: files to write the number of its first process to.
        :raises RuntimeFault: when the kernel refuses.
        """
        try:
            for path in self._paths(key):
                if self.hierarchies.version == 2:
                    _delegate(os.path.dirname(path))
                os.makedirs(path, mode=0o755, exist_ok=True)
            if limits is not None:
                self._limit(key, limits)
        except OSError as error:
            raise RuntimeFault(
                f"control group {self.lab}/{key}: {error.strerror}"
                f" ({error.filename}): remove unused groups or give the lab more"
            ) from error
        return [os.path.join(path, "cgroup.procs") for path in self._paths(key)]

    def join(self, key: str, pid: int) -> None:
        """Put a process into an instance's groups; one that has ended needs none.

        :raises RuntimeFault: when the kernel refuses.
        """
        for path in self._paths(key):
            try:
                with open(os.path.join(path, "cgroup.procs"), "w") as file:
                    file.write(str(pid))
            except ProcessLookupError:
                return
            except OSError as error:
                raise RuntimeFault(f"control group {path}: {error}") from error

    def limit(self, key: str, limits: Limits) -> None:
        """Change what a running instance may use.

        :raises RuntimeFault: when it uses more than that already, or has no groups.
        """
        try:
            self._limit(key, limits)
        except OSError as error:
            busy = error.errno == errno.EBUSY
            raise RuntimeFault(
                f"limits of {self.lab}/{key}: "
                + ("more memory is in use: stop it first" if busy else str(error))
            ) from error

    def _limit(self, key: str, limits: Limits) -> None:
        for controller, values in self._settings(limits).items():
            root = self.hierarchies.root(controller)
            if root is None:
                continue
            path = self._path(root, key)
            # The bound of memory with swap may never be below that of memory: which
            # goes first depends on the direction, so a refused one is tried again.
            refused = [item for item in values if not _write(path, *item)]
            for name, value in refused:
                if not _write(path, name, value):
                    raise OSError(
                        errno.EBUSY, os.strerror(errno.EBUSY), os.path.join(path, name)
                    )

    def _settings(self, limits: Limits) -> dict[str, list[tuple[str, str]]]:
        quota = max(1000, int(limits.vcpus * PERIOD_MICROSECONDS))
        memory = str(max(limits.ram_mib, 16) * _MIB)
        pids = [("pids.max", str(limits.processes))]
        if self.hierarchies.version == 2:
            return {
                "cpu": [("cpu.max", f"{quota} {PERIOD_MICROSECONDS}")],
                "memory": [("memory.max", memory), ("memory.swap.max", "0")],
                "pids": pids,
            }
        return {
            "cpu": [
                ("cpu.cfs_period_us", str(PERIOD_MICROSECONDS)),
                ("cpu.cfs_quota_us", str(quota)),
            ],
            "memory": [
                ("memory.limit_in_bytes", memory),
                ("memory.memsw.limit_in_bytes", memory),
            ],
            "pids": pids,
        }

    def usage(self, key: str) -> Usage | None:
        """What an instance uses now, zeros for what is not counted here.

        None: it has no process.
        """
        if self.hierarchies.version == 2:
            usage = self._usage_v2(key)
        else:
            usage = self._usage_v1(key)
        counted = self.hierarchies.root("pids") is not None
        return None if counted and not usage.processes else usage

    def _read(self, controller: str, key: str, name: str) -> str:
        root = self.hierarchies.root(controller)
        return (
            "" if root is None else text_of(os.path.join(self._path(root, key), name))
        )

    def _usage_v1(self, key: str) -> Usage:
        throttled = _fields(self._read("cpu", key, "cpu.stat")).get("throttled_time", 0)
        oom = _fields(self._read("memory", key, "memory.oom_control"))
        return Usage(
            cpu_seconds=_number(self._read("cpuacct", key, "cpuacct.usage")) / 1e9,
            throttled_seconds=throttled / 1e9,
            memory_bytes=_number(self._read("memory", key, "memory.usage_in_bytes")),
            memory_limit_bytes=_bound(
                self._read("memory", key, "memory.limit_in_bytes")
            ),
            processes=_number(self._read("pids", key, "pids.current")),
            oom_kills=oom.get("oom_kill", 0),
        )

    def _usage_v2(self, key: str) -> Usage:
        cpu = _fields(self._read("cpu", key, "cpu.stat"))
        return Usage(
            cpu_seconds=cpu.get("usage_usec", 0) / 1e6,
            throttled_seconds=cpu.get("throttled_usec", 0) / 1e6,
            memory_bytes=_number(self._read("memory", key, "memory.current")),
            memory_limit_bytes=_bound(self._read("memory", key, "memory.max")),
            processes=_number(self._read("pids", key, "pids.current")),
            oom_kills=_fields(self._read("memory", key, "memory.events")).get(
                "oom_kill", 0
            ),
        )

    def remove(self, key: str) -> None:
        """Remove an instance's groups once its processes have ended."""
        for path in self._paths(key):
            _remove(path)

    def keys(self) -> set[str]:
        """Keys of all instances that have a group."""
        found: set[str] = set()
        for root in self.hierarchies.directories():
            with contextlib.suppress(FileNotFoundError):
                for entry in os.scandir(self._path(root, "")):
                    if entry.is_dir():
                        found.add(entry.name)
        return found

    def remove_all(self) -> None:
        """Remove every group of the lab."""
        for key in self.keys():
            self.remove(key)
        for root in self.hierarchies.directories():
            _remove(os.path.join(root, PARENT, self.lab))
            # Another lab's groups keep it: then it is busy.
            with contextlib.suppress(OSError):
                os.rmdir(os.path.join(root, PARENT))


def _write(directory: str, name: str, value: str) -> bool:
    """Write a setting; tells whether the kernel took it for now.

    One that this kernel does not have, such as the bound of swap, needs no setting.
    """
    path = os.path.join(directory, name)
    try:
        # Never made: a file system of groups refuses that in ways of its own.
        with open(os.open(path, os.O_WRONLY), "w", encoding="ascii") as file:
            file.write(value)
    except FileNotFoundError:
        if not os.path.isdir(directory):
            raise
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EINVAL):
            raise
        return False
    return True


def _fields(text: str) -> dict[str, int]:
    rows = (line.split() for line in text.splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2}


def _number(text: str) -> int:
    return int(text or 0)


def _bound(text: str) -> int:
    """A limit in bytes; 0 for none, which version 1 shows as a huge number."""
    text = text.strip()
    if not text or text == "max":
        return 0
    return int(text) if int(text) < 1 << 60 else 0


def _remove(path: str) -> None:
    # A process that was killed is still in its group for an instant.
    end = time.monotonic() + REMOVE_SECONDS
    while True:
        try:
            os.rmdir(path)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > end:
                raise RuntimeFault(f"control group {path}: {error.strerror}") from error
            time.sleep(0.005)
        else:
            return


def _delegate(directory: str) -> None:
    """Make a group of version 2 whose members have the controllers."""
    parent = os.path.dirname(directory)
    for path in (parent, directory):
        os.makedirs(path, mode=0o755, exist_ok=True)
        control = os.path.join(path, "cgroup.subtree_control")
        wanted = set(text_of(os.path.join(path, "cgroup.controllers")).split()) & set(
            V2
        )
        missing = wanted - set(text_of(control).split())
        if missing:
            with open(control, "w", encoding="ascii") as file:
                file.write(" ".join(f"+{name}" for name in sorted(missing)))
