"""OS::Neutron::Port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.resources.base import (
    COMMON_ATTRIBUTES,
    VALUE_SPECS,
    CloudObject,
    Definitions,
    Made,
    Site,
    names_in,
    present,
    shown_fields,
    subnets_on,
)
from tacker_lite.pop.stack.template import ResourceDefinition

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


class Port(CloudObject):
    """A leg on a network."""

    TYPE = "OS::Neutron::Port"
    NOUN = "port"
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
        **COMMON_ATTRIBUTES,
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
        attrs = self.attrs(site, properties)
        attrs.setdefault("name", site.unique_name())
        attrs["network_id"] = site.find_id("neutron.network", properties["network"])
        attrs |= present(properties, "mac_address")
        if properties.get("no_fixed_ips"):
            attrs["fixed_ips"] = []
        return Made(self.call(site, "create", attrs).id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
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

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        service, project = site.cloud.network, site.owner.project_id
        subnets = [
            service.get_subnet(project, ip["subnet_id"]) for ip in record.fixed_ips
        ]
        return {
            **shown_fields(record),
            "network": shown_fields(service.get_network(project, record.network_id)),
            "subnets": [shown_fields(subnet) for subnet in subnets],
        }
