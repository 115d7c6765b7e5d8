"""Checks of descriptors that need a VIM driver; nothing is stored.

Descriptors themselves have no lifecycle: the API writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tacker_lite import exceptions
from tacker_lite.conductor import attributes
from tacker_lite.conductor.drivers import Drivers, Row
from tacker_lite.tosca import loader, problems

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
            template = loader.load(body["vnfd"], inputs, files=body.get("files"))
            documents = self._drivers.get(VIM_TYPE).check(template)
        except exceptions.InvalidInput as error:
            return {"problems": list(told(error)), "documents": {}}
        return {"problems": [], "documents": dict(documents)}


def told(error: exceptions.InvalidInput) -> Iterator[Row]:
    """Every problem that an error tells of."""
    fields = error.fields
    if fields.get("findings"):
        for path, reason, public_type in fields["findings"]:
            yield problem(path, reason, public_type or error.public_type)
    elif fields.get("problems"):
        lines = fields["problems"]
        places = fields.get("places") or [()] * len(lines)
        for (line, reason), path in zip(lines, places, strict=True):
            yield problem(path, reason, error.public_type, line)
    else:
        line = getattr(error, "line", 0)
        reason = getattr(error, "reason", error.message)
        yield problem((), reason, error.public_type, line)


def problem(path: Any, reason: str, public_type: str, line: int = 0) -> Row:
    """One problem as it crosses RPC."""
    return {
        "path": [part if isinstance(part, int) else str(part) for part in path],
        "node": problems.node_of(path),
        "line": line,
        "reason": reason,
        "type": public_type,
    }
