"""The management driver of VNFs that nobody configures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tacker_lite.mgmt.base import MgmtDriver


class NoopDriver(MgmtDriver):
    """Accepts any configuration and leaves the VDUs alone."""

    def configure(
        self, addresses: Mapping[str, Sequence[str]], config: Mapping[str, Any]
    ) -> None:
        """Do nothing."""
