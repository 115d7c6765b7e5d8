"""Block storage: volumes of Cinder and their places in servers."""

from __future__ import annotations

from typing import Any

from tacker_lite.tosca.model import (
    BlockStorage,
    BlockStorageAttachment,
    VnfTemplate,
    is_get_input,
)
from tacker_lite.vim.openstack import checks, parameters, sizes
from tacker_lite.vim.openstack.draft import Draft

COPIED = (
    "name",
    "description",
    "image",
    "volume_type",
    "snapshot_id",
    "availability_zone",
    "metadata",
)


def add(template: VnfTemplate, draft: Draft) -> None:
    """Add volumes and attachments; a volume belongs to the VDU that it is in."""
    vdus = {vdu.name for vdu in template.vdus}
    storages = {storage.name: storage for storage in template.storages}
    places: dict[str, str] = {}
    for attachment in template.attachments:
        places.setdefault(attachment.storage, attachment.vdu)
    for storage in template.storages:
        with draft.collecting():
            if storage.properties.get("volume_id") is None:
                _add_volume(storage, template, draft, places.get(storage.name))
    for attachment in template.attachments:
        with draft.collecting():
            _add_attachment(attachment, template, draft, storages, vdus)


def _add_volume(
    storage: BlockStorage, template: VnfTemplate, draft: Draft, vdu: str | None
) -> None:
    given = storage.properties
    properties: dict[str, Any] = {}
    if given.get("size") is not None:
        properties["size"] = _gigabytes(storage, template.resolve(given["size"]))
    elif given.get("snapshot_id") is None:
        raise checks.invalid(
            storage.name,
            "size is missing; give it, or volume_id to use a volume that exists",
            path=("properties",),
        )
    if given.get("image") is not None and given.get("snapshot_id") is not None:
        raise checks.invalid(
            storage.name,
            "a volume is made from an image or from a snapshot_id; leave one out",
            path=("properties", "snapshot_id"),
        )
    for key in COPIED:
        if given.get(key) is not None:
            properties[key] = parameters.references(given[key])
    if "metadata" in properties:
        properties["metadata"] = parameters.texts(properties["metadata"])
    draft.add(storage.name, "OS::Cinder::Volume", properties, vdu=vdu)


def _gigabytes(storage: BlockStorage, value: Any) -> Any:
    if is_get_input(value):
        return parameters.references(value)
    found = sizes.whole(value, sizes.GIGABYTE, bare=sizes.GIGABYTE)
    if found is None or not sizes.in_bytes(value, bare=sizes.GIGABYTE):
        written = storage.properties["size"]
        shown = "" if is_get_input(written) else f", not {checks.shown(written)}"
        raise checks.invalid(
            storage.name,
            f"size must be above 0: a number of GB, or {sizes.WORDS}{shown}",
            path=("properties", "size"),
        )
    return found


def _add_attachment(
    attachment: BlockStorageAttachment,
    template: VnfTemplate,
    draft: Draft,
    storages: dict[str, BlockStorage],
    vdus: set[str],
) -> None:
    if attachment.vdu not in vdus:
        raise checks.invalid(
            attachment.name,
            "the requirement virtualBinding must name a VDU",
            path=("requirements", "virtualBinding"),
        )
    storage = storages.get(attachment.storage)
    if storage is None:
        raise checks.invalid(
            attachment.name,
            "the requirement virtualAttachment must name a node of type "
            "tosca.nodes.BlockStorage.Tacker",
            path=("requirements", "virtualAttachment"),
        )
    properties = {
        "instance_uuid": {"get_resource": attachment.vdu},
        "volume_id": _volume(storage, template),
    }
    if attachment.properties.get("location") is not None:
        properties["mountpoint"] = parameters.references(
            attachment.properties["location"]
        )
    draft.add(
        attachment.name, "OS::Cinder::VolumeAttachment", properties, vdu=attachment.vdu
    )


def _volume(storage: BlockStorage, template: VnfTemplate) -> Any:
    existing = storage.properties.get("volume_id")
    if existing is None:
        return {"get_resource": storage.name}
    inputs = template.document["topology_template"].get("inputs") or {}
    if isinstance(existing, str) and existing in inputs:
        # Descriptors of the v1.0 API name the input without calling get_input.
        return {"get_param": existing}
    return parameters.references(existing)
