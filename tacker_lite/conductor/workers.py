"""The threads that talk to VIMs, shared out so that one VIM cannot hold them all."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import futurist

from tacker_lite import exceptions


@dataclass(frozen=True)
class Call:
    """A function that is to be called, and where its result goes."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    result: futurist.Future


@dataclass
class Lane:
    """The calls to one VIM.

    :ivar busy: how many of them have been given a worker.
    """

    busy: int = 0
    waiting: collections.deque[Call] = field(default_factory=collections.deque)


class Workers:
    """A bounded pool of threads in which calls to one VIM stay in their lane.

    A VIM has half of the threads at most, and at least one: while one VIM hangs,
    calls to the others go on.

    :param threads: how many there are.
    :param longest_queue: how many calls to one VIM may wait.
    """

    def __init__(self, threads: int, longest_queue: int):
        self._pool = futurist.ThreadPoolExecutor(max_workers=threads)
        self._share = max(1, threads // 2)
        self._longest_queue = max(1, longest_queue)
        self._lock = threading.Lock()
        self._lanes: dict[str, Lane] = collections.defaultdict(Lane)
        self._open = True

    def submit(
        self, vim_id: str, function: Callable[..., Any], *args: Any
    ) -> futurist.Future:
        """Have ``function(*args)``, which talks to a VIM, called soon.

        :raises NoWorker: when too many calls to this VIM wait already, or after
            :meth:`close`.
        """
        call = Call(function, args, futurist.Future())
        with self._lock:
            lane = self._lanes[vim_id]
            if not self._open or len(lane.waiting) >= self._longest_queue:
                raise exceptions.NoWorker()
            lane.waiting.append(call)
            self._fill(vim_id)
        return call.result

    def close(self) -> None:
        """Begin no more calls; those that wait end with NoWorker."""
        with self._lock:
            self._open = False
            for lane in self._lanes.values():
                for call in lane.waiting:
                    call.result.set_exception(exceptions.NoWorker())
                lane.waiting.clear()
        self._pool.shutdown(wait=False)

    @property
    def idle(self) -> bool:
        """Whether no call is being made."""
        with self._lock:
            return not any(lane.busy for lane in self._lanes.values())

    def _fill(self, vim_id: str) -> None:
        """Give workers to what waits, as far as the VIM's share goes."""
        lane = self._lanes[vim_id]
        while self._open and lane.waiting and lane.busy < self._share:
            lane.busy += 1
            self._pool.submit(self._make, vim_id, lane.waiting.popleft())
        if not lane.busy and not lane.waiting:
            del self._lanes[vim_id]

    def _make(self, vim_id: str, call: Call) -> None:
        try:
            call.result.set_result(call.function(*call.args))
        except BaseException as error:  # noqa: BLE001 - whoever asked gets it
            call.result.set_exception(error)
        with self._lock:
            self._lanes[vim_id].busy -= 1
            self._fill(vim_id)
