"""All processes of a server at once: held where they are, and let go on.

They are known by their PID namespace, and signalled through descriptors, so that no
other process of this machine is ever meant.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

from tacker_lite.pop.runtime.base import RuntimeFault

#: A process that waits for a disk stops when it has it.
_SECONDS = 30.0
_STOPPED = frozenset("TtZX")


def hold(first: int) -> None:
    """Stop every process of a server; what they start meanwhile, too.

    :param first: number of its first process on this machine.
    :raises RuntimeFault: when they do not all stop within 30 seconds.
    """
    deadline = time.monotonic() + _SECONDS
    while True:
        going = [pid for pid in _members(first) if _state(pid) not in _STOPPED]
        if not going:
            return
        if time.monotonic() > deadline:
            raise RuntimeFault(f"processes {going} do not stop")
        for pid in going:
            _signal(first, pid, signal.SIGSTOP)
        time.sleep(0.01)


def release(first: int) -> None:
    """Let every process of a server go on.

    :param first: number of its first process on this machine.
    """
    for pid in list(_members(first)):
        _signal(first, pid, signal.SIGCONT)


def _namespace(pid: int) -> str:
    return os.readlink(f"/proc/{pid}/ns/pid")


def _members(first: int) -> Iterator[int]:
    """The server's processes; none when its first one has ended."""
    with contextlib.suppress(OSError):
        wanted = _namespace(first)
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError):
                    if _namespace(int(name)) == wanted:
                        yield int(name)


def _state(pid: int) -> str:
    """One letter; ``X`` when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return chr(file.read().rpartition(b") ")[2][0])
    except OSError:
        return "X"


def _signal(first: int, pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            if _namespace(pid) == _namespace(first):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)
