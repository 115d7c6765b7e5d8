"""Node types: which ones are known and what each means.

To add one: its definition in ``definitions/``, a dataclass in ``model.py``, a
builder here and in :data:`BUILDERS`, and the rendering in every driver that
supports it.  A type that is not here is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tacker_lite.tosca import model
from tacker_lite.tosca.model import substitute

OTHER_FUNCTIONS = frozenset(
    ("get_property", "get_attribute", "get_operation_output", "concat", "token")
)

Inputs = Mapping[str, Any]
TRUE_TEXTS = ("true", "yes", "on", "1")


def vdu(name: str, node: Mapping[str, Any], inputs: Inputs) -> model.Vdu:
    """Builds a VDU."""
    return model.Vdu(name, dict(node.get("properties") or {}))


def connection_point(
    name: str, node: Mapping[str, Any], inputs: Inputs
) -> model.ConnectionPoint:
    """Builds a connection point; ``inputs`` may say whether it is a management one."""
    properties = dict(node.get("properties") or {})
    requirements = {
        key: target.get("node") if isinstance(target, Mapping) else target
        for item in node.get("requirements") or []
        for key, target in item.items()
    }
    return model.ConnectionPoint(
        name,
        vdu=requirements.get("virtualBinding"),
        virtual_link=requirements.get("virtualLink"),
        management=_truth(substitute(properties.get("management"), inputs)),
        properties=properties,
    )


def virtual_link(
    name: str, node: Mapping[str, Any], inputs: Inputs
) -> model.VirtualLink:
    """Builds a virtual link."""
    return model.VirtualLink(name, dict(node.get("properties") or {}))


BUILDERS: dict[str, Callable[[str, Mapping[str, Any], Inputs], Any]] = {
    "tosca.nodes.nfv.VDU.Tacker": vdu,
    "tosca.nodes.nfv.CP.Tacker": connection_point,
    "tosca.nodes.nfv.VL": virtual_link,
    "tosca.nodes.nfv.VL.ELAN": virtual_link,
    "tosca.nodes.nfv.VL.ELine": virtual_link,
    "tosca.nodes.nfv.VL.ETree": virtual_link,
}


def supported(node_type: str, own_types: Any) -> str | None:
    """The known type behind ``node_type``, followed through a descriptor's own types.

    :param own_types: the descriptor's ``node_types``, or None.
    """
    seen: set[str] = set()
    while node_type not in BUILDERS:
        definition = (
            own_types.get(node_type) if isinstance(own_types, Mapping) else None
        )
        if node_type in seen or not isinstance(definition, Mapping):
            return None
        seen.add(node_type)
        parent = definition.get("derived_from")
        if not isinstance(parent, str):
            return None
        node_type = parent
    return node_type


def build(document: Mapping[str, Any], inputs: Inputs) -> dict[type, list[Any]]:
    """Model objects of every node, by their class, in the order written."""
    own_types = document.get("node_types")
    built: dict[type, list[Any]] = {}
    for name, node in document["topology_template"]["node_templates"].items():
        known = supported(node["type"], own_types)
        if known is not None:
            item = BUILDERS[known](name, node, inputs)
            built.setdefault(type(item), []).append(item)
    return built


def _truth(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in TRUE_TEXTS
    return value is True
