"""What happened in a lab lately, for people to look at; nothing depends on it."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import dataclass

from tacker_lite.pop import records

#: How many are kept; older ones are in the lab's log only.
KEPT = 2000


@dataclass(frozen=True)
class Event:
    """Something that happened.

    :ivar number: increases by one with each event of a run of the lab.
    :ivar kind: of the resource: ``server``, ``load_balancer``, ``stack``, ``link`` ...
    :ivar name: the resource's, ``resource_id`` its id, if it has one.
    """

    number: int
    time: str
    pop: str
    kind: str
    name: str
    resource_id: str
    text: str


class Events:
    """The latest events of a lab; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._events: deque[Event] = deque(maxlen=KEPT)

    def record(
        self, pop: str, kind: str, name: str, text: str, *, resource_id: str = ""
    ) -> None:
        """Add an event that happens now.

        :param pop: empty when it is of the lab as a whole.
        """
        with self._lock:
            event = Event(
                next(self._numbers), records.now(), pop, kind, name, resource_id, text
            )
            self._events.append(event)

    def since(self, number: int = 0) -> list[Event]:
        """Events after the one with this number, oldest first."""
        with self._lock:
            return [event for event in self._events if event.number > number]
