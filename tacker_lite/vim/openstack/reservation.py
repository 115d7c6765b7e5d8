"""Reservations of hosts or of instances: leases of the reservation service (Blazar).

The lease is there before the VNF.  Its servers name their reservation, and alarms
(Aodh) tell when the lease begins and ends.
"""

from __future__ import annotations

from tacker_lite.tosca.model import (
    ReservationPolicy,
    Vdu,
    VnfTemplate,
    is_get_input,
)
from tacker_lite.vim.openstack import alarm
from tacker_lite.vim.openstack.draft import Draft
from tacker_lite.vim.openstack.parameters import references

EVENTS = {
    "start_actions": "lease.event.start_lease",
    "before_end_actions": "lease.event.before_end_lease",
    "end_actions": "lease.event.end_lease",
}
HINTS = {"physical_host": "reservation", "virtual_instance": "group"}
"""Hint for the scheduler, by what is reserved."""

DEFAULT_KIND = "virtual_instance"


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add the alarms of a lease, and hints for the scheduler to reserved servers."""
    for vdu in template.vdus:
        if vdu.properties.get("reservation_metadata"):
            _add_hint(vdu, template, draft)
    for policy in template.policies_of(ReservationPolicy):
        for name, event in EVENTS.items():
            with draft.collecting():
                _add_alarm(name, event, policy, template, draft)


def _add_alarm(
    name: str,
    event: str,
    policy: ReservationPolicy,
    template: VnfTemplate,
    draft: Draft,
) -> None:
    lease = {
        "field": "traits.lease_id",
        "op": "eq",
        "value": references(policy.lease_id),
    }
    properties = {"event_type": event, "query": [lease]}
    properties.update(alarm.actions(name, template))
    draft.add(name, "OS::Aodh::EventAlarm", properties)


def _add_hint(vdu: Vdu, template: VnfTemplate, draft: Draft) -> None:
    written = vdu.properties["reservation_metadata"]
    given = template.resolve(written)
    kind = "" if is_get_input(given) else given.get("resource_type", DEFAULT_KIND)
    if is_get_input(kind) or kind not in HINTS:
        return  # an input that has no value yet
    server = draft.resources[vdu.name]["properties"]
    identity = given["id"] if is_get_input(written) else references(written["id"])
    server.setdefault("scheduler_hints", {})[HINTS[kind]] = identity
