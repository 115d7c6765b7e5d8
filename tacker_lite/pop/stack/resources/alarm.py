"""OS::Aodh types: alarms, which the PoP's alarm service keeps and evaluates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from tacker_lite.pop.alarm import query, records, threshold
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import Made, ResourceType, Site

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
_OPERATORS = tuple(threshold.OPERATORS)
_THRESHOLD: Schema = {
    **_COMMON,
    "metric": Property(required=True, update=True),
    "aggregation_method": Property(required=True, update=True),
    "granularity": Property("integer", least=1, update=True),
    "evaluation_periods": Property("integer", least=1, update=True),
    "threshold": Property("number", required=True, update=True),
    "comparison_operator": Property(allowed=_OPERATORS, update=True),
    "resource_type": Property(required=True, update=True),
}


class Alarm(ResourceType):
    """Base of the alarms.

    :cvar RULE: how the alarm service calls what the alarm looks at.
    """

    RULE: ClassVar[str]
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "alarm_actions": "URLs that get a POST on an alarm.",
        "state": "ok, alarm or insufficient data.",
        "state_reason": "Why it is in that state.",
    }

    def validate(self, properties: Mapping[str, Any]) -> None:
        if properties.get("time_constraints"):
            raise ValueError(
                "time_constraints are not offered by the lab: its alarms are "
                "evaluated at all times"
            )

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        owner = site.owner
        attrs = {"name": site.unique_name(), **self._attrs(properties)}
        alarm = site.cloud.alarm.create_alarm(
            owner.project_id, owner.user_id, self.RULE, attrs
        )
        return Made(alarm.id)

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        attrs = self._attrs(properties)
        site.cloud.alarm.update_alarm(
            site.owner.project_id, resource.physical_id, attrs
        )
        return resource.data

    def _attrs(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        common = {k: v for k, v in properties.items() if k in _COMMON}
        common.pop("time_constraints", None)
        rule = {k: v for k, v in properties.items() if k not in _COMMON}
        return {"description": "", **common, "rule": rule}

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.alarm.delete_alarm(site.owner.project_id, resource.physical_id)

    def check(self, site: Site, resource: Resource) -> None:
        site.cloud.alarm.get_alarm(site.owner.project_id, resource.physical_id)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        alarm = site.cloud.alarm.get_alarm(site.owner.project_id, resource.physical_id)
        if name != "show":
            return getattr(alarm, name)
        shown = {
            **alarm.__dict__,
            "alarm_id": alarm.id,
            f"{alarm.type}_rule": alarm.rule,
        }
        return {k: v for k, v in shown.items() if k not in ("id", "rule")}


class GnocchiAggregationByResourcesAlarm(Alarm):
    """An alarm on a metric of all servers that a query means."""

    TYPE = "OS::Aodh::GnocchiAggregationByResourcesAlarm"
    RULE = records.BY_RESOURCES
    PROPERTIES: ClassVar[Schema] = {
        **_THRESHOLD,
        "query": Property(required=True, update=True),
    }

    def validate(self, properties: Mapping[str, Any]) -> None:
        super().validate(properties)
        if isinstance(properties["query"], str):
            query.parse(properties["query"], threshold.ATTRIBUTES)


class GnocchiResourcesAlarm(Alarm):
    """An alarm on a metric of one server."""

    TYPE = "OS::Aodh::GnocchiResourcesAlarm"
    RULE = records.ONE_RESOURCE
    PROPERTIES: ClassVar[Schema] = {
        **_THRESHOLD,
        "resource_id": Property(required=True, update=True),
    }


class EventAlarm(Alarm):
    """An alarm on what happens to servers."""

    TYPE = "OS::Aodh::EventAlarm"
    RULE = records.EVENT
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


TYPES = (EventAlarm, GnocchiAggregationByResourcesAlarm, GnocchiResourcesAlarm)
