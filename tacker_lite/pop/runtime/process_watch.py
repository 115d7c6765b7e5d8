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
#: Part of the files that this process may open, for each watch.
_SHARE = 4


class ProcessWatch:
    """Watches processes by their pidfds (Linux 5.3 on), of which it takes no more than
    a share of what this process may open; the others it looks after now and then.

    :param ended: called with the key of a process that has ended, from the watch's
        thread; must not block.
    :param most: pidfds it may use; by default a quarter of the limit of open files.
    """

    def __init__(self, ended: Callable[[str], None], most: int | None = None):
        self._ended = ended
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = soft // _SHARE if most is None else most
        self._lock = threading.Lock()
        self._processes: dict[str, tuple[int, int]] = {}
        self._descriptors: dict[str, int] = {}
        self._epoll: select.epoll | None = None
        self._wake = -1

    def add(self, key: str, pid: int, started: int) -> None:
        """Watch a process in place of the one of that key so far.

        :param started: its start time, as of :func:`.kernel.start_time`; with another
            one the process has ended already.
        """
        with self._lock:
            self._forget(key)
            if self._epoll is None:
                self._begin()
            self._processes[key] = (pid, started)
            if len(self._descriptors) >= self._most or not self._open(key, pid):
                os.eventfd_write(self._wake, 1)
        # It may have ended before its descriptor was there, and another begun.
        if kernel.start_time(pid) != started:
            self._tell(key, (pid, started))

    def _begin(self) -> None:
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        threading.Thread(
            target=self._run,
            args=(self._epoll, self._wake),
            name="process-watch",
            daemon=True,
        ).start()

    def _open(self, key: str, pid: int) -> bool:
        try:
            descriptor = os.pidfd_open(pid)
        except (OSError, AttributeError) as error:
            LOG.debug("No descriptor of process %d: %s", pid, error)
            return False
        assert self._epoll is not None
        self._descriptors[key] = descriptor
        self._epoll.register(descriptor, select.EPOLLIN)
        return True

    def remove(self, key: str) -> None:
        """No longer watch the process of a key; none there is fine."""
        with self._lock:
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._processes.pop(key, None)
        descriptor = self._descriptors.pop(key, None)
        if descriptor is not None:
            assert self._epoll is not None
            # Closing it is not enough while a child that begins has it, too.
            self._epoll.unregister(descriptor)
            os.close(descriptor)

    def watches(self, key: str) -> bool:
        """Whether there is a process of that key."""
        return key in self._processes

    def _run(self, epoll: select.epoll, wake: int) -> None:
        while True:
            with self._lock:
                if self._epoll is not epoll:
                    epoll.close()
                    os.close(wake)
                    return
                sweeps = len(self._descriptors) < len(self._processes)
            ready = dict(epoll.poll(_SWEEP_SECONDS if sweeps else None))
            if wake in ready:
                os.eventfd_read(wake)
            with self._lock:
                suspects = [
                    (key, process)
                    for key, process in self._processes.items()
                    if self._descriptors.get(key, wake) in {*ready, wake}
                ]
            for key, process in suspects:
                if kernel.start_time(process[0]) != process[1]:
                    self._tell(key, process)

    def _tell(self, key: str, process: tuple[int, int]) -> None:
        with self._lock:
            if self._processes.get(key) != process:
                return
            self._forget(key)
        try:
            self._ended(key)
        except Exception:  # noqa: BLE001 (worker loop)
            LOG.exception("telling that %s has ended failed", key)

    def close(self) -> None:
        """Watch none of them any more, until one is added again."""
        with self._lock:
            for key in list(self._processes):
                self._forget(key)
            if self._epoll is not None:
                self._epoll = None
                os.eventfd_write(self._wake, 1)
