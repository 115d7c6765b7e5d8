"""What the lab can do to the connection of a request besides answering it."""

from __future__ import annotations

import collections
import contextlib
import errno
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

from cheroot import wsgi
from cheroot.workers.threadpool import ThreadPool

from tacker_lite.pop.lab.listener import Listener

#: Key of a request's :class:`Connection` in its WSGI environment.
ENVIRON_KEY = "tacker_lite_pop.connection"
#: Requests that may wait at a time without taking threads from others.
WAITING = 200
#: Connections that are left without an answer at a time, and for how long (seconds).
_HELD = 1000
_HELD_SECONDS = 900
#: Threads that stay free while requests wait, and how many come when they do not.
_SPARE, _GROWTH = 4, 16
_GROWING = threading.Lock()


class Silence:
    """Connections that get no answer; the oldest are closed for newer ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: collections.deque[tuple[float, socket.socket]] = collections.deque()

    def keep(self, connection: socket.socket) -> None:
        """Leave a connection open without ever answering."""
        now = time.monotonic()
        with self._lock:
            self._held.append((now, connection))
            while len(self._held) > _HELD or self._held[0][0] < now - _HELD_SECONDS:
                self._held.popleft()[1].close()


class Connection:
    """The connection that a request came on."""

    def __init__(self, connection: Any, threads: ThreadPool, silence: Silence):
        self._connection = connection
        self._threads = threads
        self._silence = silence

    def reset(self) -> None:
        """Break the connection, as a machine does that has gone.

        :raises ConnectionResetError: always: there is nothing more to do.
        """
        linger = struct.pack("ii", 1, 0)
        self._connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._leave()

    def hang(self) -> None:
        """Never answer on the connection; no thread waits meanwhile.

        :raises ConnectionResetError: always: there is nothing more to do.
        """
        self._silence.keep(self._connection.socket.dup())
        self._leave()

    def _leave(self) -> None:
        # The server goes on with another socket in place of the client's, and closes
        # that one: shutting down the client's would tell it of an end.
        with socket.socket() as other:
            os.dup2(other.fileno(), self._connection.socket.fileno(), False)
        raise ConnectionResetError(errno.ECONNRESET, "dropped by a fault of the lab")

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """While the request waits, another thread answers in place of this one."""
        with _GROWING:
            if self._threads.idle < _SPARE:
                self._threads.grow(_GROWTH)
        yield


class Server(wsgi.Server):  # type: ignore[misc]
    """A server whose requests have a :class:`Connection`."""

    def __init__(self, *args: Any, **named: Any):
        super().__init__(*args, **named)
        self.gateway = Gateway
        self.silence = Silence()

    def prepare(self) -> None:
        """Listen, in such a way that connections without a descriptor are refused."""
        super().prepare()
        self.socket = Listener(self.socket)


class Gateway(wsgi.Gateway_10):  # type: ignore[misc]
    """Gives each request its :class:`Connection`."""

    def get_environ(self) -> Any:
        """The WSGI environment, with the connection in it."""
        environ: dict[str, Any] = super().get_environ()
        server = self.req.server
        environ[ENVIRON_KEY] = Connection(
            self.req.conn, server.requests, server.silence
        )
        return environ
