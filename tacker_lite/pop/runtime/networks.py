"""Networks of a lab: bridges in the routers of their PoPs.

A routed network has its gateway's address on its bridge, and routes lead to it from
the host and from every PoP that is linked, over any number of hops.  Isolated networks
are bridges that the router neither listens nor forwards on.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Sequence
from dataclasses import asdict

from tacker_lite.pop.runtime import kernel, names, routes, routing
from tacker_lite.pop.runtime.base import NetworkSpec, RuntimeFault, SubnetSpec
from tacker_lite.pop.runtime.bridges import BRIDGE_OPTIONS, Bridges
from tacker_lite.pop.runtime.labels import Label, Labels
from tacker_lite.pop.runtime.routers import Routers

#: A prefix and, in words, who has it.
Use = tuple[routing.Network, str]


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
    spec = _spec(label)
    return gateways(spec.subnets) if spec.routed else {}


def _spec(label: Label) -> NetworkSpec:
    """The network as the cloud gave it."""
    return NetworkSpec(
        id=label["id"],
        pop=label["pop"],
        name=label["name"],
        subnets=tuple(SubnetSpec(**subnet) for subnet in label["subnets"]),
        routed=label["routed"],
    )


def _uses(network: NetworkSpec) -> list[Use]:
    """Prefixes that routes lead to, with the words for whose they are."""
    cidrs = gateways(network.subnets) if network.routed else ()
    return [
        (
            ipaddress.ip_network(cidr),
            f"network {network.name} ({cidr}) of PoP {network.pop}",
        )
        for cidr in cidrs
    ]


class Networks:
    """The networks of one lab.

    :param labels: what the lab has made so far.
    """

    def __init__(self, labels: Labels, routers: Routers, bridges: Bridges):
        self.labels = labels
        self._bridges = bridges
        self._routers = routers
        self._lock = threading.Lock()

    def reroute(self) -> None:
        """Set every route again, after routers or links were made."""
        with self._lock:
            for label in self.labels.all("network").values():
                if label["made"]:
                    self._route(label)

    def check(self, networks: Sequence[NetworkSpec]) -> None:
        """See that networks can be there together: the host has routes to all of them.

        :raises RuntimeFault: naming two that share addresses, or one and what has them.
        """
        before: list[Use] = []
        for network in networks:
            self._check_overlap(network, before)
            before += _uses(network)

    def ensure(self, network: NetworkSpec) -> None:
        """Make the bridge, its addresses and the routes to it, whatever is there.

        :raises RuntimeFault: before anything is made, when its addresses are in use.
        """
        with self._lock:
            self._routers.check_pop(network.pop, f"network {network.name}")
            key = names.key(network.id)
            label = {**asdict(network), "subnets": [*map(asdict, network.subnets)]}
            old = self.labels.read("network", key)
            if old == {**label, "made": True}:
                return
            self._check_overlap(network, self._other_networks(key))
            # What it had stays on file until it is gone from the machine.
            stale = {**old.get("stale", {}), **routed(old)} if old else {}
            unmade = {**label, "stale": stale, "made": False}
            self.labels.write("network", key, unmade)
            self._remove_addresses(unmade)
            self._make_bridge(network, routed(label))
            self._route(label)
            self.labels.write("network", key, {**label, "made": True})

    def delete(self, key: str) -> None:
        """Remove a network by its key; gone already is fine."""
        with self._lock:
            label = self.labels.read("network", key)
            if label is not None and self._routers.exists(label["pop"]):
                cidrs = {**label.get("stale", {}), **routed(label)}
                self._unroute(label["pop"], list(cidrs))
                lines = [f"link del {names.bridge(label['id'])}"]
                lines += self._bridges.lines_to_remove(key)
                self._routers.ip(label["pop"], lines, kernel.GONE)
                self._bridges.removed(key, label["pop"])
            self.labels.remove("network", key)

    def _route(self, label: Label) -> None:
        ways = self._routers.routes_to(label["pop"], list(routed(label)))
        for namespace, lines in ways.items():
            routes.replace(lines, namespace)

    def _unroute(self, pop: str, cidrs: Sequence[str]) -> None:
        for namespace, lines in self._routers.routes_to(pop, cidrs).items():
            routes.remove(lines, namespace)

    def _remove_addresses(self, label: Label) -> None:
        """Take from the machine what the network had and shall not have now."""
        kept = routed(label)
        gone = {c: a for c, a in label["stale"].items() if kept.get(c) != a}
        if gone:
            device = names.bridge(label["id"])
            lines = [f"addr del {address} dev {device}" for address in gone.values()]
            self._routers.ip(label["pop"], lines, kernel.GONE)
            self._unroute(label["pop"], list(gone))

    def _check_overlap(self, network: NetworkSpec, others: Sequence[Use]) -> None:
        """:raises RuntimeFault: when somebody else has the network's addresses."""
        wanted = _uses(network)
        if not wanted:
            return
        legs = self._routers.host_legs()
        in_use = [
            *others,
            *((r, _owner(r, d)) for r, d in kernel.host_routes() if d not in legs),
            *(
                (prefix, f"{prefix}, which the lab's own links use")
                for prefix in self._routers.link_networks()
            ),
        ]
        for mine, _ in wanted:
            for theirs, owner in in_use:
                if routing.overlap(mine, theirs):
                    raise RuntimeFault(
                        f"network {network.name} of PoP {network.pop}: {mine} overlaps "
                        f"{owner}: give the network another cidr in the topology file, "
                        "or remove that route; --runtime simulated needs no routes"
                    )

    def _other_networks(self, key: str) -> list[Use]:
        """Addresses of the lab's networks but one."""
        labels = self.labels.all("network")
        specs = [_spec(label) for other, label in labels.items() if other != key]
        return [use for spec in specs for use in _uses(spec)]

    def _make_bridge(self, network: NetworkSpec, addresses: dict[str, str]) -> None:
        device = names.bridge(network.id)
        alias = names.alias(self._routers.lab, network.pop, network.id)
        lines = [
            f"link add {device} address {names.bridge_mac(network.id)} type bridge "
            + BRIDGE_OPTIONS,
            f"link set {device} up alias {alias}",
        ]
        lines += [
            f"addr replace {address} dev {device}{_nodad(address)}"
            for address in addresses.values()
        ]
        self._routers.ip(network.pop, lines, kernel.EXISTS)
        self._bridges.forget(network.pop)
        kernel.set_in_netns(
            names.router(self._routers.lab, network.pop),
            {
                f"ipv4/conf/{device}/forwarding": str(int(network.routed)),
                f"ipv4/conf/{device}/arp_ignore": "1" if network.routed else "8",
                f"ipv6/conf/{device}/disable_ipv6": str(int(not network.routed)),
            },
        )


def _owner(route: routing.Network, device: str) -> str:
    """Whose a route of the host is, in words."""
    lab = " of another lab" if names.is_host_leg(device) else ""
    return f"the host's route {route} on device {device}{lab}"


def _nodad(address: str) -> str:
    return " nodad" if ":" in address else ""
