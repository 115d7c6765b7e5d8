"""Which conductors live: each gives signs of life, each watches the others'."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from tacker_lite.db import base, service


class Liveness:
    """This conductor's view of all of them.

    A conductor is silent when its sign of life has not changed for some time of
    our own clock, so that the clocks of nodes need not agree.

    :param host: name of this conductor.
    :param silent_after: seconds without change.
    """

    def __init__(
        self,
        database: base.Database,
        host: str,
        silent_after: float,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._database = database
        self._host = host
        self._silent_after = silent_after
        self._clock = clock
        self._changes: dict[str, tuple[str, float]] = {}

    def beat(self) -> None:
        """Give a sign of life and look for those of others."""
        with self._database.writer() as session:
            service.beat(session, self._host)
            beats = service.list_beats(session)
        self._note(beats)

    def _note(self, beats: Mapping[str, str]) -> None:
        now = self._clock()
        self._changes = {
            host: self._changes[host]
            if self._changes.get(host, ("", 0.0))[0] == beat
            else (beat, now)
            for host, beat in beats.items()
        }

    def silent(self, hosts: Iterable[str]) -> set[str]:
        """Those of ``hosts`` whose work may be taken over.

        A host that is not known was shut down in order and counts as silent.
        """
        others = {host for host in hosts if host != self._host}
        if not others <= set(self._changes):
            # It may have been started since we last looked.
            with self._database.reader() as session:
                self._note(service.list_beats(session))
        known = self._changes
        limit = self._clock() - self._silent_after
        return {host for host in others if host not in known or known[host][1] < limit}

    def leave(self) -> None:
        """Shut down in order: others may take our work over at once."""
        with self._database.writer() as session:
            service.delete(session, self._host)
