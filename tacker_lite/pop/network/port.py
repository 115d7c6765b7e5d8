"""Ports and the addresses they are given."""

from __future__ import annotations

import dataclasses
from typing import Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.addresses import ip_network
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Conflict, Forbidden, NotFound
from tacker_lite.pop.network import addressing
from tacker_lite.pop.network.security_group import SecurityGroups
from tacker_lite.pop.network.tables import refuse_read_only

_CHANGES = (
    *("name", "description", "admin_state_up", "device_id", "device_owner", "tags"),
    *("fixed_ips", "security_groups", "allowed_address_pairs", "mac_address"),
    *("port_security_enabled", "binding:host_id", "binding:vnic_type"),
    *("binding:profile", "extra_dhcp_opts"),
)
_KEYS = (*_CHANGES, "network_id", "project_id", "tenant_id")
_ADMIN_KEYS = ("binding:host_id", "binding:profile")
#: As Neutron accepts them; all are served alike.
_VNIC_TYPES = (
    *("normal", "direct", "macvtap", "baremetal", "direct-physical"),
    *("virtio-forwarder", "smart-nic", "remote-managed", "vdpa"),
)


class Ports(SecurityGroups):
    """The port part of the network service."""

    def create_port(self, project_id: str | None, attrs: Attrs) -> records.Port:
        """A port with free or demanded addresses.

        Without ``fixed_ips`` it gets an address of the network's first IPv4 subnet that
        has one free, and likewise of IPv6; with an empty list none.

        :raises Conflict: IpAddressInUse, MacAddressInUse, IpAddressGenerationFailure,
            and what port security stands against.
        :raises BadRequest: InvalidIpForSubnet, InvalidIpForNetwork, InvalidInput.
        """
        return self.make_port(project_id, attrs)

    def make_port(
        self, project_id: str | None, attrs: Attrs, for_server: bool = False
    ) -> records.Port:
        """A port, also one that goes when the server it is made for goes."""
        attributes.refuse_unknown(attrs, _KEYS)
        _refuse_admin_keys(project_id, attrs)
        network_id = attributes.required_text(attrs, "network_id")
        with self.cloud.lock:
            network = self.find(project_id, self.networks, "network", network_id)
            moment = records.now()
            port = records.Port(
                id=records.new_id(),
                project_id=self.owner(project_id, attrs),
                network_id=network_id,
                mac_address="",
                port_security_enabled=network.port_security_enabled,
                created_by_server=for_server,
                created_at=moment,
            )
            self.quotas.require(port.project_id, "port")
            port = self._with(project_id, port, attrs)
            port = dataclasses.replace(
                port,
                mac_address=self._mac(port, attrs),
                fixed_ips=self._addresses(network, port, attrs.get("fixed_ips")),
            )
            self.ports.put(port)
            self.note_use(port)
            return port

    def update_port(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Port:
        """Change the given keys only; addresses of a plugged port change at once."""
        refuse_read_only(attrs, _CHANGES)
        _refuse_admin_keys(project_id, attrs)
        with self.cloud.lock:
            old = self.own(project_id, self.ports, "port", ident)
            network = self.find(None, self.networks, "network", old.network_id)
            new = self._with(project_id, old, attrs)
            if attrs.get("mac_address") not in (None, old.mac_address):
                if old.device_id:
                    raise Conflict(
                        f"Unable to complete operation on port {ident}, port is "
                        "already bound to a server.",
                        type="PortBound",
                    )
                new = dataclasses.replace(new, mac_address=self._mac(old, attrs))
            if "fixed_ips" in attrs:
                asked = attrs["fixed_ips"] or []
                ips = self._addresses(network, old, asked)
                new = dataclasses.replace(new, fixed_ips=ips)
            self.forget_use(old)
            self.note_use(new)
            self.ports.put(new)
        if (old.fixed_ips, old.mac_address) != (new.fixed_ips, new.mac_address):
            self.cloud.compute.port_changed(new)
        return new

    def delete_port(self, project_id: str | None, ident: str) -> None:
        """Remove a port; a server that has it loses it."""
        with self.cloud.lock:
            port = self.own(project_id, self.ports, "port", ident)
            self.cloud.compute.port_deleted(port)
            self.drop_port(port)

    def drop_port(self, port: records.Port) -> None:
        """Forget a port and free its addresses."""
        self.ports.delete(port.id)
        self.forget_use(port)

    def get_port(self, project_id: str | None, ident: str) -> records.Port:
        """By id.

        :raises NotFound: when the project sees no such port.
        """
        with self.cloud.lock:
            return self.find(project_id, self.ports, "port", ident)

    def list_ports(self, project_id: str | None) -> list[records.Port]:
        """Those of the project, oldest first."""
        with self.cloud.lock:
            return [row for row in self.ports if self.seen(project_id, row)]

    def _with(
        self, project_id: str | None, old: records.Port, attrs: Attrs
    ) -> records.Port:
        """The port with the attributes of a body, addresses left out."""
        secure = attributes.flag(
            attrs, "port_security_enabled", old.port_security_enabled
        )
        groups = old.security_groups
        if "security_groups" in attrs or (not old.updated_at and secure):
            groups = self.checked_groups(
                project_id, old.project_id, attrs.get("security_groups")
            )
        pairs = old.allowed_address_pairs
        if "allowed_address_pairs" in attrs:
            pairs = _checked_pairs(attrs)
        asked = bool(attrs.get("security_groups"))
        _check_port_security(secure, groups, pairs, asked)
        vnic_type = attributes.text(attrs, "binding:vnic_type", old.binding_vnic_type)
        if vnic_type not in _VNIC_TYPES:
            raise invalid("binding:vnic_type", f"'{vnic_type}' is not known")
        profile = attrs.get("binding:profile") or (
            {} if "binding:profile" in attrs else old.binding_profile
        )
        if not isinstance(profile, dict):
            raise invalid("binding:profile", "must be an object")
        return dataclasses.replace(
            old,
            **attributes.changed(
                old,
                attrs,
                name=attributes.text,
                description=attributes.text,
                admin_state_up=attributes.flag,
                device_id=attributes.text,
                device_owner=attributes.text,
                tags=attributes.texts,
            ),
            security_groups=groups,
            allowed_address_pairs=pairs,
            port_security_enabled=secure,
            binding_host_id=attributes.text(
                attrs, "binding:host_id", old.binding_host_id
            ),
            binding_vnic_type=vnic_type,
            binding_profile=profile,
            extra_dhcp_opts=attributes.objects(attrs, "extra_dhcp_opts")
            or old.extra_dhcp_opts,
            updated_at=records.now(),
        )

    def _mac(self, port: records.Port, attrs: Attrs) -> str:
        if not attrs.get("mac_address"):
            return self.fresh_mac()
        mac = addressing.mac_address(attrs["mac_address"])
        if mac in self.used_macs and mac != port.mac_address:
            raise Conflict(
                f"Unable to complete operation for network {port.network_id}. "
                f"The mac address {mac} is in use.",
                type="MacAddressInUse",
            )
        return mac

    def _addresses(
        self, network: records.Network, port: records.Port, asked: Any
    ) -> list[dict[str, str]]:
        """The addresses a port gets; nothing is noted as used yet."""
        subnets = self.subnets_of(network.id)
        mine = {entry["ip_address"] for entry in port.fixed_ips}
        taken = {
            subnet.id: (self.used_addresses[subnet.id] - mine)
            | ({subnet.gateway_ip} if network.routed and subnet.gateway_ip else set())
            for subnet in subnets
        }
        if asked is None:
            return self._any_addresses(network, subnets, taken)
        result: list[dict[str, str]] = []
        for entry in attributes.objects({"fixed_ips": asked}, "fixed_ips"):
            unknown = set(entry) - {"ip_address", "subnet_id"}
            if unknown:
                raise invalid("fixed_ips", f"unknown key {', '.join(unknown)}")
            chosen = self._demanded(network, subnets, taken, entry)
            taken[chosen["subnet_id"]].add(chosen["ip_address"])
            result.append(chosen)
        return result

    def _any_addresses(
        self,
        network: records.Network,
        subnets: list[records.Subnet],
        taken: dict[str, set[str]],
    ) -> list[dict[str, str]]:
        result = []
        for version in (4, 6):
            fitting = [subnet for subnet in subnets if subnet.ip_version == version]
            for subnet in fitting:
                ip = addressing.first_free(subnet, taken[subnet.id])
                if ip is not None:
                    result.append({"subnet_id": subnet.id, "ip_address": ip})
                    break
            else:
                if fitting:
                    raise _exhausted(network.id)
        return result

    def _demanded(
        self,
        network: records.Network,
        subnets: list[records.Subnet],
        taken: dict[str, set[str]],
        entry: dict[str, Any],
    ) -> dict[str, str]:
        """One entry of ``fixed_ips`` made complete."""
        candidates = subnets
        if entry.get("subnet_id"):
            candidates = [row for row in subnets if row.id == entry["subnet_id"]]
            if not candidates and self.subnets.get(entry["subnet_id"]) is None:
                raise NotFound("subnet", str(entry["subnet_id"]))
            if not candidates:
                raise invalid(
                    "fixed_ips",
                    f"subnet {entry['subnet_id']} is not one of network {network.id}",
                )
        if not entry.get("ip_address"):
            for subnet in candidates:
                free = addressing.first_free(subnet, taken[subnet.id])
                if free is not None:
                    return {"subnet_id": subnet.id, "ip_address": free}
            raise _exhausted(network.id)
        ip = addressing.address("fixed_ips", entry["ip_address"])
        for subnet in candidates:
            if addressing.is_host(
                addressing.network("cidr", subnet.cidr, subnet.ip_version), ip
            ):
                if str(ip) in taken[subnet.id]:
                    raise Conflict(
                        f"IP address {ip} already allocated in subnet {subnet.id}",
                        type="IpAddressAlreadyAllocated",
                    )
                return {"subnet_id": subnet.id, "ip_address": str(ip)}
        if entry.get("subnet_id"):
            raise BadRequest(
                f"IP address {ip} is not a valid IP for the specified subnet.",
                type="InvalidIpForSubnet",
            )
        raise BadRequest(
            f"IP address {ip} is not a valid IP for any of the subnets on the "
            "specified network.",
            type="InvalidIpForNetwork",
        )


def _exhausted(network_id: str) -> Conflict:
    return Conflict(
        f"No more IP addresses available on network {network_id}.",
        type="IpAddressGenerationFailure",
    )


def _refuse_admin_keys(project_id: str | None, attrs: Attrs) -> None:
    for key in _ADMIN_KEYS:
        if project_id is not None and attrs.get(key):
            raise Forbidden(f"Only an administrator may set {key} of a port")


def _checked_pairs(attrs: Attrs) -> list[dict[str, str]]:
    pairs = attributes.objects(attrs, "allowed_address_pairs")
    for pair in pairs:
        if not pair.get("ip_address"):
            raise BadRequest(
                "Each of allowed_address_pairs must have an ip_address.",
                type="AllowedAddressPairsMissingIP",
            )
        if set(pair) - {"ip_address", "mac_address"}:
            raise invalid(
                "allowed_address_pairs",
                "each needs ip_address and may name mac_address",
            )
        pair["ip_address"] = _pair_address(pair["ip_address"])
        if pair.get("mac_address"):
            pair["mac_address"] = addressing.mac_address(pair["mac_address"])
    return pairs


def _pair_address(text: Any) -> str:
    """An address, or a network of them."""
    try:
        ip_network(str(text), strict=False)
    except ValueError as error:
        raise invalid("allowed_address_pairs", str(error)) from None
    return str(text)


def _check_port_security(
    secure: bool, groups: list[str], pairs: list[Any], asked: bool
) -> None:
    """See that a port without port security has nothing that needs it.

    :param asked: whether the groups are from the request, and not the port's own.
    """
    if not secure and groups and asked:
        raise BadRequest(
            "Only a port with port security can have security groups.",
            type="PortSecurityAndIPRequiredForSecurityGroups",
        )
    if not secure and groups:
        raise Conflict(
            "Port Security must be enabled in order to have security groups on a port.",
            type="PortSecurityPortHasSecurityGroup",
        )
    if not secure and pairs:
        raise Conflict(
            "Port Security must be enabled in order to have allowed address pairs on "
            "a port.",
            type="AddressPairAndPortSecurityRequired",
        )
