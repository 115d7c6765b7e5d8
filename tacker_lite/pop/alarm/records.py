"""What a PoP's alarm service keeps, as immutable records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OK = "ok"
ALARM = "alarm"
INSUFFICIENT = "insufficient data"
STATES = (OK, ALARM, INSUFFICIENT)

#: Types of alarms, as the alarm service calls them.
BY_RESOURCES = "gnocchi_aggregation_by_resources_threshold"
ONE_RESOURCE = "gnocchi_resources_threshold"
EVENT = "event"


@dataclass(frozen=True)
class Alarm:
    """Something that calls URLs when numbers cross a threshold, or on an event.

    :ivar rule: what it looks at, with the keys of its type; ``granularity`` is in
        seconds.
    :ivar alarm_actions: URLs called when it becomes ``alarm``; the others likewise.
        They may hold keys that let in whoever knows them.
    :ivar state: ok, alarm or insufficient data; ``state_reason`` says why.
    """

    id: str
    project_id: str
    user_id: str
    name: str
    type: str
    rule: Mapping[str, Any]
    description: str = ""
    enabled: bool = True
    repeat_actions: bool = False
    severity: str = "low"
    alarm_actions: list[str] = field(default_factory=list, repr=False)
    ok_actions: list[str] = field(default_factory=list, repr=False)
    insufficient_data_actions: list[str] = field(default_factory=list, repr=False)
    state: str = INSUFFICIENT
    state_reason: str = "Not evaluated yet"
    state_timestamp: str = ""
    timestamp: str = ""

    def actions(self, state: str) -> list[str]:
        """The URLs to call in a state."""
        if state == ALARM:
            return self.alarm_actions
        return self.ok_actions if state == OK else self.insufficient_data_actions


@dataclass(frozen=True)
class Change:
    """Something that happened to an alarm.

    :ivar type: creation, rule change or state transition.
    :ivar detail: the values that it changed; no URLs.
    """

    id: str
    alarm_id: str
    project_id: str
    type: str
    detail: Mapping[str, Any]
    timestamp: str


@dataclass(frozen=True)
class Call:
    """A POST that is owed to a URL; kept until it was made or given up."""

    id: str
    alarm_id: str
    name: str
    url: str = field(repr=False)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What an evaluation found.

    :ivar state: None: that nothing can be said, and the state stays.
    """

    state: str | None
    reason: str
    data: Mapping[str, Any] = field(default_factory=dict)
