"""Rules of nftables in a network namespace, each batch in one step or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess

from tacker_lite.pop.runtime import kernel
from tacker_lite.pop.runtime.base import RuntimeFault

COMMAND = "nft"
TIMEOUT = 60.0


def check() -> None:
    """:raises RuntimeFault: when this machine has no command for it."""
    if not shutil.which(COMMAND):
        raise RuntimeFault(
            f"the command {COMMAND} is missing: install the package nftables"
        )


#: Runs a command in a network namespace that has no name and ends with it.
SCRATCH = ("unshare", "--net")


def apply(namespace: str | None, text: str) -> None:
    """Run a batch of commands in a namespace.

    :param namespace: None: one that ends at once, to see whether the kernel can.
    :param text: as in a file of ``nft``.
    :raises RuntimeFault: with the command's words when it refuses; nothing is changed.
    """
    check()
    path = os.path.join(kernel.NETNS_DIRECTORY, namespace or "")
    place = SCRATCH if namespace is None else ("nsenter", f"--net={path}")
    try:
        done = subprocess.run(  # noqa: S603
            [*place, COMMAND, "-f", "-"],
            input=text,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeFault(f"{COMMAND} did not end within {TIMEOUT:.0f} s") from error
    if done.returncode:
        words = done.stderr.strip().splitlines()
        where = f" in {namespace}" if namespace else ""
        raise RuntimeFault(f"{COMMAND}{where}: {' '.join(words[:3])}")


def exists_in_scratch(path: str) -> bool:
    """Whether a file is there for a network namespace that was just made."""
    command = [*SCRATCH, "test", "-e", path]
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT)  # noqa: S603
    return done.returncode == 0


def new_table(family: str, name: str) -> list[str]:
    """Lines that make a table empty, there already or not."""
    return [
        f"add table {family} {name}",
        f"delete table {family} {name}",
        f"add table {family} {name}",
    ]


def listed(elements: list[str]) -> str:
    """An anonymous set."""
    return "{ " + ", ".join(elements) + " }"
