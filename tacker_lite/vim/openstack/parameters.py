"""Inputs of a descriptor as HOT parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tacker_lite.tosca.model import VnfTemplate, input_name, is_get_input
from tacker_lite.vim.openstack import checks, sizes

HOT_TYPES = {
    "string": "string",
    "integer": "number",
    "float": "number",
    "boolean": "boolean",
    "list": "comma_delimited_list",
    "map": "json",
    "timestamp": "string",
    "version": "string",
    "scalar-unit.size": "number",
}

UNBOUNDED = "UNBOUNDED"
"""An end that a range does not have."""

SECRET = re.compile(
    r"(?i)((^|_|-)pass|passw(or)?d|passphrase|secret|token|credential|private_?key)"
    r"s?(_|-|$)"
)
"""Names of inputs whose values Heat must not show."""


def declare(template: VnfTemplate, *, inline_values: bool) -> dict[str, Any]:
    """The ``parameters`` section of the HOT: one for every input.

    :param inline_values: write the values in use as defaults, so that the HOT
        stands alone; otherwise the defaults are the descriptor's own.
    """
    section = {}
    for name, schema in _inputs(template).items():
        parameter: dict[str, Any] = {"type": HOT_TYPES[schema["type"]]}
        if schema.get("description"):
            parameter["description"] = schema["description"]
        default = schema.get("default")
        if inline_values:
            default = template.inputs.get(name, default)
        if default is not None:
            parameter["default"] = _convert(name, schema, default)
        constraints = [
            _constraint(name, schema, *next(iter(item.items())))
            for item in schema.get("constraints") or []
        ]
        if constraints:
            parameter["constraints"] = constraints
        if SECRET.search(name):
            parameter["hidden"] = True
        section[name] = parameter
    return section


def values(template: VnfTemplate) -> dict[str, Any]:
    """Heat ``parameters``: every value that is not the default."""
    return {
        name: _convert(name, schema, template.inputs[name])
        for name, schema in _inputs(template).items()
        if name in template.inputs and template.inputs[name] != schema.get("default")
    }


def used(value: Any) -> Iterator[str]:
    """Names of the parameters that ``get_param`` asks for in a value."""
    if isinstance(value, dict):
        if len(value) == 1 and "get_param" in value:
            argument = value["get_param"]
            name = argument[0] if isinstance(argument, list) and argument else argument
            if isinstance(name, str):
                yield name
                return
        for item in value.values():
            yield from used(item)
    elif isinstance(value, list):
        for item in value:
            yield from used(item)


def references(value: Any) -> Any:
    """A copy of ``value`` with ``get_input`` turned into ``get_param`` throughout."""
    if is_get_input(value):
        return {"get_param": input_name(value)}
    if isinstance(value, dict):
        return {key: references(item) for key, item in value.items()}
    if isinstance(value, list):
        return [references(item) for item in value]
    return value


def texts(value: Any) -> Any:
    """A mapping with numbers and booleans in it as the texts that they stand for."""
    if not isinstance(value, dict):
        return value
    return {
        key: str(item).lower()
        if isinstance(item, bool)
        else str(item)
        if isinstance(item, (int, float))
        else item
        for key, item in value.items()
    }


def _inputs(template: VnfTemplate) -> Mapping[str, Any]:
    return template.document["topology_template"].get("inputs") or {}


def _convert(name: str, schema: Mapping[str, Any], value: Any) -> Any:
    """A value as Heat takes it: sizes in GiB, texts as texts."""
    kind = schema["type"]
    if kind == "scalar-unit.size":
        found = sizes.whole(value, sizes.GIGABYTE, bare=sizes.MEGABYTE)
        if found is None:
            raise checks.invalid_input(name, f"its value must be {sizes.WORDS}")
        return found
    if HOT_TYPES[kind] == "string":
        return str(value)
    return value


def _constraint(
    name: str, schema: Mapping[str, Any], operator: str, bound: Any
) -> dict[str, Any]:
    if operator == "pattern":
        return {"allowed_pattern": bound}
    if operator in ("equal", "valid_values"):
        found = bound if operator == "valid_values" else [bound]
        return {"allowed_values": [_convert(name, schema, each) for each in found]}
    if operator in ("length", "min_length", "max_length"):
        limits = {"min": bound, "max": bound}
        if operator != "length":
            limits = {operator[:3]: bound}
        return {"length": limits}
    return {"range": _range(name, schema, operator, bound)}


def _range(
    name: str, schema: Mapping[str, Any], operator: str, bound: Any
) -> dict[str, Any]:
    if operator == "in_range":
        return {
            end: _convert(name, schema, each)
            for end, each in zip(("min", "max"), bound, strict=True)
            if each != UNBOUNDED
        }
    limit = _convert(name, schema, bound)
    # HOT ranges include their ends.
    step = 1 if schema["type"] == "integer" else 0
    if operator == "greater_than":
        return {"min": math.floor(limit) + step if step else limit}
    if operator == "less_than":
        return {"max": math.ceil(limit) - step if step else limit}
    return {"min" if operator == "greater_or_equal" else "max": limit}
