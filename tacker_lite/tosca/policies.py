"""Policy types: which ones are known and what each means.

A policy is NFV behaviour in a descriptor.  To add a type: its definition in
``definitions/`` and a builder in :data:`BUILDERS`.  One that is not here is refused
by name, so that nobody counts on behaviour which does not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca import model
from tacker_lite.tosca.problems import Problems, kind

MONITORING = "tosca.policies.tacker.Monitoring"

BUILDERS: dict[str, Callable[[str, Mapping[str, Any]], model.Policy]] = {}


def check(name: str, policy: Any, path: Sequence[Any], problems: Problems) -> None:
    """Refuse a policy of ``topology_template.policies`` that is not known."""
    if not isinstance(policy, Mapping):
        problems.add(f'policy "{name}" must be a mapping, not {kind(policy)}', path)
        return
    policy_type = policy.get("type")
    if policy_type not in BUILDERS:
        problems.add(
            f'policy "{name}": type {policy_type} is not supported; leave it out',
            (*path, "type"),
            error=exceptions.UnsupportedNodeType,
        )


def build(
    document: Mapping[str, Any], vdus: Sequence[model.Vdu]
) -> tuple[model.Policy, ...]:
    """Policies of the descriptor and the monitoring of its VDUs."""
    found = [
        BUILDERS[policy["type"]](name, policy)
        for item in document["topology_template"].get("policies") or []
        for name, policy in item.items()
    ]
    for vdu in vdus:
        monitoring = vdu.properties.get("monitoring_policy")
        if isinstance(monitoring, Mapping):
            found.append(model.Policy(vdu.name, MONITORING, (vdu.name,), monitoring))
    return tuple(found)
