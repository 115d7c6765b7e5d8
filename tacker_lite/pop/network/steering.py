"""Making the machine lead packets as the records of chains say."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import records
from tacker_lite.pop.network.chain_records import FlowClassifier, PortChain
from tacker_lite.pop.network.classifier import port_range
from tacker_lite.pop.network.protocols import protocol_number
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.chains import (
    ChainFlow,
    ChainFunction,
    ChainPath,
    ChainPort,
)

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud
    from tacker_lite.pop.network.chaining import Chaining

LOG = logging.getLogger(__name__)


class Steering:
    """Notes that something changes, and has it done.

    Records come first, so doing it can be repeated, after a crash too.  Whoever has it
    done must not hold the PoP's lock.
    """

    def __init__(self, cloud: Cloud, chaining: Chaining):
        self._cloud = cloud
        self._chaining = chaining
        self._turn = threading.Lock()
        self._stale = False
        self._done: tuple[ChainPath, ...] | None = None
        tables: tuple[Any, ...] = (chaining.pairs, chaining.groups, chaining.chains)
        for table in tables:
            table.watchers.append(self._changed)
        chaining.network.ports.watchers.append(self._port_changed)

    def _port_changed(self, old: records.Port | None, new: records.Port | None) -> None:
        if len(self._chaining.chains) and (
            old is None or new is None or _facts(old) != _facts(new)
        ):
            self._changed(old, new)

    def _changed(self, old: Any, new: Any) -> None:
        self._stale = True
        if self._done is not None:
            self._cloud.submit(self.settle)

    def open(self) -> None:
        """Take up every chain when the lab begins; what fails is tried again."""
        self._stale, self._done = True, ()
        self.settle()

    def settle(self) -> None:
        """Have done what has changed; what fails is tried again with the next one."""
        with self._turn:
            if not self._stale or self._done is None:
                return
            self._stale = False
            with self._cloud.lock:
                paths = tuple(self._paths())
                networks = {port.network_id for path in paths for port in _ports(path)}
            try:
                for network_id in networks:
                    self._cloud.fabric.ensure(network_id)
                self._cloud.runtime.chains.lead(self._cloud.pop.name, paths)
                self._done = paths
            except RuntimeFault as fault:
                self._stale = True
                pop = self._cloud.pop.name
                LOG.error("Port chains of PoP %s: %s", pop, fault)
                self._cloud.lab.events.record(
                    pop, "port_chain", "", f"not in force: {fault}"
                )

    def _paths(self) -> Iterator[ChainPath]:
        for chain in self._chaining.chains:
            hops = tuple(hop for hop in self._hops(chain) if hop)
            for ident in chain.flow_classifiers:
                row = self._chaining.classifiers.get(ident)
                if row is None or not hops:
                    continue
                there = self._path(row, hops, False)
                if there is not None:
                    yield there
                back = tuple(tuple(map(_turned, hop)) for hop in reversed(hops))
                if chain.symmetric:
                    answer = self._path(row, back, True)
                    if answer is not None:
                        yield answer

    def _hops(self, chain: PortChain) -> Iterator[tuple[ChainFunction, ...]]:
        """The functions of each group that are there, without those of no weight."""
        for group_id in chain.port_pair_groups:
            group = self._chaining.groups.get(group_id)
            functions = []
            for pair_id in group.port_pairs if group else ():
                pair = self._chaining.pairs.get(pair_id)
                if pair is not None and pair.weight:
                    ends = [self._port(pair.ingress), self._port(pair.egress)]
                    if ends[0] and ends[1]:
                        functions.append(ChainFunction(ends[0], ends[1], pair.weight))
            yield tuple(functions)

    def _port(self, ident: str | None) -> ChainPort | None:
        port = self._chaining.network.ports.get(ident or "")
        if port is None:
            return None
        return ChainPort(port.id, port.network_id, port.mac_address)

    def _path(
        self,
        row: FlowClassifier,
        hops: tuple[tuple[ChainFunction, ...], ...],
        back: bool,
    ) -> ChainPath | None:
        """The way of a classifier's packets, or of the answers to them."""
        ports = [row.logical_source_port, row.logical_destination_port]
        prefixes = [row.source_ip_prefix, row.destination_ip_prefix]
        ranges = [_range(row, "source"), _range(row, "destination")]
        if back:
            for pair in (ports, prefixes, ranges):
                pair.reverse()
        start = self._port(ports[0])
        if start is None:
            return None
        version = 4 if row.ethertype == "IPv4" else 6
        there = (prefixes[1],) if prefixes[1] else self._addresses(ports[1], version)
        first = ChainFlow(
            version,
            protocol_number(row.protocol, version),
            source_ports=ranges[0],
            destination_ports=ranges[1],
            sources=(prefixes[0],) if prefixes[0] else (),
            destinations=there,
        )
        sources = first.sources or self._own_addresses(ports[0], version)
        return ChainPath(
            start, first, dataclasses.replace(first, sources=sources), hops
        )

    def _addresses(self, port_id: str | None, version: int) -> tuple[str, ...]:
        port = self._chaining.network.ports.get(port_id or "")
        entries = port.fixed_ips if port else []
        addresses = [entry["ip_address"] for entry in entries]
        return tuple(a for a in addresses if (":" in a) == (version == 6))

    def _own_addresses(self, port_id: str | None, version: int) -> tuple[str, ...]:
        """What a port may only send from, if that is known."""
        port = self._chaining.network.ports.get(port_id or "")
        if port is None or not port.device_owner.startswith("compute:"):
            return ()
        if not port.port_security_enabled or port.allowed_address_pairs:
            return ()
        return self._addresses(port_id, version)


def _facts(port: records.Port) -> tuple[Any, ...]:
    """What of a port chains depend on."""
    return (
        port.mac_address,
        port.fixed_ips,
        port.device_owner,
        port.port_security_enabled,
        port.allowed_address_pairs,
    )


def _range(row: FlowClassifier, side: str) -> tuple[int, int] | None:
    ports = port_range(row, f"{side}_port_range")
    return None if ports == (0, 65535) else ports


def _turned(function: ChainFunction) -> ChainFunction:
    """The function for packets that come from the other side."""
    return ChainFunction(function.egress, function.ingress, function.weight)


def _ports(path: ChainPath) -> Iterator[ChainPort]:
    yield path.start
    for hop in path.hops:
        for function in hop:
            yield function.ingress
            yield function.egress
