"""Making the machine filter as the records of security groups and ports say."""

from __future__ import annotations

import ipaddress
import logging
import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import records
from tacker_lite.pop.network.protocols import protocol_number
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.filters import FilterRule, GroupFilter, PortFilter

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud
    from tacker_lite.pop.network.security_group import SecurityGroups

LOG = logging.getLogger(__name__)


class Filtering:
    """Notes what changes, and has it done: at once where somebody waits, else soon.

    Records come first, so doing it can be repeated, after a crash too.  Whoever has it
    done must not hold the PoP's lock.
    """

    def __init__(self, cloud: Cloud, tables: SecurityGroups):
        self._cloud = cloud
        self._tables = tables
        self._turn = threading.Lock()
        self._open = False
        self._ports: set[str] = set()
        self._groups: set[str] = set()
        #: Addresses by group; a count each, for networks that share addresses.
        self._members: dict[str, Counter[str]] = defaultdict(Counter)
        #: How many rules speak of a group's members.
        self._asked: Counter[str] = Counter()
        for rule in tables.rules:
            self._asked[rule.remote_group_id or ""] += 1
        for port in tables.ports:
            self._count(port, 1)
        tables.ports.watchers.append(self._port_changed)
        tables.rules.watchers.append(self._rule_changed)
        tables.groups.watchers.append(self._group_changed)

    # -- what changes; the caller holds the PoP's lock

    def _count(self, port: records.Port, step: int) -> None:
        for group in port.security_groups:
            members = self._members[group]
            for address in _sources(port):
                members[address] += step
                if members[address] <= 0:
                    del members[address]

    def _port_changed(self, old: records.Port | None, new: records.Port | None) -> None:
        if old is not None and new is not None and _facts(old) == _facts(new):
            return
        for port, step in ((old, -1), (new, 1)):
            if port is not None:
                self._count(port, step)
                groups = port.security_groups
                self._groups.update(group for group in groups if self._asked[group])
                self._ports.add(port.id)
        self._settle_later()

    def _rule_changed(
        self,
        old: records.SecurityGroupRule | None,
        new: records.SecurityGroupRule | None,
    ) -> None:
        for rule, step in ((old, -1), (new, 1)):
            if rule is not None:
                self._groups.add(rule.security_group_id)
                if rule.remote_group_id:
                    self._asked[rule.remote_group_id] += step
                    self._groups.add(rule.remote_group_id)
        self._settle_later()

    def _group_changed(
        self, old: records.SecurityGroup | None, new: records.SecurityGroup | None
    ) -> None:
        if old is None or new is None:
            self._groups.update(group.id for group in (old, new) if group)
            self._settle_later()

    def _settle_later(self) -> None:
        if self._open:
            self._cloud.submit(self.try_settle)

    # -- having it done

    def open(self) -> None:
        """Have the machine filter as the records say, whatever it does now.

        :raises RuntimeFault: when the machine refuses.
        """
        with self._turn:
            with self._cloud.lock:
                self._ports.clear()
                self._groups.clear()
                self._open = True
                groups = {row.id: self._group(row) for row in self._tables.groups}
                wanted = [self._port(row) for row in self._tables.ports]
                ports = {port.id: port for port in wanted if port is not None}
            self._cloud.runtime.filters.open(self._cloud.pop.name, groups, ports)

    def settle(self) -> None:
        """Have done what has changed; nothing to do is cheap.

        :raises RuntimeFault: when the machine refuses; it is tried again with the
            next change.
        """
        # The turn is waited for: somebody may be about to do what the caller waits for.
        with self._turn:
            with self._cloud.lock:
                if not self._open:
                    return
                groups: dict[str, GroupFilter | None] = {}
                for ident in self._groups:
                    group = self._tables.groups.get(ident)
                    groups[ident] = self._group(group) if group else None
                ports: dict[str, PortFilter | None] = {}
                for ident in self._ports:
                    port = self._tables.ports.get(ident)
                    ports[ident] = self._port(port) if port else None
                self._groups.clear()
                self._ports.clear()
            if groups or ports:
                pop = self._cloud.pop.name
                self._cloud.runtime.filters.change(pop, groups, ports)

    def try_settle(self) -> None:
        """Do it for somebody who cannot help when the machine refuses."""
        try:
            self.settle()
        except RuntimeFault as fault:
            LOG.error("Security groups of PoP %s: %s", self._cloud.pop.name, fault)
            self._cloud.lab.events.record(
                self._cloud.pop.name, "security_group", "", f"not in force: {fault}"
            )

    # -- what is wanted

    def _group(self, row: records.SecurityGroup) -> GroupFilter:
        rules = (_rule(rule) for rule in self._tables.rules_of(row.id))
        members: frozenset[str] = frozenset()
        if self._asked[row.id] > 0:
            members = frozenset(self._members[row.id])
        return GroupFilter(row.id, tuple(rules), members)

    def _port(self, port: records.Port) -> PortFilter | None:
        """How a server's port is filtered; other devices' ports are not."""
        network = self._tables.networks.get(port.network_id)
        if network is None or not port.device_owner.startswith("compute:"):
            return None
        groups = [self._tables.groups.get(ident) for ident in port.security_groups]
        return PortFilter(
            id=port.id,
            network_id=port.network_id,
            routed=network.routed,
            up=port.admin_state_up,
            secure=port.port_security_enabled,
            addresses=_senders(port),
            groups=tuple(port.security_groups),
            stateful=not groups or any(group and group.stateful for group in groups),
        )


def _facts(port: records.Port) -> tuple[Any, ...]:
    """What of a port filters depend on."""
    return (
        port.device_owner.startswith("compute:"),
        port.admin_state_up,
        port.port_security_enabled,
        port.mac_address,
        port.fixed_ips,
        port.allowed_address_pairs,
        port.security_groups,
    )


def _sources(port: records.Port) -> set[str]:
    """Addresses and prefixes that a port may send from."""
    fixed = {entry["ip_address"] for entry in port.fixed_ips}
    return fixed | {_normal(pair["ip_address"]) for pair in port.allowed_address_pairs}


def _senders(port: records.Port) -> tuple[tuple[str, str], ...]:
    """Pairs of a MAC address and what a port may send from with it."""
    fixed = {(port.mac_address, entry["ip_address"]) for entry in port.fixed_ips}
    pairs = {
        (pair.get("mac_address") or port.mac_address, _normal(pair["ip_address"]))
        for pair in port.allowed_address_pairs
    }
    return tuple(sorted(fixed | pairs)) or ((port.mac_address, ""),)


def _normal(address: str) -> str:
    """A prefix of one address as that address; of others without host bits."""
    network = ipaddress.ip_network(address, strict=False)
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)


def _rule(row: records.SecurityGroupRule) -> FilterRule:
    version = 4 if row.ethertype == "IPv4" else 6
    return FilterRule(
        ingress=row.direction == "ingress",
        version=version,
        protocol=protocol_number(row.protocol, version),
        low=row.port_range_min,
        high=row.port_range_max,
        prefix=row.remote_ip_prefix or "",
        group=row.remote_group_id or "",
    )
