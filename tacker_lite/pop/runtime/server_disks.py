"""What servers have written: saved to a file, and given to the disks of others.

A file holds the upper layers of a server's disk with the marks that overlayfs makes
there.  Only files that a runtime has made itself are ever unpacked.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess

from tacker_lite.pop.runtime.base import RuntimeFault

_TAR = ("tar", "--xattrs", "--xattrs-include=*", "--numeric-owner")
#: What of a disk is not content: its mount point and overlayfs' own directories.
_NOT_CONTENT = ("--exclude=./view", "--exclude=./*/work", "--exclude=./unpacked")
#: In a disk whose first content is complete.
_MARK = "unpacked"
#: tar's status when a file changed while it was read, as on any running server.
_CHANGED = 1


def save(disk: str, path: str) -> None:
    """Write the content of a disk to a new file.

    :param disk: its directory, which may be in use.
    :raises RuntimeFault: when that fails; no file is left then.
    """
    if not os.path.isdir(disk):
        raise RuntimeFault("the server has no disk: it has never run")
    words = [*_TAR, "--sparse", *_NOT_CONTENT, "-C", disk, "-cf", path, "."]
    try:
        _run(words, (0, _CHANGED))
    except RuntimeFault:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        raise


def fill(disk: str, path: str) -> None:
    """Make a new disk begin with saved content; one that was used is left alone.

    :param disk: its directory, which exists.
    :param path: a file that :func:`save` has made.
    :raises RuntimeFault: when that fails.
    """
    mark = os.path.join(disk, _MARK)
    if os.path.exists(mark):
        return
    for entry in os.scandir(disk):
        # An earlier attempt was interrupted.
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
    _run([*_TAR, "-p", "-C", disk, "-xf", path], (0,))
    with open(mark, "wb"):
        pass


def _run(words: list[str], good: tuple[int, ...]) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            words, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise RuntimeFault("snapshots need the command tar: install it") from error
    if done.returncode not in good:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise RuntimeFault(f"tar: {reason[-1] if reason else done.returncode}")
