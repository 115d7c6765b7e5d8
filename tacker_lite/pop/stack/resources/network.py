"""Networks and subnets: OS::Neutron::Net and OS::Neutron::Subnet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.resources.base import (
    COMMON_ATTRIBUTES,
    VALUE_SPECS,
    CloudObject,
    Made,
    Site,
    present,
    shown_fields,
)


class Net(CloudObject):
    """A network."""

    TYPE = "OS::Neutron::Net"
    NOUN = "network"
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(update=True),
        "admin_state_up": Property("boolean", update=True),
        "shared": Property("boolean", update=True),
        "port_security_enabled": Property("boolean", update=True),
        "tags": Property("list", items=Property(), update=True),
        "value_specs": VALUE_SPECS,
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **COMMON_ATTRIBUTES,
        "status": "Status.",
        "subnets": "Ids of its subnets.",
        "admin_state_up": "Whether it is up.",
        "port_security_enabled": "Default of its ports.",
        "mtu": "Largest packet in bytes.",
    }

    def call(self, site: Site, verb: str, *arguments: Any) -> Any:
        """As the stack's owner, who may share networks if an administrator."""
        method = getattr(site.cloud.network, f"{verb}_{self.NOUN}")
        return method(
            None if site.owner.is_admin else site.owner.project_id, *arguments
        )

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {"project_id": site.owner.project_id, **self.attrs(site, properties)}
        attrs.setdefault("name", site.unique_name())
        return Made(self.call(site, "create", attrs).id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        names = ("name", "admin_state_up", "shared", "port_security_enabled", "tags")
        return {**present(properties, *names), **properties["value_specs"]}

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        subnets = site.cloud.network.subnets_of(record.id)
        return {**shown_fields(record), "subnets": [subnet.id for subnet in subnets]}


class ProviderNet(Net):
    """A network of a given kind and number."""

    TYPE = "OS::Neutron::ProviderNet"
    ADMIN_ONLY = True
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(update=True),
        "network_type": Property(
            required=True,
            allowed=("local", "vlan", "vxlan", "gre", "geneve", "flat"),
        ),
        "physical_network": Property(),
        "segmentation_id": Property("integer", least=1),
        "router_external": Property("boolean", default=False),
        "shared": Property("boolean", default=True, update=True),
        "admin_state_up": Property("boolean", default=True, update=True),
        "port_security_enabled": Property("boolean", update=True),
        "tags": Property("list", items=Property(), update=True),
    }

    _PROVIDER = ("network_type", "physical_network", "segmentation_id")

    def validate(self, properties: Mapping[str, Any]) -> None:
        numbered = properties["network_type"] in ("vlan", "vxlan", "gre", "geneve")
        if properties.get("segmentation_id") is not None and not numbered:
            raise ValueError(
                f"segmentation_id is not for a network of type "
                f"{properties['network_type']}"
            )

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        given = present(properties, *self._PROVIDER)
        attrs = {
            "project_id": site.owner.project_id,
            **self.attrs(site, properties),
            **{f"provider:{name}": value for name, value in given.items()},
        }
        if properties["router_external"]:
            attrs["router:external"] = True
        attrs.setdefault("name", site.unique_name())
        return Made(self.call(site, "create", attrs).id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        return super().attrs(site, {**properties, "value_specs": {}})


class Subnet(CloudObject):
    """Addresses of a network."""

    TYPE = "OS::Neutron::Subnet"
    NOUN = "subnet"
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
        **COMMON_ATTRIBUTES,
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
        attrs = {**self.attrs(site, properties), **present(properties, *self._FIXED)}
        attrs.setdefault("name", site.unique_name())
        attrs["network_id"] = site.find_id("neutron.network", properties["network"])
        return Made(self.call(site, "create", attrs).id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = present(properties, *self._OWN, "host_routes", "tags", "gateway_ip")
        # An empty text asks for a subnet without any gateway.
        if attrs.get("gateway_ip") == "":
            attrs["gateway_ip"] = None
        return {**attrs, **properties["value_specs"]}
