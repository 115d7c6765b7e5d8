"""Network address translation of a router: floating addresses and what leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from tacker_lite.pop.runtime import kernel
from tacker_lite.pop.runtime.base import RuntimeFault

COMMAND = "iptables-restore"
TIMEOUT = 30.0


def check() -> None:
    """:raises RuntimeFault: when this machine has no command for it."""
    if not shutil.which(COMMAND):
        raise RuntimeFault(
            f"the command {COMMAND} is missing: install the package iptables"
        )


def rules(
    floating: Sequence[tuple[str, str]],
    cidrs: Sequence[str],
    outwards: str,
    outer_address: str = "",
) -> str:
    """The whole ``nat`` table in the form of ``iptables-save``.

    :param floating: pairs of a floating address and the fixed one it leads to.
    :param cidrs: IPv4 prefixes behind the router: who calls a floating address from
        the same prefix gets the answer through the router too.
    :param outwards: how ``iptables`` matches what leaves, such as ``-o eth0``.
    :param outer_address: what leaves has this address unless it has a floating one.
    """
    lines = ["*nat"]
    for outer, inner in floating:
        lines.append(f"-A PREROUTING -d {outer}/32 -j DNAT --to-destination {inner}")
    for cidr in cidrs:
        lines.append(
            f"-A POSTROUTING -s {cidr} -d {cidr} -m conntrack --ctstate DNAT "
            "-j MASQUERADE"
        )
    for outer, inner in floating:
        lines.append(
            f"-A POSTROUTING -s {inner}/32 {outwards} -j SNAT --to-source {outer}"
        )
    if outer_address:
        lines.append(f"-A POSTROUTING {outwards} -j SNAT --to-source {outer_address}")
    return "\n".join([*lines, "COMMIT"]) + "\n"


def apply(namespace: str, table: str) -> None:
    """Put a ``nat`` table in the place of a namespace's own, in one step.

    :raises RuntimeFault: with the command's words when it refuses.
    """
    check()
    path = os.path.join(kernel.NETNS_DIRECTORY, namespace)
    try:
        done = subprocess.run(  # noqa: S603
            ["nsenter", f"--net={path}", COMMAND, "--wait"],  # noqa: S607
            input=table,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeFault(f"{COMMAND} did not end within {TIMEOUT:.0f} s") from error
    if done.returncode:
        raise RuntimeFault(f"{COMMAND} in {namespace}: {done.stderr.strip()}")
