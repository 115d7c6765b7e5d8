"""What scaling cannot do, told before Heat would fail half way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca.model import ScalingPolicy, VnfTemplate
from tacker_lite.vim.openstack import checks
from tacker_lite.vim.openstack.findings import Findings


def check(template: VnfTemplate, findings: Findings) -> None:
    """Note what cannot have copies."""
    copied = {
        vdu: policy
        for policy in template.policies_of(ScalingPolicy)
        if policy.max_instances > 1
        for vdu in policy.targets
    }
    for error in _fixed(template, copied):
        with findings.collecting():
            raise error


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
