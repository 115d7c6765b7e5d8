"""Routers, links and networks of a lab: what carries packets between servers.

Every PoP has one network namespace, its router.  A network is a bridge in it; a routed
one has its gateway's address on the bridge.  Isolated networks are bridges that the
router neither listens nor forwards on.  Routers are joined by veth pairs, and each has
one to the host, so that servers answer from here.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tacker_lite.pop.runtime import kernel, names, routing
from tacker_lite.pop.runtime.base import LinkSpec, NetworkSpec, RuntimeFault, SubnetSpec
from tacker_lite.pop.runtime.labels import Label, Labels

ROUTER_SETTINGS = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv6/conf/all/forwarding": "1",
    "ipv6/conf/default/forwarding": "1",
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
}
EXISTS = ("File exists",)
GONE = ("Cannot find device", "No such process", "No such device", "Cannot assign")


def gateways(subnets: Sequence[SubnetSpec]) -> dict[str, str]:
    """Prefix of each routed subnet, with its gateway as ``address/length``."""
    found = {}
    for subnet in subnets:
        if subnet.gateway:
            cidr = ipaddress.ip_network(subnet.cidr)
            found[str(cidr)] = f"{subnet.gateway}/{cidr.prefixlen}"
    return found


def routed(label: Label) -> dict[str, str]:
    """The routed prefixes of a network's label, with their gateways."""
    if not label["routed"]:
        return {}
    return gateways([SubnetSpec(**subnet) for subnet in label["subnets"]])


class Fabric:
    """The packet side of one lab.

    :param labels: what the lab has made so far.
    """

    def __init__(self, lab: str, labels: Labels):
        self.lab = lab
        self.labels = labels
        self._lock = threading.RLock()

    # -- routers and links

    def open(self, pops: Sequence[str], links: Sequence[LinkSpec]) -> None:
        """Make or adopt routers and links, and remove those not named.

        :raises RuntimeFault: before anything is made, when a name cannot be used.
        """
        for pop in pops:
            names.check_pop(pop)
        for link in links:
            if not {link.left, link.right} <= set(pops) or link.left == link.right:
                raise RuntimeFault(
                    f"link {link.left} - {link.right}: both ends must be different "
                    "PoPs of the topology"
                )
        with self._lock:
            block = self._claim_block()
            self._remove_others(pops, links)
            self._label_legs(pops, links)
            self._make_legs(block)
            for label in self.labels.all("network").values():
                if label["made"]:
                    kernel.ip(self._host_routes(label, "replace"))
                    self._route_peers(label, "replace")

    def _claim_block(self) -> int:
        with self.labels.machine_lock():
            label = self.labels.read("lab", "block")
            if label is None:
                others = self.labels.of_other_labs("lab", "block")
                taken = {other["block"] for other in others}
                routes = [network for network, _ in kernel.host_routes()]
                label = {"block": routing.choose_block(self.lab, taken, routes)}
                self.labels.write("lab", "block", label)
        return label["block"]

    def _remove_others(self, pops: Sequence[str], links: Sequence[LinkSpec]) -> None:
        wanted = {names.key(*sorted((link.left, link.right))) for link in links}
        for key, label in self.labels.all("link").items():
            if key not in wanted:
                if kernel.netns_exists(names.router(self.lab, label["left"])):
                    self._ip(
                        label["left"],
                        [f"link del {names.link(label['right'])}"],
                        GONE,
                    )
                self.labels.remove("link", key)
        for key, label in self.labels.all("router").items():
            if label["pop"] not in pops:
                self._remove_router(key, label)

    def _label_legs(self, pops: Sequence[str], links: Sequence[LinkSpec]) -> None:
        """Write down every router and link, with its number, before it is made."""
        taken = {
            label["index"]
            for kind in ("router", "link")
            for label in self.labels.all(kind).values()
        }
        wanted: list[tuple[str, str, Label]] = [
            ("router", names.key(pop), {"pop": pop}) for pop in pops
        ]
        for link in links:
            left, right = sorted((link.left, link.right))
            wanted.append(
                ("link", names.key(left, right), {"left": left, "right": right})
            )
        for kind, key, label in wanted:
            if self.labels.read(kind, key) is None:
                index = routing.free_index(taken)
                taken.add(index)
                self.labels.write(kind, key, {**label, "index": index})

    def _make_legs(self, block: int) -> None:
        """Make every labelled router and link that is not there yet."""
        routers = {label["pop"]: label for label in self.labels.all("router").values()}
        pairs: list[str] = []
        inside: dict[str, list[str]] = {}
        host: list[str] = []
        for pop, label in routers.items():
            namespace = names.router(self.lab, pop)
            if kernel.create_netns(namespace, ROUTER_SETTINGS):
                self._forget_networks(pop)
            leg, index = names.host_leg(self.lab, pop), label["index"]
            pairs.append(f"link add {leg} type veth peer name host netns {namespace}")
            host += self._leg(leg, block, index, 0, kernel.host_has_ipv6(), pop)
            inside[pop] = ["link set lo up"]
            inside[pop] += self._leg("host", block, index, 1, True, pop)
        for label in self.labels.all("link").values():
            left, right, index = label["left"], label["right"], label["index"]
            near, far = names.router(self.lab, left), names.router(self.lab, right)
            pairs.append(
                f"link add name {names.link(right)} netns {near} type veth "
                f"peer name {names.link(left)} netns {far}"
            )
            inside[left] += self._leg(
                names.link(right), block, index, 0, True, left, right
            )
            inside[right] += self._leg(
                names.link(left), block, index, 1, True, right, left
            )
        kernel.ip(pairs, tolerate=EXISTS)
        kernel.ip(host)
        for pop, lines in inside.items():
            self._ip(pop, lines)

    def _leg(
        self, device: str, block: int, index: int, end: int, ipv6: bool, *what: str
    ) -> list[str]:
        ipv4_address, ipv6_address = routing.link_addresses(block, index, end)
        lines = [
            f"link set {device} up alias {names.alias(self.lab, *what)}",
            f"addr replace {ipv4_address}/31 dev {device}",
        ]
        if ipv6:
            lines.append(f"addr replace {ipv6_address}/127 dev {device} nodad")
        return lines

    def _forget_networks(self, pop: str) -> None:
        """A new router has no bridge yet, whatever the labels say."""
        for key, label in self.labels.all("network").items():
            if label["pop"] == pop:
                self.labels.write("network", key, {**label, "made": False})

    def _remove_router(self, key: str, label: Label) -> None:
        # The pair's end here goes first: a namespace's own devices go later, unseen.
        kernel.ip([f"link del {names.host_leg(self.lab, label['pop'])}"], None, GONE)
        kernel.delete_netns(names.router(self.lab, label["pop"]))
        self.labels.remove("router", key)

    # -- networks

    def ensure_network(self, network: NetworkSpec) -> None:
        """Make the bridge, its addresses and the routes to it, whatever is there.

        :raises RuntimeFault: before anything is made, when its addresses are in use.
        """
        with self._lock:
            self.check_pop(network.pop, f"network {network.name}")
            key = names.key(network.id)
            label = {**asdict(network), "subnets": [*map(asdict, network.subnets)]}
            old = self.labels.read("network", key)
            if old == {**label, "made": True}:
                return
            self._check_overlap(key, network)
            if old is not None:
                self._remove_addresses(old, routed(label))
            self.labels.write("network", key, {**label, "made": False})
            self._make_bridge(network, routed(label))
            kernel.ip(self._host_routes(label, "replace"))
            self._route_peers(label, "replace")
            self.labels.write("network", key, {**label, "made": True})

    def check_pop(self, pop: str, what: str) -> None:
        """:raises RuntimeFault: when the PoP has no router, so ``what`` cannot be."""
        if not kernel.netns_exists(names.router(self.lab, pop)):
            raise RuntimeFault(
                f"{what}: PoP {pop} has no router in lab {self.lab}: open the lab "
                "with this PoP first"
            )

    def _check_overlap(self, key: str, network: NetworkSpec) -> None:
        wanted = [
            ipaddress.ip_network(cidr)
            for cidr in (gateways(network.subnets) if network.routed else ())
        ]
        if not wanted:
            return
        legs = set()
        for label in self.labels.all("router").values():
            legs.add(names.host_leg(self.lab, label["pop"]))
        in_use = [
            (route, f"the host's route {route} on device {device}")
            for route, device in kernel.host_routes()
            if device not in legs
        ]
        for other, label in self.labels.all("network").items():
            in_use += [
                (
                    ipaddress.ip_network(cidr),
                    f"network {label['name']} ({cidr}) of PoP {label['pop']}",
                )
                for cidr in (routed(label) if other != key else ())
            ]
        for mine in wanted:
            for theirs, owner in in_use:
                if routing.overlap(mine, theirs):
                    raise RuntimeFault(
                        f"network {network.name} of PoP {network.pop}: {mine} overlaps "
                        f"{owner}: give the network another cidr in the topology file, "
                        "or remove that route"
                    )

    def _make_bridge(self, network: NetworkSpec, addresses: dict[str, str]) -> None:
        device = names.bridge(network.id)
        alias = names.alias(self.lab, network.pop, network.id)
        lines = [
            f"link add {device} address {names.bridge_mac(network.id)} type bridge "
            "stp_state 0 mcast_snooping 0",
            f"link set {device} up alias {alias}",
        ]
        lines += [
            f"addr replace {address} dev {device}{_nodad(address)}"
            for address in addresses.values()
        ]
        self._ip(network.pop, lines, EXISTS)
        kernel.set_in_netns(
            names.router(self.lab, network.pop),
            {
                f"ipv4/conf/{device}/forwarding": str(int(network.routed)),
                f"ipv4/conf/{device}/arp_ignore": "1" if network.routed else "8",
                f"ipv6/conf/{device}/disable_ipv6": str(int(not network.routed)),
            },
        )

    def _remove_addresses(self, old: Label, kept: dict[str, str]) -> None:
        """Take from the machine what the network had and shall not have now."""
        gone = {
            cidr: address
            for cidr, address in routed(old).items()
            if kept.get(cidr) != address
        }
        if not gone:
            return
        self._ip(
            old["pop"],
            [f"addr del {a} dev {names.bridge(old['id'])}" for a in gone.values()],
            GONE,
        )
        kernel.ip(self._host_routes(old, "del", gone), None, GONE)
        self._route_peers(old, "del", gone)

    def _host_routes(
        self, label: Label, verb: str, prefixes: dict[str, str] | None = None
    ) -> list[str]:
        router = self.labels.read("router", names.key(label["pop"]))
        block = self.labels.read("lab", "block")
        if router is None or block is None:
            return []
        ways = routing.link_addresses(block["block"], router["index"], 1)
        leg = names.host_leg(self.lab, label["pop"])
        chosen = routed(label) if prefixes is None else prefixes
        return [
            f"route {verb} {cidr} via {ways[':' in cidr]} dev {leg}"
            for cidr in chosen
            if ":" not in cidr or kernel.host_has_ipv6()
        ]

    def _route_peers(
        self, label: Label, verb: str, prefixes: dict[str, str] | None = None
    ) -> None:
        """Tell every router that can reach the network's PoP the way, or forget it."""
        chosen = routed(label) if prefixes is None else prefixes
        block = self.labels.read("lab", "block")
        if not chosen or block is None:
            return
        for pop, hop, link in self._ways_to(label["pop"]):
            end = 1 if link["left"] == pop else 0
            ways = routing.link_addresses(block["block"], link["index"], end)
            device = names.link(hop)
            lines = [
                f"route {verb} {cidr} via {ways[':' in cidr]} dev {device}"
                for cidr in chosen
            ]
            self._ip(pop, lines, GONE if verb == "del" else ())

    def _ways_to(self, target: str) -> Iterator[tuple[str, str, Label]]:
        """Every other PoP that reaches the target, its neighbour and their link."""
        links = self.labels.all("link")
        pops = [label["pop"] for label in self.labels.all("router").values()]
        specs = [LinkSpec(label["left"], label["right"]) for label in links.values()]
        for pop, hops in routing.next_hops(pops, specs).items():
            if target in hops:
                hop = hops[target]
                yield pop, hop, links[names.key(*sorted((pop, hop)))]

    def delete_network(self, key: str) -> None:
        """Remove a network by its key; gone already is fine."""
        with self._lock:
            label = self.labels.read("network", key)
            if label is not None and kernel.netns_exists(
                names.router(self.lab, label["pop"])
            ):
                kernel.ip(self._host_routes(label, "del"), None, GONE)
                self._route_peers(label, "del")
                self._ip(label["pop"], [f"link del {names.bridge(label['id'])}"], GONE)
            self.labels.remove("network", key)

    def destroy(self) -> None:
        """Remove every router, and with it its links and networks."""
        with self._lock:
            for key, label in self.labels.all("router").items():
                self._remove_router(key, label)

    def _ip(self, pop: str, lines: Sequence[str], tolerate: Sequence[str] = ()) -> None:
        kernel.ip(lines, names.router(self.lab, pop), tolerate)


def _nodad(address: str) -> str:
    return " nodad" if ":" in address else ""
