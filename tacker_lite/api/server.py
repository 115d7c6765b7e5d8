"""The built-in HTTP server, for the API's command and the all-in-one."""

from __future__ import annotations

import re
import threading
from typing import Any

from cheroot import server as http_server
from cheroot import wsgi
from oslo_config import cfg
from oslo_log import log

LOG = log.getLogger(__name__)

LARGEST_HEADER = 64 * 1024
STOP_SECONDS = 5
LEADING_SLASHES = re.compile(rb"^([A-Z]+ )/{2,}")


class _Request(http_server.HTTPRequest):
    """Takes a path of several slashes for a path.

    A client that was told ``http://host:9890/`` asks for ``//v1.0/vims.json``, in
    which cheroot sees the address of another host.
    """

    def read_request_line(self) -> bool:
        read = self.rfile.readline
        self.rfile.readline = lambda *args: LEADING_SLASHES.sub(rb"\1/", read(*args))
        try:
            return super().read_request_line()
        finally:
            del self.rfile.readline


class _Connection(http_server.HTTPConnection):
    RequestHandlerClass = _Request


class _Server(wsgi.Server):
    """cheroot with its complaints in our log."""

    ConnectionClass = _Connection

    def error_log(
        self, msg: str = "", level: int = 20, traceback: bool = False
    ) -> None:
        LOG.log(level, "%s", msg, exc_info=traceback)


class ApiServer:
    """Serves a WSGI application on ``[api] bind_host`` and ``bind_port``.

    :param app: the application.
    """

    def __init__(self, conf: cfg.ConfigOpts, app: Any):
        self._server = _Server(
            (conf.api.bind_host, conf.api.bind_port),
            app,
            numthreads=conf.api.threads,
            server_name="tacker-lite",
            request_queue_size=128,
            shutdown_timeout=STOP_SECONDS,
        )
        self._server.max_request_header_size = LARGEST_HEADER
        self._thread: threading.Thread | None = None
        self._bound = False

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on, once bound."""
        return self._server.bind_addr[0], self._server.bind_addr[1]

    def bind(self) -> None:
        """Take the port; holding it already is fine.

        :raises OSError: when it is taken or the address is not ours.
        """
        if self._bound:
            return
        self._server.prepare()
        self._bound = True
        LOG.info("The API listens on %s port %d", *self.address)

    def start(self) -> None:
        """Answer requests, in threads of their own, until :meth:`stop`.

        :raises OSError: as :meth:`bind`.
        """
        self.bind()
        self._thread = threading.Thread(
            target=self._server.serve, name="api", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End after the requests in hand, within a few seconds."""
        self._server.stop()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
