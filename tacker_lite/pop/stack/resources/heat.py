"""OS::Heat types: values that exist in the stack only."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.parameters import READERS
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import Made, ResourceType, Site


class Value(ResourceType):
    """A value computed from others."""

    TYPE = "OS::Heat::Value"
    PROPERTIES: ClassVar[Schema] = {
        "value": Property("any", required=True, update=True),
        "type": Property(allowed=tuple(READERS), update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {"value": "The value."}

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(site.unique_name(), self._data(properties))

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        return self._data(properties)

    def _data(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        value, kind = properties["value"], properties.get("type")
        try:
            return {"value": READERS[kind](value) if kind else value}
        except ValueError as error:
            raise ResourceFailure(str(error)) from None

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        return resource.data["value"] if name == "value" else dict(resource.data)


class TestResource(ResourceType):
    """A resource that takes its time or fails as told, to try a stack's behaviour."""

    TYPE = "OS::Heat::TestResource"
    PROPERTIES: ClassVar[Schema] = {
        "value": Property(default="test_string", update=True),
        "fail": Property("boolean", default=False, update=True),
        "wait_secs": Property("number", default=0, least=0, update=True),
        "update_replace": Property("boolean", default=False, update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {"output": "The value given."}

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(site.unique_name(), self._data(properties))

    def _data(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        return {
            "value": properties["value"],
            "ready_at": now + properties["wait_secs"],
            "fails": properties["fail"],
        }

    def progress(self, site: Site, resource: Resource) -> float | None:
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        left = resource.data["ready_at"] - now
        if left > 0:
            return left
        if resource.data["fails"]:
            raise ResourceFailure("Test Resource failed " + resource.name)
        return None

    def replaces(self, resource: Resource, properties: Mapping[str, Any]) -> bool:
        return properties["update_replace"]

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        return self._data(properties)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        return resource.data["value"] if name == "output" else dict(resource.data)
