"""POSTs to the URLs that alarms name: a few at a time, tried again when they fail."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from tacker_lite.pop.alarm.records import Call
from tacker_lite.pop.records import new_id

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

LOG = logging.getLogger(__name__)
_THREADS = 4
#: Seconds.
TIMEOUT = 5.0
PAUSES = (0.5, 2.0, 5.0)
_CONNECTIONS = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
_TRY_AGAIN = (408, 425, 429, 500, 502, 503, 504)


class Caller:
    """Delivers calls; those of before a restart of the lab too.

    URLs let in whoever knows them: only their hosts are ever logged.

    :param pauses: seconds to wait before each further try.
    """

    def __init__(self, pauses: tuple[float, ...] = PAUSES):
        self._pauses = pauses
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="alarm-call")
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._under_way: set[tuple[str, str]] = set()

    def deliver(self, cloud: Cloud, call: Call) -> None:
        """Have a thread make a call; a newer one in its place follows by itself."""
        place = (cloud.pop.name, call.id)
        with self._guard:
            if place in self._under_way or self._closing.is_set():
                return
            self._under_way.add(place)
            self._pool.submit(self._work, cloud, call.id)

    def _work(self, cloud: Cloud, ident: str) -> None:
        try:
            while (call := self._next(cloud, ident)) is not None:
                problem = self._try(call)
                if self._closing.is_set() and problem:
                    break  # It is owed still: the lab's next run makes it.
                self._done(cloud, call, problem)
        except Exception:  # noqa: BLE001 (worker loop)
            LOG.exception("A call of an alarm of PoP %s failed", cloud.pop.name)
            with self._guard:
                self._under_way.discard((cloud.pop.name, ident))

    def _next(self, cloud: Cloud, ident: str) -> Call | None:
        with cloud.lock, self._guard:
            call = cloud.alarm.calls.get(ident)
            if call is None or self._closing.is_set():
                self._under_way.discard((cloud.pop.name, ident))
                return None
        return call

    def _done(self, cloud: Cloud, call: Call, problem: str) -> None:
        with cloud.lock:
            if cloud.alarm.calls.get(call.id) is call:
                cloud.alarm.calls.delete(call.id)
        where = f"alarm {call.name} of PoP {cloud.pop.name} -> {host_of(call.url)}"
        if problem:
            LOG.warning("%s: given up: %s", where, problem)
            text = f"could not call {host_of(call.url)}: {problem}"
            cloud.lab.events.record(
                cloud.pop.name, "alarm", call.name, text, resource_id=call.alarm_id
            )
        else:
            LOG.info("%s: %s", where, call.body["current"])

    def _try(self, call: Call) -> str:
        """Make a call until it succeeds; returns why it did not, or nothing."""
        problem = ""
        for pause in (0.0, *self._pauses):
            if self._closing.wait(pause):
                return problem or "the lab is closing"
            problem, again = post(call.url, call.body)
            if not again:
                break
        return problem

    def close(self) -> None:
        """Stop; what is not delivered stays owed."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def post(url: str, body: Mapping[str, Any]) -> tuple[str, bool]:
    """Send JSON to a URL, over no proxy and following no redirection.

    :returns: why it failed, without the URL, or nothing; and whether to try again.
    """
    headers = {
        "Content-Type": "application/json",
        "x-openstack-request-id": f"req-{new_id()}",
    }
    try:
        parts = urlsplit(url)
        if parts.scheme == "log":
            return "", False
        if parts.scheme not in _CONNECTIONS or not parts.hostname:
            return "only http, https and log URLs are called", False
        connection = _CONNECTIONS[parts.scheme](
            parts.hostname, parts.port, timeout=TIMEOUT
        )
        with contextlib.closing(connection):
            target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            connection.request("POST", target, json.dumps(body), headers)
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        # The message of the latter may have the URL in it.
        again = not isinstance(error, http.client.InvalidURL)
        return getattr(error, "strerror", None) or type(error).__name__, again
    except ValueError:
        return "the URL is malformed", False
    if status < 300:
        return "", False
    return f"answered {status}", status in _TRY_AGAIN


def host_of(url: str) -> str:
    """A URL without anything that could be secret."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "a malformed URL"
    return f"{parts.scheme}://{parts.hostname or ''}{port}"
