"""Security groups as rules of nftables.  Pure functions.

Frames are judged where they enter and leave the bridge, by chains that all ports with
the same groups share, found by the name of the port's device.  A connection's state
comes as bits of the packet's mark: what answers a connection passes; what goes its
first way is held against the rules with every packet: a rule taken away ends it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence

from tacker_lite.pop.runtime import names, nftables
from tacker_lite.pop.runtime.filters import FilterRule, GroupFilter, PortFilter

TABLE = "security_groups"
REPLY, INVALID = "0x10000000", "0x20000000"
#: The zone of connections on bridges that no filtered port is on.
OTHER_ZONE = 65535
_WITH_PORTS = {6, 17, 33, 132, 136}
_ICMP = {1: "icmp", 58: "icmpv6"}
_ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
_IP = {4: "ip", 6: "ip6"}
#: Kinds of ICMPv6 without which no address is found.
_NEIGHBOURS_IN, _NEIGHBOURS_OUT = "{ 130, 134, 135, 136 }", "{ 130, 133, 135, 136 }"
#: Meant for routers of groups; flooded to many ports they cost most of all (RFC 4541).
_REPORTS = "{ 131, 132, 143 }"


def state_rules() -> list[str]:
    """Statements that put a connection's state into the mark."""
    return [
        f"ct direction reply meta mark set meta mark | {REPLY}",
        f"ct state related meta mark set meta mark | {REPLY}",
        f"ct state invalid meta mark set meta mark | {INVALID}",
    ]


def frame(tracker: str) -> list[str]:
    """Lines for empty tables: hooks, maps from devices to chains, and zones.

    :param tracker: ``inet`` when bridged packets pass the hooks of IP, else ``bridge``.
    """
    ibridge = "iifname" if tracker == "inet" else "meta ibrname"
    lines = [
        *nftables.new_table("inet", TABLE),
        *nftables.new_table("bridge", TABLE),
        f"add set {tracker} {TABLE} routed {{ type ifname; }}",
        f"add map {tracker} {TABLE} zones {{ typeof {ibridge} : ct zone; }}",
        _hook(tracker, "zone", "prerouting", -300),
        *_rules(
            tracker,
            "zone",
            f"{ibridge} @routed return",
            f"ct zone set {ibridge} map @zones",
            f'{ibridge} "b*" ct zone set {OTHER_ZONE}',
        ),
        _hook("inet", "state", "prerouting", -150),
        *_rules("inet", "state", *state_rules()),
        _hook("inet", "local_state", "output", -150),
        *_rules("inet", "local_state", *state_rules()),
        *frame_of_ports(),
        _hook("bridge", "reports", "prerouting", -300),
        *_rules("bridge", "reports", f"icmpv6 type {_REPORTS} drop"),
        # After the state is known: bridged packets pass the hooks of IP at priority 0.
        _hook("bridge", "from_ports", "prerouting", 10),
        *_rules("bridge", "from_ports", "iifname vmap @egress"),
        _hook("bridge", "to_ports", "postrouting", 10),
        *_rules("bridge", "to_ports", "oifname vmap @ingress"),
    ]
    if tracker == "bridge":
        lines.append(_hook("bridge", "state", "prerouting", -150))
        lines += _rules("bridge", "state", *state_rules())
    return lines


def _hook(family: str, chain: str, hook: str, priority: int) -> str:
    return (
        f"add chain {family} {TABLE} {chain} "
        f"{{ type filter hook {hook} priority {priority}; }}"
    )


def _rules(family: str, chain: str, *rules: str) -> list[str]:
    return [f"add rule {family} {TABLE} {chain} {rule}" for rule in rules]


def _chain(chain: str, rules: Iterable[str]) -> list[str]:
    """Lines for a chain with just these rules."""
    return [
        f"add chain bridge {TABLE} {chain}",
        f"flush chain bridge {TABLE} {chain}",
        *_rules("bridge", chain, *rules),
    ]


# -- groups


def group_chain(group_id: str, ingress: bool) -> str:
    return ("in_" if ingress else "out_") + names.key(group_id)


def _member_sets(group_id: str) -> list[tuple[str, int, bool]]:
    """Name, address family and whether of prefixes, of each set of a group."""
    key = names.key(group_id)
    return [
        (f"{kind}{version}_{key}", version, kind == "prefixes")
        for version in (4, 6)
        for kind in ("members", "prefixes")
    ]


def new_group(group_id: str) -> list[str]:
    """Lines for a group that is not there yet, still without rules and members."""
    lines = [
        f"add chain bridge {TABLE} {group_chain(group_id, ingress)}"
        for ingress in (True, False)
    ]
    for name, version, of_prefixes in _member_sets(group_id):
        flags = " flags interval;" if of_prefixes else ""
        kind = f"type ipv{version}_addr;{flags}"
        lines.append(f"add set bridge {TABLE} {name} {{ {kind} }}")
    return lines


def group_rules(group: GroupFilter) -> list[str]:
    """Lines that give a group its rules."""
    lines: list[str] = []
    for ingress in (True, False):
        rules = [
            text
            for rule in group.rules
            if rule.ingress == ingress
            for text in rule_texts(rule)
        ]
        lines += _chain(group_chain(group.id, ingress), rules)
    return lines


def group_members(
    group_id: str, old: Collection[str], new: Collection[str]
) -> list[str]:
    """Lines that change who is a member; the single addresses one by one."""
    before, after = set(old), set(new)
    lines: list[str] = []
    if before == after:
        return lines
    for name, version, of_prefixes in _member_sets(group_id):
        is_4 = version == 4
        gone = [a for a in before - after if (":" not in a) == is_4]
        come = [a for a in after - before if (":" not in a) == is_4]
        if of_prefixes:
            if any("/" in a for a in [*gone, *come]):
                lines.append(f"flush set bridge {TABLE} {name}")
                wanted = (a for a in after if "/" in a and (":" not in a) == is_4)
                lines += _elements("add", name, collapsed(wanted))
            continue
        for verb, elements in (("delete", gone), ("add", come)):
            lines += _elements(verb, name, [a for a in elements if "/" not in a])
    return lines


def _elements(verb: str, name: str, elements: Sequence[str]) -> list[str]:
    if not elements:
        return []
    texts = nftables.listed(sorted(elements))
    return [f"{verb} element bridge {TABLE} {name} {texts}"]


def remove_group(group_id: str) -> list[str]:
    """Lines that remove a group that nothing refers to any more."""
    chains = [group_chain(group_id, ingress) for ingress in (True, False)]
    return [
        *(f"delete chain bridge {TABLE} {chain}" for chain in chains),
        *(f"delete set bridge {TABLE} {n}" for n, _, _ in _member_sets(group_id)),
    ]


def collapsed(prefixes: Iterable[str]) -> list[str]:
    """Prefixes without those that others hold: a set takes no overlap."""
    networks = [ipaddress.ip_network(prefix, strict=False) for prefix in prefixes]
    return [str(net) for net in ipaddress.collapse_addresses(networks)]  # type: ignore[type-var]


def rule_texts(rule: FilterRule) -> list[str]:
    """A rule's statements; one about a group's members is two."""
    ip = _IP[rule.version]
    parts = [f"ether type {ip}", *_protocol(rule)]
    side = f"{ip} {'saddr' if rule.ingress else 'daddr'}"
    if rule.group:
        sets = [name for name, v, _ in _member_sets(rule.group) if v == rule.version]
        return [" ".join([*parts, f"{side} @{name}", "accept"]) for name in sets]
    if rule.prefix and rule.prefix != _ANYWHERE[rule.version]:
        parts.append(f"{side} {rule.prefix}")
    return [" ".join([*parts, "accept"])]


def _protocol(rule: FilterRule) -> list[str]:
    if rule.protocol is None:
        return []
    parts = [f"meta l4proto {rule.protocol}"]
    icmp = _ICMP.get(rule.protocol)
    if icmp:
        if rule.low is not None:
            parts.append(f"{icmp} type {rule.low}")
        if rule.high is not None:
            parts.append(f"{icmp} code {rule.high}")
    elif rule.protocol in _WITH_PORTS and rule.low is not None:
        high = rule.low if rule.high is None else rule.high
        ports = f"{rule.low}-{high}" if high > rule.low else str(rule.low)
        parts.append(f"th dport {ports}")
    return parts


# -- ports: what is of one port only are elements of sets, so that one more costs little


def frame_of_ports() -> list[str]:
    """Lines for the sets that ports are elements of, and the rules about them."""
    pair = "ifname . ether_addr"
    return [
        *(
            f"add map bridge {TABLE} {word} {{ type ifname : verdict; }}"
            for word in ("egress", "ingress")
        ),
        f"add set bridge {TABLE} macs {{ type {pair}; }}",
        *(
            f"add set bridge {TABLE} own{version} "
            f"{{ type {pair} . ipv{version}_addr; }}"
            for version in (4, 6)
        ),
        *(
            f"add set bridge {TABLE} own{version}_prefixes "
            f"{{ type {pair} . ipv{version}_addr; flags interval; }}"
            for version in (4, 6)
        ),
        *_chain("own_addresses", _own_addresses()),
    ]


def _own_addresses() -> list[str]:
    """Rules that drop what is sent from addresses that are not the port's."""
    sender = "iifname . ether saddr"
    checks = []
    for kind, field, version in (
        ("arp", "arp saddr ip", 4),
        ("ip", "ip saddr", 4),
        ("ip6", "ip6 saddr", 6),
    ):
        verdict = "accept" if kind == "arp" else "return"
        for name in (f"own{version}", f"own{version}_prefixes"):
            checks.append(f"ether type {kind} {sender} . {field} @{name} {verdict}")
    return [
        f"{sender} != @macs drop",
        "ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept",
        "ip6 saddr :: icmpv6 type 135 accept",
        *checks,
        # Another address, or neither ARP nor the Internet protocol.
        "drop",
    ]


def elements(port: PortFilter) -> dict[str, dict[str, str]]:
    """What a port is in the sets: keys by set, with the value that a map has for it."""
    device = f'"{names.port(port.id)}"'
    profile = profile_of(port)
    found: dict[str, dict[str, str]] = {
        word: {device: f"jump {word}_{profile}" if profile else "drop"}
        for word in ("egress", "ingress")
    }
    if not profile:
        return found
    for mac, address in port.addresses:
        found.setdefault("macs", {})[f"{device} . {mac}"] = ""
        sources = [address] if address else list(_ANYWHERE.values())
        for source in (*sources, link_local(mac)):
            name = f"own{6 if ':' in source else 4}" + "_prefixes" * ("/" in source)
            found.setdefault(name, {})[f"{device} . {mac} . {source}"] = ""
    for version in (4, 6):
        name = f"own{version}_prefixes"
        if name in found:
            found[name] = _without_overlap(found[name])
    return found


def _without_overlap(keys: dict[str, str]) -> dict[str, str]:
    """Keys of one device without prefixes that others of its address hold."""
    prefixes: dict[str, list[str]] = {}
    for key in keys:
        sender, _, prefix = key.rpartition(" . ")
        prefixes.setdefault(sender, []).append(prefix)
    return {
        f"{sender} . {prefix}": ""
        for sender, several in prefixes.items()
        for prefix in collapsed(several)
    }


def change_elements(
    old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Lines that turn what was in the sets into what shall be."""
    lines: list[str] = []
    for name in sorted({*old, *new}):
        before, after = old.get(name, {}), new.get(name, {})
        gone = [k for k, value in before.items() if after.get(k) != value]
        come = [
            f"{k} : {value}" if value else k
            for k, value in after.items()
            if before.get(k) != value
        ]
        lines += _elements("delete", name, gone) + _elements("add", name, come)
    return lines


# -- profiles: ports with the same groups share their chains


def profile_of(port: PortFilter) -> str:
    """The name of what a port shares with all of the same groups; empty: it is off."""
    if not port.up:
        return ""
    groups = sorted({names.key(ident) for ident in port.groups})
    return names.key("stateful" if port.stateful else "stateless", *groups)


def new_profile(port: PortFilter) -> list[str]:
    """Lines for the two chains of a port and all that are like it."""
    profile = profile_of(port)
    groups = sorted(set(port.groups))
    return [
        *_chain(f"egress_{profile}", _egress(port.stateful, groups)),
        *_chain(f"ingress_{profile}", _ingress(port.stateful, groups)),
    ]


def remove_profile(profile: str) -> list[str]:
    """Lines that remove what :func:`new_profile` made, once no port needs it."""
    chains = [f"{word}_{profile}" for word in ("egress", "ingress")]
    return [
        *(f"flush chain bridge {TABLE} {chain}" for chain in chains),
        *(f"delete chain bridge {TABLE} {chain}" for chain in chains),
    ]


def _ingress(stateful: bool, groups: Sequence[str]) -> list[str]:
    return [
        "ether type arp accept",
        "ether type != { ip, ip6 } drop",
        f"ether type ip6 icmpv6 type {_NEIGHBOURS_IN} accept",
        "ether type ip udp sport 67 udp dport 68 accept",
        "ether type ip6 udp sport 547 udp dport 546 accept",
        *_judgement(stateful, groups, True),
    ]


def _egress(stateful: bool, groups: Sequence[str]) -> list[str]:
    return [
        "jump own_addresses",
        f"ether type ip6 icmpv6 type {_NEIGHBOURS_OUT} accept",
        # Only the network itself says who routes and who gives addresses.
        "ether type ip6 icmpv6 type 134 drop",
        "ether type ip udp sport 67 udp dport 68 drop",
        "ether type ip6 udp sport 547 udp dport 546 drop",
        "ether type ip udp sport 68 udp dport 67 accept",
        "ether type ip6 udp sport 546 udp dport 547 accept",
        *_judgement(stateful, groups, False),
    ]


def _judgement(stateful: bool, groups: Sequence[str], ingress: bool) -> list[str]:
    state = []
    if stateful:
        state.append(f"meta mark & {REPLY} != 0 accept")
        state.append(f"meta mark & {INVALID} != 0 drop")
    jumps = [f"jump {group_chain(ident, ingress)}" for ident in groups]
    return [*state, *jumps, "drop"]


def link_local(mac: str) -> str:
    """The IPv6 address that a device with this MAC address gives itself."""
    octets = [int(part, 16) for part in mac.split(":")]
    octets[0] ^= 2
    number = int.from_bytes(bytes([*octets[:3], 0xFF, 0xFE, *octets[3:]]), "big")
    return str(ipaddress.IPv6Address((0xFE80 << 112) | number))


def new_zone(tracker: str, network_id: str, zone: int) -> str:
    """Keep a network's connections, on all its bridges, apart: others may overlap it.

    :param zone: 0 for a network that the PoP's router joins.
    """
    shards = [names.shard(network_id, n) for n in range(1, names.SHARDS + 1)]
    value = f" : {zone}" if zone else ""
    keys = [f'"{bridge}"{value}' for bridge in (names.bridge(network_id), *shards)]
    name = "zones" if zone else "routed"
    return f"add element {tracker} {TABLE} {name} {nftables.listed(keys)}"
