"""A lab's process seen from outside: started in the background, ended."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from tacker_lite.pop import runtime as runtimes
from tacker_lite.pop.errors import LabError
from tacker_lite.pop.lab.directory import (
    LabDirectory,
    homes_on_machine,
    start_of,
)
from tacker_lite.pop.lab.progress import Progress
from tacker_lite.pop.runtime import capability

#: Seconds.
_OPEN_TIMEOUT = 300
_CLOSE_TIMEOUT = 20


@dataclass(frozen=True)
class Start:
    """How a lab is to be started.

    :ivar runtime: a runtime's name, or ``auto``.
    :ivar port: 0 for a free one.
    :ivar hidden: directories of this machine that no server may see.
    :ivar files: directory that the topology's image files are in.
    :ivar link_means: means that links may use; empty: all.
    """

    runtime: str
    host: str
    port: int
    threads: int = 20
    hidden: tuple[str, ...] = ()
    files: str = ""
    link_means: tuple[str, ...] = ()


def chosen_runtime(asked: str, directory: LabDirectory) -> str:
    """The runtime to use: what is asked for, else what the lab had, else what can be.

    :raises LabError: when the lab has another one than asked for.
    """
    record = directory.read_process()
    if record is not None:
        if asked not in ("auto", record.runtime):
            raise LabError(
                f"lab {directory.lab} was made with the runtime {record.runtime}; "
                f"take it down first: tacker-lite-pop down {directory.lab}"
            )
        return record.runtime
    if asked != "auto":
        return asked
    reasons = capability.check(directory.runtime, directory.lab)
    return "simulated" if reasons else "namespace"


def spawn(directory: LabDirectory, start: Start, shown: Progress) -> str:
    """Start the lab in the background and wait until it answers; returns its URL.

    :param shown: told how far it has come.
    :raises LabError: with the process's own words, when it does not come up.
    """
    receiving, sending = os.pipe()
    command = [
        *(sys.executable, "-m", "tacker_lite.pop"),
        *("--state-dir", os.path.dirname(directory.path)),
        *("up", directory.topology, "--foreground", "--ready-fd", str(sending)),
        *("--runtime", start.runtime, "--host", start.host),
        *("--port", str(start.port), "--threads", str(start.threads)),
        *("--files", start.files),
        *("--link-means", ",".join(start.link_means) or "all"),
        *(word for path in start.hidden for word in ("--hide", path)),
    ]
    log = os.open(directory.log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
            pass_fds=(sending,),
            start_new_session=True,
        )
    finally:
        os.close(log)
        os.close(sending)
    with open(receiving, "rb", buffering=0) as stream:
        try:
            answer = _heard(stream, shown)
        except TimeoutError:
            child.kill()
            child.wait()
            raise LabError(
                f"the lab did not come up within {_OPEN_TIMEOUT} s"
            ) from None
    if "url" in answer:
        return str(answer["url"])
    code = child.wait()
    if "error" in answer:
        raise LabError(answer["error"])
    raise LabError(f"the lab ended with {code}; its log is {directory.log}")


def _heard(stream: io.FileIO, shown: Progress) -> dict[str, str]:
    """What the lab's process says last of its start; empty when it ends before.

    :raises TimeoutError: it says nothing for too long.
    """
    rest = b""
    while select.select([stream], [], [], _OPEN_TIMEOUT)[0]:
        said = stream.read(65536)
        if not said:
            return {}
        *lines, rest = (rest + said).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "what" not in message:
                return dict(message)
            shown(message["what"], message["done"], message["total"])
    raise TimeoutError


def end(directory: LabDirectory) -> None:
    """End the lab's process, if it runs: first asked to, then made to."""
    record = directory.running()
    if record is None:
        return
    # Written down first: whoever comes between now and its end knows of it.
    directory.write_process(dataclasses.replace(record, ending=True))
    _end_process(directory.lab, record.pid, record.started)


def _end_process(lab: str, pid: int, started: str) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        # The pid may have changed hands before the descriptor was there.
        if start_of(pid) != started:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(descriptor, number)
            if select.select([descriptor], [], [], _CLOSE_TIMEOUT)[0]:
                return
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)
    raise LabError(f"process {pid} of lab {lab} cannot be ended")


def destroy(directory: LabDirectory) -> None:
    """End a lab and remove everything of it.

    :raises LabError: when it comes up again meanwhile.
    :raises RuntimeFault: when the machine refuses; calling again goes on.
    """
    end(directory)
    directory.lock()
    record = directory.read_process()
    if record is None:
        capability.remove_probes(directory.runtime, directory.lab)
    elif directory.home() == directory.path:
        runtimes.load(record.runtime, directory.lab, directory.runtime).destroy()
    # Else the machine was started anew, and another lab has taken the name since.
    directory.remove()


def destroy_orphan(lab: str) -> None:
    """End and remove a lab whose directory is lost, by its labels on the machine.

    :raises LabError: when there is none, or its directory is not lost.
    :raises RuntimeFault: when the machine refuses; calling again goes on.
    """
    home = homes_on_machine().get(lab)
    if home is None:
        raise LabError(f"there is no lab {lab!r}; see tacker-lite-pop ps")
    if os.path.isdir(home["path"]):
        raise LabError(
            f"lab {lab} is in {home['path']}: add --state-dir"
            f" {os.path.dirname(home['path'])}"
        )
    if home["pid"]:
        _end_process(lab, home["pid"], home["started"])
    with tempfile.TemporaryDirectory(prefix="tacker-lite-pop-") as directory:
        runtimes.load(home["runtime"], lab, directory).destroy()
