"""Routers of a lab's PoPs and the links between them.

Every PoP has one network namespace, its router.  Routers are joined by veth pairs, or
by TAP devices with a relay between them, and each has a veth pair to the host, so that
servers answer from here.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence

from tacker_lite.pop.runtime import kernel, link_devices, names, routing
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

    def open(
        self,
        pops: Sequence[str],
        links: Sequence[LinkSpec],
        relayed: Collection[str] = (),
    ) -> None:
        """Make or adopt routers and links, and remove those not named.

        :param relayed: keys of the links that a relay will be between.
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
            for key, label in self.labels.all("link").items():
                wanted = link_devices.TAP if key in relayed else link_devices.VETH
                self._change_over(key, label, wanted)
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
                link_devices.remove(self.lab, label)
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
        self._make_routers([pop for pop in routers if not self.exists(pop)])
        for pop, label in routers.items():
            namespace = names.router(self.lab, pop)
            leg, index = names.host_leg(self.lab, pop), label["index"]
            pairs.append(f"link add {leg} type veth peer name host netns {namespace}")
            host += self._leg(leg, block, index, 0, kernel.host_has_ipv6(), pop)
            inside[pop] = ["link set lo up"]
            inside[pop] += self._leg("host", block, index, 1, ipv6, pop)
        for label in self.labels.all("link").values():
            if link_devices.kind(label) == link_devices.VETH:
                pairs.append(link_devices.pair(self.lab, label))
            else:
                for end in link_devices.ends(self.lab, label):
                    inside[end.pop] += link_devices.tap(end)
            for end, lines in link_devices.legs(self.lab, label, block, ipv6):
                inside[end.pop] += lines
        kernel.ip(pairs, tolerate=kernel.EXISTS)
        kernel.ip(host)
        for pop, lines in inside.items():
            self.ip(pop, lines, link_devices.EXISTS)

    def _make_routers(self, pops: Collection[str]) -> None:
        # A namespace that somebody removed goes later, unseen, and with it the far ends
        # of its pairs: they would be taken for the new ones.
        legs = [f"link del {names.host_leg(self.lab, pop)}" for pop in pops]
        kernel.ip(legs, None, kernel.GONE)
        for label in self.labels.all("link").values():
            ends = link_devices.ends(self.lab, label, link_devices.VETH)
            if any(end.pop in pops for end in ends):
                for end in ends:
                    if self.exists(end.pop):
                        self.ip(end.pop, [f"link del {end.device}"], kernel.GONE)
        for pop in pops:
            self._forget_networks(pop)
            kernel.create_netns(names.router(self.lab, pop), ROUTER_SETTINGS)

    def _leg(
        self, device: str, block: int, index: int, end: int, ipv6: bool, pop: str
    ) -> list[str]:
        addresses = routing.link_addresses(block, index, end)
        return link_devices.leg(self.lab, device, addresses, ipv6, pop)

    def _change_over(self, key: str, label: Label, kind: str) -> None:
        """Have routes lead to devices of another kind from their next setting on."""
        old = link_devices.kind(label)
        if old != kind:
            self.labels.write("link", key, {**label, "device": kind, "other": old})

    def add_devices(self, key: str, kind: str) -> None:
        """Make a link's devices of a kind, beside those that routes lead to.

        :raises RuntimeFault: when the machine refuses; then there are none of them.
        """
        block = self.labels.read("lab", "block")
        label = self.labels.read("link", key)
        assert block is not None and label is not None
        self.labels.write("link", key, {**label, "other": kind})
        legs = link_devices.legs(
            self.lab, label, block["block"], kernel.has_ipv6(), kind
        )
        try:
            if kind == link_devices.VETH:
                kernel.ip([link_devices.pair(self.lab, label)], None, kernel.EXISTS)
            for end, lines in legs:
                made = link_devices.tap(end) if kind == link_devices.TAP else []
                self.ip(end.pop, made + lines, link_devices.EXISTS)
        except RuntimeFault:
            self.drop_other_devices(key)
            raise

    def change_over(self, key: str, kind: str) -> None:
        """Have routes lead to a link's devices of that kind once they are set again."""
        label = self.labels.read("link", key)
        assert label is not None
        self._change_over(key, label, kind)

    def drop_other_devices(self, key: str) -> None:
        """Remove the devices of a link that routes do not lead to."""
        label = self.labels.read("link", key)
        if label is not None and label.get("other"):
            link_devices.remove(self.lab, label, (label["other"],))
            self.labels.write("link", key, {**label, "other": None})

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
                self.labels.remove("shards", network)
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
        for source, link in self._ways_to(pop):
            end = 1 if link["left"] == source else 0
            gateways = routing.link_addresses(block["block"], link["index"], end)
            near = link_devices.ends(self.lab, link)[1 - end]
            found[near.namespace] = [
                Route(cidr, gateways[":" in cidr], near.device) for cidr in cidrs
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

    def _ways_to(self, target: str) -> Iterator[tuple[str, Label]]:
        """Every other PoP that reaches the target, and the link that it uses."""
        links = self.labels.all("link")
        pops = [label["pop"] for label in self.labels.all("router").values()]
        specs = [LinkSpec(label["left"], label["right"]) for label in links.values()]
        for pop, hops in routing.next_hops(pops, specs).items():
            if target in hops:
                hop = hops[target]
                yield pop, links[names.key(*sorted((pop, hop)))]

    def ip(self, pop: str, lines: Sequence[str], tolerate: Sequence[str] = ()) -> None:
        """Run lines of ``ip`` in a PoP's router."""
        kernel.ip(lines, names.router(self.lab, pop), tolerate)
