"""Chains of service functions in the routers of PoPs, where the bridges are."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence

from tacker_lite.pop.runtime import chain_rules, kernel, names, nftables
from tacker_lite.pop.runtime.base import Capability, RuntimeFault
from tacker_lite.pop.runtime.chains import CAPABILITY, ChainPath, ChainRuntime
from tacker_lite.pop.runtime.labels import Labels

KIND = "chains"
PATCH_FLAGS = "learning off flood off mcast_flood off bcast_flood off"
PROBE = """\
add table bridge probe
add chain bridge probe lead { type filter hook prerouting priority 20; }
add rule bridge probe lead ether daddr set symhash mod 2 map \
{ 0 : 02:00:00:00:00:01, 1 : 02:00:00:00:00:02 } accept
"""


class NamespaceChains(ChainRuntime):
    """The chains of one lab.

    :param labels: what the lab has made so far.
    """

    def __init__(self, lab: str, labels: Labels):
        self.lab = lab
        self.labels = labels
        self._lock = threading.Lock()
        self._means: Capability | None = None

    def capability(self) -> Capability:
        with self._lock:
            if self._means is None:
                reason = _probe()
                self._means = Capability(CAPABILITY, "" if reason else "nft", reason)
            return self._means

    def lead(self, pop: str, paths: Sequence[ChainPath]) -> None:
        namespace = names.router(self.lab, pop)
        key = names.key(pop)
        with self._lock:
            label = self.labels.read(KIND, key)
            if not paths and label is None:
                return
            patches = sorted(chain_rules.patches(paths))
            old = [tuple(patch) for patch in label["patches"]] if label else []
            # Both on file until what is not wanted is gone.
            known = [list(patch) for patch in {*old, *patches}]
            self.labels.write(KIND, key, {"pop": pop, "patches": known})
            self._make_patches(namespace, patches)
            lines = chain_rules.table(paths)
            nftables.apply(namespace, "\n".join(lines) + "\n")
            self._remove_patches(namespace, set(old) - set(patches), patches)
            wanted = [list(patch) for patch in patches]
            self.labels.write(KIND, key, {"pop": pop, "patches": wanted})

    def _make_patches(
        self, namespace: str, patches: Sequence[chain_rules.Patch]
    ) -> None:
        for near, far in {tuple(sorted(patch[:2])) for patch in patches}:
            ends = [
                chain_rules.patch_device(near, far),
                chain_rules.patch_device(far, near),
            ]
            kernel.ip(
                [f"link add {ends[0]} type veth peer name {ends[1]}"],
                namespace,
                kernel.EXISTS,
            )
            lines = [
                f"link set {end} up master {names.bridge(network)}"
                for end, network in zip(ends, (near, far), strict=True)
            ]
            # It carries only what is told by address, and learns nothing.
            lines += [f"link set {end} type bridge_slave {PATCH_FLAGS}" for end in ends]
            kernel.ip(lines, namespace)
        _forward(
            namespace,
            [
                f"fdb replace {mac} dev {chain_rules.patch_device(near, far)} "
                "master static"
                for near, far, mac in patches
            ],
        )

    def _remove_patches(
        self,
        namespace: str,
        gone: set[chain_rules.Patch],
        kept: Sequence[chain_rules.Patch],
    ) -> None:
        pairs = {tuple(sorted(patch[:2])) for patch in kept}
        removed = {tuple(sorted(patch[:2])) for patch in gone} - pairs
        lines = [f"link del {chain_rules.patch_device(*pair)}" for pair in removed]
        kernel.ip(lines, namespace, kernel.GONE)
        stale = [p for p in gone if tuple(sorted(p[:2])) in pairs]
        _forward(
            namespace,
            [
                f"fdb del {mac} dev {chain_rules.patch_device(near, far)} master"
                for near, far, mac in stale
            ],
        )


def _forward(namespace: str, lines: Sequence[str]) -> None:
    """Run lines of ``bridge``; an entry that is gone already is fine."""
    if not lines:
        return
    done = subprocess.run(  # noqa: S603
        ["bridge", "-n", namespace, "-force", "-batch", "-"],  # noqa: S607
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=kernel.IP_TIMEOUT,
    )
    words = [
        line
        for line in done.stderr.splitlines()
        if "No such file" not in line and not line.startswith("Command failed")
    ]
    if done.returncode and words:
        raise RuntimeFault(f"bridge in {namespace}: {' '.join(words[:3])}")


def _probe() -> str:
    """Why packets cannot be led here, or ''."""
    try:
        nftables.apply(None, PROBE)
    except RuntimeFault as fault:
        return (
            f"{fault}: chains need the command nft and a kernel with nf_tables for "
            "bridges and nft_hash (CONFIG_NF_TABLES_BRIDGE, CONFIG_NFT_HASH)"
        )
    return ""
