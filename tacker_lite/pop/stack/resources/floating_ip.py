"""OS::Neutron::FloatingIP and FloatingIPAssociation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar

from tacker_lite.pop import errors
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import (
    VALUE_SPECS,
    CloudObject,
    Definitions,
    Made,
    ResourceType,
    Site,
    names_in,
    not_found,
    present,
    subnets_on,
)
from tacker_lite.pop.stack.resources.router import RouterGateway, RouterInterface
from tacker_lite.pop.stack.template import ResourceDefinition


def _ways(others: Definitions) -> Iterator[str]:
    """The template's ways out: a port may be reached only through one of them."""
    for name, definition in others.items():
        if definition.type in (RouterInterface.TYPE, RouterGateway.TYPE):
            yield name


class FloatingIp(CloudObject):
    """An address of an external network."""

    TYPE = "OS::Neutron::FloatingIP"
    NOUN = "floatingip"
    PROPERTIES: ClassVar[Schema] = {
        "floating_network": Property(required=True, custom="neutron.network"),
        "floating_network_id": Property(
            means="floating_network", custom="neutron.network"
        ),
        "floating_subnet": Property(custom="neutron.subnet"),
        "floating_ip_address": Property(custom="ip_addr"),
        "port_id": Property(update=True, custom="neutron.port"),
        "fixed_ip_address": Property(update=True, custom="ip_addr"),
        "dns_name": Property(),
        "dns_domain": Property(),
        "value_specs": VALUE_SPECS,
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "floating_ip_address": "The address.",
        "floating_network_id": "Its network.",
        "fixed_ip_address": "The address it leads to.",
        "port_id": "The port it leads to.",
        "router_id": "The router on the way.",
        "status": "Status.",
        "tenant_id": "Its project.",
    }

    def needs(self, own: ResourceDefinition, others: Definitions) -> Iterator[str]:
        wanted = own.properties.get(
            "floating_network", own.properties.get("floating_network_id")
        )
        yield from subnets_on(set(names_in(wanted)), others)
        yield from _ways(others)

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {
            **self.attrs(site, properties),
            **present(properties, "floating_ip_address", "dns_name", "dns_domain"),
        }
        network = properties["floating_network"]
        attrs["floating_network_id"] = site.find_id("neutron.network", network)
        if properties.get("floating_subnet"):
            subnet = properties["floating_subnet"]
            attrs["subnet_id"] = site.find_id("neutron.subnet", subnet)
        return Made(self.call(site, "create", attrs).id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = present(properties, "fixed_ip_address")
        if properties.get("port_id"):
            attrs["port_id"] = site.find_id("neutron.port", properties["port_id"])
        return {**attrs, **properties["value_specs"]}

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        changes = self.attrs(site, properties)
        changes.setdefault("port_id", None)
        self.call(site, "update", resource.physical_id, changes)
        return resource.data


class FloatingIpAssociation(ResourceType):
    """That a floating IP, made elsewhere, leads to a port."""

    TYPE = "OS::Neutron::FloatingIPAssociation"
    EXCLUSIVE = True
    PROPERTIES: ClassVar[Schema] = {
        "floatingip_id": Property(required=True, custom="neutron.floatingip"),
        "port_id": Property(update=True, custom="neutron.port"),
        "fixed_ip_address": Property(update=True, custom="ip_addr"),
    }

    def needs(self, own: ResourceDefinition, others: Definitions) -> Iterator[str]:
        return _ways(others)

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        ident = self._lead(site, properties)
        return Made(f"{ident}:{properties.get('port_id')}", {"floatingip_id": ident})

    def _lead(self, site: Site, properties: Mapping[str, Any]) -> str:
        ident = site.find_id("neutron.floatingip", properties["floatingip_id"])
        attrs = present(properties, "fixed_ip_address")
        if properties.get("port_id"):
            attrs["port_id"] = site.find_id("neutron.port", properties["port_id"])
        site.cloud.network.update_floatingip(site.owner.project_id, ident, attrs)
        return ident

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        self._lead(site, properties)
        return resource.data

    def delete(self, site: Site, resource: Resource) -> None:
        try:
            site.cloud.network.update_floatingip(
                site.owner.project_id,
                resource.data["floatingip_id"],
                {"port_id": None},
            )
        except errors.PopError as error:
            if not not_found(error):
                raise
