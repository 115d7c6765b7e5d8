"""Ports: veth pairs between the namespace of a device and its PoP's router.

Devices are servers, routers of projects and load balancers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import asdict

from tacker_lite.pop.runtime import kernel, names, netlink
from tacker_lite.pop.runtime.base import PortSpec
from tacker_lite.pop.runtime.bridges import Bridges
from tacker_lite.pop.runtime.labels import Label, Labels


class Ports:
    """The ports of one lab's devices of a kind.

    :param labels: what the lab has made so far.
    :param bridges: where the ports go.
    :param kind: of the label that holds a device's ports.
    """

    def __init__(self, labels: Labels, bridges: Bridges, kind: str = "server"):
        self.lab = bridges.lab
        self.labels = labels
        self._bridges = bridges
        self._kind = kind

    def reconcile(self, key: str, label: Label, wanted: Sequence[PortSpec]) -> None:
        """Give a running device just these ports; the same ones stay untouched."""
        specs = {port.id: port for port in wanted}
        kept: list[Label] = []
        gone: list[Label] = []
        for port in label["ports"]:
            same = specs.get(port["spec"]["id"]) == port_spec(port)
            (kept if same and port["made"] else gone).append(port)
        present = {port["spec"]["id"] for port in kept}
        added: list[Label] = []
        for spec in wanted:
            if spec.id not in present:
                added.append(port_label(spec, kept + added))
        if not gone and not added:
            return
        self.disconnect(label, gone)
        label["ports"] = kept + added
        self.labels.write(self._kind, key, label)
        self.connect(label, added)
        self.labels.write(self._kind, key, label)

    def connect(self, label: Label, ports: Sequence[Label]) -> None:
        """Make the ports' devices on both sides, addresses and routes included."""
        networks = {}
        for port in ports:
            spec = port_spec(port)
            network = self.labels.read("network", names.key(spec.network_id))
            networks[spec.id] = network
            port["gateways"] = _gateways(spec, network)
        with (
            netlink.Channel(names.router(self.lab, label["pop"])) as router,
            kernel.opened_netns(label["namespace"]) as netns,
        ):
            for port in ports:
                self._join(router, netns, label, port, networks[port["spec"]["id"]])
        with netlink.Channel(label["namespace"]) as inside:
            requests = [netlink.set_up("lo")]
            for port in ports:
                requests.append(netlink.set_up(port["device"]))
                index = inside.index(port["device"])
                requests += _inside(index, port, networks[port["spec"]["id"]])
            requests += _default_routes(inside, label["ports"])
            inside.send(requests)
        for port in ports:
            port["made"] = True

    def _join(
        self,
        router: netlink.Channel,
        netns: int,
        label: Label,
        port: Label,
        network: Label | None,
    ) -> None:
        """Make a port's pair of devices, and tell router and bridges where it leads."""
        spec, pop = port_spec(port), label["pop"]
        end = names.port(spec.id)
        alias = names.alias(self.lab, pop, label["id"], spec.id)
        pair = netlink.add_veth(end, port["device"], spec.mac_address, netns)
        with self._bridges.placing(router, pop, spec.network_id, end) as place:
            router.send([pair, netlink.describe(end, alias)], netlink.EXISTS)
            router.send([netlink.set_master(end, place.bridge)])
        told = [netlink.add_forwarding(router.index(end), spec.mac_address)]
        if place.uplink:
            told.append(
                netlink.add_forwarding(router.index(place.uplink), spec.mac_address)
            )
        if network is not None and network["routed"]:
            told += [
                netlink.add_neighbour(
                    place.first, address.partition("/")[0], spec.mac_address
                )
                for address in spec.addresses
            ]
        router.send(told)

    def disconnect(self, label: Label, ports: Sequence[Label]) -> None:
        """Remove the ports' devices; gone already is fine."""
        pop = label["pop"]
        router = names.router(self.lab, pop)
        if self._bridges.abandoned or not ports or not kernel.netns_exists(router):
            return
        with netlink.Channel(router) as channel:
            channel.send(self._untold(channel, pop, ports), netlink.GONE)
            devices = [names.port(port["spec"]["id"]) for port in ports]
            self._bridges.remove_ports(channel, pop, devices)

    def _untold(
        self, channel: netlink.Channel, pop: str, ports: Sequence[Label]
    ) -> list[netlink.Request]:
        """What takes back that router and bridges know where the ports are."""
        requests = []
        for spec in map(port_spec, ports):
            first = channel.find(names.bridge(spec.network_id))
            if first is None:
                continue
            device = names.port(spec.id)
            uplink = self._bridges.uplink_of(pop, spec.network_id, device)
            if uplink:
                index = channel.find(uplink)
                if index is not None:
                    requests.append(netlink.delete_forwarding(index, spec.mac_address))
            requests += [
                netlink.delete_neighbour(first, address.partition("/")[0])
                for address in spec.addresses
            ]
        return requests


def port_label(port: PortSpec, others: Sequence[Label]) -> Label:
    """A port with the first device name that is free."""
    taken = {other["device"] for other in others}
    number = next(n for n in range(len(taken) + 1) if f"eth{n}" not in taken)
    return {
        "spec": asdict(port),
        "device": f"eth{number}",
        "gateways": [],
        "made": False,
    }


def port_spec(label: Label) -> PortSpec:
    """The port as the cloud gave it."""
    spec = label["spec"]
    return PortSpec(**{**spec, "addresses": tuple(spec["addresses"])})


def _gateways(port: PortSpec, network: Label | None) -> list[str]:
    """The port's gateway, and its network's for the other address family."""
    if port.gateway is None:
        return []
    addresses = [ipaddress.ip_interface(address) for address in port.addresses]
    return [port.gateway] + [
        subnet["gateway"]
        for subnet in (network or {"subnets": []})["subnets"]
        if subnet["gateway"]
        and (":" in subnet["gateway"]) != (":" in port.gateway)
        and any(a.ip in ipaddress.ip_network(subnet["cidr"]) for a in addresses)
    ]


def _inside(index: int, port: Label, network: Label | None) -> list[netlink.Request]:
    """What a port needs at the instance's end.

    Where the PoP's router is the gateway, its hardware address is known beforehand.
    """
    spec = port_spec(port)
    requests = [netlink.add_address(index, address) for address in spec.addresses]
    if network is not None and network["routed"]:
        own = {subnet["gateway"] for subnet in network["subnets"]}
        mac_address = names.bridge_mac(spec.network_id)
        requests += [
            netlink.add_neighbour(index, gateway, mac_address)
            for gateway in port["gateways"]
            if gateway in own
        ]
    return requests


def _default_routes(
    inside: netlink.Channel, ports: Sequence[Label]
) -> list[netlink.Request]:
    """The default route of each family: by the first port with a gateway."""
    routes: dict[bool, netlink.Request] = {}
    for port in ports:
        for gateway in port["gateways"]:
            if (":" in gateway) not in routes:
                index = inside.index(port["device"])
                routes[":" in gateway] = netlink.default_route(index, gateway)
    return list(routes.values())
