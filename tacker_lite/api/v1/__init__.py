"""The v1.0 API: one controller per noun.

To add a noun: its controller here, its schemas in ``api/schemas``, its rules in
``rbac``, its queries in ``db``, and one line in :data:`NOUNS`.
"""

from __future__ import annotations

from tacker_lite.api.resource import Resource
from tacker_lite.api.v1.event import EventController
from tacker_lite.api.v1.extension import ExtensionController
from tacker_lite.api.v1.vim import VimController
from tacker_lite.api.v1.vnf import VnfController
from tacker_lite.api.v1.vnfd import VnfdController

VERSION = "v1.0"

NOUNS: tuple[type[Resource], ...] = (
    VimController,
    VnfdController,
    VnfController,
    EventController,
    ExtensionController,
)
