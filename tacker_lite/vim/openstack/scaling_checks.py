"""What scaling cannot do, told before Heat would fail half way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca.model import ScalingPolicy, VnfTemplate
from tacker_lite.vim.openstack import checks
from tacker_lite.vim.openstack.findings import Findings


def check(template: VnfTemplate, findings: Findings) -> None:
    """Note limits that contradict each other and what cannot have copies."""
    vdus = {vdu.name for vdu in template.vdus}
    seen: dict[str, str] = {}
    copied: dict[str, ScalingPolicy] = {}
    for policy in template.policies_of(ScalingPolicy):
        with findings.collecting():
            _check_limits(policy)
        for vdu in dict.fromkeys(policy.targets):
            with findings.collecting():
                _check_target(policy, vdu, vdus, seen)
            if _is_count(policy.max_instances) and policy.max_instances > 1:
                copied[vdu] = policy
    for error in _fixed(template, copied):
        with findings.collecting():
            raise error


def _check_limits(policy: ScalingPolicy) -> None:
    least = {"increment": 1, "cooldown": 0, "min_instances": 0, "max_instances": 1}
    for key in (*least, "default_instances"):
        value = getattr(policy, key)
        if not _is_count(value) or value < least.get(key, 0):
            raise _limit(
                policy, key, f"must be a whole number from {least.get(key, 0)}"
            )
    if policy.max_instances < policy.min_instances:
        raise _limit(policy, "max_instances", "must not be below min_instances")
    if not policy.min_instances <= policy.default_instances <= policy.max_instances:
        raise _limit(
            policy,
            "default_instances",
            "must be from min_instances to max_instances",
        )


def _limit(policy: ScalingPolicy, key: str, reason: str) -> exceptions.InvalidTemplate:
    return checks.invalid_policy(
        policy.name, f"{key} {reason}", path=("properties", key)
    )


def _check_target(
    policy: ScalingPolicy, vdu: str, vdus: set[str], seen: dict[str, str]
) -> None:
    if vdu not in vdus:
        raise checks.invalid_policy(
            policy.name, f'targets must name VDUs, "{vdu}" is none', path=("targets",)
        )
    other = seen.setdefault(vdu, policy.name)
    if other != policy.name:
        raise checks.invalid_policy(
            policy.name,
            f'VDU "{vdu}" is a target of the scaling policy "{other}" too; leave it '
            "out of one",
            path=("targets",),
        )


def _fixed(
    template: VnfTemplate, copied: dict[str, ScalingPolicy]
) -> Iterator[exceptions.InvalidTemplate]:
    """An error for each thing of copied VDUs of which there can be but one."""
    points = {point.name: point for point in template.connection_points}
    for point in template.connection_points:
        for key in ("ip_address", "mac_address"):
            if point.vdu in copied and _given(point.properties, key):
                yield _single(point.name, key, point.vdu, copied)
    for floating_ip in template.floating_ips:
        linked = points.get(floating_ip.link or "")
        if (
            linked is not None
            and linked.vdu in copied
            and _given(floating_ip.properties, "floating_ip_address")
        ):
            yield _single(floating_ip.name, "floating_ip_address", linked.vdu, copied)
    existing = {
        storage.name
        for storage in template.storages
        if _given(storage.properties, "volume_id")
    }
    places: dict[str, str] = {}
    for attachment in template.attachments:
        vdu, storage = attachment.vdu, attachment.storage
        if storage in existing and vdu in copied:
            yield _single(storage, "volume_id", vdu, copied)
        if places.setdefault(storage, vdu) != vdu and vdu in copied:
            yield checks.invalid(
                attachment.name,
                f'the volume "{storage}" is in VDU "{places[storage]}" already, and '
                f'the scaling policy "{copied[vdu].name}" makes copies of "{vdu}"; '
                "give each VDU a volume of its own",
                path=("requirements", "virtualAttachment"),
            )


def _single(
    node: str, key: str, vdu: str, copied: dict[str, ScalingPolicy]
) -> exceptions.InvalidTemplate:
    policy = copied[vdu]
    return checks.invalid(
        node,
        f'{key} can be used once, but the scaling policy "{policy.name}" makes up to '
        f'{policy.max_instances} copies with VDU "{vdu}"; leave {key} out, or set '
        "max_instances to 1",
        path=("properties", key),
    )


def _given(properties: Any, key: str) -> bool:
    return properties.get(key) not in (None, "")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
