"""Schemas of resource properties, and the reading of values by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.stack import values
from tacker_lite.pop.stack.errors import StackValidationFailed
from tacker_lite.pop.stack.snippets import UNKNOWN


@dataclass(frozen=True)
class Property:
    """One property of a resource type.

    :ivar type: string, integer, number, boolean, list, map or any.
    :ivar update: a new value is applied in place; else the resource is replaced.
    :ivar custom: named constraint, such as ``glance.image``.
    :ivar means: the present name of a property that has an older one too.
    :ivar items: schema of a list's entries.
    :ivar fields: schemas of a map's entries; None: any entries.
    """

    type: str = "string"
    required: bool = False
    default: Any = None
    update: bool = False
    custom: str = ""
    allowed: tuple[Any, ...] = ()
    least: int | None = None
    most: int | None = None
    means: str = ""
    items: Property | None = None
    fields: Mapping[str, Property] | None = None
    description: str = ""

    def describe(self) -> dict[str, Any]:
        """The property as the API shows a resource type's schema."""
        constraints: list[dict[str, Any]] = []
        if self.allowed:
            constraints.append({"allowed_values": list(self.allowed)})
        if self.least is not None or self.most is not None:
            bounds = {"min": self.least, "max": self.most}
            shown = {k: v for k, v in bounds.items() if v is not None}
            constraints.append({"range": shown})
        if self.custom:
            constraints.append({"custom_constraint": self.custom})
        described: dict[str, Any] = {
            "type": self.type,
            "required": self.required,
            "update_allowed": self.update,
            "immutable": False,
            "description": self.description,
        }
        if self.default is not None:
            described["default"] = self.default
        if constraints:
            described["constraints"] = constraints
        if self.items:
            described["schema"] = {"*": self.items.describe()}
        elif self.fields:
            described["schema"] = {k: v.describe() for k, v in self.fields.items()}
        return described


Schema = Mapping[str, Property]


def _to_map(value: Any) -> Any:
    if isinstance(value, str):
        value = values.to_json(value)
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is not a map")
    return value


def _to_list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return values.to_list(value)
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "string": values.to_string,
    "integer": values.to_integer,
    "number": values.to_number,
    "boolean": values.to_boolean,
    "list": _to_list,
    "map": _to_map,
    "any": lambda value: value,
}


def read_properties(
    schema: Schema, given: Any, where: str, custom: values.CustomCheck
) -> dict[str, Any]:
    """Check and convert resolved properties, with defaults filled in.

    Values that are unknown before creation are let through as they are.

    :param where: path of the properties, for messages.
    :raises StackValidationFailed: naming the property and what is wrong.
    """
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise StackValidationFailed(f"Property error: : {where}: : a map is expected")
    for name in given:
        if name not in schema:
            raise StackValidationFailed(
                f"Property error: : {where}: : Unknown Property {name}"
            )
    result: dict[str, Any] = {}
    for name, prop in schema.items():
        value = given.get(name)
        if value is None and prop.default is None:
            continue
        source = prop.default if value is None else value
        target = prop.means or name
        if target != name and target in result:
            raise StackValidationFailed(
                f"Property error: : {where}: : {name} and {target} mean the same; "
                f"give one of them"
            )
        result[target] = _read(prop, source, f"{where}.{name}", custom)
    for name, prop in schema.items():
        if prop.required and name not in result:
            raise StackValidationFailed(
                f"Property error: : {where}: : Property {name} not assigned"
            )
    return result


def _read(prop: Property, value: Any, where: str, custom: values.CustomCheck) -> Any:
    if value is UNKNOWN:
        return value
    try:
        value = _READERS[prop.type](value)
    except ValueError as error:
        raise StackValidationFailed(f"Property error: : {where}: : {error}") from None
    problem = _constraint_problem(prop, value, custom)
    if problem:
        raise StackValidationFailed(f"Property error: : {where}: : {problem}")
    if prop.items is not None:
        return [
            _read(prop.items, entry, f"{where}[{index}]", custom)
            for index, entry in enumerate(value)
            if entry is not None
        ]
    if prop.fields is not None:
        return read_properties(prop.fields, value, where, custom)
    return value


def _constraint_problem(prop: Property, value: Any, custom: values.CustomCheck) -> str:
    if prop.allowed and value not in prop.allowed:
        return values.not_allowed(value, prop.allowed)
    if prop.least is not None and value < prop.least:
        return f"{value} is out of range (min: {prop.least}, max: {prop.most})"
    if prop.most is not None and value > prop.most:
        return f"{value} is out of range (min: {prop.least}, max: {prop.most})"
    if prop.custom:
        problem = custom(prop.custom, value)
        if problem:
            return f"Error validating value {value!r}: {problem}"
    return ""
