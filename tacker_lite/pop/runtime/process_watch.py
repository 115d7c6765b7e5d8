"""Being told when processes end, whoever started them: one thread for all."""

from __future__ import annotations

import logging
import os
import resource
import select
import threading
from collections.abc import Callable

from tacker_lite.pop.runtime import kernel

LOG = logging.getLogger(__name__)

#: How often processes without a pidfd are looked after, in seconds.
_SWEEP_SECONDS = 5.0


class ProcessWatch:
    """Watches processes by their pidfds (Linux 5.3 on), of which it takes no more than
    half of what this process may open; the others it looks after now and then.

    :param ended: called with the key of a process that has ended, from the watch's
        thread; must not block.
    :param most: pidfds it may use; by default half of the limit of open files.
    """

    def __init__(self, ended: Callable[[str], None], most: int | None = None):
        self._ended = ended
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = soft // 2 if most is None else most
        self._lock = threading.Lock()
        self._processes: dict[str, tuple[int, int]] = {}
        self._descriptors: dict[str, int] = {}
        self._epoll = select.epoll()
        self._thread: threading.Thread | None = None

    def add(self, key: str, pid: int, started: int) -> None:
        """Watch a process in place of the one of that key so far.

        :param started: its start time, as of :func:`.kernel.start_time`; with another
            one the process has ended already.
        """
        self.remove(key)
        with self._lock:
            self._processes[key] = (pid, started)
            if len(self._descriptors) < self._most:
                self._open(key, pid)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="process-watch", daemon=True
                )
                self._thread.start()
        # It may have ended before its descriptor was there, and another begun.
        if kernel.start_time(pid) != started:
            self._tell(key)

    def _open(self, key: str, pid: int) -> None:
        try:
            descriptor = os.pidfd_open(pid)
        except (OSError, AttributeError) as error:
            LOG.debug("No descriptor of process %d: %s", pid, error)
            return
        self._descriptors[key] = descriptor
        self._epoll.register(descriptor, select.EPOLLIN)

    def remove(self, key: str) -> bool:
        """No longer watch the process of a key; tells whether it was watched."""
        with self._lock:
            descriptor = self._descriptors.pop(key, None)
            if descriptor is not None:
                self._epoll.unregister(descriptor)
                os.close(descriptor)
            return self._processes.pop(key, None) is not None

    def watches(self, key: str) -> bool:
        """Whether there is a process of that key."""
        return key in self._processes

    def _run(self) -> None:
        while True:
            ready = {descriptor for descriptor, _ in self._epoll.poll(_SWEEP_SECONDS)}
            with self._lock:
                descriptors = dict(self._descriptors)
                others = {
                    key: process
                    for key, process in self._processes.items()
                    if key not in descriptors
                }
            for key, descriptor in descriptors.items():
                if descriptor in ready:
                    self._tell(key)
            for key, (pid, started) in others.items():
                if kernel.start_time(pid) != started:
                    self._tell(key)

    def _tell(self, key: str) -> None:
        if not self.remove(key):
            return
        try:
            self._ended(key)
        except Exception:  # noqa: BLE001 (worker loop)
            LOG.exception("telling that %s has ended failed", key)
