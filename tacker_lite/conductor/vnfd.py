"""Checks of descriptors that need a VIM driver; nothing is stored.

Descriptors themselves have no lifecycle: the API writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite import exceptions
from tacker_lite.conductor import attributes
from tacker_lite.conductor.drivers import Drivers, Row
from tacker_lite.tosca import loader, report

VIM_TYPE = "openstack"
"""The type of VIM that a descriptor is checked for."""


class Vnfds:
    """The operations on descriptors."""

    def __init__(self, drivers: Drivers):
        self._drivers = drivers

    def check(self, body: Mapping[str, Any]) -> Row:
        """Load a descriptor and render it for a VIM.

        :param body: ``vnfd``, the descriptor as an object; ``files``, the text of
            those in its package, by path (optional); ``param_values``, values of
            inputs (optional: without them a missing value is no fault).
        :returns: ``problems``, each with ``path`` (keys from the top of the
            descriptor), ``node``, ``line`` (0: not known), ``reason`` and ``type``;
            and ``documents``, what would be sent to a VIM, by name, empty when there
            are problems.
        """
        try:
            inputs = body.get("param_values")
            if inputs is not None:
                inputs = attributes.parse("param_values", inputs)
            check = self._drivers.get(VIM_TYPE).check
            documents = loader.load_and_check(
                body["vnfd"], inputs, check=check, files=body.get("files")
            )
        except exceptions.InvalidInput as error:
            problems = [row_of(told) for told in report.told(error)]
            return {"problems": problems, "documents": {}}
        return {"problems": [], "documents": dict(documents)}


def row_of(told: report.Told) -> Row:
    """One problem as it crosses RPC."""
    return {
        "path": [part if isinstance(part, int) else str(part) for part in told.path],
        "node": told.node,
        "line": told.line,
        "reason": told.reason,
        "type": told.public_type,
    }
