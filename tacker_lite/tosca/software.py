"""Interfaces: the scripts of a software component (VNFC)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.tosca.nodes import INTERFACES, OPERATIONS
from tacker_lite.tosca.problems import NODES, expect_keys, kind
from tacker_lite.tosca.survey import Survey

COMPONENT = "tosca.nodes.nfv.VNFC.Tacker"
WITHOUT_EFFECT = ("stop", "delete")
OPERATION_KEYS = ("description", "implementation", "inputs")


def check(survey: Survey) -> None:
    """Check the interfaces of every node that has no problem yet."""
    for name, node in survey.sound(*set(survey.kinds.values())):
        interfaces = node.get("interfaces")
        path = (*NODES, name, "interfaces")
        if interfaces and survey.kinds[name] != COMPONENT:
            survey.add(
                f'node "{name}": interfaces are not supported here; start '
                f"software with user_data or a node of type {COMPONENT}",
                path,
            )
        elif interfaces:
            _check_interfaces(name, interfaces, path, survey)


def _check_interfaces(
    name: str, interfaces: Mapping[str, Any], path: tuple[Any, ...], survey: Survey
) -> None:
    what = f'interfaces of node "{name}"'
    expect_keys(survey.problems, interfaces, INTERFACES, path, what)
    for interface in INTERFACES:
        given = interfaces.get(interface)
        if given is None:
            continue
        place = (*path, interface)
        if not isinstance(given, dict):
            survey.add(
                f"{what}: {interface} must be a mapping of operations, not "
                f"{kind(given)}",
                place,
            )
            continue
        known = (*OPERATIONS, *WITHOUT_EFFECT)
        expect_keys(survey.problems, given, known, place, what)
        for operation, script in given.items():
            if operation in OPERATIONS and script is not None:
                _check_operation(
                    f'node "{name}", {operation}', script, (*place, operation), survey
                )


def _check_operation(
    what: str, script: Any, path: tuple[Any, ...], survey: Survey
) -> None:
    if isinstance(script, dict):
        expect_keys(survey.problems, script, OPERATION_KEYS, path, what)
        inputs = script.get("inputs")
        if inputs is not None and not isinstance(inputs, dict):
            survey.add(
                f"{what}: inputs must be a mapping, not {kind(inputs)}",
                (*path, "inputs"),
            )
        script = script.get("implementation")
        path = (*path, "implementation")
    if not isinstance(script, str) or not script.strip():
        survey.add(
            f"{what}: implementation must be the path of a script, or the script "
            f"itself in several lines, not {kind(script)}",
            path,
        )
    elif "\n" not in script.strip() and script not in survey.files:
        survey.add(
            f"{what}: there is no file {script} with the descriptor"
            f"{survey.problems.near(script, survey.files)}; pack both into a CSAR, or "
            "write the script here in several lines",
            path,
        )
