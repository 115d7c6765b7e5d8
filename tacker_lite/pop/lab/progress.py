"""How far the start of a lab has come: said by its process, shown by the command."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any, TextIO

#: Told what is made (such as ``PoPs``), how many of it are, and of how many.
Progress = Callable[[str, int, int], None]
#: Least seconds between two reports.
_INTERVAL = 0.1


class Told:
    """Reports to whoever started the lab, one JSON document a line.

    :param descriptor: of the pipe to it; None: nobody wants to know.
    """

    def __init__(self, descriptor: int | None):
        self._descriptor = descriptor
        self._last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say how many of something are made; not every time, and always the last.

        :param what: such as ``PoPs``.
        """
        now = time.monotonic()
        if done == total or now - self._last >= _INTERVAL:
            self._last = now
            self.write({"what": what, "done": done, "total": total})

    def write(self, message: dict[str, Any]) -> None:
        """Say something else."""
        if self._descriptor is None:
            return
        try:
            os.write(self._descriptor, json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            # Whoever started the lab is gone; the lab stays.
            self.close()

    def close(self) -> None:
        """Say no more."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Shown:
    """Shows reports: on a terminal in one line, else a line when a part is done."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._terminal = stream.isatty()

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=self._stream, flush=True)

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how many of something are made."""
        text = f"{what}: {done} of {total}"
        if self._terminal:
            print(f"\r\x1b[K{text}", end="", file=self._stream, flush=True)
        elif done == total:
            print(text, file=self._stream, flush=True)
