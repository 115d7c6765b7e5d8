"""Inputs of a descriptor: their declarations and the values given for them.

A value may be a secret, so no message repeats one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toscaparser.common.exception import ExceptionCollector
from toscaparser.dataentity import DataEntity
from toscaparser.elements.constraints import Schema

from tacker_lite import exceptions
from tacker_lite.tosca import patterns, positions, reasons, structure
from tacker_lite.tosca.model import is_get_input
from tacker_lite.tosca.problems import Problems, expect_keys, kind
from tacker_lite.tosca.type_table import LIBRARY_ERRORS

TYPES = (
    "string",
    "integer",
    "float",
    "boolean",
    "list",
    "map",
    "timestamp",
    "version",
    "scalar-unit.size",
)
FIELDS = (
    "type",
    "description",
    "default",
    "constraints",
    "required",
    "status",
    "entry_schema",
)


def resolve(
    document: Mapping[str, Any], given: Mapping[str, Any] | None, problems: Problems
) -> dict[str, Any]:
    """Check declarations and values; the value of every input that has one.

    The caller holds the parser's lock.

    :param given: None at onboarding, when missing values are no fault.
    """
    found = document["topology_template"].get("inputs")
    declared = found if isinstance(found, dict) else {}
    values: dict[str, Any] = {}
    for name, schema in declared.items():
        path = (*structure.TOPOLOGY, "inputs", name)
        if not _check_declaration(name, schema, path, problems):
            continue
        if given is not None and name in given:
            _check_value(name, schema, given[name], path, problems)
            values[name] = given[name]
        elif schema.get("default") is not None:
            _check_value(name, schema, schema["default"], path, problems)
            values[name] = schema["default"]
        elif given is not None:  # also where not required: Heat needs a value
            problems.add(
                f'input "{name}" has no default: give it a value with --param-file '
                "(param_values)",
                path,
                error=exceptions.MissingParameter,
            )
    for name in given or {}:
        if name not in declared:
            problems.add(
                f'there is no input "{name}" in the descriptor'
                f"{problems.near(str(name), declared)}; it declares "
                f"{', '.join(declared) or 'none'}",
                (*structure.TOPOLOGY, "inputs"),
            )
    return values


def _check_declaration(
    name: str, schema: Any, path: tuple[Any, ...], problems: Problems
) -> bool:
    if not isinstance(schema, dict):
        problems.add(f'input "{name}" must be a mapping, not {kind(schema)}', path)
        return False
    if schema.get("type") not in TYPES:
        given = schema.get("type")
        problems.add(
            f'input "{name}": type {given} is not one of '
            f"{', '.join(TYPES)}"
            f"{problems.near(str(given), TYPES)}",
            (*path, "type"),
        )
        return False
    expect_keys(problems, schema, FIELDS, path, f'input "{name}"')
    if not isinstance(schema.get("constraints", []), list):
        problems.add(f'constraints of input "{name}" must be a list', path)
        return False
    if not isinstance(schema.get("description", ""), str):
        problems.add(f'description of input "{name}" must be text', path)
    return _constraints(name, schema, path, problems) is not None


def _constraints(
    name: str, schema: Mapping, path: tuple[Any, ...], problems: Problems
) -> list[Any] | None:
    ExceptionCollector.stop()
    try:
        return Schema(name, dict(schema)).constraints
    except LIBRARY_ERRORS as error:
        problems.add(
            f'constraints of input "{name}" are malformed: {reasons.of(error)}',
            (*path, "constraints"),
        )
        return None


def _check_value(
    name: str,
    schema: Mapping[str, Any],
    value: Any,
    path: tuple[Any, ...],
    problems: Problems,
) -> None:
    expected = schema["type"]
    ExceptionCollector.stop()
    if expected == "string" and isinstance(value, (int, float)):
        value = str(value)
    wrong = _form_fault(value) or patterns.fault(schema, value)
    if wrong:
        problems.add(f'the value of input "{name}": {wrong}', path)
        return
    try:
        DataEntity.validate_datatype(expected, value, schema.get("entry_schema"))
    except LIBRARY_ERRORS:
        problems.add(
            f'the value of input "{name}" must be of type {expected}, '
            f"not {kind(value)}",
            path,
        )
        return
    for constraint in _constraints(name, schema, path, problems) or []:
        try:
            constraint.validate(value)
        except LIBRARY_ERRORS:
            problems.add(
                f'the value of input "{name}" does not satisfy '
                f"{constraint.constraint_key}: {constraint.constraint_value_msg}",
                path,
            )


def _form_fault(value: Any) -> str:
    """Why something cannot be a value, or ``""``."""
    if positions.is_too_large([value]):
        return "it is too large, or nests too deep; split it"
    return "it holds get_input; write the value itself" if _calls(value) else ""


def _calls(value: Any) -> bool:
    if isinstance(value, dict):
        return is_get_input(value) or any(map(_calls, value.values()))
    return isinstance(value, list) and any(map(_calls, value))
