"""The built-in HTTP server, for the API's command and the all-in-one."""

from __future__ import annotations

import threading
from typing import Any

from cheroot import wsgi
from oslo_config import cfg
from oslo_log import log

LOG = log.getLogger(__name__)

LARGEST_HEADER = 64 * 1024
STOP_SECONDS = 5


class _Server(wsgi.Server):
    """cheroot with its complaints in our log."""

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
        self._bound = False
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
