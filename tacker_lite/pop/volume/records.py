"""What a PoP's block-storage service keeps, as immutable records; sizes in GiB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class VolumeType:
    """A kind of volume; all kinds are simulated alike."""

    id: str
    name: str
    description: str = ""
    is_public: bool = True
    extra_specs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Volume:
    """A volume.

    :ivar status: ``available`` or ``in-use``.
    :ivar attachments: list of ``{"id", "server_id", "device", "attached_at"}``.
    :ivar image_id: what it was made from, or empty.
    """

    id: str
    project_id: str
    user_id: str
    size: int
    volume_type: str
    name: str = ""
    description: str = ""
    status: str = "available"
    bootable: bool = False
    multiattach: bool = False
    image_id: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    attachments: list[dict[str, str]] = field(default_factory=list)
    created_at: str = ""
    updated_at: str | None = None
