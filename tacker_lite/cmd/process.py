"""The life of a long-running command: wait for a signal, then end in time."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable


def wait_for_end() -> None:
    """Return at SIGTERM or SIGINT."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    # With a time limit, because a signal does not wake a wait without one.
    while not ended.wait(1.0):
        pass


def end(stop: Callable[[], bool]) -> int:
    """Call ``stop``; when work in hand would hold the process, end it nevertheless.

    Whatever was in hand is taken up again at the next start, as after a crash.

    :param stop: shuts down; False when a worker still waits for a VIM.
    """
    if not stop():
        logging.getLogger(__name__).warning(
            "Ending while work is in hand: the next start takes it up again"
        )
        logging.shutdown()
        os._exit(0)
    return 0
