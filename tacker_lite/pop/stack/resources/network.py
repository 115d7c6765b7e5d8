"""OS::Neutron types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import (
    VALUE_SPECS,
    Definitions,
    Made,
    ResourceType,
    Site,
    names_in,
    present,
    subnets_on,
)
from tacker_lite.pop.stack.template import ResourceDefinition

_COMMON = {"name": "Name of the object.", "tenant_id": "Its project."}


def _shown(record: Any) -> dict[str, Any]:
    fields = asdict(record)
    fields["tenant_id"] = fields.get("project_id")
    return fields


class Net(ResourceType):
    """A network."""

    TYPE = "OS::Neutron::Net"
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(update=True),
        "admin_state_up": Property("boolean", update=True),
        "shared": Property("boolean", update=True),
        "port_security_enabled": Property("boolean", update=True),
        "tags": Property("list", items=Property(), update=True),
        "value_specs": VALUE_SPECS,
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_COMMON,
        "status": "Status.",
        "subnets": "Ids of its subnets.",
        "admin_state_up": "Whether it is up.",
        "port_security_enabled": "Default of its ports.",
        "mtu": "Largest packet in bytes.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = self._attrs(properties)
        attrs.setdefault("name", site.unique_name())
        network = site.cloud.network.create_network(site.owner.project_id, attrs)
        return Made(network.id)

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        site.cloud.network.update_network(
            site.owner.project_id,
            resource.physical_id,
            _changes(self._attrs(properties), changed, properties),
        )
        return resource.data

    def _attrs(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        names = ("name", "admin_state_up", "shared", "port_security_enabled", "tags")
        return {**present(properties, *names), **properties["value_specs"]}

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.network.delete_network(site.owner.project_id, resource.physical_id)

    def check(self, site: Site, resource: Resource) -> None:
        site.cloud.network.get_network(site.owner.project_id, resource.physical_id)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        service = site.cloud.network
        network = service.get_network(site.owner.project_id, resource.physical_id)
        shown = _shown(network)
        shown["subnets"] = [s.id for s in service.subnets_of(network.id)]
        return shown if name == "show" else shown.get(name)


class Subnet(ResourceType):
    """Addresses of a network."""

    TYPE = "OS::Neutron::Subnet"
    PROPERTIES: ClassVar[Schema] = {
        "network": Property(required=True, custom="neutron.network"),
        "network_id": Property(means="network", custom="neutron.network"),
        "cidr": Property(required=True, custom="net_cidr"),
        "name": Property(update=True),
        "ip_version": Property("integer", default=4, allowed=(4, 6)),
        "gateway_ip": Property(update=True),
        "enable_dhcp": Property("boolean", update=True),
        "allocation_pools": Property(
            "list",
            update=True,
            items=Property(
                "map",
                fields={
                    "start": Property(required=True, custom="ip_addr"),
                    "end": Property(required=True, custom="ip_addr"),
                },
            ),
        ),
        "dns_nameservers": Property("list", items=Property(), update=True),
        "host_routes": Property(
            "list",
            update=True,
            items=Property(
                "map",
                fields={
                    "destination": Property(required=True, custom="net_cidr"),
                    "nexthop": Property(required=True, custom="ip_addr"),
                },
            ),
        ),
        "ipv6_address_mode": Property(),
        "ipv6_ra_mode": Property(),
        "tags": Property("list", items=Property(), update=True),
        "value_specs": VALUE_SPECS,
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_COMMON,
        "network_id": "Its network.",
        "cidr": "Its addresses.",
        "ip_version": "4 or 6.",
        "gateway_ip": "Address of the gateway.",
        "enable_dhcp": "Whether DHCP is on.",
        "allocation_pools": "Ranges that addresses are taken from.",
        "dns_nameservers": "Name servers.",
        "host_routes": "Routes given to hosts.",
    }

    _OWN = ("name", "enable_dhcp", "allocation_pools", "dns_nameservers")
    _FIXED = ("cidr", "ip_version", "ipv6_address_mode", "ipv6_ra_mode")

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {**self._attrs(properties), **present(properties, *self._FIXED)}
        attrs.setdefault("name", site.unique_name())
        attrs["network_id"] = site.find_id("neutron.network", properties["network"])
        subnet = site.cloud.network.create_subnet(site.owner.project_id, attrs)
        return Made(subnet.id)

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        site.cloud.network.update_subnet(
            site.owner.project_id,
            resource.physical_id,
            _changes(self._attrs(properties), changed, properties),
        )
        return resource.data

    def _attrs(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = present(properties, *self._OWN, "host_routes", "tags", "gateway_ip")
        # An empty text asks for a subnet without any gateway.
        if attrs.get("gateway_ip") == "":
            attrs["gateway_ip"] = None
        return {**attrs, **properties["value_specs"]}

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.network.delete_subnet(site.owner.project_id, resource.physical_id)

    def check(self, site: Site, resource: Resource) -> None:
        site.cloud.network.get_subnet(site.owner.project_id, resource.physical_id)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        shown = _shown(
            site.cloud.network.get_subnet(site.owner.project_id, resource.physical_id)
        )
        return shown if name == "show" else shown.get(name)


_ADDRESS_PAIR = Property(
    "map",
    fields={
        "ip_address": Property(required=True),
        "mac_address": Property(custom="mac_addr"),
    },
)
_FIXED_IP = Property(
    "map",
    fields={
        "ip_address": Property(custom="ip_addr"),
        "subnet": Property(custom="neutron.subnet"),
        "subnet_id": Property(means="subnet", custom="neutron.subnet"),
    },
)


class Port(ResourceType):
    """A leg on a network."""

    TYPE = "OS::Neutron::Port"
    PROPERTIES: ClassVar[Schema] = {
        "network": Property(required=True, custom="neutron.network"),
        "network_id": Property(means="network", custom="neutron.network"),
        "name": Property(update=True),
        "admin_state_up": Property("boolean", update=True),
        "fixed_ips": Property("list", items=_FIXED_IP, update=True),
        "no_fixed_ips": Property("boolean"),
        "mac_address": Property(custom="mac_addr"),
        "security_groups": Property(
            "list", items=Property(custom="neutron.security_group"), update=True
        ),
        "port_security_enabled": Property("boolean", update=True),
        "allowed_address_pairs": Property("list", items=_ADDRESS_PAIR, update=True),
        "binding:vnic_type": Property(
            allowed=("normal", "direct", "macvtap", "direct-physical", "baremetal")
            + ("virtio-forwarder", "smart-nic"),
            update=True,
        ),
        "device_id": Property(update=True),
        "device_owner": Property(update=True),
        "tags": Property("list", items=Property(), update=True),
        "replacement_policy": Property(update=True),
        "value_specs": VALUE_SPECS,
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_COMMON,
        "fixed_ips": "Its addresses.",
        "mac_address": "Its MAC address.",
        "network_id": "Its network.",
        "network": "Its network.",
        "subnets": "The subnets of its addresses.",
        "status": "Status.",
        "admin_state_up": "Whether it is up.",
        "device_id": "The server it belongs to.",
        "device_owner": "The kind of device it belongs to.",
        "security_groups": "Ids of its security groups.",
        "port_security_enabled": "Whether spoofed traffic is to be dropped.",
        "allowed_address_pairs": "Further addresses it may use.",
    }

    def needs(self, own: ResourceDefinition, others: Definitions) -> Iterator[str]:
        wanted = own.properties.get("network", own.properties.get("network_id"))
        return subnets_on(set(names_in(wanted)), others)

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = self._attrs(site, properties)
        attrs.setdefault("name", site.unique_name())
        attrs["network_id"] = site.find_id("neutron.network", properties["network"])
        attrs |= present(properties, "mac_address")
        if properties.get("no_fixed_ips"):
            attrs["fixed_ips"] = []
        port = site.cloud.network.create_port(site.owner.project_id, attrs)
        return Made(port.id)

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        changes = _changes(self._attrs(site, properties), changed, properties)
        changes.pop("replacement_policy", None)
        if changes:
            site.cloud.network.update_port(
                site.owner.project_id, resource.physical_id, changes
            )
        return resource.data

    def _attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = present(
            properties,
            *("name", "admin_state_up", "port_security_enabled", "tags"),
            *("allowed_address_pairs", "binding:vnic_type"),
            *("device_id", "device_owner"),
        )
        if properties.get("fixed_ips") is not None:
            attrs["fixed_ips"] = [
                self._fixed_ip(site, entry) for entry in properties["fixed_ips"]
            ]
        if properties.get("security_groups") is not None:
            attrs["security_groups"] = [
                site.find_id("neutron.security_group", group)
                for group in properties["security_groups"]
            ]
        return {**attrs, **properties["value_specs"]}

    def _fixed_ip(self, site: Site, entry: Mapping[str, Any]) -> dict[str, str]:
        wanted = present(entry, "ip_address")
        if entry.get("subnet"):
            wanted["subnet_id"] = site.find_id("neutron.subnet", entry["subnet"])
        return wanted

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.network.delete_port(site.owner.project_id, resource.physical_id)

    def check(self, site: Site, resource: Resource) -> None:
        site.cloud.network.get_port(site.owner.project_id, resource.physical_id)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        service = site.cloud.network
        port = service.get_port(site.owner.project_id, resource.physical_id)
        if name == "subnets":
            return [
                _shown(service.get_subnet(site.owner.project_id, ip["subnet_id"]))
                for ip in port.fixed_ips
            ]
        if name == "network":
            return _shown(service.get_network(site.owner.project_id, port.network_id))
        shown = _shown(port)
        return shown if name == "show" else shown.get(name)


_RULE = Property(
    "map",
    fields={
        "direction": Property(default="ingress", allowed=("ingress", "egress")),
        "ethertype": Property(default="IPv4", allowed=("IPv4", "IPv6")),
        "protocol": Property(),
        "port_range_min": Property("integer", least=0, most=65535),
        "port_range_max": Property("integer", least=0, most=65535),
        "remote_mode": Property(
            default="remote_ip_prefix", allowed=("remote_ip_prefix", "remote_group_id")
        ),
        "remote_ip_prefix": Property(custom="net_cidr"),
        "remote_group_id": Property(custom="neutron.security_group"),
    },
)


class SecurityGroup(ResourceType):
    """A set of rules."""

    TYPE = "OS::Neutron::SecurityGroup"
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(update=True),
        "description": Property(update=True),
        "rules": Property("list", items=_RULE, default=[], update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_COMMON,
        "description": "Description.",
        "rules": "Its rules.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = present(properties, "name", "description")
        attrs.setdefault("name", site.unique_name())
        group = site.cloud.network.create_security_group(site.owner.project_id, attrs)
        self._add_rules(site, group.id, properties["rules"])
        return Made(group.id)

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        service, project = site.cloud.network, site.owner.project_id
        attrs = _changes(
            present(properties, "name", "description"), changed, properties
        )
        attrs.pop("rules", None)
        if attrs:
            service.update_security_group(project, resource.physical_id, attrs)
        if "rules" in changed:
            for rule in service.rules_of(resource.physical_id):
                if _is_given(rule, resource.properties["rules"]):
                    service.delete_security_group_rule(project, rule.id)
            self._add_rules(site, resource.physical_id, properties["rules"])
        return resource.data

    def _add_rules(self, site: Site, group_id: str, rules: list[Any]) -> None:
        for rule in rules:
            attrs = {k: v for k, v in rule.items() if k != "remote_mode"}
            if rule["remote_mode"] == "remote_group_id":
                # Without a group named, the rule means members of its own group.
                attrs["remote_group_id"] = site.find_id(
                    "neutron.security_group", rule.get("remote_group_id", group_id)
                )
            attrs["security_group_id"] = group_id
            site.cloud.network.create_security_group_rule(site.owner.project_id, attrs)

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.network.delete_security_group(
            site.owner.project_id, resource.physical_id
        )

    def check(self, site: Site, resource: Resource) -> None:
        site.cloud.network.get_security_group(
            site.owner.project_id, resource.physical_id
        )

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        service = site.cloud.network
        group = service.get_security_group(site.owner.project_id, resource.physical_id)
        shown = _shown(group)
        shown["rules"] = [_shown(rule) for rule in service.rules_of(group.id)]
        return shown if name == "show" else shown.get(name)


_LISTS = {"dns_nameservers", "host_routes", "tags", "allowed_address_pairs"}
_RULE_KEYS = (
    *("direction", "ethertype", "protocol", "port_range_min", "port_range_max"),
    "remote_ip_prefix",
)


def _is_given(rule: Any, given: list[Mapping[str, Any]]) -> bool:
    """Tell a rule that the template asked for from one every group has."""
    return any(all(getattr(rule, k) == g.get(k) for k in _RULE_KEYS) for g in given)


def _changes(
    attrs: Mapping[str, Any], changed: Collection[str], properties: Mapping[str, Any]
) -> dict[str, Any]:
    """What an update request carries: changed values; a list taken away is empty."""
    specs = properties.get("value_specs") or {}
    changes = {k: v for k, v in attrs.items() if k in changed}
    if "value_specs" in changed:
        changes |= specs
    emptied = set(changed) & _LISTS - set(attrs)
    changes |= {name: [] for name in emptied}
    return changes
