"""Functions in a descriptor: ``get_input`` alone, of inputs that are declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.tosca.model import input_name, is_get_input
from tacker_lite.tosca.problems import Problems

OTHERS = frozenset(
    (
        "concat",
        "get_artifact",
        "get_attribute",
        "get_nodes_of_type",
        "get_operation_output",
        "get_property",
        "join",
        "token",
    )
)

OF_LISTS = ("concat", "join", "token")
"""Also names of properties, where what follows is no list."""


def check(
    value: Any, path: tuple[Any, ...], inputs: Mapping[str, Any], problems: Problems
) -> None:
    """Every ``get_input`` must name a declared input; no other function is known."""
    if isinstance(value, str):
        return
    if isinstance(value, dict):
        if is_get_input(value):
            _check_input(value, path, inputs, problems)
            return
        if len(value) == 1 and _is_other(*next(iter(value.items()))):
            problems.add(
                f"function {next(iter(value))} is not supported; use get_input",
                path,
                minor=True,
            )
            return
        for key, item in value.items():
            check(item, (*path, key), inputs, problems)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check(item, (*path, index), inputs, problems)


def is_call(value: Any) -> bool:
    """Whether a value is a call of any function."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and (is_get_input(value) or _is_other(*next(iter(value.items()))))
    )


def _is_other(name: str, argument: Any) -> bool:
    return name in OTHERS and (name not in OF_LISTS or isinstance(argument, list))


def _check_input(
    call: Mapping[str, Any],
    path: tuple[Any, ...],
    inputs: Mapping[str, Any],
    problems: Problems,
) -> None:
    name = input_name(call)
    if name is None:
        problems.add("get_input takes the name of one input", path, minor=True)
    elif name not in inputs:
        problems.add(
            f'get_input: there is no input "{name}" in inputs'
            f"{problems.near(name, inputs)}",
            path,
            minor=True,
        )
