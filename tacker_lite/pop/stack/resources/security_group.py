"""OS::Neutron::SecurityGroup."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from tacker_lite.pop import errors
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import (
    COMMON_ATTRIBUTES,
    CloudObject,
    Made,
    Site,
    present,
    shown_fields,
)

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


class SecurityGroup(CloudObject):
    """A set of rules."""

    TYPE = "OS::Neutron::SecurityGroup"
    NOUN = "security_group"
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(update=True),
        "description": Property(update=True),
        "rules": Property("list", items=_RULE, default=[], update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        **COMMON_ATTRIBUTES,
        "description": "Description.",
        "rules": "Its rules.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = self.attrs(site, properties)
        attrs.setdefault("name", site.unique_name())
        group = self.call(site, "create", attrs)
        try:
            self._add_rules(site, group.id, properties["rules"])
        except errors.PopError:
            self.call(site, "delete", group.id)
            raise
        return Made(group.id)

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        return present(properties, "name", "description")

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        super().update(site, resource, properties, changed)
        service, project = site.cloud.network, site.owner.project_id
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

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        rules = site.cloud.network.rules_of(record.id)
        return {**shown_fields(record), "rules": [shown_fields(rule) for rule in rules]}


_RULE_KEYS = (
    *("direction", "ethertype", "protocol", "port_range_min", "port_range_max"),
    "remote_ip_prefix",
)


def _is_given(rule: Any, given: list[Mapping[str, Any]]) -> bool:
    """Tell a rule that the template asked for from one every group has."""
    return any(all(getattr(rule, k) == g.get(k) for k in _RULE_KEYS) for g in given)


class SecurityGroupRule(CloudObject):
    """A rule of a security group; none of it can be changed."""

    TYPE = "OS::Neutron::SecurityGroupRule"
    NOUN = "security_group_rule"
    PROPERTIES: ClassVar[Schema] = {
        "security_group": Property(required=True, custom="neutron.security_group"),
        "description": Property(),
        "direction": Property(default="ingress", allowed=("ingress", "egress")),
        "ethertype": Property(default="IPv4", allowed=("IPv4", "IPv6")),
        "protocol": Property(default="tcp"),
        "port_range_min": Property("integer", least=0, most=65535),
        "port_range_max": Property("integer", least=0, most=65535),
        "remote_group": Property(custom="neutron.security_group"),
        "remote_ip_prefix": Property(custom="net_cidr"),
    }

    def validate(self, properties: Mapping[str, Any]) -> None:
        if properties.get("remote_group") and properties.get("remote_ip_prefix"):
            raise ValueError(
                "remote_group and remote_ip_prefix exclude each other: give one of them"
            )

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        attrs = present(properties, *_RULE_KEYS, "description")
        for name in ("security_group", "remote_group"):
            if properties.get(name):
                found = site.find_id("neutron.security_group", properties[name])
                attrs[f"{name}_id"] = found
        return Made(self.call(site, "create", attrs).id)
