"""The alarm API (Aodh v2): alarms of a PoP, which its stacks make."""

from __future__ import annotations

import json
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.alarm.records import Alarm, Change
from tacker_lite.pop.faces.openstack import listing
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route

SERVICE = "alarming"

_SORT_KEYS = {
    "alarm_id": "id",
    **{name: name for name in ("name", "type", "state", "severity", "timestamp")},
    **{name: name for name in ("project_id", "user_id", "state_timestamp")},
}


def _alarm(alarm: Alarm) -> dict[str, Any]:
    return {
        "alarm_id": alarm.id,
        "name": alarm.name,
        "description": alarm.description,
        "type": alarm.type,
        f"{alarm.type}_rule": dict(alarm.rule),
        "enabled": alarm.enabled,
        "repeat_actions": alarm.repeat_actions,
        "severity": alarm.severity,
        "alarm_actions": alarm.alarm_actions,
        "ok_actions": alarm.ok_actions,
        "insufficient_data_actions": alarm.insufficient_data_actions,
        "time_constraints": [],
        "state": alarm.state,
        "state_reason": alarm.state_reason,
        "state_timestamp": alarm.state_timestamp,
        "timestamp": alarm.timestamp,
        "project_id": alarm.project_id,
        "user_id": alarm.user_id,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "event_id": change.id,
        "alarm_id": change.alarm_id,
        "type": change.type,
        "detail": json.dumps(dict(change.detail)),
        "timestamp": change.timestamp,
        "project_id": change.project_id,
        "on_behalf_of": change.project_id,
        "user_id": None,
        "severity": None,
    }


def show_versions(ctx: Context) -> Answer:
    link = {"rel": "self", "href": f"{ctx.service_url}/v2/"}
    version = {"id": "v2", "status": "CURRENT", "links": [link]}
    return 200, {"versions": {"values": [version]}}


def list_alarms(ctx: Context) -> Answer:
    """With ``all_projects`` an administrator gets those of every project.

    Filters are ``q.field`` and ``q.value``, as often as wanted; ``q.op`` is eq.
    """
    everywhere = ctx.flag("all_projects") or False
    if everywhere:
        ctx.require_admin()
    rows = ctx.cloud.alarm.list_alarms(None if everywhere else ctx.project_id)
    query = ctx.query
    for field, value in zip(
        query.getlist("q.field"), query.getlist("q.value"), strict=False
    ):
        if field == "project_id" and value != ctx.project_id:
            ctx.require_admin()
            rows = ctx.cloud.alarm.list_alarms(value)
        elif field not in {**_SORT_KEYS, "enabled": ""}:
            raise errors.BadRequest(
                f"Unrecognized field in query: {field}, valid keys: "
                f"{sorted([*_SORT_KEYS, 'enabled'])}"
            )
        elif field == "enabled":
            rows = [row for row in rows if listing.equal(row.enabled, [value])]
        else:
            rows = [row for row in rows if getattr(row, _SORT_KEYS[field]) == value]
    limit = ctx.number("limit")
    return 200, [_alarm(row) for row in rows[: limit or None]]


def show_alarm(ctx: Context, ident: str) -> Answer:
    return 200, _alarm(ctx.cloud.alarm.get_alarm(ctx.reach, ident))


def delete_alarm(ctx: Context, ident: str) -> Answer:
    ctx.cloud.alarm.delete_alarm(ctx.reach, ident)
    return 204, None


def show_state(ctx: Context, ident: str) -> Answer:
    return 200, ctx.cloud.alarm.get_alarm(ctx.reach, ident).state


def set_state(ctx: Context, ident: str) -> Answer:
    return 200, ctx.cloud.alarm.set_state(ctx.reach, ident, ctx.document).state


def show_history(ctx: Context, ident: str) -> Answer:
    rows = ctx.cloud.alarm.history(ctx.reach, ident)
    return 200, [_change(row) for row in rows[: ctx.number("limit") or None]]


def refuse_making(ctx: Context) -> Answer:
    raise errors.BadRequest(
        "Alarms are made by stacks here: use a resource of type OS::Aodh::... in a "
        "template."
    )


ROUTES: list[Route] = [
    ("GET", "/", show_versions),
    ("GET", "/v2/alarms", list_alarms),
    ("POST", "/v2/alarms", refuse_making),
    ("GET", "/v2/alarms/<ident>", show_alarm),
    ("DELETE", "/v2/alarms/<ident>", delete_alarm),
    ("GET", "/v2/alarms/<ident>/state", show_state),
    ("PUT", "/v2/alarms/<ident>/state", set_state),
    ("GET", "/v2/alarms/<ident>/history", show_history),
]
PUBLIC = frozenset({show_versions})
