"""What is to happen later, by one thread for a whole lab."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

LOG = logging.getLogger(__name__)


class Clock:
    """Calls functions when their time has come; its thread starts with the first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        self._closed = False

    def after(self, seconds: float, function: Callable[[], None]) -> None:
        """Call a function later, from the clock's thread; it must not take long."""
        with self._changed:
            if self._closed:
                return
            due = time.monotonic() + seconds
            heapq.heappush(self._due, (due, next(self._numbers), function))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name=self._name, daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Call nothing any more; waits for what is being called."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while function := self._next():
            try:
                function()
            except Exception:  # noqa: BLE001 (worker loop)
                LOG.exception("%s failed", self._name)

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                wait = None
                if self._due:
                    wait = self._due[0][0] - time.monotonic()
                    if wait <= 0:
                        return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None
