"""The outline of a descriptor: what must be there before anything is parsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca import nodes, policies, positions
from tacker_lite.tosca.model import VnfTemplate, input_name
from tacker_lite.tosca.problems import Problems, expect_mapping, kind

VERSION = "tosca_simple_profile_for_nfv_1_0_0"
MGMT_DRIVERS = ("noop", "openwrt")
TYPE_SECTIONS = (
    "node_types",
    "data_types",
    "capability_types",
    "relationship_types",
    "group_types",
    "policy_types",
)

NOT_SUPPORTED = {
    "outputs": "management addresses are published without",
    "relationship_templates": "name the other node in requirements",
}

REPEATABLE = ("host", "member")
"""Requirements that a node may have several times."""

TOPOLOGY = ("topology_template",)
NODES = (*TOPOLOGY, "node_templates")


def check(document: Any, problems: Problems) -> None:
    """Add every fault of the outline to ``problems``."""
    if not isinstance(document, dict) or not document:
        given = "empty" if document == {} else kind(document)
        problems.add(f"a descriptor must be a mapping with content, not {given}")
        return
    if positions.is_too_deep(document):
        problems.add(f"a descriptor nests at most {positions.MAX_DEPTH} levels deep")
        return
    _check_head(document, problems)
    topology = document.get("topology_template")
    if not isinstance(topology, Mapping):
        problems.add("topology_template is missing or not a mapping", TOPOLOGY)
        return
    for section in ("inputs", "outputs", "groups", "substitution_mappings"):
        path = (*TOPOLOGY, section)
        expect_mapping(problems, topology.get(section), path, section)
    for section, remedy in NOT_SUPPORTED.items():
        if topology.get(section):
            problems.add(f"{section} are not supported: {remedy}", (*TOPOLOGY, section))
    _check_policies(topology.get("policies"), problems)
    templates = expect_mapping(
        problems, topology.get("node_templates"), NODES, "node_templates"
    )
    if not templates:
        problems.add("node_templates must name at least one node", TOPOLOGY)
    inputs = topology.get("inputs")
    declared = inputs if isinstance(inputs, Mapping) else {}
    for name, node in templates.items():
        _check_node(name, node, document, problems)
        _check_functions(node, (*NODES, name), declared, problems)


def _check_head(document: Mapping[str, Any], problems: Problems) -> None:
    version = document.get("tosca_definitions_version")
    if version != VERSION:
        given = "is missing" if version is None else f'"{version}" is not supported'
        problems.add(
            f"tosca_definitions_version {given}; use {VERSION}",
            ("tosca_definitions_version",),
        )
    if document.get("imports"):
        problems.add(
            "imports are not supported: the NFV types are built in, put types of "
            "your own into node_types",
            ("imports",),
        )
    for section in TYPE_SECTIONS:
        types = expect_mapping(problems, document.get(section), (section,), section)
        for name, definition in types.items():
            expect_mapping(problems, definition, (section, name), f"{section} {name}")
    expect_mapping(problems, document.get("metadata"), ("metadata",), "metadata")
    description = document.get("description")
    if description is not None and not isinstance(description, str):
        problems.add("description must be text", ("description",))


def _check_policies(found: Any, problems: Problems) -> None:
    path = (*TOPOLOGY, "policies")
    if found is not None and not isinstance(found, list):
        problems.add(f"policies must be a list, not {kind(found)}", path)
        return
    for index, item in enumerate(found or []):
        if not isinstance(item, Mapping) or len(item) != 1:
            problems.add("each policy must be a mapping of one key", (*path, index))
            continue
        name, policy = next(iter(item.items()))
        policies.check(name, policy, (*path, index, name), problems)


def _check_node(name: str, node: Any, document: Mapping, problems: Problems) -> None:
    path = (*NODES, name)
    if not isinstance(node, Mapping):
        problems.add(f'node "{name}" must be a mapping, not {kind(node)}', path)
        return
    node_type = node.get("type")
    if not isinstance(node_type, str):
        problems.add(
            f'node "{name}": type is missing; use one of {", ".join(nodes.BUILDERS)}',
            path,
        )
    elif nodes.supported(node_type, document.get("node_types")) is None:
        problems.add(
            f'node "{name}": type {node_type} is not supported'
            f"{problems.near(node_type, nodes.BUILDERS)}; use one of "
            f"{', '.join(nodes.BUILDERS)}",
            (*path, "type"),
            error=exceptions.UnsupportedNodeType,
        )
    for section in ("properties", "capabilities", "artifacts"):
        what = f'{section} of node "{name}"'
        values = expect_mapping(problems, node.get(section), (*path, section), what)
        if section != "properties":
            for key, value in values.items():
                place = (*path, section, key)
                inner = expect_mapping(problems, value, place, f"{what}, {key}")
                expect_mapping(
                    problems, inner.get("properties"), place, f"{what}, {key}"
                )
    if node.get("interfaces") and node_type != "tosca.nodes.nfv.VNFC.Tacker":
        problems.add(
            f'node "{name}": interfaces are not supported here; start '
            "software with user_data or a node of type tosca.nodes.nfv.VNFC.Tacker",
            (*path, "interfaces"),
        )
    _check_requirements(name, node.get("requirements"), document, problems)


def _check_requirements(
    name: str, found: Any, document: Mapping, problems: Problems
) -> None:
    path = (*NODES, name, "requirements")
    if found is not None and not isinstance(found, list):
        problems.add(f'requirements of node "{name}" must be a list', path)
        return
    templates = document["topology_template"]["node_templates"]
    seen: set[str] = set()
    for index, item in enumerate(found or []):
        if not isinstance(item, Mapping) or len(item) != 1:
            problems.add(
                f'each requirement of node "{name}" must be a mapping of one key',
                (*path, index),
            )
            continue
        key, target = next(iter(item.items()))
        node = target.get("node") if isinstance(target, Mapping) else target
        place = (*path, index, key)
        if isinstance(target, Mapping) and isinstance(
            target.get("relationship"), Mapping
        ):
            problems.add(
                f'node "{name}": {key} cannot describe its relationship; name the '
                "node alone",
                place,
            )
        if key in seen and key not in REPEATABLE:
            problems.add(f'node "{name}" has more than one {key}', place)
        seen.add(key)
        if not isinstance(node, str) or node not in templates:
            problems.add(
                f'node "{name}": {key} needs the name of a node of this descriptor, '
                f'there is none called "{node}"{problems.near(str(node), templates)}',
                place,
            )


def _check_functions(
    value: Any, path: tuple[Any, ...], declared: Mapping, problems: Problems
) -> None:
    """Every ``get_input`` must name a declared input; no other function is known."""
    if isinstance(value, str):
        return
    if isinstance(value, dict):
        if len(value) == 1 and "get_input" in value:
            name = input_name(value)
            if name is None:
                problems.add("get_input takes the name of one input", path)
            elif name not in declared:
                problems.add(
                    f'get_input: there is no input "{name}" in inputs'
                    f"{problems.near(name, declared)}",
                    path,
                )
            return
        if len(value) == 1 and next(iter(value)) in nodes.OTHER_FUNCTIONS:
            problems.add(
                f"function {next(iter(value))} is not supported; use get_input", path
            )
            return
        for key, item in value.items():
            _check_functions(item, (*path, key), declared, problems)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_functions(item, (*path, index), declared, problems)


def check_bindings(document: Any, template: VnfTemplate, problems: Problems) -> None:
    """Each connection point must lead from a VDU to a virtual link."""
    vdus = {vdu.name for vdu in template.vdus}
    links = {link.name for link in template.virtual_links}
    for point in template.connection_points:
        path = (*NODES, point.name, "requirements")
        if point.vdu is not None and point.vdu not in vdus:
            problems.add(
                f'node "{point.name}": virtualBinding must name a VDU, '
                f'"{point.vdu}" is none',
                path,
            )
        if point.virtual_link is not None and point.virtual_link not in links:
            problems.add(
                f'node "{point.name}": virtualLink must name a virtual link, '
                f'"{point.virtual_link}" is none',
                path,
            )


def mgmt_driver(document: Mapping[str, Any], file: str = "") -> str:
    """Name of the management driver all VDUs ask for; ``noop`` when none does.

    :raises InvalidTemplate: for an unknown driver or several different ones.
    """
    templates = document["topology_template"]["node_templates"]
    found: dict[str, tuple[Any, ...]] = {}
    for name, node in templates.items():
        driver = (node.get("properties") or {}).get("mgmt_driver")
        if isinstance(driver, str):
            found.setdefault(driver, (*NODES, name, "properties", "mgmt_driver"))
    problems = Problems(document, file)
    for driver, path in found.items():
        if driver not in MGMT_DRIVERS:
            problems.add(
                f"management driver {driver} is not enabled; use one of "
                f"{', '.join(MGMT_DRIVERS)}",
                path,
                public_type="InvalidMgmtDriver",
            )
    if len(found) > 1:
        problems.add(
            "all VDUs of a descriptor need the same mgmt_driver, found "
            f"{', '.join(found)}",
            list(found.values())[1],
            public_type="MultipleMGMTDriversSpecified",
        )
    problems.raise_if_any()
    return next(iter(found), "noop")
