"""The lab's end of the process that keeps consoles (see ``console_keeper.py``).

It outlives the lab, and is found again by its socket.  When it ends before its time,
the lab starts another.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from tacker_lite.pop.runtime import console_keeper, kernel
from tacker_lite.pop.runtime.base import RuntimeFault

LOG = logging.getLogger(__name__)
# -I and -S: nothing of the environment, no site packages; a short start.
COMMAND = (sys.executable, "-I", "-S", os.path.abspath(console_keeper.__file__))
START_SECONDS = 30.0
ANSWER_SECONDS = 30.0
LAST_WORDS_SECONDS = 2.0
CONSOLE_BYTES = console_keeper.LOG_BYTES


class Consoles:
    """The consoles of one lab's servers.

    :param lab: its name.
    :param servers: directory with a folder for each server.
    :param directory: where the process that keeps them is found; made when needed.
    """

    def __init__(self, lab: str, servers: str, directory: str):
        self.lab = lab
        self._servers = servers
        self._directory = directory
        self._lock = threading.Lock()
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watching: threading.Thread | None = None

    def _path(self, folder: str, name: str = console_keeper.FIFO) -> str:
        return os.path.join(self._servers, folder, name)

    def open(self) -> None:
        """See that consoles of servers that run already are kept."""
        with self._lock:
            if self._are_wanted():
                self._connect()

    def _are_wanted(self) -> bool:
        """Whether a server has something to print to."""
        folders = os.listdir(self._servers) if os.path.isdir(self._servers) else []
        return any(os.path.exists(self._path(folder)) for folder in folders)

    @contextlib.contextmanager
    def opened(self, folder: str) -> Iterator[int]:
        """A descriptor for a server to print to, kept until nobody has it any more.

        :param folder: the server's, which exists.
        :raises RuntimeFault: when it cannot be kept.
        """
        path = self._path(folder)
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            self._keep(folder)
            yield descriptor
        finally:
            os.close(descriptor)

    def finish(self, folder: str) -> None:
        """Wait until the last words of a server that has ended are on file."""
        path = self._path(folder)
        end = time.monotonic() + LAST_WORDS_SECONDS
        while os.path.exists(path):
            if time.monotonic() > end or not self._is_kept():
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
                return
            time.sleep(0.001)

    def text(self, folder: str) -> str:
        """The end of what a server has printed."""
        path = self._path(folder, console_keeper.LOG)
        data = b""
        for name in (path + ".1", path):
            with contextlib.suppress(FileNotFoundError):
                with open(name, "rb") as file:
                    data += file.read()
        return data[-CONSOLE_BYTES:].decode(errors="replace")

    def close(self) -> None:
        """End the process: the lab has no servers any more."""
        with self._lock:
            if self._channel is None:
                self._channel = self._called()
            channel, self._channel = self._channel, None
            if channel is None:
                return
            with channel, contextlib.suppress(OSError):
                channel.send(console_keeper.END)
                kernel.readable(channel.fileno(), LAST_WORDS_SECONDS)
            if self._process is not None:
                self._process.wait(START_SECONDS)

    def _keep(self, folder: str) -> None:
        with self._lock:
            for attempt in (1, 2):
                channel = self._connect()
                try:
                    channel.send(folder.encode())
                    said = channel.recv(4096).decode()
                except OSError as error:
                    said, reason = "", str(error)
                else:
                    reason = "its keeper was ended"
                if said == "ok":
                    return
                if said:
                    raise RuntimeFault(said)
                channel.close()
                self._channel = None
                if attempt == 2:
                    raise RuntimeFault(f"console of {folder}: {reason}")

    def _is_kept(self) -> bool:
        """Whether there is a process that keeps consoles."""
        with self._lock:
            if self._channel is None:
                self._channel = self._called()
            if self._channel is None:
                return False
            return not kernel.readable(self._channel.fileno(), 0)

    def _called(self) -> socket.socket | None:
        """A connection to the process that keeps consoles, if there is one."""
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        channel.settimeout(ANSWER_SECONDS)
        try:
            channel.connect(os.path.join(self._directory, "socket"))
        except (FileNotFoundError, ConnectionRefusedError):
            channel.close()
            return None
        return channel

    def _connect(self) -> socket.socket:
        """The connection; started is what is to be at its other end.

        :raises RuntimeFault: when the process does not start.
        """
        if self._channel is None:
            self._channel = self._called()
        if self._channel is None:
            os.makedirs(self._directory, mode=0o700, exist_ok=True)
            self._begin()
            end = time.monotonic() + START_SECONDS
            while (channel := self._called()) is None:
                if time.monotonic() > end:
                    raise RuntimeFault("the process that keeps consoles does not start")
                time.sleep(0.002)
            self._channel = channel
        if self._watching is None:
            self._watching = threading.Thread(
                target=self._watch, name="consoles", daemon=True
            )
            self._watching.start()
        return self._channel

    def _begin(self) -> None:
        if self._process is not None:
            self._process.wait(START_SECONDS)
        name = f"tacker-lite-pop-{self.lab}-consoles"
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [*COMMAND, name, self._servers, self._directory],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,
            )
        except OSError as error:
            raise RuntimeFault(f"no keeper of consoles: {error}") from error

    def _watch(self) -> None:
        """Start another process when one has ended before its time."""
        while True:
            with self._lock:
                channel = self._channel
                if channel is None:
                    self._watching = None
                    return
                descriptor = os.dup(channel.fileno())
            try:
                poll = select.poll()
                poll.register(descriptor, 0)  # only its end is told
                poll.poll()
            finally:
                os.close(descriptor)
            with self._lock:
                if self._channel is not channel:
                    continue
                channel.close()
                self._channel = None
                try:
                    if self._are_wanted():
                        self._connect()
                except RuntimeFault as fault:
                    LOG.error("Consoles are not kept: %s", fault)
