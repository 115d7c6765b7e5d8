"""Ports: veth pairs between the namespace of a device and its PoP's router.

Devices are servers, routers of projects and load balancers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import asdict

from tacker_lite.pop.runtime import kernel, names
from tacker_lite.pop.runtime.base import PortSpec
from tacker_lite.pop.runtime.labels import Label, Labels


class Ports:
    """The ports of one lab's devices of a kind.

    :param labels: what the lab has made so far.
    :param kind: of the label that holds a device's ports.
    """

    def __init__(self, lab: str, labels: Labels, kind: str = "server"):
        self.lab = lab
        self.labels = labels
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
        for port in ports:
            port["gateways"] = self._gateways(port_spec(port))
        outside: list[str] = []
        inside = ["link set lo up"]
        for port in ports:
            spec, device = port_spec(port), port["device"]
            end = names.port(spec.id)
            outside += [
                f"link add {end} type veth peer name {device} address "
                f"{spec.mac_address} netns {label['namespace']}",
                f"link set {end} up master {names.bridge(spec.network_id)} "
                f"alias {names.alias(self.lab, label['pop'], label['id'], spec.id)}",
            ]
            inside.append(f"link set {device} up")
            for address in spec.addresses:
                nodad = " nodad" if ":" in address else ""
                inside.append(f"addr replace {address} dev {device}{nodad}")
        router = names.router(self.lab, label["pop"])
        kernel.ip(outside, router, kernel.EXISTS)
        kernel.ip(inside + _default_routes(label["ports"]), label["namespace"])
        for port in ports:
            port["made"] = True

    def _gateways(self, port: PortSpec) -> list[str]:
        """The port's gateway, and its network's for the other address family."""
        if port.gateway is None:
            return []
        network = self.labels.read("network", names.key(port.network_id))
        addresses = [ipaddress.ip_interface(address) for address in port.addresses]
        return [port.gateway] + [
            subnet["gateway"]
            for subnet in (network or {"subnets": []})["subnets"]
            if subnet["gateway"]
            and (":" in subnet["gateway"]) != (":" in port.gateway)
            and any(a.ip in ipaddress.ip_network(subnet["cidr"]) for a in addresses)
        ]

    def disconnect(self, label: Label, ports: Sequence[Label]) -> None:
        """Remove the ports' devices; gone already is fine."""
        router = names.router(self.lab, label["pop"])
        if ports and kernel.netns_exists(router):
            lines = [f"link del {names.port(port['spec']['id'])}" for port in ports]
            kernel.ip(lines, router, kernel.GONE)


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


def _default_routes(ports: Sequence[Label]) -> list[str]:
    """Lines for the default route of each family: the first port with a gateway."""
    lines: dict[bool, str] = {}
    for port in ports:
        for gateway in port["gateways"]:
            line = f"route replace default via {gateway} dev {port['device']} onlink"
            lines.setdefault(":" in gateway, line)
    return list(lines.values())
