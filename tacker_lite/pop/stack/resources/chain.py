"""OS::Neutron::PortPair, PortPairGroup, FlowClassifier and PortChain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.resources.base import (
    COMMON_ATTRIBUTES,
    CloudObject,
    Made,
    Site,
    present,
    shown_fields,
)

_WORDS: Schema = {"name": Property(update=True), "description": Property(update=True)}
_ATTRIBUTES = {**COMMON_ATTRIBUTES, "description": "Description."}


def _port_property(update: bool = False) -> Property:
    return Property("integer", least=0, most=65535, update=update)


class _ChainObject(CloudObject):
    """An object of service function chaining."""

    #: Properties that name other objects, with what they are.
    NAMES: ClassVar[Mapping[str, str]] = {}
    #: Properties that are passed on as they are, at the creation only.
    FIXED: ClassVar[tuple[str, ...]] = ()
    #: How the record calls what the API calls otherwise.
    FIELDS: ClassVar[Mapping[str, str]] = {}

    def call(self, site: Site, verb: str, *arguments: Any) -> Any:
        service = site.cloud.network.chaining
        method = getattr(service, f"{verb}_{self.NOUN}")
        result = method(site.owner.project_id, *arguments)
        service.steering.settle()
        return result

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = {**present(properties, *self.FIXED), **self.attrs(site, properties)}
        for name, kind in self.NAMES.items():
            if isinstance(properties.get(name), str):
                attrs[name] = site.find_id(kind, properties[name])
        attrs.setdefault("name", site.unique_name())
        return Made(self.call(site, "create", attrs).id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = present(properties, "name", "description")
        for name, kind in self.NAMES.items():
            if isinstance(properties.get(name), list):
                attrs[name] = [site.find_id(kind, one) for one in properties[name]]
        return attrs

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        shown = shown_fields(record)
        for name, field in self.FIELDS.items():
            shown[name] = shown.pop(field)
        return shown


class PortPair(_ChainObject):
    """A service function, by the ports where packets go in and come out."""

    TYPE = "OS::Neutron::PortPair"
    NOUN = "port_pair"
    NAMES = dict.fromkeys(("ingress", "egress"), "neutron.port")
    FIXED = ("service_function_parameters",)
    FIELDS: ClassVar[Mapping[str, str]] = {"service_function_parameters": "parameters"}
    PROPERTIES: ClassVar[Schema] = {
        **_WORDS,
        "ingress": Property(required=True, custom="neutron.port"),
        "egress": Property(required=True, custom="neutron.port"),
        "service_function_parameters": Property("map"),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_ATTRIBUTES,
        "ingress": "Where packets go in.",
        "egress": "Where packets come out.",
        "service_function_parameters": "Its share of the flows.",
    }


class PortPairGroup(_ChainObject):
    """Service functions that do the same, and share flows."""

    TYPE = "OS::Neutron::PortPairGroup"
    NOUN = "port_pair_group"
    NAMES: ClassVar[Mapping[str, str]] = {"port_pairs": "neutron.port_pair"}
    FIXED = ("port_pair_group_parameters", "tap_enabled")
    FIELDS: ClassVar[Mapping[str, str]] = {
        "port_pair_group_parameters": "parameters",
        "group_id": "number",
    }
    PROPERTIES: ClassVar[Schema] = {
        **_WORDS,
        "port_pairs": Property(
            "list",
            required=True,
            items=Property(custom="neutron.port_pair"),
            update=True,
        ),
        "port_pair_group_parameters": Property("map"),
        "tap_enabled": Property("boolean"),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_ATTRIBUTES,
        "port_pairs": "Its functions.",
        "port_pair_group_parameters": "How flows are told apart.",
        "group_id": "Its number.",
    }


_PORTS = (
    *("source_port_range_min", "source_port_range_max"),
    *("destination_port_range_min", "destination_port_range_max"),
)
_PREFIXES = ("source_ip_prefix", "destination_ip_prefix")
_LOGICAL_PORTS = ("logical_source_port", "logical_destination_port")


class FlowClassifier(_ChainObject):
    """Which packets go through a chain."""

    TYPE = "OS::Neutron::FlowClassifier"
    NOUN = "flow_classifier"
    NAMES = dict.fromkeys(_LOGICAL_PORTS, "neutron.port")
    FIXED = ("protocol", "ethertype", *_PORTS, *_PREFIXES, "l7_parameters")
    PROPERTIES: ClassVar[Schema] = {
        **_WORDS,
        "protocol": Property(allowed=("tcp", "udp", "icmp")),
        "ethertype": Property(default="IPv4", allowed=("IPv4", "IPv6")),
        **{name: _port_property() for name in _PORTS},
        **{name: Property(custom="net_cidr") for name in _PREFIXES},
        **{name: Property(custom="neutron.port") for name in _LOGICAL_PORTS},
        "l7_parameters": Property("map"),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_ATTRIBUTES,
        "protocol": "The packets' protocol.",
        "ethertype": "The packets' family.",
        **dict.fromkeys(_PORTS, "An end of a range of ports."),
        **dict.fromkeys(_PREFIXES, "Addresses."),
        **dict.fromkeys(_LOGICAL_PORTS, "A port that packets enter or leave by."),
    }


class PortChain(_ChainObject):
    """The way of classified packets through a function of each group in turn."""

    TYPE = "OS::Neutron::PortChain"
    NOUN = "port_chain"
    NAMES: ClassVar[Mapping[str, str]] = {
        "port_pair_groups": "neutron.port_pair_group",
        "flow_classifiers": "neutron.flow_classifier",
    }
    FIXED = ("chain_parameters",)
    FIELDS: ClassVar[Mapping[str, str]] = {
        "chain_parameters": "parameters",
        "chain_id": "number",
    }
    PROPERTIES: ClassVar[Schema] = {
        **_WORDS,
        "port_pair_groups": Property(
            "list",
            required=True,
            items=Property(custom="neutron.port_pair_group"),
            update=True,
        ),
        "flow_classifiers": Property(
            "list", items=Property(custom="neutron.flow_classifier"), update=True
        ),
        "chain_parameters": Property("map"),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **_ATTRIBUTES,
        "port_pair_groups": "Its hops.",
        "flow_classifiers": "Which packets it leads.",
        "chain_parameters": "How it leads them.",
        "chain_id": "Its number.",
    }


TYPES = (FlowClassifier, PortChain, PortPair, PortPairGroup)
