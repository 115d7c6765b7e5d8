"""OS::Heat types that make a stack wait: for a time, or for signals."""

from __future__ import annotations

import hmac
import json
import random
import secrets
import time
from collections.abc import Collection, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from tacker_lite.pop.errors import BadRequest
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.records import Resource
from tacker_lite.pop.stack.resources.base import (
    UNTIL_CHANGED,
    Made,
    ResourceType,
    Site,
)

_SECONDS = Property("number", default=0, least=0, update=True)
_SUCCESS, _FAILURE = "SUCCESS", "FAILURE"
_TRANSPORTS = ("TOKEN_SIGNAL", "CFN_SIGNAL", "NO_SIGNAL")


class Delay(ResourceType):
    """A time that passes before the resources after it are made or removed."""

    TYPE = "OS::Heat::Delay"
    PROPERTIES: ClassVar[Schema] = {
        "min_wait": _SECONDS,
        "max_jitter": _SECONDS,
        "jitter_multiplier": Property("number", default=1.0, least=0, update=True),
        "actions": Property(
            "list",
            items=Property(allowed=("CREATE", "DELETE", "SUSPEND", "RESUME")),
            default=["CREATE"],
            update=True,
        ),
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(site.unique_name(), _pause(properties, "CREATE"))

    def progress(self, site: Site, resource: Resource) -> float | None:
        return _left(resource.data)

    def delete(self, site: Site, resource: Resource) -> None:
        site.cloud.stacks.remember(resource, _pause(resource.properties, "DELETE"))

    def gone(self, site: Site, resource: Resource) -> float | None:
        return _left(resource.data)

    def suspend(self, site: Site, resource: Resource) -> None:
        site.cloud.stacks.remember(resource, _pause(resource.properties, "SUSPEND"))

    def suspended(self, site: Site, resource: Resource) -> float | None:
        return _left(resource.data)

    def resume(self, site: Site, resource: Resource) -> None:
        site.cloud.stacks.remember(resource, _pause(resource.properties, "RESUME"))

    resumed = suspended


def _pause(properties: Mapping[str, Any], action: str) -> dict[str, float]:
    """When what an action begins now may go on, in seconds since the epoch."""
    if action not in properties["actions"]:
        return {"until": 0.0}
    jitter = random.uniform(0, properties["max_jitter"])  # noqa: S311 (no secret)
    wait = properties["min_wait"] + jitter * properties["jitter_multiplier"]
    return {"until": time.time() + wait}


def _left(data: Mapping[str, Any]) -> float | None:
    left = data.get("until", 0.0) - time.time()
    return left if left > 0 else None


class WaitConditionHandle(ResourceType):
    """Where signals for a wait condition arrive."""

    TYPE = "OS::Heat::WaitConditionHandle"
    PROPERTIES: ClassVar[Schema] = {
        "signal_transport": Property(default="TOKEN_SIGNAL", allowed=_TRANSPORTS),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "token": "What the endpoint takes for a token: good for this signal only.",
        "endpoint": "Where a POST signals.",
        "curl_cli": "A curl command that signals once a body is added with --data.",
        "signal": "The endpoint with its token, as JSON.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        data = {"key": secrets.token_urlsafe(24), "signals": {}}
        return Made(site.unique_name(), data)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        transport = resource.properties["signal_transport"]
        if transport == "NO_SIGNAL":
            return None
        key = resource.data["key"]
        if transport == "CFN_SIGNAL":
            token, url = None, signal_url(site, key)
        else:
            token, url = key, _resource_url(site)
        header = f"-H 'X-Auth-Token: {token}' " if token else ""
        shown = {
            "token": token,
            "endpoint": url,
            "curl_cli": f"curl -i -X POST {header}"
            f"-H 'Content-Type: application/json' -H 'Accept: application/json' {url}",
            "signal": json.dumps({"endpoint": url, "token": token}),
        }
        return shown if name == "show" else shown[name]

    def signal(self, site: Site, resource: Resource, details: Any) -> str:
        details = details or {}
        known = {"status", "reason", "data", "id"}
        if not isinstance(details, Mapping) or set(details) - known:
            raise BadRequest(
                f"Metadata format invalid: an object of {', '.join(sorted(known))} is "
                f"expected"
            )
        signals = dict(resource.data["signals"])
        number = len(signals) + 1
        status = details.get("status", _SUCCESS)
        if status not in (_SUCCESS, _FAILURE):
            raise BadRequest(
                f'Invalid status "{status}", expected {_SUCCESS} or {_FAILURE}'
            )
        reason = str(details.get("reason") or f"Signal {number} received")
        signals[str(details.get("id") or number)] = {
            "status": status,
            "reason": reason,
            "data": details.get("data"),
        }
        site.cloud.stacks.remember(resource, {**resource.data, "signals": signals})
        return f"Signal: status:{status} reason:{reason}"


def signal_url(site: Site, key: str) -> str:
    """Where a POST signals a resource without any token."""
    path = f"{quote(site.stack_id)}/{quote(site.name, safe='')}"
    service = f"{site.cloud.lab.url}/{site.cloud.pop.name}/orchestration/v1"
    return f"{service}/signal/{path}?key={key}"


def _resource_url(site: Site) -> str:
    service = f"{site.cloud.lab.url}/{site.cloud.pop.name}/orchestration/v1"
    stack = f"stacks/{quote(site.stack_name)}/{site.stack_id}"
    resource = f"resources/{quote(site.name, safe='')}/signal"
    return f"{service}/{site.owner.project_id}/{stack}/{resource}"


def is_key(resource: Resource, key: str) -> bool:
    """Tell whether a key is the one by which a resource may be signalled."""
    own = str(resource.data.get("key") or "")
    return bool(own) and hmac.compare_digest(own.encode(), key.encode())


class WaitCondition(ResourceType):
    """Complete once its handle has been signalled often enough."""

    TYPE = "OS::Heat::WaitCondition"
    PROPERTIES: ClassVar[Schema] = {
        "handle": Property(required=True),
        "timeout": Property("number", required=True, least=1, most=43200),
        "count": Property("integer", default=1, least=1, update=True),
    }
    ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "data": "What the signals told, by their ids, as JSON.",
    }

    def create(self, site: Site, properties: Mapping[str, Any]) -> Made:
        return Made(site.unique_name(), self._begun(properties))

    def _begun(self, properties: Mapping[str, Any]) -> dict[str, float]:
        return {"until": time.time() + properties["timeout"]}

    def _signals(
        self, site: Site, properties: Mapping[str, Any]
    ) -> Mapping[str, Mapping[str, Any]]:
        ident = properties["handle"]
        handle = site.cloud.stacks.made(WaitConditionHandle.TYPE, ident)
        if handle is None:
            raise ResourceFailure(f"The wait condition handle ({ident}) is not there")
        signals: Mapping[str, Mapping[str, Any]] = handle.data["signals"]
        return signals

    def progress(self, site: Site, resource: Resource) -> float | None:
        signals = self._signals(site, resource.properties)
        failed = [s["reason"] for s in signals.values() if s["status"] == _FAILURE]
        if failed:
            raise ResourceFailure(";".join(failed), "WaitConditionFailure")
        wanted = resource.properties["count"]
        if len(signals) >= wanted:
            return None
        left = _left(resource.data)
        if left is None:
            message = f"{len(signals)} of {wanted} received"
            raise ResourceFailure(message, "WaitConditionTimeout")
        return min(left, UNTIL_CHANGED)

    def update(
        self,
        site: Site,
        resource: Resource,
        properties: Mapping[str, Any],
        changed: Collection[str],
    ) -> Mapping[str, Any]:
        return self._begun(properties)

    def attribute(self, site: Site, resource: Resource, name: str) -> Any:
        signals = self._signals(site, resource.properties)
        told = {ident: signal["data"] for ident, signal in signals.items()}
        return {"data": told} if name == "show" else json.dumps(told)
