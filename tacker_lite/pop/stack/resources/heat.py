"""OS::Heat types that exist in the stack only: values, nothing, something to try."""

from __future__ import annotations

import datetime
import secrets
import string
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.parameters import READERS
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import Made, ResourceType, Site
from tacker_lite.pop.stack.values import CustomCheck


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


_CLASSES = {
    "lettersdigits": string.ascii_letters + string.digits,
    "letters": string.ascii_letters,
    "lowercase": string.ascii_lowercase,
    "uppercase": string.ascii_uppercase,
    "digits": string.digits,
    "hexdigits": string.digits + "ABCDEF",
    "octdigits": string.octdigits,
}
_LEAST = Property("integer", default=1, least=1, most=512)


class RandomString(ResourceType):
    """A random text."""

    TYPE = "OS::Heat::RandomString"
    PROPERTIES: ClassVar[Schema] = {
        "length": Property("integer", default=32, least=1, most=512),
        "sequence": Property(allowed=tuple(_CLASSES)),
        "character_classes": Property(
            "list",
            items=Property(
                "map",
                fields={
                    "class": Property(default="lettersdigits", allowed=tuple(_CLASSES)),
                    "min": _LEAST,
                },
            ),
        ),
        "character_sequences": Property(
            "list",
            items=Property(
                "map", fields={"sequence": Property(required=True), "min": _LEAST}
            ),
        ),
        "salt": Property(),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {"value": "The text."}

    def validate(self, properties: Mapping[str, Any]) -> None:
        if properties.get("sequence") and properties.get("character_classes"):
            raise ValueError("give sequence or character_classes, not both")
        least = sum(number for _, number in _alphabets(properties))
        if least > properties["length"]:
            raise ValueError(
                f"Length property cannot be smaller than combined character class and "
                f"character sequence minimums ({least})"
            )

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        alphabets = _alphabets(properties)
        drawn = [
            secrets.choice(chars) for chars, least in alphabets for _ in range(least)
        ]
        every = "".join(chars for chars, _ in alphabets)
        drawn += [
            secrets.choice(every) for _ in range(properties["length"] - len(drawn))
        ]
        secrets.SystemRandom().shuffle(drawn)
        return Made(site.unique_name(), {"value": "".join(drawn)})

    def reference(self, resource: Resource) -> Any:
        return resource.data["value"]

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        return resource.data["value"] if name == "value" else dict(resource.data)


def _alphabets(properties: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Characters with how many of them there are at least."""
    classes = properties.get("character_classes") or []
    sequences = properties.get("character_sequences") or []
    if not classes and not sequences:
        return [(_CLASSES[properties.get("sequence") or "lettersdigits"], 1)]
    return [(_CLASSES[row["class"]], row["min"]) for row in classes] + [
        (row["sequence"], row["min"]) for row in sequences
    ]


class Nothing(ResourceType):
    """Nothing, in the place of a resource that is not wanted: takes any properties."""

    TYPE = "OS::Heat::None"
    ANY_ATTRIBUTE: ClassVar[bool] = True

    def read(self, given: Any, where: str, custom: CustomCheck) -> dict[str, Any]:
        return dict(given) if isinstance(given, Mapping) else {}

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(site.unique_name())


class TestResource(ResourceType):
    """A resource that takes its time or fails as told, to try a stack's behaviour."""

    TYPE = "OS::Heat::TestResource"
    PROPERTIES: ClassVar[Schema] = {
        "value": Property(default="test_string", update=True),
        "fail": Property("boolean", default=False, update=True),
        "wait_secs": Property("number", default=0, least=0, update=True),
        "update_replace": Property("boolean", default=False, update=True),
        "update_replace_value": Property(),
        "action_wait_secs": Property(
            "map",
            update=True,
            fields={
                name: Property("number", least=0)
                for name in ("create", "update", "delete")
            },
        ),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {"output": "The value given."}

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(site.unique_name(), self._begun(properties, "create"))

    def _begun(self, properties: Mapping[str, Any], action: str) -> dict[str, Any]:
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        own = (properties.get("action_wait_secs") or {}).get(action)
        wait = properties["wait_secs"] if own is None else own
        return {
            "value": properties["value"],
            "ready_at": now + wait,
            "fails": properties["fail"],
        }

    def progress(self, site: Site, resource: Resource) -> float | None:
        left = self._left(resource)
        if left is not None:
            return left
        if resource.data["fails"]:
            raise ResourceFailure("Test Resource failed " + resource.name)
        return None

    def _left(self, resource: Resource) -> float | None:
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        left = resource.data["ready_at"] - now
        return left if left > 0 else None

    def delete(self, site: Site, resource: Resource) -> None:
        if (resource.properties.get("action_wait_secs") or {}).get("delete"):
            data = self._begun(resource.properties, "delete")
            site.cloud.stacks.remember(resource, data)

    def gone(self, site: Site, resource: Resource) -> float | None:
        waits = (resource.properties.get("action_wait_secs") or {}).get("delete")
        return self._left(resource) if waits else None

    def replaces(self, resource: Resource, properties: Mapping[str, Any]) -> bool:
        return properties["update_replace"]

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        return self._begun(properties, "update")

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        return resource.data["value"] if name == "output" else dict(resource.data)
