"""Reading a HOT template: its sections and their shapes, nothing evaluated yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tacker_lite.pop.stack.errors import (
    InvalidTemplateVersion,
    StackValidationFailed,
)
from tacker_lite.pop.stack.parameters import Parameter, parse_parameters
from tacker_lite.pop.stack.versions import Version, parse_version

_SECTIONS = frozenset(
    {"heat_template_version", "description", "parameter_groups", "parameters"}
    | {"conditions", "resources", "outputs"}
)
_RESOURCE_KEYS = frozenset(
    {"type", "properties", "metadata", "depends_on", "update_policy", "description"}
    | {"deletion_policy", "condition", "external_id"}
)
_OUTPUT_KEYS = frozenset({"value", "description", "condition"})
_DELETION_POLICIES = {"delete": "Delete", "retain": "Retain", "snapshot": "Snapshot"}
#: Levels of maps and lists in each other; values when all aliases are written out.
_DEEPEST, _MOST_VALUES = 100, 200_000
_EXTERNAL_SINCE = "2016-10-14"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as HOT reads it: a date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if not tag.endswith(":timestamp")]
    for first, rules in _Loader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class ResourceDefinition:
    """One entry of the ``resources`` section, functions not evaluated.

    :ivar deletion_policy: Delete, Retain or Snapshot.
    :ivar external_id: of an object that is there already, which the stack only uses;
        None: the stack makes one.
    """

    name: str
    type: str
    properties: Any = field(default_factory=dict)
    metadata: Any = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    condition: Any = True
    deletion_policy: str = "Delete"
    update_policy: Any = field(default_factory=dict)
    description: str = ""
    external_id: Any = None

    @property
    def keep(self) -> bool:
        """Whether its object outlives the stack."""
        return self.deletion_policy == "Retain" or self.external_id is not None


@dataclass(frozen=True)
class Output:
    """One entry of the ``outputs`` section."""

    name: str
    value: Any
    description: str = ""
    condition: Any = True


@dataclass(frozen=True)
class Template:
    """A template whose sections have the right shape."""

    version: Version
    description: str
    parameters: Mapping[str, Parameter]
    parameter_groups: list[Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, ResourceDefinition]
    outputs: Mapping[str, Output]


def load_yaml(text: str, what: str) -> dict[str, Any]:
    """Read a YAML or JSON map.

    :param what: what the text is, for messages.
    :raises StackValidationFailed: with the line and column that is wrong.
    """
    try:
        data = yaml.load(text, _Loader)  # noqa: S506 - derived from the safe loader
    except yaml.YAMLError as error:
        raise StackValidationFailed(f"Error parsing {what}: {error}") from None
    except RecursionError:
        raise _too_deep(what) from None
    if not isinstance(data, dict):
        raise StackValidationFailed(f"The {what} is not a JSON object or YAML mapping.")
    check_extent(data, what)
    return data


def check_extent(data: Mapping[Any, Any], what: str) -> None:
    """See that a value can be walked through: aliases may make it endless.

    :raises StackValidationFailed: it is nested too deep, or becomes too much.
    """
    rest: list[tuple[Any, int]] = [(data, 0)]
    count = 0
    while rest:
        value, depth = rest.pop()
        if depth > _DEEPEST:
            raise _too_deep(what)
        entries = value.values() if isinstance(value, Mapping) else value
        count += len(entries)
        if count > _MOST_VALUES:
            raise StackValidationFailed(
                f"The {what} is too big: it has more than {_MOST_VALUES} values"
            )
        rest += [(e, depth + 1) for e in entries if isinstance(e, (Mapping, list))]


def _too_deep(what: str) -> StackValidationFailed:
    return StackValidationFailed(
        f"The {what} contains itself or is nested deeper than {_DEEPEST} levels"
    )


def parse_template(source: Mapping[str, Any]) -> Template:
    """Check the sections of a template.

    :raises StackValidationFailed: naming the section, the entry and what is wrong.
    """
    if "heat_template_version" not in source:
        raise InvalidTemplateVersion(
            "The template version is invalid: Template version was not provided: "
            "heat_template_version is missing."
        )
    version = parse_version(source["heat_template_version"])
    unknown = set(source) - _SECTIONS
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise StackValidationFailed(f"The template section is invalid: {names}")
    conditions = _section(source, "conditions")
    if conditions and version.date < "2016-10-14":
        raise StackValidationFailed(
            "The template section is invalid: conditions (from 2016-10-14 on)"
        )
    parameters = parse_parameters(source.get("parameters"))
    return Template(
        version=version,
        description=str(source.get("description") or ""),
        parameters=parameters,
        parameter_groups=_parse_groups(source.get("parameter_groups"), parameters),
        conditions=conditions,
        resources={
            name: _parse_resource(name, body, version)
            for name, body in _section(source, "resources").items()
        },
        outputs={
            name: _parse_output(name, body)
            for name, body in _section(source, "outputs").items()
        },
    )


def _section(source: Mapping[str, Any], name: str) -> dict[str, Any]:
    body = source.get(name)
    if body is None:
        return {}
    if not isinstance(body, Mapping):
        raise StackValidationFailed(f'"{name}" is not a map')
    return {str(key): value for key, value in body.items()}


def _parse_groups(body: Any, parameters: Mapping[str, Parameter]) -> list[Any]:
    """Groups of parameters, for the order in which people are asked for them."""
    if body is None:
        return []
    if not isinstance(body, list):
        raise StackValidationFailed("The parameter_groups should be a list.")
    grouped: set[str] = set()
    for number, group in enumerate(body):
        where = f"parameter_groups[{number}]"
        names = group.get("parameters") if isinstance(group, Mapping) else None
        if not isinstance(names, list):
            raise StackValidationFailed(
                f"{where}: a map with a list of parameters is expected"
            )
        for name in names:
            if name not in parameters:
                raise StackValidationFailed(
                    f"{where}: The grouped parameter {name} does not reference a "
                    f"valid parameter."
                )
            if name in grouped:
                raise StackValidationFailed(
                    f"{where}: The {name} parameter must be assigned to one parameter "
                    f"group only."
                )
            grouped.add(name)
    return body


def _entry(where: str, body: Any, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise StackValidationFailed(f"{where}: a map is expected")
    unknown = set(body) - known
    if unknown:
        names = ", ".join(sorted(map(str, unknown)))
        raise StackValidationFailed(
            f'{where}: "{names}" is not a valid keyword here; valid are '
            f"{', '.join(sorted(known))}"
        )
    return body


def _parse_resource(name: str, body: Any, version: Version) -> ResourceDefinition:
    where = f"resources.{name}"
    if not name or "/" in name:
        raise StackValidationFailed(f'{where}: a name must not be empty or contain "/"')
    body = _entry(where, body, _RESOURCE_KEYS)
    if not isinstance(body.get("type"), str):
        raise StackValidationFailed(f"{where}: the type is missing or not a string")
    if body.get("external_id") is not None and version.date < _EXTERNAL_SINCE:
        raise StackValidationFailed(
            f"{where}: external_id needs heat_template_version {_EXTERNAL_SINCE}"
        )
    for key in ("properties", "metadata", "update_policy"):
        if not isinstance(body.get(key) or {}, Mapping):
            raise StackValidationFailed(f"{where}.{key}: a map is expected")
    return ResourceDefinition(
        name=name,
        type=body["type"],
        properties=body.get("properties") or {},
        metadata=body.get("metadata") or {},
        depends_on=_parse_depends(where, body.get("depends_on")),
        condition=body.get("condition", True),
        deletion_policy=_parse_deletion(where, body.get("deletion_policy")),
        update_policy=body.get("update_policy") or {},
        description=str(body.get("description") or ""),
        external_id=body.get("external_id"),
    )


def _parse_depends(where: str, body: Any) -> tuple[str, ...]:
    names = [body] if isinstance(body, str) else body or []
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise StackValidationFailed(
            f"{where}.depends_on: the name of a resource or a list of them is expected"
        )
    return tuple(names)


def _parse_deletion(where: str, policy: Any) -> str:
    if policy is None:
        return "Delete"
    known = _DELETION_POLICIES.get(str(policy).lower())
    if known is None:
        raise StackValidationFailed(f'{where}: Invalid deletion policy "{policy}"')
    return known


def _parse_output(name: str, body: Any) -> Output:
    where = f"outputs.{name}"
    body = _entry(where, body, _OUTPUT_KEYS)
    if "value" not in body:
        raise StackValidationFailed(f"{where}: the value is missing")
    return Output(
        name=name,
        value=body["value"],
        description=str(body.get("description") or ""),
        condition=body.get("condition", True),
    )
