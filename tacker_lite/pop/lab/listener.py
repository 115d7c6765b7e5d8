"""The lab's listening socket, which answers also when there are no descriptors left."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import socket
import time
from typing import Any

LOG = logging.getLogger(__name__)
_USED_UP = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_MESSAGE = (
    "The lab has no file descriptor left for this connection; try again later, or "
    "raise its limit of open files."
)
_BODY = json.dumps(
    {"error": {"code": 503, "title": "Service Unavailable", "message": _MESSAGE}}
)
_ANSWER = (
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(_BODY)}\r\nConnection: close\r\n\r\n{_BODY}"
).encode()
#: Seconds: for a refused client's request, until another try when not even a refusal
#: is possible, and between two lines of the log.
_READ_SECONDS, _PAUSE, _LOG_SECONDS = 0.1, 0.05, 10.0


class Listener(socket.socket):
    """Keeps one descriptor back, to take a connection for a refusal.

    Without it the connection stays in the queue: whoever waits for connections is woken
    for it again at once, and serves no other one.

    :param listening: is closed; this socket takes its place under the same number.
    """

    def __init__(self, listening: socket.socket):
        timeout = listening.gettimeout()
        super().__init__(fileno=listening.detach())
        self.settimeout(timeout)
        self._spare: int | None = os.open(os.devnull, os.O_RDONLY)
        self._logged = -_LOG_SECONDS

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection.

        :raises BlockingIOError: it was refused.
        """
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in _USED_UP:
                raise
            self._log(error)
        self._refuse()
        raise BlockingIOError(errno.EAGAIN, "no descriptor for a connection")

    def close(self) -> None:
        """Close it and give the descriptor back that was kept."""
        self._release()
        super().close()

    def _log(self, error: OSError) -> None:
        if time.monotonic() - self._logged > _LOG_SECONDS:
            self._logged = time.monotonic()
            LOG.error("Connections are refused: %s", error)

    def _refuse(self) -> None:
        self._release()
        try:
            connection, _ = super().accept()
        except OSError:
            # Another thread was faster; the connection waits meanwhile.
            time.sleep(_PAUSE)
        else:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(_READ_SECONDS)
                # What is left unread at the end would break the connection.
                with contextlib.suppress(TimeoutError):
                    connection.recv(1 << 16)
                connection.sendall(_ANSWER)
        with contextlib.suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY)

    def _release(self) -> None:
        if self._spare is not None:
            os.close(self._spare)
            self._spare = None
