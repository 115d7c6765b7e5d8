"""Placement policies: VDUs on one host, or on different ones."""

from __future__ import annotations

from tacker_lite.tosca.model import PlacementPolicy, VnfTemplate
from tacker_lite.vim.openstack import checks
from tacker_lite.vim.openstack.draft import Draft


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add server groups, and hints for the scheduler to their servers."""
    for policy in template.policies_of(PlacementPolicy):
        with draft.collecting():
            _add_group(policy, template, draft)


def _add_group(policy: PlacementPolicy, template: VnfTemplate, draft: Draft) -> None:
    strict = str(policy.strict).lower() != "false"
    rule = policy.policy if strict else f"soft-{policy.policy}"
    draft.add(
        policy.name,
        "OS::Nova::ServerGroup",
        {"name": policy.name, "policies": [rule]},
    )
    vdus = [vdu.name for vdu in template.vdus]
    for target in policy.targets or vdus:
        if target not in vdus:
            raise checks.invalid_policy(
                policy.name,
                f'targets must name VDUs, "{target}" is none',
                path=("targets",),
            )
        server = draft.resources[target]["properties"]
        hints = server.setdefault("scheduler_hints", {})
        if "group" in hints:
            raise checks.invalid_policy(
                policy.name,
                f'VDU "{target}" is in a server group already, by another placement '
                "policy or by its reservation of virtual instances; leave it out of "
                "the targets of one",
                path=("targets",),
            )
        hints["group"] = {"get_resource": policy.name}
