"""Parameters of a template: what is declared, what was given, what results."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.stack import values
from tacker_lite.pop.stack.errors import (
    InvalidSchemaError,
    StackValidationFailed,
    UnknownUserParameter,
    UserParameterMissing,
)
from tacker_lite.pop.stack.snippets import as_text, holds_unknown

MASK = "******"

#: Parameter types, each with what reads a value of it.
READERS: dict[str, Callable[[Any], Any]] = {
    "string": values.to_string,
    "number": values.to_number,
    "boolean": values.to_boolean,
    "json": values.to_json,
    "comma_delimited_list": values.to_list,
}
_KEYS = frozenset(
    {"type", "label", "description", "default", "hidden", "constraints"}
    | {"immutable", "tags"}
)


@dataclass(frozen=True)
class Parameter:
    """One declared parameter."""

    name: str
    type: str
    label: str = ""
    description: str = ""
    default: Any = None
    has_default: bool = False
    hidden: bool = False
    immutable: bool = False
    tags: tuple[str, ...] = ()
    constraints: tuple[Mapping[str, Any], ...] = ()

    def read(self, value: Any, custom: values.CustomCheck) -> Any:
        """Convert and check a value.

        :raises StackValidationFailed: never showing a hidden value.
        """
        try:
            converted = READERS[self.type](value)
            problems = [
                values.check_constraint(rule, converted, custom)
                for rule in self.constraints
            ]
        except (ValueError, re.error) as error:
            problems = [str(error)]
            converted = None
        problem = next(filter(None, problems), "")
        if problem:
            shown = "the value is not valid" if self.hidden else problem
            raise StackValidationFailed(f"Parameter '{self.name}' is invalid: {shown}")
        return converted

    def describe(self, value: Any = None) -> dict[str, Any]:
        """The parameter as the API's template validation shows it."""
        shown: dict[str, Any] = {
            "Type": _API_TYPES[self.type],
            "Description": self.description,
            "NoEcho": "true" if self.hidden else "false",
            "Label": self.label or self.name,
        }
        if self.has_default:
            shown["Default"] = MASK if self.hidden else self.default
        if value is not None:
            shown["Value"] = MASK if self.hidden else value
        for rule in self.constraints:
            shown.update(_describe_constraint(rule))
        if self.tags:
            shown["Tags"] = list(self.tags)
        return shown


_API_TYPES = {
    "string": "String",
    "number": "Number",
    "boolean": "Boolean",
    "json": "Json",
    "comma_delimited_list": "CommaDelimitedList",
}


def _describe_constraint(rule: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if "length" in rule:
        shown |= {f"{k.capitalize()}Length": v for k, v in rule["length"].items()}
    if "range" in rule:
        shown |= {f"{k.capitalize()}Value": v for k, v in rule["range"].items()}
    if "allowed_values" in rule:
        shown["AllowedValues"] = rule["allowed_values"]
    if "allowed_pattern" in rule:
        shown["AllowedPattern"] = rule["allowed_pattern"]
    if "custom_constraint" in rule:
        shown["CustomConstraint"] = rule["custom_constraint"]
    return shown


def parse_parameters(section: Any) -> dict[str, Parameter]:
    """Read the ``parameters`` section.

    :raises StackValidationFailed: naming the parameter and what is wrong.
    """
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise StackValidationFailed("parameters: a map is expected")
    return {str(name): _parse_one(str(name), body) for name, body in section.items()}


def _parse_one(name: str, body: Any) -> Parameter:
    where = f"parameters.{name}"
    if not isinstance(body, Mapping):
        raise StackValidationFailed(f"{where}: a map with a type is expected")
    unknown = set(body) - _KEYS
    if unknown:
        raise StackValidationFailed(
            f"{where}: unknown key {', '.join(sorted(map(str, unknown)))}"
        )
    kind = body.get("type")
    if kind not in READERS:
        raise InvalidSchemaError(
            f"{where}: Invalid type ({kind}); one of {', '.join(READERS)} is expected"
        )
    try:
        hidden = values.to_boolean(body.get("hidden", False))
        immutable = values.to_boolean(body.get("immutable", False))
    except ValueError as error:
        raise StackValidationFailed(f"{where}: {error}") from None
    return Parameter(
        name=name,
        type=kind,
        label=str(body.get("label") or ""),
        description=str(body.get("description") or ""),
        default=body.get("default"),
        has_default="default" in body and body["default"] is not None,
        hidden=hidden,
        immutable=immutable,
        tags=tuple(body.get("tags") or ()),
        constraints=_parse_constraints(where, body.get("constraints")),
    )


def _parse_constraints(where: str, body: Any) -> tuple[Mapping[str, Any], ...]:
    if body is None:
        return ()
    if not isinstance(body, list):
        raise StackValidationFailed(f"{where}.constraints: a list is expected")
    for rule in body:
        names = set(rule) - {"description"} if isinstance(rule, Mapping) else set()
        if len(names) != 1 or not names <= values.CONSTRAINT_NAMES:
            raise StackValidationFailed(
                f"{where}.constraints: each entry has one of "
                f"{', '.join(sorted(values.CONSTRAINT_NAMES))}"
            )
        _check_rule(where, next(iter(names)), rule)
    return tuple(body)


def _check_rule(where: str, name: str, rule: Mapping[str, Any]) -> None:
    body = rule[name]
    expected: dict[str, tuple[type, ...]] = {
        "length": (Mapping,),
        "range": (Mapping,),
        "modulo": (Mapping,),
        "allowed_values": (list,),
    }
    if not isinstance(body, expected.get(name, (str,))):
        raise StackValidationFailed(
            f"{where}.constraints.{name}: {body!r} is not valid"
        )
    try:
        if isinstance(body, Mapping):
            for value in body.values():
                values.to_number(value)
            if name == "modulo" and not values.to_integer(body.get("step")):
                raise ValueError("step must not be 0")
        elif name == "allowed_pattern":
            re.compile(str(body))
    except (ValueError, re.error) as error:
        raise StackValidationFailed(f"{where}.constraints.{name}: {error}") from None


def read_values(
    declared: Mapping[str, Parameter],
    given: Mapping[str, Any],
    defaults: Mapping[str, Any],
    custom: values.CustomCheck,
    complete: bool = True,
) -> dict[str, Any]:
    """Values of all parameters.

    :param given: by the user; every name must be declared.
    :param defaults: the environment's ``parameter_defaults``; others are ignored.
    :param complete: whether a parameter without any value is an error.
    :raises UserParameterMissing: a parameter has no value.
    :raises StackValidationFailed: an undeclared name or an invalid value.
    """
    for name in given:
        if name not in declared:
            raise UnknownUserParameter(
                f"The Parameter ({name}) was not defined in template."
            )
    result: dict[str, Any] = {}
    for name, parameter in declared.items():
        if given.get(name) is not None:
            value = given[name]
        elif defaults.get(name) is not None:
            value = defaults[name]
        elif parameter.has_default:
            value = parameter.default
        elif complete:
            raise UserParameterMissing(f"The Parameter ({name}) was not provided.")
        else:
            continue
        # What a nested stack's parameter will be is known once its stack is made.
        known = not holds_unknown(value)
        result[name] = parameter.read(value, custom) if known else value
    return result


def shown_values(
    declared: Mapping[str, Parameter], resolved: Mapping[str, Any]
) -> dict[str, str]:
    """Values as the API shows a stack's parameters: text, hidden ones masked."""
    return {
        name: MASK if declared[name].hidden else as_text(value)
        for name, value in resolved.items()
    }
