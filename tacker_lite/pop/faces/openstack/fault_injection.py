"""Carrying out on a request what the lab's faults have for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request

from tacker_lite.pop.cloud import Lab
from tacker_lite.pop.faults_api import RequestFault, of_request
from tacker_lite.pop.lab.connection import ENVIRON_KEY, WAITING

LOG = logging.getLogger(__name__)
HEADER = "X-Lab-Fault"
_KINDS = {
    400: ("BadRequest", "The request is malformed."),
    401: ("Unauthorized", "The request you have made requires authentication."),
    403: ("Forbidden", "The request is not allowed."),
    404: ("NotFound", "The resource could not be found."),
    409: ("Conflict", "The resource is in use."),
    413: ("OverLimit", "The request is too large."),
    429: ("OverLimit", "Too many requests."),
    500: ("InternalServerError", "The server has either erred or is incapable."),
    501: ("NotImplemented", "The server does not support this."),
    503: ("ServiceUnavailable", "The service is unavailable at this time."),
}


class FaultInjection:
    """Delays requests to PoPs, breaks their connections, or has them refused."""

    def __init__(self, lab: Lab):
        self._lab = lab
        self._waiting = threading.BoundedSemaphore(WAITING)

    def meet(
        self, request: Request, pop: str, service: str, path: str
    ) -> RequestFault | None:
        """Let a request meet its fault; returns what is left to be said of it.

        :raises ConnectionResetError: the request is to get no answer.
        """
        fault = of_request(self._lab.faults, pop, service, request.method, path)
        if fault is None:
            return None
        LOG.info("%s %s: fault %s", request.method, request.path, fault)
        if fault.drop or fault.status:
            text = f"{request.method} {request.path}: {fault}"
            self._lab.events.record(pop, "fault", ", ".join(fault.names), text)
        if fault.drop:
            self._drop(request.environ, fault.drop)
        if fault.delay_ms:
            self._wait(request.environ, fault.delay_ms / 1000)
        return fault

    def _drop(self, environ: Mapping[str, Any], mode: str) -> None:
        connection = environ.get(ENVIRON_KEY)
        if connection is None:
            raise ConnectionResetError("the lab's server is not in between")
        if mode == "hang":
            connection.hang()
        connection.reset()

    def _wait(self, environ: Mapping[str, Any], seconds: float) -> None:
        connection = environ.get(ENVIRON_KEY)
        # Whoever waits beyond that would keep the lab's own API from answering.
        if not self._waiting.acquire(blocking=False):
            LOG.warning("%d requests are being delayed: one is not", WAITING)
            return
        try:
            if connection is None:
                time.sleep(seconds)
                return
            with connection.waiting():
                time.sleep(seconds)
        finally:
            self._waiting.release()


def kind(fault: RequestFault) -> str:
    """What services call such an error."""
    return _KINDS[fault.status][0]


def message(fault: RequestFault) -> str:
    """What an injected error says."""
    said = _KINDS[fault.status][1]
    return f"{said} (Injected by the lab's fault {', '.join(fault.names)}.)"
