"""Which scaling policy each VDU belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from tacker_lite.tosca.model import ScalingPolicy, VnfTemplate


def policies(template: VnfTemplate) -> dict[str, ScalingPolicy]:
    """The scaling policy by VDU, for those that have one; the first one counts."""
    found: dict[str, ScalingPolicy] = {}
    for policy in template.policies_of(ScalingPolicy):
        for vdu in policy.targets:
            found.setdefault(vdu, policy)
    return found


def parts(template: VnfTemplate, vdus: Iterable[str]) -> dict[str | None, list[str]]:
    """VDUs by the name of their scaling policy, those without under None."""
    owners = policies(template)
    found: dict[str | None, list[str]] = {}
    for vdu in dict.fromkeys(vdus):
        policy = owners.get(vdu)
        found.setdefault(policy.name if policy else None, []).append(vdu)
    return found
