"""Node types: which ones are known and what each means.

To add one: its definition in ``definitions/``, a dataclass in ``model.py``, a
builder here and in :data:`BUILDERS`, and the rendering in every driver that
supports it.  A type that is not here is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from tacker_lite.tosca import model
from tacker_lite.tosca.model import substitute

Inputs = Mapping[str, Any]
INTERFACES = ("Standard", "tosca.interfaces.node.lifecycle.Standard")
OPERATIONS = ("create", "configure", "start")
TRUE_TEXTS = ("true", "yes", "on", "1")


def vdu(name: str, node: Mapping[str, Any], inputs: Inputs) -> model.Vdu:
    """Builds a VDU."""
    return model.Vdu(name, dict(node.get("properties") or {}))


def connection_point(
    name: str, node: Mapping[str, Any], inputs: Inputs
) -> model.ConnectionPoint:
    """Builds a connection point; ``inputs`` may say whether it is a management one."""
    properties = dict(node.get("properties") or {})
    return model.ConnectionPoint(
        name,
        vdu=_target(node, "virtualBinding"),
        virtual_link=_target(node, "virtualLink"),
        management=_truth(substitute(properties.get("management"), inputs)),
        properties=properties,
    )


def virtual_link(
    name: str, node: Mapping[str, Any], inputs: Inputs
) -> model.VirtualLink:
    """Builds a virtual link."""
    return model.VirtualLink(name, dict(node.get("properties") or {}))


def block_storage(
    name: str, node: Mapping[str, Any], inputs: Inputs
) -> model.BlockStorage:
    """Builds a block storage."""
    return model.BlockStorage(name, dict(node.get("properties") or {}))


def attachment(
    name: str, node: Mapping[str, Any], inputs: Inputs
) -> model.BlockStorageAttachment:
    """Builds the attachment of a block storage to a VDU."""
    return model.BlockStorageAttachment(
        name,
        vdu=_target(node, "virtualBinding") or "",
        storage=_target(node, "virtualAttachment") or "",
        properties=dict(node.get("properties") or {}),
    )


def floating_ip(name: str, node: Mapping[str, Any], inputs: Inputs) -> model.FloatingIp:
    """Builds a floating IP."""
    return model.FloatingIp(
        name, _target(node, "link"), dict(node.get("properties") or {})
    )


def software_component(
    name: str, node: Mapping[str, Any], inputs: Inputs
) -> model.SoftwareComponent:
    """Builds a software component; its operations in the order in which they run."""
    interfaces = node.get("interfaces") or {}
    return model.SoftwareComponent(
        name,
        vdus=tuple(_targets(node, "host")),
        operations=tuple(
            _operation(operation, scripts[operation])
            for operation in OPERATIONS
            for scripts in [interfaces.get(each) or {} for each in INTERFACES]
            if scripts.get(operation) is not None
        ),
    )


def load_balancer(
    name: str, node: Mapping[str, Any], inputs: Inputs
) -> model.LoadBalancer:
    """Builds a load balancer."""
    properties = dict(node.get("properties") or {})
    return model.LoadBalancer(
        name,
        virtual_link=_target(node, "virtualLink") or "",
        management=_truth(substitute(properties.get("management"), inputs)),
        properties=properties,
    )


def listener(name: str, node: Mapping[str, Any], inputs: Inputs) -> model.Listener:
    """Builds a listener."""
    return model.Listener(
        name,
        _target(node, "loadBalancer") or "",
        dict(node.get("properties") or {}),
    )


def pool(name: str, node: Mapping[str, Any], inputs: Inputs) -> model.Pool:
    """Builds a pool."""
    return model.Pool(
        name,
        _target(node, "listener") or "",
        tuple(_targets(node, "member")),
        dict(node.get("properties") or {}),
    )


BUILDERS: dict[str, Callable[[str, Mapping[str, Any], Inputs], Any]] = {
    "tosca.nodes.nfv.VDU.Tacker": vdu,
    "tosca.nodes.nfv.CP.Tacker": connection_point,
    "tosca.nodes.nfv.VL": virtual_link,
    "tosca.nodes.nfv.VL.ELAN": virtual_link,
    "tosca.nodes.nfv.VL.ELine": virtual_link,
    "tosca.nodes.nfv.VL.ETree": virtual_link,
    "tosca.nodes.network.FloatingIP": floating_ip,
    "tosca.nodes.BlockStorage.Tacker": block_storage,
    "tosca.nodes.BlockStorageAttachment": attachment,
    "tosca.nodes.nfv.VNFC.Tacker": software_component,
    "tosca.nodes.nfv.LoadBalancer": load_balancer,
    "tosca.nodes.nfv.LoadBalancer.Listener": listener,
    "tosca.nodes.nfv.LoadBalancer.Pool": pool,
}


def supported(
    type_name: Any, own_types: Any, known: Container[str] = BUILDERS
) -> str | None:
    """The known type behind ``type_name``, followed through a descriptor's own types.

    :param own_types: the descriptor's ``node_types``, or None.
    :param known: names of the types to look for.
    """
    seen: set[str] = set()
    while isinstance(type_name, str) and type_name not in seen:
        if type_name in known:
            return type_name
        seen.add(type_name)
        definition = own_types.get(type_name) if isinstance(own_types, dict) else None
        type_name = (
            definition.get("derived_from") if isinstance(definition, dict) else None
        )
    return None


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


def _targets(node: Mapping[str, Any], requirement: str) -> list[str]:
    """Names of the nodes that fill a requirement, which has a short and a long form."""
    found = [
        item[requirement]
        for item in node.get("requirements") or []
        if requirement in item
    ]
    return [each["node"] if isinstance(each, dict) else each for each in found]


def _target(node: Mapping[str, Any], requirement: str) -> str | None:
    return next(iter(_targets(node, requirement)), None)


def _operation(name: str, script: Any) -> model.Operation:
    if isinstance(script, dict):
        return model.Operation(
            name, script["implementation"], dict(script.get("inputs") or {})
        )
    return model.Operation(name, script)


def _truth(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in TRUE_TEXTS
    return value is True
