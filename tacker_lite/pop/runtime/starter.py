"""The lab's end of the process that starts servers (see ``guest_starter.py``).

A new interpreter for each server would be most of what a start costs.  One process of
the lab holds a warm one and forks; it ends when the lab does, and when it is killed the
lab makes another.  Servers are not its children for long, and none depends on it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from tacker_lite.pop.runtime import kernel
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.capability import STARTER_COMMAND

START_SECONDS = 60.0
END_SECONDS = 2.0


class StarterEnded(RuntimeFault):
    """The process that starts servers ended before it had started this one."""


@dataclass(frozen=True)
class Launch:
    """What is there before a server is started.

    :ivar pids: path of the file for the number of its first process.
    :ivar netns: name of its network namespace.
    :ivar console: descriptor that it prints to.
    """

    pids: str
    netns: str
    console: int


class Starter:
    """Starts servers; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def start(
        self, launch: Launch, document: Mapping[str, Any], prepare: Callable[[], None]
    ) -> None:
        """Start a server and return when its first process runs its script.

        :param document: what to make, as ``guest.py`` reads it.
        :param prepare: what must be done before the script begins; done meanwhile.
        :raises StarterEnded: when the process that starts servers was ended.
        :raises RuntimeFault: with the reason, when the server cannot be.
        """
        with contextlib.ExitStack() as stack:
            orders, orders_writer = _pipe(stack)
            answer, answer_writer = _pipe(stack)
            descriptor = stack.enter_context(kernel.opened_netns(launch.netns))
            given = [orders.fileno(), answer_writer.fileno(), descriptor]
            self._hand_over(launch.pids, [*given, launch.console])
            orders.close()
            answer_writer.close()
            with contextlib.suppress(BrokenPipeError):  # then it says why
                orders_writer.write(json.dumps(document).encode() + b"\n")
                orders_writer.flush()
                prepare()
                orders_writer.write(b"go\n")
                orders_writer.flush()
            if not kernel.readable(answer.fileno(), START_SECONDS):
                raise RuntimeFault(f"not started within {START_SECONDS:.0f} seconds")
            said = answer.read().decode(errors="replace").strip()
        if not said:
            raise StarterEnded("the process that starts servers was ended")
        if said != "ok":
            raise RuntimeFault(said)

    def _hand_over(self, pids: str, descriptors: list[int]) -> None:
        with self._lock:
            for attempt in (1, 2):
                if self._channel is None:
                    self._begin()
                assert self._channel is not None
                try:
                    socket.send_fds(self._channel, [pids.encode()], descriptors)
                except (BrokenPipeError, ConnectionResetError) as error:
                    self._end()
                    if attempt == 2:
                        raise StarterEnded(f"{error}") from error
                else:
                    return

    def _begin(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [*STARTER_COMMAND, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._channel = ours

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._channel = None

    def close(self) -> None:
        """End the process; the next start makes another."""
        with self._lock:
            self._end()


def _pipe(stack: contextlib.ExitStack) -> tuple[BinaryIO, BinaryIO]:
    """A pipe whose ends are closed with the stack, unless they were before."""
    reader, writer = os.pipe()
    ends = open(reader, "rb"), open(writer, "wb")  # noqa: SIM115
    for end in ends:
        stack.callback(_close, end)
    return ends


def _close(end: BinaryIO) -> None:
    # What nobody has read of it need not be written.
    with contextlib.suppress(BrokenPipeError):
        end.close()
