"""What happens to servers, as notifications that event alarms may wait for.

Source of names: the Nova documentation, "Notifications in Nova" (legacy versions), as
Ceilometer hands them to Aodh: traits of ``compute.instance.*`` events.
"""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.alarm.records import ALARM, Alarm, Verdict
from tacker_lite.pop.records import Server, new_id

#: What becomes of a server, by its status before (empty: none) and after.
_NAMES = {
    ("", "ACTIVE"): "compute.instance.create.end",
    ("BUILD", "ACTIVE"): "compute.instance.create.end",
    ("BUILD", "ERROR"): "compute.instance.create.error",
    ("ACTIVE", "SHUTOFF"): "compute.instance.power_off.end",
    ("SHUTOFF", "ACTIVE"): "compute.instance.power_on.end",
    ("REBOOT", "ACTIVE"): "compute.instance.reboot.end",
}
_UPDATE = "compute.instance.update"
_DELETE = "compute.instance.delete.end"
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge")
}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "integer": int,
    "float": float,
    "string": str,
    "boolean": lambda text: text.lower() in ("true", "1", "yes"),
}


@dataclass(frozen=True)
class ServerEvent:
    """Something that happened to a server.

    :ivar traits: what events say of it, by name.
    """

    id: str
    type: str
    project_id: str
    traits: Mapping[str, str]


#: What the lab tells of; alarms on other services' events wait in vain.
TYPES = (*sorted(set(_NAMES.values())), _UPDATE, _DELETE)


def never(alarm: Alarm) -> str:
    """Why no event will ever be the one an alarm waits for; empty when one may be."""
    kind = alarm.rule.get("event_type") or "*"
    if any(fnmatch.fnmatchcase(name, kind) for name in TYPES):
        return ""
    return f"the lab sends no events {kind}; it sends {', '.join(TYPES)}"


class Watch:
    """Tells what has happened to the servers of a PoP since it was asked last."""

    def __init__(self, servers: list[Server]):
        self._seen = {server.id: server for server in servers}

    def changes(self, servers: list[Server]) -> list[ServerEvent]:
        """What has happened until these were the servers."""
        before, self._seen = self._seen, {server.id: server for server in servers}
        found: list[ServerEvent] = []
        for server in servers:
            known = before.pop(server.id, None)
            if known is None or known.status != server.status:
                found += _of(server, known.status if known else "")
        found += [
            _event(_DELETE, server, server.status, "DELETED")
            for server in before.values()
        ]
        return found


def _of(server: Server, before: str) -> Iterator[ServerEvent]:
    yield _event(_UPDATE, server, before, server.status)
    name = _NAMES.get((before, server.status))
    if name:
        yield _event(name, server, before, server.status)


def _event(kind: str, server: Server, before: str, after: str) -> ServerEvent:
    traits = {
        "instance_id": server.id,
        "resource_id": server.id,
        "display_name": server.name,
        "project_id": server.project_id,
        "tenant_id": server.project_id,
        "user_id": server.user_id,
        "host": server.host,
        "instance_type": server.flavor.name,
        "old_state": before.lower(),
        "state": after.lower(),
    }
    return ServerEvent(new_id(), kind, server.project_id, traits)


def judge(alarm: Alarm, event: ServerEvent) -> Verdict | None:
    """The alarm's new state, if the event is one that it waits for."""
    rule = alarm.rule
    kind = rule.get("event_type") or "*"
    if event.project_id != alarm.project_id:
        return None
    if not fnmatch.fnmatchcase(event.type, kind):
        return None
    conditions = rule.get("query") or []
    if not all(_holds(condition, event) for condition in conditions):
        return None
    shown = {"message_id": event.id, "event_type": event.type}
    traits = [[name, 1, value] for name, value in event.traits.items()]
    data = {"type": "event", "event": {**shown, "traits": traits}}
    reason = f"Event <{event.id},event_type={event.type}> hits the query"
    return Verdict(ALARM, reason, data)


def _holds(condition: Mapping[str, Any], event: ServerEvent) -> bool:
    field = str(condition.get("field") or "")
    name = field.removeprefix("traits.")
    known = {"event_type": event.type, "message_id": event.id}
    value = event.traits.get(name) if field != name else known.get(field)
    compare = _COMPARISONS[condition.get("op") or "eq"]
    read = _READERS[condition.get("type") or "string"]
    if value is None:
        return False
    try:
        return compare(read(value), read(str(condition.get("value"))))
    except ValueError:
        return False
