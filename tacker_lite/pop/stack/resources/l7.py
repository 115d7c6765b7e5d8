"""OS::Octavia::L7Policy and L7Rule; with the others, all types of load balancers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources import load_balancer
from tacker_lite.pop.stack.resources.base import Made, Site, present
from tacker_lite.pop.stack.resources.load_balancer import BalancerPart


class L7Policy(BalancerPart):
    """What a listener does with some requests."""

    TYPE = "OS::Octavia::L7Policy"
    NOUN = "l7policy"
    OWN = ("action", "position", "redirect_url", "redirect_prefix")
    PROPERTIES: ClassVar[Schema] = {
        "name": Property(update=True),
        "description": Property(update=True),
        "admin_state_up": Property("boolean", default=True, update=True),
        "tags": Property("list", items=Property(), update=True),
        "listener": Property(required=True, custom="octavia.listener"),
        "action": Property(
            required=True,
            allowed=("REJECT", "REDIRECT_TO_POOL", "REDIRECT_TO_URL"),
            update=True,
        ),
        "position": Property("integer", least=1, update=True),
        "redirect_pool": Property(custom="octavia.pool", update=True),
        "redirect_url": Property(update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {"rules": "Its rules."}

    def validate(self, properties: Mapping[str, Any]) -> None:
        action = properties["action"]
        needs = {
            "REDIRECT_TO_POOL": "redirect_pool",
            "REDIRECT_TO_URL": "redirect_url",
        }
        for one, name in needs.items():
            given = properties.get(name) is not None
            if given and one != action:
                raise ValueError(f"{name} is for action {one} only")
            if one == action and not given:
                raise ValueError(f"action {action} needs {name}")

    def attrs(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        attrs = super().attrs(site, properties)
        if properties.get("redirect_pool"):
            pool = site.find_id("octavia.pool", properties["redirect_pool"])
            attrs["redirect_pool_id"] = pool
        return attrs

    def places(self, site: Site, properties: Mapping[str, Any]) -> dict[str, Any]:
        listener = site.find_id("octavia.listener", properties["listener"])
        return {"listener_id": listener}

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        self.call(site, "update", resource.physical_id, self.attrs(site, properties))
        return resource.data

    def shown(self, site: Site, record: Any) -> dict[str, Any]:
        rules = site.cloud.load_balancer.rules_of(record.id)
        return {**super().shown(site, record), "rules": [{"id": r.id} for r in rules]}


class L7Rule(BalancerPart):
    """What requests a policy is for."""

    TYPE = "OS::Octavia::L7Rule"
    NOUN = "l7rule"
    OWN = ("type", "compare_type", "key", "value", "invert")
    PROPERTIES: ClassVar[Schema] = {
        "admin_state_up": Property("boolean", default=True, update=True),
        "l7policy": Property(required=True, custom="octavia.l7policy"),
        "type": Property(
            required=True,
            allowed=("HOST_NAME", "PATH", "FILE_TYPE", "HEADER", "COOKIE"),
            update=True,
        ),
        "compare_type": Property(
            required=True,
            allowed=("REGEX", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "EQUAL_TO"),
            update=True,
        ),
        "invert": Property("boolean", default=False, update=True),
        "key": Property(update=True),
        "value": Property(required=True, update=True),
    }

    def validate(self, properties: Mapping[str, Any]) -> None:
        keyed = properties["type"] in ("HEADER", "COOKIE")
        if keyed and not properties.get("key"):
            raise ValueError(f"type {properties['type']} needs key")

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        policy = site.find_id("octavia.l7policy", properties["l7policy"])
        attrs = present(properties, "admin_state_up", *self.OWN)
        return Made(self.call(site, "create", policy, attrs).id)


TYPES = (
    load_balancer.LoadBalancer,
    load_balancer.Listener,
    load_balancer.Pool,
    load_balancer.PoolMember,
    load_balancer.HealthMonitor,
    L7Policy,
    L7Rule,
)
