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
from tacker_lite.vim.openstack import alarm, checks
from tacker_lite.vim.openstack.draft import Draft
from tacker_lite.vim.openstack.parameters import references

EVENTS = {
    "start_actions": "lease.event.start_lease",
    "before_end_actions": "lease.event.before_end_lease",
    "end_actions": "lease.event.end_lease",
}
HINTS = {"physical_host": "reservation", "virtual_instance": "group"}
"""Hint for the scheduler, by what is reserved."""


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add the alarms of a lease, and hints for the scheduler to reserved servers."""
    for vdu in template.vdus:
        if vdu.properties.get("reservation_metadata"):
            with draft.collecting():
                _add_hint(vdu, template, draft)
    policies = template.policies_of(ReservationPolicy)
    for policy in policies[1:]:
        with draft.collecting():
            raise checks.invalid_policy(
                policy.name,
                f'there is policy "{policies[0].name}" for a reservation already; a '
                "descriptor has one",
            )
    for policy in policies[:1]:
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
    if is_get_input(given):
        return
    kind = given.get("resource_type", "virtual_instance")
    if kind not in HINTS:
        if is_get_input(kind):
            return
        raise checks.invalid(
            vdu.name,
            f"reservation_metadata resource_type must be {' or '.join(HINTS)}",
            "InvalidResourceType",
            ("properties", "reservation_metadata", "resource_type"),
        )
    server = draft.resources[vdu.name]["properties"]
    identity = written["id"] if "id" in written else given.get("id")
    server.setdefault("scheduler_hints", {})[HINTS[kind]] = references(identity)
