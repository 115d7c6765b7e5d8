"""Security groups in the routers of PoPs, where every port has its bridge."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tacker_lite.pop.runtime import filter_rules, kernel, names, nftables
from tacker_lite.pop.runtime.base import Capability, RuntimeFault
from tacker_lite.pop.runtime.filters import (
    CAPABILITY,
    FilterRuntime,
    GroupFilter,
    PortFilter,
    merge,
)
from tacker_lite.pop.runtime.labels import Labels

_Elements = dict[str, dict[str, str]]

KIND = "filters"
HOOKS = "/proc/sys/net/bridge/bridge-nf-call-iptables"
REMEDY = (
    "load the kernel module br_netfilter, or use a kernel with nf_conntrack_bridge; "
    "nothing is filtered until then"
)
PROBE = """\
add table bridge probe
add chain bridge probe state { type filter hook prerouting priority 0; }
add rule bridge probe state ct direction reply accept
add rule bridge probe state meta ibrname "b" accept
"""


@dataclass
class _State:
    """What is in force in one PoP.

    :ivar profiles: how many ports share the chains of each.
    :ivar whole: whether the machine is known to have just this.
    """

    groups: dict[str, GroupFilter] = field(default_factory=dict)
    ports: dict[str, PortFilter] = field(default_factory=dict)
    networks: set[str] = field(default_factory=set)
    profiles: Counter[str] = field(default_factory=Counter)
    whole: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class NamespaceFilters(FilterRuntime):
    """The filters of one lab.

    :param labels: what the lab has made so far.
    """

    def __init__(self, lab: str, labels: Labels):
        self.lab = lab
        self.labels = labels
        self._guard = threading.Lock()
        self._pops: dict[str, _State] = {}
        self._tracker: str | None = None
        self._reason = ""

    def capability(self) -> Capability:
        tracker = self._probed()
        means = {"inet": "br_netfilter", "bridge": "nf_conntrack_bridge", "": ""}
        return Capability(CAPABILITY, means[tracker], self._reason)

    def _probed(self) -> str:
        """Which hooks know the state of bridged connections; empty: none do."""
        with self._guard:
            if self._tracker is None:
                self._tracker, self._reason = _probe()
            return self._tracker

    def _state(self, pop: str) -> _State:
        with self._guard:
            return self._pops.setdefault(pop, _State())

    def open(
        self,
        pop: str,
        groups: Mapping[str, GroupFilter],
        ports: Mapping[str, PortFilter],
    ) -> None:
        state = self._state(pop)
        with state.lock:
            state.whole = False
            state.groups, state.ports = dict(groups), dict(ports)
            self._forget_zones(pop, {port.network_id for port in ports.values()})
            self._write_all(pop, state)

    def change(
        self,
        pop: str,
        groups: Mapping[str, GroupFilter | None],
        ports: Mapping[str, PortFilter | None],
    ) -> None:
        state = self._state(pop)
        with state.lock:
            if not state.whole:
                merge(state.groups, groups)
                merge(state.ports, ports)
                self._write_all(pop, state)
                return
            tracker = self._probed()
            lines = self._change_lines(pop, state, groups, ports, tracker)
            state.whole = False
            merge(state.groups, groups)
            merge(state.ports, ports)
            if lines and tracker:
                nftables.apply(names.router(self.lab, pop), "\n".join(lines) + "\n")
            state.whole = True

    def _write_all(self, pop: str, state: _State) -> None:
        """Put everything in the place of what is there, in one step."""
        tracker = self._probed()
        if tracker:
            namespace = names.router(self.lab, pop)
            if tracker == "inet":
                hooks = ("iptables", "ip6tables")
                settings = {f"bridge/bridge-nf-call-{name}": "1" for name in hooks}
                kernel.set_in_netns(namespace, settings)
            lines = filter_rules.frame(tracker)
            empty = _State()
            lines += self._change_lines(pop, empty, state.groups, state.ports, tracker)
            state.networks, state.profiles = empty.networks, empty.profiles
            nftables.apply(namespace, "\n".join(lines) + "\n")
        state.whole = True

    def _change_lines(
        self,
        pop: str,
        state: _State,
        groups: Mapping[str, GroupFilter | None],
        ports: Mapping[str, PortFilter | None],
        tracker: str,
    ) -> list[str]:
        """What turns the state into the wanted one; what is referred to comes first."""
        wanted = {ident: group for ident, group in groups.items() if group is not None}
        lines: list[str] = []
        for ident in wanted.keys() - state.groups.keys():
            lines += filter_rules.new_group(ident)
        for ident, group in wanted.items():
            old = state.groups.get(ident, GroupFilter(ident))
            if old.rules != group.rules:
                lines += filter_rules.group_rules(group)
            lines += filter_rules.group_members(ident, old.members, group.members)
        lines += self._port_lines(pop, state, ports, tracker)
        for ident in groups.keys() - wanted.keys():
            if ident in state.groups:
                chains = filter_rules.group_rules(GroupFilter(ident))
                lines += [*chains, *filter_rules.remove_group(ident)]
        return lines

    def _port_lines(
        self,
        pop: str,
        state: _State,
        ports: Mapping[str, PortFilter | None],
        tracker: str,
    ) -> list[str]:
        lines: list[str] = []
        old: _Elements = {}
        new: _Elements = {}
        made = set(state.profiles)
        for ident, port in ports.items():
            before = state.ports.get(ident)
            if port == before:
                continue
            if port is not None and port.network_id not in state.networks:
                zone = 0 if port.routed else self._zone(pop, port.network_id)
                lines.append(filter_rules.new_zone(tracker, port.network_id, zone))
                state.networks.add(port.network_id)
            for one, found, step in ((before, old, -1), (port, new, 1)):
                if one is None or not _is_filtered(one):
                    continue
                for name, keys in filter_rules.elements(one).items():
                    found.setdefault(name, {}).update(keys)
                profile = filter_rules.profile_of(one)
                state.profiles[profile] += step
                if profile not in made and profile:
                    made.add(profile)
                    lines += filter_rules.new_profile(one)
        lines += filter_rules.change_elements(old, new)
        for profile in made:
            if profile and not state.profiles[profile]:
                lines += filter_rules.remove_profile(profile)
        state.profiles = +state.profiles
        return lines

    def _zone(self, pop: str, network_id: str) -> int:
        """The number of a network's connections: on file, for those under way."""
        key, network = names.key(pop), names.key(network_id)
        zones = (self.labels.read(KIND, key) or {"zones": {}})["zones"]
        if network not in zones:
            taken = set(zones.values())
            zones[network] = next(n for n in range(1, 65535) if n not in taken)
            self.labels.write(KIND, key, {"pop": pop, "zones": zones})
        return zones[network]

    def _forget_zones(self, pop: str, networks: set[str]) -> None:
        """Free the numbers of networks that are gone."""
        key = names.key(pop)
        label = self.labels.read(KIND, key)
        if label is not None:
            known = {names.key(network) for network in networks}
            zones = {n: zone for n, zone in label["zones"].items() if n in known}
            self.labels.write(KIND, key, {"pop": pop, "zones": zones})


def _is_filtered(port: PortFilter) -> bool:
    return port.secure or not port.up


def _probe() -> tuple[str, str]:
    """The hooks that know bridged connections' state here, or why none do."""
    try:
        nftables.check()
    except RuntimeFault as fault:
        return "", f"{fault}; nothing is filtered until then"
    try:
        if nftables.exists_in_scratch(HOOKS):
            return "inet", ""
        nftables.apply(None, PROBE)
    except RuntimeFault as fault:
        return "", f"{fault}: {REMEDY}"
    return "bridge", ""
