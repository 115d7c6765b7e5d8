"""Being told when processes end, whoever started them: no polling, one thread."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable

from tacker_lite.pop.runtime import kernel

LOG = logging.getLogger(__name__)


class ProcessWatch:
    """Watches processes by their pidfds (Linux 5.3 on).

    :param ended: called with the key of a process that has ended, from the watch's
        thread; must not block.
    """

    def __init__(self, ended: Callable[[str], None]):
        self._ended = ended
        self._lock = threading.Lock()
        self._watched: dict[str, int] = {}
        self._epoll = select.epoll()
        self._thread: threading.Thread | None = None

    def add(self, key: str, pid: int, started: int) -> None:
        """Watch a process in place of the one of that key so far.

        :param started: its start time, as of :func:`.kernel.start_time`; with another
            one the process has ended already.
        """
        self.remove(key)
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            self._ended(key)
            return
        except (OSError, AttributeError) as error:
            LOG.warning("Nobody is told when process %d ends: %s", pid, error)
            return
        if kernel.start_time(pid) != started:
            os.close(descriptor)
            self._ended(key)
            return
        with self._lock:
            self._watched[key] = descriptor
            self._epoll.register(descriptor, select.EPOLLIN)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="process-watch", daemon=True
                )
                self._thread.start()

    def remove(self, key: str) -> None:
        """No longer watch the process of a key; not watched is fine."""
        with self._lock:
            descriptor = self._watched.pop(key, None)
            if descriptor is not None:
                self._epoll.unregister(descriptor)
                os.close(descriptor)

    def watches(self, key: str) -> bool:
        """Whether there is a process of that key."""
        return key in self._watched

    def _run(self) -> None:
        while True:
            for descriptor, _ in self._epoll.poll():
                with self._lock:
                    keys = [k for k, d in self._watched.items() if d == descriptor]
                for key in keys:
                    self.remove(key)
                    try:
                        self._ended(key)
                    except Exception:  # noqa: BLE001 (worker loop)
                        LOG.exception("telling that %s has ended failed", key)
