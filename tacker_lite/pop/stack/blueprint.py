"""A definition checked and understood: values, conditions, resources and their order.

Everything that can be wrong with a definition before anything is made is found here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.stack.errors import StackValidationFailed, UserParameterMissing
from tacker_lite.pop.stack.functions import references, resolve
from tacker_lite.pop.stack.parameters import read_values
from tacker_lite.pop.stack.properties import read_properties
from tacker_lite.pop.stack.records import Definition
from tacker_lite.pop.stack.resources import TYPES
from tacker_lite.pop.stack.resources.base import ResourceType, has_attribute
from tacker_lite.pop.stack.snippets import UNKNOWN
from tacker_lite.pop.stack.template import (
    ResourceDefinition,
    Template,
    parse_template,
)
from tacker_lite.pop.stack.values import CustomCheck

AttributeOf = Callable[[str, Sequence[Any]], Any]
ReferenceOf = Callable[[str], Any]


@dataclass(frozen=True)
class StackIdentity:
    """What the pseudo parameters tell."""

    stack_id: str
    stack_name: str
    project_id: str


@dataclass(frozen=True)
class Blueprint:
    """What a stack should be.

    :ivar values: of all parameters, pseudo parameters included.
    :ivar conditions: truth of the named conditions.
    :ivar resources: those whose condition holds.
    :ivar requires: names of the resources that each is made after.
    """

    template: Template
    values: Mapping[str, Any]
    files: Mapping[str, str]
    conditions: Mapping[str, bool]
    resources: Mapping[str, ResourceDefinition]
    requires: Mapping[str, tuple[str, ...]]

    def scope(self, reference: ReferenceOf, attribute: AttributeOf) -> BlueprintScope:
        """The scope in which its functions are evaluated."""
        return BlueprintScope(self, reference, attribute)

    def kind(self, name: str) -> ResourceType:
        """The type of a resource."""
        return TYPES[self.resources[name].type]


class BlueprintScope:
    """Answers functions from a blueprint, and from callables for made resources."""

    def __init__(
        self, blueprint: Blueprint, reference: ReferenceOf, attribute: AttributeOf
    ):
        self._blueprint = blueprint
        self.version = blueprint.template.version
        self.reference = reference
        self.attribute = attribute

    def parameter(self, name: str) -> Any:
        values = self._blueprint.values
        if name not in values:
            raise UserParameterMissing(f"The Parameter ({name}) was not provided.")
        return values[name]

    def file(self, name: str) -> str:
        return _file(self._blueprint.files, name)

    def condition(self, name: str) -> bool:
        if name not in self._blueprint.conditions:
            raise StackValidationFailed(f'Invalid condition "{name}"')
        return self._blueprint.conditions[name]


def _file(files: Mapping[str, str], name: str) -> str:
    if name not in files:
        raise StackValidationFailed(
            f'No content found in the "files" section for get_file path: {name}'
        )
    return files[name]


class _ConditionScope:
    """Answers functions while the conditions are being decided."""

    def __init__(
        self, template: Template, values: Mapping[str, Any], files: Mapping[str, str]
    ):
        self.version = template.version
        self._template = template
        self._values = values
        self._files = files
        self._known: dict[str, bool] = {}
        self._open: list[str] = []

    def parameter(self, name: str) -> Any:
        if name not in self._values:
            raise UserParameterMissing(f"The Parameter ({name}) was not provided.")
        return self._values[name]

    def reference(self, name: str) -> Any:
        raise StackValidationFailed("get_resource is not allowed in a condition")

    def attribute(self, name: str, path: Sequence[Any]) -> Any:
        raise StackValidationFailed("get_attr is not allowed in a condition")

    def file(self, name: str) -> str:
        return _file(self._files, name)

    def condition(self, name: str) -> bool:
        if name in self._known:
            return self._known[name]
        if name not in self._template.conditions:
            raise StackValidationFailed(f'Invalid condition "{name}"')
        if name in self._open:
            chain = " -> ".join((*self._open, name))
            raise StackValidationFailed(f"Circular definition for condition: {chain}")
        self._open.append(name)
        body = self._template.conditions[name]
        self._known[name] = self.truth(body, f"conditions.{name}")
        self._open.pop()
        return self._known[name]

    def truth(self, body: Any, where: str) -> bool:
        """Decide a condition: a boolean, a name or a function."""
        value = self.condition(body) if isinstance(body, str) else body
        value = resolve(value, self, where)
        if not isinstance(value, bool):
            raise StackValidationFailed(f"{where}: {value!r} is not true or false")
        return value


def build(
    definition: Definition,
    identity: StackIdentity,
    custom: CustomCheck,
    complete: bool = True,
) -> Blueprint:
    """Check a definition as far as possible without making anything.

    :param custom: answers for custom constraints.
    :param complete: whether every parameter must have a value.
    :raises StackValidationFailed: naming what is wrong and where.
    :raises UserParameterMissing: a parameter has no value.
    """
    template = parse_template(definition.template)
    values = read_values(
        template.parameters,
        definition.parameters,
        definition.parameter_defaults,
        custom,
        complete,
    )
    values |= {
        "OS::stack_name": identity.stack_name,
        "OS::stack_id": identity.stack_id,
        "OS::project_id": identity.project_id,
    }
    if not complete:
        values |= {n: UNKNOWN for n in template.parameters if n not in values}
    scope = _ConditionScope(template, values, definition.files)
    conditions = {name: scope.condition(name) for name in template.conditions}
    resources = {
        name: _aliased(resource, definition.aliases)
        for name, resource in template.resources.items()
        if scope.truth(resource.condition, f"resources.{name}.condition")
    }
    _check_types(resources)
    blueprint = Blueprint(
        template=template,
        values=values,
        files=definition.files,
        conditions=conditions,
        resources=resources,
        requires=_requirements(template, resources),
    )
    _check_order(blueprint.requires)
    _Checker(blueprint, custom).check()
    return blueprint


def _aliased(
    resource: ResourceDefinition, aliases: Mapping[str, str]
) -> ResourceDefinition:
    if resource.type not in aliases:
        return resource
    return ResourceDefinition(**{**resource.__dict__, "type": aliases[resource.type]})


def _check_types(resources: Mapping[str, ResourceDefinition]) -> None:
    for name, resource in resources.items():
        if resource.type not in TYPES:
            raise StackValidationFailed(
                f"resources.{name}: The Resource Type ({resource.type}) could not be "
                f"found."
            )


def _requirements(
    template: Template, resources: Mapping[str, ResourceDefinition]
) -> dict[str, tuple[str, ...]]:
    requires: dict[str, tuple[str, ...]] = {}
    for name, resource in resources.items():
        explicit = _existing(name, "depends_on", resource.depends_on, template)
        referred = _existing(
            name, "properties", references(resource.properties), template
        )
        described = _existing(name, "metadata", references(resource.metadata), template)
        implied = TYPES[resource.type].needs(resource, resources)
        needed = {*explicit, *referred, *described, *implied} & set(resources)
        requires[name] = tuple(sorted(needed))
    return requires


def _existing(
    owner: str, section: str, names: Iterable[str], template: Template
) -> Iterable[str]:
    for name in names:
        if name not in template.resources:
            raise _bad_reference(name, f"resources.{owner}.{section}")
        yield name


def _bad_reference(name: str, where: str) -> StackValidationFailed:
    return StackValidationFailed(
        f'The specified reference "{name}" (in {where}) is incorrect.'
    )


def _check_order(requires: Mapping[str, tuple[str, ...]]) -> None:
    left = {name: set(needed) for name, needed in requires.items()}
    while left:
        ready = {name for name, needed in left.items() if not needed & set(left)}
        if not ready:
            names = ", ".join(sorted(left))
            raise StackValidationFailed(f"Circular Dependency Found: {names}")
        for name in ready:
            del left[name]


class _Checker:
    """Evaluates everything with what is known before creation."""

    def __init__(self, blueprint: Blueprint, custom: CustomCheck):
        self._blueprint = blueprint
        self._custom = custom
        self._where = ""
        self._scope = blueprint.scope(self._reference, self._attribute)

    def check(self) -> None:
        """:raises StackValidationFailed: naming the resource and property."""
        for name, resource in self._blueprint.resources.items():
            where = self._where = f"resources.{name}.properties"
            given = resolve(resource.properties, self._scope, where)
            kind = self._blueprint.kind(name)
            read_properties(kind.PROPERTIES, given, where, self._custom)
            resolve(resource.metadata, self._scope, f"resources.{name}.metadata")
        for name, output in self._blueprint.template.outputs.items():
            where = self._where = f"outputs.{name}.value"
            resolve(output.value, _Tolerant(self._scope, self._blueprint), where)

    def _known(self, name: str) -> None:
        if name not in self._blueprint.resources:
            raise _bad_reference(name, self._where)

    def _reference(self, name: str) -> Any:
        self._known(name)
        return UNKNOWN

    def _attribute(self, name: str, path: Sequence[Any]) -> Any:
        self._known(name)
        kind = self._blueprint.kind(name)
        if not path or path[0] is UNKNOWN:
            return UNKNOWN
        if not isinstance(path[0], str) or not has_attribute(kind, path[0]):
            raise StackValidationFailed(
                f"{self._where}: The Referenced Attribute ({name} {path[0]}) is "
                f"incorrect."
            )
        return UNKNOWN


class _Tolerant:
    """An output may speak of a resource whose condition does not hold: it is None."""

    def __init__(self, scope: BlueprintScope, blueprint: Blueprint):
        self.version = scope.version
        self.parameter = scope.parameter
        self.file = scope.file
        self.condition = scope.condition
        self._scope = scope
        self._template = blueprint.template
        self._resources = blueprint.resources

    def _absent(self, name: str) -> bool:
        return name in self._template.resources and name not in self._resources

    def reference(self, name: str) -> Any:
        return None if self._absent(name) else self._scope.reference(name)

    def attribute(self, name: str, path: Sequence[Any]) -> Any:
        return None if self._absent(name) else self._scope.attribute(name, path)


def output_value(blueprint: Blueprint, scope: BlueprintScope, name: str) -> Any:
    """Evaluate an output; None while its condition does not hold."""
    output = blueprint.template.outputs[name]
    where = f"outputs.{name}"
    condition = output.condition
    if isinstance(condition, str):
        condition = scope.condition(condition)
    if resolve(condition, scope, where) is False:
        return None
    return resolve(output.value, _Tolerant(scope, blueprint), where)
