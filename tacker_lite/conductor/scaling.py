"""What a change of size is, and what it leads to; pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tacker_lite import exceptions, states
from tacker_lite.db import query
from tacker_lite.tosca.model import ScalingPolicy, VnfTemplate

OUT = "out"
IN = "in"

Row = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One step of a scaling policy.

    :ivar policy: its name.
    :ivar type: ``out`` or ``in``.
    :ivar cooldown: seconds after it in which alarms cause no other.
    """

    policy: str
    type: str
    cooldown: int = 0

    @property
    def event(self) -> str:
        """The event of the VNF's table of transitions."""
        return f"scale_{self.type}"

    def __str__(self) -> str:
        return f"{self.policy}-{self.type}"


def checked(template: VnfTemplate, vnf_id: str, policy: Any, kind: Any) -> Change:
    """The change that a request asks for.

    :raises NotFound: for a policy that the descriptor does not have.
    :raises InvalidInput: for one that does not scale, or another type of change.
    """
    scaled = policies(template)
    if policy not in declared(template):
        raise exceptions.NotFound(
            f"Policy {policy} of VNF {vnf_id} could not be found; those that scale: "
            f"{', '.join(scaled) or 'none'}",
            kind="policy",
            public_type="VnfPolicyNotFound",
        )
    if policy not in scaled:
        raise exceptions.InvalidInput(
            f"Policy {policy} does not scale; those that do: "
            f"{', '.join(scaled) or 'none'}",
            public_type="VnfPolicyTypeInvalid",
        )
    if kind not in (OUT, IN):
        raise exceptions.InvalidInput(
            f"A policy scales {OUT} or {IN}, not {kind}",
            public_type="VnfPolicyActionInvalid",
        )
    return Change(policy, kind, scaled[policy].cooldown)


def declared(template: VnfTemplate) -> list[str]:
    """Names of the policies that the descriptor has."""
    items = template.document["topology_template"].get("policies") or []
    return [name for item in items for name in item]


def policies(template: VnfTemplate) -> dict[str, ScalingPolicy]:
    """The scaling policies by name."""
    return {policy.name: policy for policy in template.policies_of(ScalingPolicy)}


def target(policy: ScalingPolicy, actual: int, kind: str) -> int:
    """Copies that one step from ``actual`` ones leads to, within the bounds."""
    step = policy.increment if kind == OUT else -policy.increment
    return max(policy.min_instances, min(actual + step, policy.max_instances))


def stored(changes: Iterable[Change]) -> Row:
    """The changes as a VNF's row keeps them."""
    return {"scale": [asdict(change) for change in changes]}


def changes_of(row: Row) -> list[Change]:
    """The changes that the operation in hand was asked for."""
    return [Change(**each) for each in (row["operation"] or {}).get("scale", ())]


def actual_sizes(
    template: VnfTemplate, row: Row, told: Mapping[str, int]
) -> dict[str, int]:
    """How many copies there are, by policy.

    :param told: what the VIM says, where it does.
    """
    known = policies(template).items()
    sizes = {name: policy.default_instances for name, policy in known}
    return {**sizes, **(row["sizes"] or {}), **told}


def wanted_sizes(
    template: VnfTemplate, row: Row, actual: Mapping[str, int]
) -> dict[str, int]:
    """The sizes that the operation in hand leads to from the actual ones."""
    known = policies(template)
    sizes = dict(actual)
    for change in changes_of(row):
        size = sizes[change.policy]
        sizes[change.policy] = target(known[change.policy], size, change.type)
    return sizes


def outcome(row: Row, sizes: Mapping[str, int], *, moved: bool) -> str:
    """What a change of size came to, in words."""
    words = "now has" if moved else "stays at its bound of"
    names = dict.fromkeys(change.policy for change in changes_of(row))
    return "; ".join(f"{name} {words} {copies(sizes[name])}" for name in names)


def copies(number: int) -> str:
    """A number of copies in words."""
    return f"{number} {'copy' if number == 1 else 'copies'}"


def cooldowns(row: Row) -> Row:
    """Until when alarms may not change a size again, by policy.

    :param row: of a VNF whose size has just been changed.
    """
    now = query.now()
    ends = {
        change.policy: (now + datetime.timedelta(seconds=change.cooldown)).isoformat()
        for change in changes_of(row)
    }
    return {**(row["cooldowns"] or {}), **ends}


def due(row: Row, changes: Iterable[Change]) -> tuple[list[Change], list[str]]:
    """The changes that an alarm may cause now, and why it may not cause the others."""
    found, refusals = [], []
    for change in changes:
        if row["status"] != states.ACTIVE:
            refusals.append(f"no {change} in status {row['status']}")
        elif is_cooling(row, change.policy):
            refusals.append(f"no {change} before the cooldown has ended")
        else:
            found.append(change)
    return found, refusals


def is_cooling(row: Row, policy: str) -> bool:
    """Whether alarms may not change the size of a policy now."""
    until = (row["cooldowns"] or {}).get(policy)
    return until is not None and query.now().isoformat() < until
