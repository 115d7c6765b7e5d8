"""What the instances of the namespace runtime use: their groups and devices counted."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping

from tacker_lite.pop.runtime import kernel, load_balancers, names, netlink
from tacker_lite.pop.runtime.base import Capability, Counters, RuntimeFault, Usage
from tacker_lite.pop.runtime.cgroups import Cgroups
from tacker_lite.pop.runtime.labels import Label, Labels
from tacker_lite.pop.runtime.usage import UsageRuntime

KINDS = ("server", load_balancers.KIND)


class NamespaceUsage(UsageRuntime):
    """Reads a few files for each instance, and all devices of a PoP at once.

    :param labels: what the lab has made.
    """

    def __init__(self, lab: str, labels: Labels, cgroups: Cgroups):
        self.lab = lab
        self._labels = labels
        self._cgroups = cgroups
        # Labels as they were when their files last changed.
        self._seen: dict[tuple[str, str], tuple[tuple[int, int], Label]] = {}

    def capabilities(self) -> list[Capability]:
        return self._cgroups.capability()

    def all(self) -> Mapping[str, Usage]:
        devices: dict[str, dict[str, Counters]] = {}
        found = {}
        for key, label in self._instances():
            pop = label["pop"]
            if pop not in devices:
                devices[pop] = self._devices(pop)
            usage = self._cgroups.usage(key)
            if usage is None:
                continue
            ports = {
                port["spec"]["id"]: devices[pop][names.port(port["spec"]["id"])]
                for port in label["ports"]
                if names.port(port["spec"]["id"]) in devices[pop]
            }
            found[label["id"]] = dataclasses.replace(usage, ports=ports)
        return found

    def _instances(self) -> Iterator[tuple[str, Label]]:
        seen = {}
        for kind in KINDS:
            for key in self._labels.keys(kind):
                path = os.path.join(self._labels.folder(kind, key), "label.json")
                try:
                    status = os.stat(path)
                except FileNotFoundError:
                    continue
                version = (status.st_mtime_ns, status.st_ino)
                known = self._seen.get((kind, key))
                if known is None or known[0] != version:
                    label = self._labels.read(kind, key)
                    if label is None:
                        continue
                    known = (version, label)
                seen[kind, key] = known
                yield key, known[1]
        self._seen = seen

    def _devices(self, pop: str) -> dict[str, Counters]:
        """Counters of a PoP's devices, as the instance at the other end has them."""
        router = names.router(self.lab, pop)
        if not kernel.netns_exists(router):
            return {}
        try:
            with netlink.Channel(router) as channel:
                listed = channel.devices()
        except RuntimeFault:
            if kernel.netns_exists(router):
                raise
            return {}  # It went meanwhile, with all that was in it.
        return {device.name: _other_end(device.counters) for device in listed}


def _other_end(counters: Counters) -> Counters:
    """What one end of a pair received is what the other has sent."""
    return Counters(
        rx_bytes=counters.tx_bytes,
        tx_bytes=counters.rx_bytes,
        rx_packets=counters.tx_packets,
        tx_packets=counters.rx_packets,
        rx_dropped=counters.tx_dropped,
        tx_dropped=counters.rx_dropped,
    )
