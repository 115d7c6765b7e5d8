"""Maintenance of hosts: alarms on what the maintenance service (Fenix) announces."""

from __future__ import annotations

from typing import Any

from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.openstack import alarm
from tacker_lite.vim.openstack.draft import Draft

WEBHOOK = "maintenance"
EVENT = "maintenance.scheduled"
ALL = "ALL_maintenance"
TRUE_TEXTS = ("true", "yes", "on", "1")


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add an alarm for the VNF and one for each VDU that wants to be told.

    That of the VNF calls the service; the others tell who watches the VIM's alarms
    which VDU is meant, and would only repeat the call.
    """
    told = [
        vdu.name
        for vdu in template.vdus
        if is_wanted(template.resolve(vdu.properties.get("maintenance")))
    ]
    if not told:
        return
    draft.add(
        ALL,
        "OS::Aodh::EventAlarm",
        {"event_type": EVENT, **alarm.actions(WEBHOOK, template)},
    )
    for name in told:
        draft.add(
            f"{name}_maintenance",
            "OS::Aodh::EventAlarm",
            {"event_type": EVENT, "description": f"Maintenance of VDU {name}"},
        )


def is_wanted(value: Any) -> bool:
    """Whether a VDU's property ``maintenance`` says so, also as text."""
    return value is True or str(value).strip().lower() in TRUE_TEXTS
