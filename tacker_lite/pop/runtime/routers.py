"""Routers of a lab's PoPs and the links between them.

Every PoP has one network namespace, its router.  Routers are joined by veth pairs, and
each has one to the host, so that servers answer from here.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence

from tacker_lite.pop.runtime import kernel, names, routing
from tacker_lite.pop.runtime.base import LinkSpec, RuntimeFault
from tacker_lite.pop.runtime.labels import Label, Labels
from tacker_lite.pop.runtime.routes import Route
from tacker_lite.pop.runtime.routing import Network

ROUTER_SETTINGS = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv6/conf/all/disable_ipv6": "0",
    "ipv6/conf/default/disable_ipv6": "0",
    "ipv6/conf/all/forwarding": "1",
    "ipv6/conf/default/forwarding": "1",
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
}


class Routers:
    """The routers and links of one lab.

    :param labels: what the lab has made so far.
    """

    def __init__(self, lab: str, labels: Labels):
        self.lab = lab
        self.labels = labels
        self._lock = threading.Lock()

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
                if self.exists(label["left"]):
                    self.ip(
                        label["left"],
                        [f"link del {names.link(label['right'])}"],
                        kernel.GONE,
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
        ipv6 = kernel.has_ipv6()
        routers = {label["pop"]: label for label in self.labels.all("router").values()}
        pairs: list[str] = []
        inside: dict[str, list[str]] = {}
        host: list[str] = []
        for pop, label in routers.items():
            namespace = names.router(self.lab, pop)
            if not kernel.netns_exists(namespace):
                self._forget_networks(pop)
                kernel.create_netns(namespace, ROUTER_SETTINGS)
            leg, index = names.host_leg(self.lab, pop), label["index"]
            pairs.append(f"link add {leg} type veth peer name host netns {namespace}")
            host += self._leg(leg, block, index, 0, kernel.host_has_ipv6(), pop)
            inside[pop] = ["link set lo up"]
            inside[pop] += self._leg("host", block, index, 1, ipv6, pop)
        for label in self.labels.all("link").values():
            left, right, index = label["left"], label["right"], label["index"]
            near, far = names.router(self.lab, left), names.router(self.lab, right)
            pairs.append(
                f"link add name {names.link(right)} netns {near} type veth "
                f"peer name {names.link(left)} netns {far}"
            )
            inside[left] += self._leg(
                names.link(right), block, index, 0, ipv6, left, right
            )
            inside[right] += self._leg(
                names.link(left), block, index, 1, ipv6, right, left
            )
        kernel.ip(pairs, tolerate=kernel.EXISTS)
        kernel.ip(host)
        for pop, lines in inside.items():
            self.ip(pop, lines)

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
        kernel.ip(
            [f"link del {names.host_leg(self.lab, label['pop'])}"], None, kernel.GONE
        )
        kernel.delete_netns(names.router(self.lab, label["pop"]))
        for network, other in self.labels.all("network").items():
            if other["pop"] == label["pop"]:
                self.labels.remove("network", network)
        self.labels.remove("router", key)

    def destroy(self) -> None:
        """Remove every router, and with it its links and networks."""
        with self._lock:
            for key, label in self.labels.all("router").items():
                self._remove_router(key, label)

    def exists(self, pop: str) -> bool:
        """Whether the PoP has its router."""
        return kernel.netns_exists(names.router(self.lab, pop))

    def check_pop(self, pop: str, what: str) -> None:
        """:raises RuntimeFault: when the PoP has no router, so ``what`` cannot be."""
        if not self.exists(pop):
            raise RuntimeFault(
                f"{what}: PoP {pop} has no router in lab {self.lab}: open the lab "
                "with this PoP first"
            )

    def routes_to(
        self, pop: str, cidrs: Collection[str]
    ) -> dict[str | None, list[Route]]:
        """Routes to prefixes of a PoP, by the namespace they belong to; None: host.

        Every PoP that can reach it over any number of links gets one.
        """
        block = self.labels.read("lab", "block")
        router = self.labels.read("router", names.key(pop))
        if block is None or router is None or not cidrs:
            return {}
        gateways = routing.link_addresses(block["block"], router["index"], 1)
        leg = names.host_leg(self.lab, pop)
        usable = [c for c in cidrs if ":" not in c or kernel.host_has_ipv6()]
        found: dict[str | None, list[Route]] = {
            None: [Route(cidr, gateways[":" in cidr], leg) for cidr in usable]
        }
        for source, hop, link in self._ways_to(pop):
            end = 1 if link["left"] == source else 0
            gateways = routing.link_addresses(block["block"], link["index"], end)
            found[names.router(self.lab, source)] = [
                Route(cidr, gateways[":" in cidr], names.link(hop)) for cidr in cidrs
            ]
        return found

    def link_networks(self) -> tuple[Network, ...]:
        """Prefixes that the links and legs of this lab have their addresses from."""
        label = self.labels.read("lab", "block")
        return routing.link_networks(label["block"]) if label else ()

    def external_networks(self, pops: Sequence[str]) -> dict[str, str]:
        """Prefixes of this lab for the external networks of its PoPs.

        :raises RuntimeFault: when the lab is not open.
        """
        label = self.labels.read("lab", "block")
        if label is None:
            raise RuntimeFault(f"lab {self.lab} has no addresses yet: open it first")
        return routing.external_networks(label["block"], pops)

    def host_legs(self) -> set[str]:
        """The host's devices towards this lab."""
        routers = self.labels.all("router").values()
        return {names.host_leg(self.lab, label["pop"]) for label in routers}

    def _ways_to(self, target: str) -> Iterator[tuple[str, str, Label]]:
        """Every other PoP that reaches the target, its neighbour and their link."""
        links = self.labels.all("link")
        pops = [label["pop"] for label in self.labels.all("router").values()]
        specs = [LinkSpec(label["left"], label["right"]) for label in links.values()]
        for pop, hops in routing.next_hops(pops, specs).items():
            if target in hops:
                hop = hops[target]
                yield pop, hop, links[names.key(*sorted((pop, hop)))]

    def ip(self, pop: str, lines: Sequence[str], tolerate: Sequence[str] = ()) -> None:
        """Run lines of ``ip`` in a PoP's router."""
        kernel.ip(lines, names.router(self.lab, pop), tolerate)
