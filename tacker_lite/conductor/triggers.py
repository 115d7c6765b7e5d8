"""What an alarm asks for: the actions of a trigger; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tacker_lite import exceptions
from tacker_lite.conductor import scaling, webhooks
from tacker_lite.conductor.scaling import Change
from tacker_lite.tosca.model import (
    AlarmingPolicy,
    Policy,
    ReservationPolicy,
    VnfTemplate,
)

LOG = "log"
NOTHING = "noop"
NOT_YET = ("respawn", "log_and_kill", "terminate", "notify", "vdu_autoheal")
"""Actions that a descriptor may name and that nothing follows from yet."""

LEASE = (webhooks.START, webhooks.BEFORE_END, webhooks.END)
RAISED = "alarm"
SEPARATORS = ("%25", "%")


@dataclass(frozen=True)
class Actions:
    """What is to be done, in this order.

    :ivar named: names of actions.
    :ivar changes: of sizes; all of them together.
    """

    named: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


def read(template: VnfTemplate, vnf_id: str, body: Mapping[str, Any]) -> Actions:
    """What a request to trigger a policy asks for.

    :param body: ``policy_name``, that of a trigger; ``action_name``, the actions
        with a percent sign, as it is or encoded, between them; ``data``, what the
        alarm service says.
    :raises InvalidInput: for a descriptor without such policies, a body that is no
        raised alarm, or an action that is not known.
    :raises NotFound: for a trigger that the descriptor does not have.
    """
    name = body["policy_name"]
    maintained = name == webhooks.MAINTENANCE and webhooks.is_maintained(template)
    if not maintained:
        refuse_unknown(template, vnf_id, name)
    data = body.get("data")
    if not isinstance(data, Mapping) or not raised(data):
        raise exceptions.InvalidInput(
            f"This is no raised alarm: data needs an alarm_id, and {RAISED} as current",
            public_type="AlarmUrlInvalid",
        )
    if maintained:
        return Actions((name,))
    return sorted_out(template, vnf_id, split(body["action_name"]))


def refuse_unknown(template: VnfTemplate, vnf_id: str, name: str) -> None:
    """A trigger has to be one of the descriptor's.

    :raises InvalidInput: without any policy of the kind that has such triggers.
    :raises NotFound: otherwise.
    """
    kind: type[Policy] = ReservationPolicy if name in LEASE else AlarmingPolicy
    if not template.policies_of(kind):
        policy = "Reservation" if name in LEASE else "Alarming"
        raise exceptions.InvalidInput(
            f"VNF {vnf_id} has no policy of type tosca.policies.tacker.{policy}",
            public_type="VnfPolicyTypeInvalid",
        )
    known = [
        trigger.name
        for policy in template.policies_of(AlarmingPolicy)
        for trigger in policy.triggers
    ]
    if name not in known and name not in LEASE:
        raise exceptions.NotFound(
            f"Trigger {name} of VNF {vnf_id} could not be found; it has: "
            f"{', '.join(known)}",
            kind="trigger",
            public_type="TriggerNotFound",
        )


def raised(data: Mapping[str, Any]) -> bool:
    """Whether an alarm service says that an alarm is on."""
    return bool(data.get("alarm_id")) and data.get("current") == RAISED


def split(text: str) -> list[str]:
    """The actions of ``text``, with percent signs between them, encoded or not."""
    encoded, plain = SEPARATORS
    return [part for part in text.replace(encoded, plain).split(plain) if part]


def sorted_out(template: VnfTemplate, vnf_id: str, parts: Sequence[str]) -> Actions:
    """The parts of an action by what they are.

    The name of a policy alone, without a direction, is an action that does nothing.

    :raises InvalidInput: for a part that is nothing of this, or without any part.
    """
    scaled = scaling.policies(template)
    sizes = {
        f"{name}-{kind}": (name, kind)
        for name in scaled
        for kind in (scaling.OUT, scaling.IN)
    }
    named = (LOG, NOTHING, *NOT_YET)
    known = {*named, *sizes, *scaling.declared(template)}
    if not parts or not known.issuperset(parts):
        raise exceptions.InvalidInput(
            f"An action is not known; there are: {', '.join((*named, *sizes))}",
            public_type="VnfPolicyActionInvalid",
        )
    return Actions(
        tuple(part for part in parts if part in named),
        tuple(
            scaling.checked(template, vnf_id, *sizes[part])
            for part in parts
            if part in sizes
        ),
    )


def told(actions: Actions) -> list[str]:
    """What is recorded of the named actions."""
    return [
        name if name == LOG else f"action {name} is not available yet"
        for name in actions.named
        if name != NOTHING
    ]
