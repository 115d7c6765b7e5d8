"""The outline of a descriptor: what must be there before anything is parsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca import functions, nodes, policies, positions, requirements
from tacker_lite.tosca.problems import (
    NODES,
    Problems,
    expect_keys,
    expect_mapping,
    kind,
)

VERSION = "tosca_simple_profile_for_nfv_1_0_0"
MGMT_DRIVERS = ("noop", "openwrt")
MAX_NODES = 1_000
MAX_NAME = 200
TYPE_SECTIONS = (
    "node_types",
    "data_types",
    "capability_types",
    "relationship_types",
    "group_types",
    "policy_types",
)
SECTIONS = (
    "tosca_definitions_version",
    "tosca_default_namespace",
    "template_name",
    "template_author",
    "template_version",
    "description",
    "metadata",
    "imports",
    "dsl_definitions",
    "repositories",
    "artifact_types",
    "interface_types",
    *TYPE_SECTIONS,
    "topology_template",
)
TOPOLOGY_SECTIONS = (
    "description",
    "inputs",
    "node_templates",
    "relationship_templates",
    "outputs",
    "groups",
    "substitution_mappings",
    "policies",
)
NODE_SECTIONS = (
    "type",
    "description",
    "metadata",
    "directives",
    "properties",
    "attributes",
    "requirements",
    "capabilities",
    "interfaces",
    "artifacts",
)

NOT_SUPPORTED = {
    "outputs": "management addresses are published without",
    "relationship_templates": "name the other node in requirements",
}

TOPOLOGY = ("topology_template",)


def check(document: Any, problems: Problems) -> bool:
    """Add every fault of the outline to ``problems``.

    :returns: whether there are nodes to look into.
    """
    if not isinstance(document, dict) or not document:
        given = "empty" if document == {} else kind(document)
        problems.add(f"a descriptor must be a mapping with content, not {given}")
        return False
    if positions.is_too_large(document):
        problems.add(
            f"a descriptor has at most {positions.MAX_NODES} values and nests at most "
            f"{positions.MAX_DEPTH} levels deep"
        )
        return False
    _check_head(document, problems)
    topology = document.get("topology_template")
    if not isinstance(topology, dict):
        problems.add("topology_template is missing or not a mapping", TOPOLOGY)
        return False
    expect_keys(problems, topology, TOPOLOGY_SECTIONS, TOPOLOGY, "topology_template")
    for section in ("inputs", "outputs", "groups", "substitution_mappings"):
        path = (*TOPOLOGY, section)
        expect_mapping(problems, topology.get(section), path, section)
    for section, remedy in NOT_SUPPORTED.items():
        if topology.get(section):
            problems.add(f"{section} are not supported: {remedy}", (*TOPOLOGY, section))
    found = topology.get("inputs")
    inputs = found if isinstance(found, dict) else {}
    own_types = document.get("policy_types")
    policies.check(topology.get("policies"), own_types, inputs, problems)
    return _check_nodes(document, topology, inputs, problems)


def _check_head(document: Mapping[str, Any], problems: Problems) -> None:
    version = document.get("tosca_definitions_version")
    if version != VERSION:
        given = "is missing" if version is None else f'"{version}" is not supported'
        problems.add(
            f"tosca_definitions_version {given}; use {VERSION}",
            ("tosca_definitions_version",),
        )
    expect_keys(problems, document, SECTIONS, (), "the descriptor")
    if document.get("imports"):
        problems.add(
            "imports cannot be followed from a single file: pack the descriptor and "
            "what it imports into a CSAR, or put types of your own into node_types",
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


def _check_nodes(
    document: Mapping[str, Any],
    topology: Mapping[str, Any],
    inputs: Mapping[str, Any],
    problems: Problems,
) -> bool:
    found = topology.get("node_templates")
    templates = expect_mapping(problems, found, NODES, "node_templates")
    if not templates:
        if not found:
            problems.add("node_templates must name at least one node", TOPOLOGY)
        return False
    if len(templates) > MAX_NODES:
        problems.add(
            f"a descriptor has at most {MAX_NODES} nodes, not {len(templates)}; split "
            "it into several VNFs",
            NODES,
        )
        return False
    for name, node in templates.items():
        _check_node(name, node, document, problems)
        functions.check(node, (*NODES, name), inputs, problems)
    return True


def _check_node(name: str, node: Any, document: Mapping, problems: Problems) -> None:
    path = (*NODES, name)
    if not 0 < len(name) <= MAX_NAME or "/" in name:
        problems.add(
            f"the name of a node has 1 to {MAX_NAME} characters and no slash; rename "
            f"{name}",
            path,
            minor=True,
        )
    if not isinstance(node, dict):
        problems.add(f'node "{name}" must be a mapping, not {kind(node)}', path)
        return
    expect_keys(problems, node, NODE_SECTIONS, path, f'node "{name}"')
    _check_type(name, node.get("type"), document, problems)
    for section in ("properties", "capabilities", "artifacts", "interfaces"):
        what = f'{section} of node "{name}"'
        values = expect_mapping(problems, node.get(section), (*path, section), what)
        if section in ("capabilities", "artifacts"):
            for key, value in values.items():
                place = (*path, section, key)
                if value is None and section == "artifacts":
                    problems.add(f"{what}: {key} is empty; give type and file", place)
                inner = expect_mapping(problems, value, place, f"{what}, {key}")
                expect_mapping(
                    problems, inner.get("properties"), place, f"{what}, {key}"
                )
    requirements.check_form(name, node.get("requirements"), document, problems)


def _check_type(name: str, given: Any, document: Mapping, problems: Problems) -> None:
    path = (*NODES, name)
    known = ", ".join(nodes.BUILDERS)
    if not isinstance(given, str):
        problems.add(f'node "{name}": type is missing; use one of {known}', path)
    elif nodes.supported(given, document.get("node_types")) is None:
        own_types = document.get("node_types")
        names = [*(own_types if isinstance(own_types, dict) else ())]
        problems.add(
            f'node "{name}": type {given} is not supported'
            f"{problems.near(given, (*nodes.BUILDERS, *names))}; use one of {known}, "
            "or a type of your own that is derived from one",
            (*path, "type"),
            error=exceptions.UnsupportedNodeType,
        )


def check_mgmt_drivers(document: Mapping[str, Any], problems: Problems) -> None:
    """All VDUs need the same management driver, one that is known."""
    found = _mgmt_drivers(document)
    for driver, path in found.items():
        if driver not in MGMT_DRIVERS:
            problems.add(
                f"management driver {driver} is not enabled"
                f"{problems.near(driver, MGMT_DRIVERS)}; use one of "
                f"{', '.join(MGMT_DRIVERS)}",
                path,
                public_type="InvalidMgmtDriver",
                minor=True,
            )
    if len(found) > 1:
        problems.add(
            "all VDUs of a descriptor need the same mgmt_driver, found "
            f"{', '.join(found)}",
            list(found.values())[1],
            public_type="MultipleMGMTDriversSpecified",
            minor=True,
        )


def mgmt_driver(document: Mapping[str, Any]) -> str:
    """Name of the management driver all VDUs ask for; ``noop`` when none does."""
    return next(iter(_mgmt_drivers(document)), "noop")


def _mgmt_drivers(document: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Where each management driver is named first."""
    found: dict[str, tuple[Any, ...]] = {}
    for name, node in document["topology_template"]["node_templates"].items():
        properties = node.get("properties") if isinstance(node, dict) else None
        if isinstance(properties, dict):
            driver = properties.get("mgmt_driver")
            if isinstance(driver, str):
                found.setdefault(driver, (*NODES, name, "properties", "mgmt_driver"))
    return found
