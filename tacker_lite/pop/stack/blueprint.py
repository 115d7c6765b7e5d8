"""A definition checked and understood: values, conditions, resources and their order.

Everything that can be wrong with a definition before anything is made is found here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tacker_lite.pop.errors import Forbidden
from tacker_lite.pop.stack.conditions import ConditionScope, content_of
from tacker_lite.pop.stack.errors import (
    InvalidTemplateReference,
    StackValidationFailed,
    UserParameterMissing,
)
from tacker_lite.pop.stack.functions import references, resolve
from tacker_lite.pop.stack.nesting import Nesting
from tacker_lite.pop.stack.parameters import read_values
from tacker_lite.pop.stack.properties import read_properties
from tacker_lite.pop.stack.records import Definition
from tacker_lite.pop.stack.registry import type_of
from tacker_lite.pop.stack.resources import kind_in
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
    """What the pseudo parameters tell, and for whom the stack is.

    :ivar is_admin: whether that is an administrator of the PoP.
    :ivar nested: whether the stack is a resource of another.
    """

    stack_id: str
    stack_name: str
    project_id: str
    is_admin: bool = True
    nested: bool = False


@dataclass(frozen=True)
class Blueprint:
    """What a stack should be.

    :ivar values: of all parameters, pseudo parameters included.
    :ivar conditions: truth of the named conditions.
    :ivar resources: those whose condition holds.
    :ivar kinds: their types.
    :ivar requires: names of the resources that each is made after.
    :ivar nested: whether the stack is a resource of another.
    """

    template: Template
    values: Mapping[str, Any]
    files: Mapping[str, str]
    conditions: Mapping[str, bool]
    resources: Mapping[str, ResourceDefinition]
    kinds: Mapping[str, ResourceType]
    requires: Mapping[str, tuple[str, ...]]
    nested: bool = False

    def scope(self, reference: ReferenceOf, attribute: AttributeOf) -> BlueprintScope:
        """The scope in which its functions are evaluated."""
        return BlueprintScope(self, reference, attribute)

    def kind(self, name: str) -> ResourceType:
        """The type of a resource."""
        return self.kinds[name]


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

    def has_parameter(self, name: str) -> bool:
        return name in self._blueprint.values

    def file(self, name: str) -> str:
        return content_of(self._blueprint.files, name)

    def facade(self, name: str) -> Any:
        if not self._blueprint.nested:
            raise StackValidationFailed(
                f"resource_facade: {name}: the stack is no resource of another"
            )
        return UNKNOWN

    def condition(self, name: str) -> bool:
        if name not in self._blueprint.conditions:
            raise StackValidationFailed(f'Invalid condition "{name}"')
        return self._blueprint.conditions[name]


def build(
    definition: Definition,
    identity: StackIdentity,
    custom: CustomCheck,
    complete: bool = True,
    nesting: Nesting | None = None,
) -> Blueprint:
    """Check a definition as far as possible without making anything.

    :param custom: answers for custom constraints.
    :param complete: whether every parameter must have a value.
    :param nesting: where this stack is in the outermost; None: it is that one.
    :raises StackValidationFailed: naming what is wrong and where.
    :raises UserParameterMissing: a parameter has no value.
    :raises Forbidden: only an administrator may use a resource's type.
    """
    nesting = nesting or Nesting()
    template = parse_template(definition.template)
    nesting.count(len(template.resources))
    values = _values(template, definition, identity, custom, complete)
    scope = ConditionScope(template, values, definition.files)
    conditions = {name: scope.condition(name) for name in template.conditions}
    resources = {
        name: _aliased(resource, definition.aliases)
        for name, resource in template.resources.items()
        if scope.truth(resource.condition, f"resources.{name}.condition")
    }
    kinds = {
        name: _kind(definition, resource, identity)
        for name, resource in resources.items()
    }
    blueprint = Blueprint(
        template=template,
        values=values,
        files=definition.files,
        conditions=conditions,
        resources=resources,
        kinds=kinds,
        requires=_requirements(template, resources, kinds),
        nested=identity.nested,
    )
    _check_order(blueprint.requires)

    def build_inner(inner: Definition) -> None:
        within = replace(identity, nested=True)
        build(inner, within, custom, complete, nesting.deeper())

    _Checker(blueprint, definition, custom, build_inner).check()
    return blueprint


def _values(
    template: Template,
    definition: Definition,
    identity: StackIdentity,
    custom: CustomCheck,
    complete: bool,
) -> dict[str, Any]:
    """Values of all parameters, pseudo parameters included."""
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
    return values


def _aliased(
    resource: ResourceDefinition, aliases: Mapping[str, str]
) -> ResourceDefinition:
    """The resource with the type that the environment's registry gives it."""
    return replace(resource, type=type_of(resource.name, resource.type, aliases))


def _kind(
    definition: Definition, resource: ResourceDefinition, identity: StackIdentity
) -> ResourceType:
    kind = kind_in(definition, resource.type)
    if kind is None:
        remedy = ""
        if resource.type.endswith((".yaml", ".template")):
            remedy = ' Send the template among the "files".'
        raise StackValidationFailed(
            f"resources.{resource.name}: The Resource Type ({resource.type}) could "
            f"not be found.{remedy}"
        )
    if kind.ADMIN_ONLY and not identity.is_admin:
        raise Forbidden(
            f"resources.{resource.name}: You are not authorized to use "
            f"{resource.type}: only an administrator is."
        )
    return kind


def _requirements(
    template: Template,
    resources: Mapping[str, ResourceDefinition],
    kinds: Mapping[str, ResourceType],
) -> dict[str, tuple[str, ...]]:
    requires: dict[str, tuple[str, ...]] = {}
    for name, resource in resources.items():
        explicit = _existing(name, "depends_on", resource.depends_on, template)
        referred = _existing(
            name, "properties", references(resource.properties), template
        )
        described = _existing(name, "metadata", references(resource.metadata), template)
        outside = _existing(
            name, "external_id", references(resource.external_id), template
        )
        implied = kinds[name].needs(resource, resources)
        needed = {*explicit, *referred, *described, *outside, *implied}
        needed &= set(resources)
        requires[name] = tuple(sorted(needed))
    return requires


def _existing(
    owner: str, section: str, names: Iterable[str], template: Template
) -> Iterable[str]:
    for name in names:
        # A Ref may be to a parameter.
        parameter = name in template.parameters or name.startswith("OS::")
        if name not in template.resources and not parameter:
            raise InvalidTemplateReference(name, f"resources.{owner}.{section}")
        yield name


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
    """Evaluates everything with what is known before creation.

    :param build_inner: checks the definition of a stack behind a resource.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        definition: Definition,
        custom: CustomCheck,
        build_inner: Callable[[Definition], None],
    ):
        self._blueprint = blueprint
        self._definition = definition
        self._custom = custom
        self._build_inner = build_inner
        self._where = ""
        self._scope = blueprint.scope(self._reference, self._attribute)

    def check(self) -> None:
        """:raises StackValidationFailed: naming the resource and property."""
        for name, resource in self._blueprint.resources.items():
            where = self._where = f"resources.{name}.properties"
            given = resolve(resource.properties, self._scope, where)
            kind = self._blueprint.kind(name)
            self._check_policies(resource, kind)
            if resource.external_id is None:
                read = kind.read(given, where, self._custom)
                self._check_together(kind, read, f"resources.{name}")
            resolve(resource.metadata, self._scope, f"resources.{name}.metadata")
        for name, output in self._blueprint.template.outputs.items():
            where = self._where = f"outputs.{name}.value"
            resolve(output.value, _Tolerant(self._scope, self._blueprint), where)

    def _check_policies(self, resource: ResourceDefinition, kind: ResourceType) -> None:
        where = f"resources.{resource.name}"
        if resource.deletion_policy == "Snapshot":
            raise StackValidationFailed(
                f'{where}: "Snapshot" deletion policy not supported by the lab'
            )
        if resource.external_id is not None and kind.NESTED:
            raise StackValidationFailed(
                f"{where}: external_id is not for {kind.name}, whose object is a stack"
            )
        given = resolve(resource.update_policy, self._scope, f"{where}.update_policy")
        read_properties(
            kind.UPDATE_POLICY, given, f"{where}.update_policy", self._custom
        )

    def _check_together(
        self, kind: ResourceType, properties: Mapping[str, Any], where: str
    ) -> None:
        if UNKNOWN not in properties.values():
            try:
                kind.validate(properties)
            except ValueError as error:
                raise StackValidationFailed(
                    f"Property error: : {where}.properties: : {error}"
                ) from None
        inner = kind.inner(self._definition, properties)
        if inner is not None:
            try:
                self._build_inner(inner)
            except UserParameterMissing as error:
                raise UserParameterMissing(f"{where}: {error}") from None
            except Forbidden as error:
                raise Forbidden(f"{where}: {error}") from None
            except StackValidationFailed as error:
                raise StackValidationFailed(f"{where}: {error}") from None

    def _known(self, name: str) -> None:
        if name not in self._blueprint.resources:
            raise InvalidTemplateReference(name, self._where)

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
                f"{self._where}.get_attr: : The Referenced Attribute "
                f"({name} {path[0]}) is incorrect."
            )
        return UNKNOWN


class _Tolerant:
    """An output may speak of a resource whose condition does not hold: it is None."""

    def __init__(self, scope: BlueprintScope, blueprint: Blueprint):
        self.version = scope.version
        self.parameter = scope.parameter
        self.has_parameter = scope.has_parameter
        self.facade = scope.facade
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
