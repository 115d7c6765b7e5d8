"""OS::Neutron::Router, RouterInterface and RouterGateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tacker_lite.pop import errors
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import (
    COMMON_ATTRIBUTES,
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
from tacker_lite.pop.stack.template import ResourceDefinition

_FIXED_IP = Property(
    "map",
    fields={
        "ip_address": Property(custom="ip_addr"),
        "subnet": Property(custom="neutron.subnet"),
    },
)
_GATEWAY = Property(
    "map",
    update=True,
    fields={
        "network": Property(required=True, custom="neutron.network"),
        "enable_snat": Property("boolean"),
        "external_fixed_ips": Property("list", items=_FIXED_IP),
    },
)


def gateway_attrs(site: Site, given: Mapping[str, Any]) -> dict[str, Any]:
    """A gateway as the networking API takes it."""
    wanted = present(given, "enable_snat")
    wanted["network_id"] = site.find_id("neutron.network", given["network"])
    if given.get("external_fixed_ips"):
        wanted["external_fixed_ips"] = [
            {
                **present(entry, "ip_address"),
                **(
                    {"subnet_id": site.find_id("neutron.subnet", entry["subnet"])}
                    if entry.get("subnet")
                    else {}
                ),
            }
            for entry in given["external_fixed_ips"]
        ]
    return wanted


class Router(CloudObject):
    """A router."""

    TYPE = "OS::Neutron::Router"
    NOUN = "router"
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(update=True),
        "external_gateway_info": _GATEWAY,
        "admin_state_up": Property("boolean", default=True, update=True),
        "distributed": Property("boolean"),
        "ha": Property("boolean"),
        "tags": Property("list", items=Property(), update=True),
        "value_specs": VALUE_SPECS,
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **COMMON_ATTRIBUTES,
        "status": "Status.",
        "external_gateway_info": "Its gateway.",
        "admin_state_up": "Whether it is up.",
    }

    def needs(self, own: ResourceDefinition, others: Definitions) -> Iterator[str]:
        gateway = own.properties.get("external_gateway_info")
        if isinstance(gateway, Mapping):
            yield from subnets_on(set(names_in(gateway.get("network"))), others)

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {
            **self.attrs(site, properties),
            **present(properties, "distributed", "ha"),
        }
        attrs.setdefault("name", site.unique_name())
        return Made(self.call(site, "create", attrs).id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = present(properties, "name", "admin_state_up", "tags")
        given = properties.get("external_gateway_info")
        attrs["external_gateway_info"] = gateway_attrs(site, given) if given else {}
        return {**attrs, **properties["value_specs"]}

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        gateway = {"network_id": record.external_network_id}
        return {**super().shown(site, record), "external_gateway_info": gateway}


class RouterInterface(ResourceType):
    """A router's leg on a subnet."""

    TYPE = "OS::Neutron::RouterInterface"
    EXCLUSIVE = True
    PROPERTIES: ClassVar[Schema] = {
        "router": Property(required=True, custom="neutron.router"),
        "router_id": Property(means="router", custom="neutron.router"),
        "subnet": Property(custom="neutron.subnet"),
        "subnet_id": Property(means="subnet", custom="neutron.subnet"),
        "port": Property(custom="neutron.port"),
        "port_id": Property(means="port", custom="neutron.port"),
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        router_id = site.find_id("neutron.router", properties["router"])
        if bool(properties.get("subnet")) == bool(properties.get("port")):
            raise ResourceFailure("A router interface needs one of subnet and port")
        wanted = {}
        for kind in ("subnet", "port"):
            if properties.get(kind):
                ident = site.find_id(f"neutron.{kind}", properties[kind])
                wanted[f"{kind}_id"] = ident
        port = site.cloud.network.add_router_interface(
            site.owner.project_id, router_id, wanted
        )
        return Made(
            f"{router_id}:port_id={port.id}",
            {"router_id": router_id, "port_id": port.id},
        )

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.network.remove_router_interface(
            site.owner.project_id,
            resource.data["router_id"],
            {"port_id": resource.data["port_id"]},
        )

    def check(self, site: Site, resource: Resource) -> None:
        site.cloud.network.get_port(site.owner.project_id, resource.data["port_id"])


class RouterGateway(ResourceType):
    """A router's way to an external network, apart from the router."""

    TYPE = "OS::Neutron::RouterGateway"
    EXCLUSIVE = True
    PROPERTIES: ClassVar[Schema] = {
        "router_id": Property(required=True, custom="neutron.router"),
        "network": Property(required=True, custom="neutron.network"),
        "network_id": Property(means="network", custom="neutron.network"),
    }

    def needs(self, own: ResourceDefinition, others: Definitions) -> Iterator[str]:
        # An update of the router itself would take the gateway away again.
        for name, definition in others.items():
            if definition.type == RouterInterface.TYPE:
                yield name

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        router_id = site.find_id("neutron.router", properties["router_id"])
        gateway = gateway_attrs(site, properties)
        site.cloud.network.update_router(
            site.owner.project_id, router_id, {"external_gateway_info": gateway}
        )
        return Made(f"{router_id}:{gateway['network_id']}", {"router_id": router_id})

    def delete(self, site: Site, resource: Resource) -> None:
        try:
            site.cloud.network.update_router(
                site.owner.project_id,
                resource.data["router_id"],
                {"external_gateway_info": {}},
            )
        except errors.PopError as error:
            if not not_found(error):
                raise
