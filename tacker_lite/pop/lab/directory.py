"""Where a lab keeps what survives its process: one directory per lab.

``topology.yaml`` is the file it was made from, ``process.json`` says which process
runs it and how, ``lab.db`` is the store, ``lab.log`` the log; ``openrc-<pop>`` lets
clients in, and with ``token`` its owner changes the lab over its own API.  A lab of
real processes also has a label on the machine that says where its directory is, so
that neither another lab of its name nor a lost directory does harm.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass

from tacker_lite.pop.errors import LabError
from tacker_lite.pop.runtime.labels import LABELS_DIRECTORY, Label, Labels

_LOCK_SECONDS = 20.0


@dataclass(frozen=True)
class ProcessRecord:
    """How a lab was started last.

    :ivar started: start time of the process and id of the machine's run, which with
        the pid name one process for ever.
    :ivar hidden: directories of this machine that no server may see.
    :ivar files: directory that the topology's image files are in.
    :ivar link_means: means that links may use; empty: all.
    :ivar ending: the process has been, or was about to be, asked to end.
    """

    runtime: str
    host: str
    port: int
    url: str
    pid: int
    started: str
    hidden: tuple[str, ...] = ()
    files: str = ""
    link_means: tuple[str, ...] = ()
    ending: bool = False


def default_base() -> str:
    """The directory of all labs of this user."""
    if os.geteuid() == 0:
        return "/var/lib/tacker-lite-pop"
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "tacker-lite-pop")


def start_of(pid: int) -> str:
    """What tells a process from a later one of the same pid; empty when none runs."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            boot = stream.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in ("Z", "X") else f"{boot}/{fields[19]}"


class LabDirectory:
    """The directory of one lab."""

    def __init__(self, base: str, lab: str):
        self.lab = lab
        self.path = os.path.join(os.path.abspath(base), lab)
        self.topology = os.path.join(self.path, "topology.yaml")
        self.database = os.path.join(self.path, "lab.db")
        self.log = os.path.join(self.path, "lab.log")
        self.runtime = os.path.join(self.path, "runtime")
        self.token = os.path.join(self.path, "token")
        self._process = os.path.join(self.path, "process.json")
        self._lock: int | None = None

    def exists(self) -> bool:
        """Whether there is, or was, such a lab."""
        return os.path.isfile(self.topology)

    def unfinished(self) -> bool:
        """Whether a start was killed before the lab's topology was there."""
        parts = {"runtime", "lock", "topology.yaml.new"}
        return os.path.isdir(self.path) and set(os.listdir(self.path)) <= parts

    def make(self) -> None:
        """Make the directory, for its owner only."""
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        os.makedirs(self.runtime, mode=0o700, exist_ok=True)

    def openrc(self, pop: str) -> str:
        """Path of a PoP's openrc file."""
        return os.path.join(self.path, f"openrc-{pop}")

    def write(self, path: str, text: str) -> None:
        """Write a file of the directory at once, for its owner only."""
        partial = f"{path}.new"
        descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(partial, path)

    def read_process(self) -> ProcessRecord | None:
        """How the lab was started last, or None."""
        try:
            with open(self._process, encoding="utf-8") as stream:
                fields = json.load(stream)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise LabError(f"{self._process} cannot be read: {error}") from error
        for name in ("hidden", "link_means"):
            fields[name] = tuple(fields.get(name, ()))
        return ProcessRecord(**fields)

    def write_process(self, record: ProcessRecord) -> None:
        """Remember how the lab is being started."""
        self.write(self._process, json.dumps(asdict(record)))

    def running(self) -> ProcessRecord | None:
        """The record of the lab's process, when that process is alive."""
        record = self.read_process()
        if record and record.started and start_of(record.pid) == record.started:
            return record
        return None

    def lock(self) -> None:
        """Become the lab's only process; the system ends this when the process ends.

        Waits for one that is ending.

        :raises LabError: when another process is it.
        """
        path = os.path.join(self.path, "lock")
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    raise LabError(
                        f"lab {self.lab} is being run or taken down by another process"
                    ) from None
                time.sleep(0.05)
            else:
                self._lock = descriptor
                return

    def home(self) -> str:
        """Directory of the lab that has this name on the machine; else this one."""
        label = Labels(self.lab).read("lab", "home")
        return label["path"] if label and os.path.isdir(label["path"]) else self.path

    def claim_machine(self, pid: int, runtime: str) -> None:
        """Say on the machine whose this lab's name is: directory and process.

        :param runtime: what the lab runs on.

        :raises LabError: when a lab of the same name lives in another directory.
        """
        home = self.home()
        if home != self.path:
            raise LabError(
                f"there is a lab {self.lab} in {home}; take it down first: "
                f"tacker-lite-pop down {self.lab} --state-dir {os.path.dirname(home)}"
            )
        label = {
            "path": self.path,
            "pid": pid,
            "started": start_of(pid),
            "runtime": runtime,
        }
        Labels(self.lab).write("lab", "home", label)

    def remove(self) -> None:
        """Remove the directory with all that is in it; calling again goes on."""
        for entry in list(os.scandir(self.path)):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.path != self.topology:
                os.unlink(entry.path)
        # The last one: as long as it is there, the lab is found.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.topology)
        os.rmdir(self.path)


def all_labs(base: str) -> list[LabDirectory]:
    """Directories of all labs, by name."""
    if not os.path.isdir(base):
        return []
    found = [LabDirectory(base, name) for name in sorted(os.listdir(base))]
    return [directory for directory in found if directory.exists()]


def homes_on_machine() -> dict[str, Label]:
    """Directory, process and runtime of each lab with something on the machine.

    Either may be lost; what a lab never said of itself is empty.
    """
    nothing = {"path": "", "pid": 0, "started": "", "runtime": "namespace"}
    if not os.path.isdir(LABELS_DIRECTORY) or not os.access(LABELS_DIRECTORY, os.R_OK):
        return {}
    return {
        name: {**nothing, **(Labels(name).read("lab", "home") or {})}
        for name in sorted(os.listdir(LABELS_DIRECTORY))
        if os.access(os.path.join(LABELS_DIRECTORY, name), os.R_OK)
    }
