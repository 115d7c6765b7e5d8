"""OS::Aodh types: alarms, which the lab records and never evaluates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from tacker_lite.pop.records import new_id
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import Made, ResourceType, Site

#: What the record of each alarm says.
NOTE = "recorded only: this lab has no metrics and never evaluates an alarm"

_ACTIONS = Property("list", items=Property(), default=[], update=True)
_COMMON: Schema = {
    "description": Property(update=True),
    "enabled": Property("boolean", default=True, update=True),
    "repeat_actions": Property("boolean", default=True, update=True),
    "severity": Property(
        default="low", allowed=("low", "moderate", "critical"), update=True
    ),
    "alarm_actions": _ACTIONS,
    "ok_actions": _ACTIONS,
    "insufficient_data_actions": _ACTIONS,
    "time_constraints": Property("list", items=Property("map"), default=[]),
}
_OPERATORS = ("le", "ge", "eq", "lt", "gt", "ne")


class Alarm(ResourceType):
    """Base of the alarms.

    :cvar RULE: how the alarming service calls what the alarm looks at.
    """

    RULE: ClassVar[str]
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "alarm_actions": "URLs that would get a POST on an alarm.",
        "state": "Always insufficient data.",
        "state_reason": "That the lab never evaluates it.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(new_id(), self._recorded(site, properties))

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        return self._recorded(site, properties, resource.data["name"])

    def _recorded(
        self, site: Site, properties: Mapping[str, Any], name: str = ""
    ) -> dict[str, Any]:
        common = {k: v for k, v in properties.items() if k in _COMMON}
        return {
            "name": name or site.unique_name(),
            "type": self.RULE,
            f"{self.RULE}_rule": {
                k: v for k, v in properties.items() if k not in _COMMON
            },
            **common,
            "state": "insufficient data",
            "state_reason": NOTE,
        }

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        if name == "show":
            return {"alarm_id": resource.physical_id, **resource.data}
        return resource.data[name]


class GnocchiAggregationByResourcesAlarm(Alarm):
    """An alarm on a metric of several resources; recorded, never evaluated."""

    TYPE = "OS::Aodh::GnocchiAggregationByResourcesAlarm"
    RULE = "gnocchi_aggregation_by_resources_threshold"
    PROPERTIES: ClassVar[Schema] = {
        **_COMMON,
        "metric": Property(required=True, update=True),
        "aggregation_method": Property(required=True, update=True),
        "granularity": Property("integer", least=1, update=True),
        "evaluation_periods": Property("integer", least=1, update=True),
        "threshold": Property("number", required=True, update=True),
        "comparison_operator": Property(allowed=_OPERATORS, update=True),
        "resource_type": Property(required=True, update=True),
        "query": Property(required=True, update=True),
    }


class EventAlarm(Alarm):
    """An alarm on an event of the cloud; recorded, never evaluated."""

    TYPE = "OS::Aodh::EventAlarm"
    RULE = "event"
    PROPERTIES: ClassVar[Schema] = {
        **_COMMON,
        "event_type": Property(default="*", update=True),
        "query": Property(
            "list",
            update=True,
            items=Property(
                "map",
                fields={
                    "field": Property(),
                    "op": Property(allowed=_OPERATORS),
                    "type": Property(allowed=("integer", "float", "string", "boolean")),
                    "value": Property(),
                },
            ),
        ),
    }
