"""The lab's one HTTP server: one port for all PoPs, told apart by path."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from tacker_lite.pop.errors import LabError
from tacker_lite.pop.lab.connection import WAITING, Server

Application = Callable[..., Iterable[bytes]]
_BACKLOG = 256


class LabServer:
    """Takes connections from its making on, and answers once :meth:`serve` runs.

    So the port, which the catalogue names, is known before the lab is opened, and
    requests that come while it opens wait instead of failing.

    :param port: 0 for a free one.
    :param threads: requests answered at the same time, besides those that are delayed.
    :raises LabError: when the address cannot be bound.
    """

    def __init__(self, host: str, port: int, threads: int = 20):
        self._server = Server(
            (host, port),
            _not_open,
            numthreads=threads,
            max=threads + WAITING,
            request_queue_size=_BACKLOG,
            server_name="tacker-lite-pop",
        )
        try:
            self._server.prepare()
        except OSError as error:
            raise LabError(
                f"cannot listen on {host} port {port}: {_why(host, port) or error}; "
                "choose another with --port PORT (0: a free one) or --host ADDRESS"
            ) from error
        # cheroot leaves it out for a free port; a killed lab must get its port back.
        self._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.host = host
        self.port = int(self._server.bind_addr[1])
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.port}"

    def serve(self, application: Application) -> None:
        """Answer requests until :meth:`stop` is called from another thread."""
        self._server.wsgi_app = application
        try:
            self._server.serve()
        finally:
            # Its other threads would keep a process alive that answers nobody.
            self._server.stop()

    def stop(self) -> None:
        """Finish the requests being answered and end :meth:`serve`."""
        self._server.stop()

    def stop_soon(self) -> None:
        """Have it stopped by a thread: for signal handlers."""
        threading.Thread(target=self.stop, name="stop").start()


def _why(host: str, port: int) -> str:
    """The system's reason against listening there, which cheroot does not pass on."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        ):
            with socket.socket(family, kind, protocol) as probe:
                probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _not_open(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return [b""]
