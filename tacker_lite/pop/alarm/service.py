"""Alarms of a PoP: kept, shown, and changed when they are judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tacker_lite.pop.alarm import query, server_events, threshold
from tacker_lite.pop.alarm.records import (
    BY_RESOURCES,
    EVENT,
    INSUFFICIENT,
    STATES,
    Alarm,
    Call,
    Change,
    Verdict,
)
from tacker_lite.pop.errors import BadRequest, NotFound
from tacker_lite.pop.records import new_id, now
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

#: How many changes of an alarm are kept.
KEPT_CHANGES = 100
_ACTIONS = ("alarm_actions", "ok_actions", "insufficient_data_actions")
_FIELDS = (
    *("name", "description", "enabled", "repeat_actions", "severity", "rule"),
    *_ACTIONS,
)


class AlarmService:
    """What the alarm API offers, as Aodh behaves.

    Every method takes the caller's project (None: an administrator, who sees all).
    """

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        store, pop = cloud.store, cloud.pop.name
        self.alarms: Table[Alarm] = Table(store, pop, "alarm", Alarm)
        self.changes: Table[Change] = Table(store, pop, "alarm_change", Change)
        self.calls: Table[Call] = Table(store, pop, "alarm_call", Call)

    def create_alarm(
        self, project_id: str, user_id: str, kind: str, attrs: Mapping[str, Any]
    ) -> Alarm:
        """Make an alarm.

        :param kind: a type of :mod:`.records`.
        :param attrs: fields of :class:`.Alarm`.
        :raises BadRequest: when its rule cannot be evaluated.
        """
        _check(kind, attrs["rule"])
        moment = now()
        alarm = Alarm(
            id=new_id(),
            project_id=project_id,
            user_id=user_id,
            type=kind,
            state_timestamp=moment,
            timestamp=moment,
            **{name: attrs[name] for name in _FIELDS if name in attrs},
        )
        never = server_events.never(alarm) if kind == EVENT else ""
        if never:
            alarm = dataclasses.replace(alarm, state_reason=never)
        with self.cloud.lock, self.cloud.store.transaction():
            self.alarms.put(alarm)
            self._note(alarm, "creation", _shown(alarm))
        self.cloud.lab.alarms.wake()
        return alarm

    def update_alarm(
        self, project_id: str | None, ident: str, attrs: Mapping[str, Any]
    ) -> Alarm:
        """Change what an alarm looks at, or whom it calls; its state stays.

        :raises NotFound: when the project sees no such alarm.
        :raises BadRequest: when its rule cannot be evaluated.
        """
        with self.cloud.lock, self.cloud.store.transaction():
            old = self.get_alarm(project_id, ident)
            values = {name: attrs[name] for name in _FIELDS if name in attrs}
            _check(old.type, values.get("rule", old.rule))
            new = self.alarms.change(ident, timestamp=now(), **values)
            before = _shown(old)
            changed = {k: v for k, v in _shown(new).items() if before[k] != v}
            self._note(new, "rule change", changed)
        self.cloud.lab.alarms.wake()
        return new

    def delete_alarm(self, project_id: str | None, ident: str) -> None:
        """Remove an alarm; what it still owes to URLs is dropped.

        :raises NotFound: when the project sees no such alarm.
        """
        with self.cloud.lock, self.cloud.store.transaction():
            self.get_alarm(project_id, ident)
            self.alarms.delete(ident)
            for table in (self.changes, self.calls):
                for row in table:
                    if row.alarm_id == ident:
                        table.delete(row.id)

    def get_alarm(self, project_id: str | None, ident: str) -> Alarm:
        """By id.

        :raises NotFound: when the project sees no such alarm.
        """
        with self.cloud.lock:
            alarm = self.alarms.get(ident)
        if alarm is None or project_id not in (None, alarm.project_id):
            raise NotFound("alarm", ident)
        return alarm

    def list_alarms(self, project_id: str | None) -> list[Alarm]:
        """Oldest first."""
        with self.cloud.lock:
            return [row for row in self.alarms if project_id in (None, row.project_id)]

    def history(self, project_id: str | None, ident: str) -> list[Change]:
        """What happened to an alarm, newest first.

        :raises NotFound: when the project sees no such alarm.
        """
        with self.cloud.lock:
            self.get_alarm(project_id, ident)
            rows = [row for row in self.changes if row.alarm_id == ident]
        rows.reverse()
        return rows

    def set_state(self, project_id: str | None, ident: str, state: Any) -> Alarm:
        """Say what state an alarm is in; nobody is called.

        :raises NotFound: when the project sees no such alarm.
        :raises BadRequest: when there is no such state.
        """
        if state not in STATES:
            raise BadRequest(
                f"Invalid input for field/attribute state. Value: '{state}'. Value "
                f"should be one of: {', '.join(STATES)}"
            )
        with self.cloud.lock, self.cloud.store.transaction():
            alarm = self.get_alarm(project_id, ident)
            if alarm.state == state:
                return alarm
            return self._move(alarm, Verdict(state, "Manually set via API"))

    def settle(self, seen: Alarm, verdict: Verdict) -> list[Call]:
        """Record what an evaluation found; returns the calls that it owes.

        :param seen: the alarm that was evaluated; one changed since is left alone.
        """
        with self.cloud.lock, self.cloud.store.transaction():
            alarm = self.alarms.get(seen.id)
            if alarm is not seen or verdict.state is None:
                return []
            moved = verdict.state != alarm.state
            if moved:
                new = self._move(alarm, verdict)
            elif verdict.reason != alarm.state_reason:
                new = self.alarms.change(alarm.id, state_reason=verdict.reason)
            else:
                new = alarm
            repeated = alarm.repeat_actions and verdict.state != INSUFFICIENT
            if not moved and not repeated:
                return []
            return self._owe(new, alarm.state, verdict)

    def _move(self, alarm: Alarm, verdict: Verdict) -> Alarm:
        assert verdict.state is not None
        moment = now()
        new = dataclasses.replace(
            alarm,
            state=verdict.state,
            state_reason=verdict.reason,
            state_timestamp=moment,
        )
        self.alarms.put(new)
        detail = {"state": new.state, "transition_reason": verdict.reason}
        self._note(new, "state transition", detail)
        text = f"{new.state}: {verdict.reason}"
        self.cloud.lab.events.record(
            self.cloud.pop.name, "alarm", new.name, text, resource_id=new.id
        )
        return new

    def _owe(self, alarm: Alarm, previous: str, verdict: Verdict) -> list[Call]:
        body = {
            "severity": alarm.severity,
            "alarm_name": alarm.name,
            "alarm_id": alarm.id,
            "previous": previous,
            "current": verdict.state,
            "reason": verdict.reason,
            "reason_data": dict(verdict.data),
        }
        # One place for each URL: what was not delivered yet gives way to the newer.
        return [
            self.calls.put(Call(f"{alarm.id}-{at}", alarm.id, alarm.name, url, body))
            for at, url in enumerate(alarm.actions(alarm.state))
        ]

    def _note(self, alarm: Alarm, kind: str, detail: Mapping[str, Any]) -> None:
        change = Change(new_id(), alarm.id, alarm.project_id, kind, detail, now())
        self.changes.put(change)
        rows = [row for row in self.changes if row.alarm_id == alarm.id]
        for row in rows[:-KEPT_CHANGES]:
            self.changes.delete(row.id)


def _shown(alarm: Alarm) -> dict[str, Any]:
    """What the history tells of an alarm: of URLs only how many there are."""
    fields = {name: getattr(alarm, name) for name in _FIELDS}
    return {k: len(v) if k in _ACTIONS else v for k, v in fields.items()}


def _check(kind: str, rule: Mapping[str, Any]) -> None:
    """:raises BadRequest: when a rule cannot be evaluated."""
    if kind == EVENT:
        return
    if rule["metric"] == "":
        raise BadRequest("Invalid input for field/attribute metric: it is empty")
    if kind == BY_RESOURCES:
        try:
            query.parse(rule["query"], threshold.ATTRIBUTES)
        except ValueError as error:
            raise BadRequest(
                f"Invalid input for field/attribute query: {error}"
            ) from None
