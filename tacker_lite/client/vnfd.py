"""VNF descriptors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.client.http import Collection


class VnfdCalls(Collection):
    """The calls of ``/v1.0/vnfds``."""

    plural = "vnfds"
    singular = "vnfd"

    def create(self, attributes: Mapping[str, Any]) -> dict:
        """Onboard a descriptor; ``attributes.vnfd`` is the parsed template."""
        return super().create(
            {"service_types": [{"service_type": "vnfd"}], **attributes}
        )
