"""Following a VNF until its operation ends, and showing how it goes."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TextIO

from osc_lib import exceptions

from tacker_lite.client.http import Collection, NotFound

INTERVAL = 0.5
"""Seconds between two looks."""


class Progress:
    """One line per change of status, or one line rewritten on a terminal."""

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream if stream is not None else sys.stderr
        self._start = time.monotonic()
        self._last = ""

    def show(self, text: str) -> None:
        """Say how it goes, unless that was said last."""
        seconds = int(time.monotonic() - self._start)
        if self._stream.isatty():
            self._stream.write(f"\r\033[K{text} ({seconds} s)")
        elif text != self._last:
            self._stream.write(f"{text} ({seconds} s)\n")
        self._last = text
        self._stream.flush()

    def end(self) -> None:
        """Leave the line that is rewritten."""
        if self._last and self._stream.isatty():
            self._stream.write("\n")


def until_settled(vnfs: Collection, ident: str, timeout: float) -> dict:
    """The row once no operation is pending.

    :param timeout: seconds.
    :raises CommandError: when the VNF ends in ERROR, or not in time.
    """
    progress = Progress()
    deadline = time.monotonic() + timeout
    try:
        while True:
            row = vnfs.show(ident)
            progress.show(f"{row['name']}: {row['status']}")
            if not row["status"].startswith("PENDING"):
                break
            if time.monotonic() > deadline:
                raise exceptions.CommandError(
                    f"{row['name']} is still {row['status']} after {timeout:g} s: it "
                    f"goes on; follow it with: openstack vnf show {ident}"
                )
            time.sleep(INTERVAL)
    finally:
        progress.end()
    if row["status"] == "ERROR":
        raise exceptions.CommandError(
            f"{row['name']} is in ERROR: {row['error_reason'] or 'no reason given'}\n"
            f"See its events with: openstack nfv event list --resource-id {ident} "
            f"--long; remove it with: openstack vnf delete {ident}"
        )
    return row


def until_gone(vnfs: Collection, idents: Sequence[str], timeout: float) -> None:
    """Return when none of the rows exists any more.

    :param timeout: seconds for all of them together.
    :raises CommandError: when a deletion fails, or not all end in time.
    """
    progress = Progress()
    deadline = time.monotonic() + timeout
    left = list(idents)
    try:
        while left:
            try:
                row = vnfs.show(left[0])
            except NotFound:
                left.pop(0)
                progress.show(f"{len(idents) - len(left)} of {len(idents)} deleted")
                continue
            if row["status"] == "ERROR":
                raise exceptions.CommandError(
                    f"{row['name']} could not be deleted: {row['error_reason']}; "
                    f"repeat: openstack vnf delete {row['id']}"
                )
            progress.show(f"{row['name']}: {row['status']}")
            if time.monotonic() > deadline:
                raise exceptions.CommandError(
                    f"{row['name']} is still {row['status']} after {timeout:g} s"
                )
            time.sleep(INTERVAL)
    finally:
        progress.end()
