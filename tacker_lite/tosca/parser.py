"""tosca-parser, prepared for a service.

The library is written for one template per process: it reads its type files for
every template, computes each type's properties again for every node, and collects
errors in a global list.  Here the types are prepared once and shared, errors know
their node and property, and :data:`LOCK` keeps other threads out of its globals.

Importing this module imports the library, which is slow: ``loader`` does so when the
first descriptor is loaded.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from toscaparser.common.exception import ExceptionCollector, TOSCAException
from toscaparser.elements.capabilitytype import CapabilityTypeDef
from toscaparser.elements.entity_type import EntityType, update_definitions
from toscaparser.elements.nodetype import NodeType
from toscaparser.elements.statefulentitytype import StatefulEntityType
from toscaparser.nodetemplate import NodeTemplate
from toscaparser.parameters import Input
from toscaparser.properties import Property
from toscaparser.topology_template import TopologyTemplate
from toscaparser.tosca_template import ToscaTemplate

from tacker_lite.tosca import definitions, structure
from tacker_lite.tosca.model import input_name, is_get_input
from tacker_lite.tosca.problems import MAX_REPORTED, Problems, kind, near

LOCK = threading.RLock()
"""Held while the library runs: its error list is global to the process."""

LIBRARY_ERRORS = (
    TOSCAException,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    TypeError,
    ValueError,
)


# nfv_compute is the only source of a VDU's size: heat-translator would look for a
# flavor and an image that suit these by itself.
IGNORED_CAPABILITIES = ("host", "os")


class TypeTable(dict):
    """Types by name, and the node types prepared from them."""

    def __init__(self, types: Mapping[str, Any]):
        super().__init__(types)
        self.prepared: dict[str, PreparedNodeType] = {}

    def node_type(self, name: str) -> PreparedNodeType:
        """The node type of this name, prepared at its first use."""
        if name not in self.prepared:
            self.prepared[name] = PreparedNodeType(name, self)
        return self.prepared[name]


class PropertiesComputedOnce(StatefulEntityType):
    """For the library's types: what they have and inherit, computed at first use."""

    def get_properties_def_objects(self):
        return self._property_list

    def get_properties_def(self):
        return self._property_map

    @functools.cached_property
    def _property_list(self):
        return super().get_properties_def_objects()

    @functools.cached_property
    def _property_map(self):
        return super().get_properties_def()


class PreparedCapabilityType(PropertiesComputedOnce, CapabilityTypeDef):
    """A capability type which computes what it inherits once."""


class PreparedNodeType(PropertiesComputedOnce, NodeType):
    """A node type which computes what it inherits once."""

    @functools.cached_property
    def parent_type(self):
        parent = self.defs.get("derived_from") if self.defs else None
        return self.custom_def.node_type(parent) if parent else None

    @functools.cached_property
    def relationship(self):
        return NodeType.relationship.fget(self)

    @functools.cached_property
    def requirements(self):
        return NodeType.requirements.fget(self)

    @functools.cached_property
    def interfaces(self):
        return NodeType.interfaces.fget(self)

    def get_capabilities_objects(self):
        return list(self._capability_map.values())

    def get_capabilities(self):
        return self._capability_map

    @functools.cached_property
    def _capability_map(self):
        found = self.get_value(self.CAPABILITIES, None, True) or {}
        return {
            name: PreparedCapabilityType(
                name, definition.get("type"), self.type, self.custom_def
            )
            for name, definition in found.items()
        }


class LocatedError(TOSCAException):
    """An error of the library with the place it is about."""

    msg_fmt = "%(reason)s"

    def __init__(self, reason: str, path: tuple[Any, ...]):
        super().__init__(reason=reason)
        self.path = path


class PreparedNode(NodeTemplate):
    """A node template whose errors know their place."""

    def __init__(
        self,
        name: str,
        templates: Mapping[str, Any],
        types: TypeTable,
        inputs: Mapping[str, Any],
    ):
        super().__init__(name, templates, types)
        self.inputs = inputs
        self.type_definition = types.node_type(self.entity_tpl["type"])

    def validate(self, tosca_tpl=None):
        here = (*structure.NODES, self.name)
        self._located(self._validate_capabilities, (*here, "capabilities"))
        self._located(self._validate_requirements, (*here, "requirements"))
        values = self.entity_tpl.get("properties") or {}
        path = (*here, "properties")
        self._check_names(self.type_definition, values, path)
        for prop in self.get_properties_objects():
            self._validate_property(prop, (*path, prop.name))

    def _validate_capabilities_properties(self, capabilities):
        for name, capability in self.get_capabilities().items():
            if name in capabilities:
                values = capabilities[name].get("properties") or {}
                path = (*structure.NODES, self.name, "capabilities", name, "properties")
                self._check_names(capability.definition, values, path)
                for prop in capability.get_properties_objects():
                    self._validate_property(prop, (*path, prop.name))

    def _validate_requirements(self):
        # The library lets any name pass that has a mapping behind it.
        known = {name for item in self.type_definition.requirements for name in item}
        for item in self.requirements:
            self._common_validate_field(item, known, "requirements")
        super()._validate_requirements()

    def _check_names(
        self, of_type: Any, values: Mapping[str, Any], path: tuple[Any, ...]
    ) -> None:
        """No property may be unknown, none that is required may be missing."""
        known = {prop.name: prop for prop in of_type.get_properties_def_objects()}
        for name in values:
            if name not in known:
                _report(
                    f'node "{self.name}": there is no property "{name}"'
                    f"{_near(name, known)}; use one of {', '.join(sorted(known))}",
                    (*path, name),
                )
        if not values and of_type is not self.type_definition:
            return  # a capability that is not used needs nothing
        for name, prop in known.items():
            if prop.required and prop.default is None and name not in values:
                _report(f'node "{self.name}": {name} is missing', path)

    def _validate_property(self, prop: Any, path: tuple[Any, ...]) -> None:
        what = f'node "{self.name}", property {prop.name}'
        if prop.value is None:
            _report(f"{what} is empty; give a value or leave it out", path)
        elif is_get_input(prop.value):
            self._validate_input(prop, path)
        elif prop.type == "string" and isinstance(prop.value, list):
            _report(f"{what} must be text, not {kind(prop.value)}", path)
        else:
            self._located(prop.validate, path, f"{what}: ")

    def _validate_input(self, prop: Any, path: tuple[Any, ...]) -> None:
        """The input's value must suit the property too; it may be a secret."""
        name = input_name(prop.value)
        if name is None or name not in self.inputs:
            return
        given = Property(
            prop.name, self.inputs[name], prop.schema.schema, self.custom_def
        )
        errors = ExceptionCollector.exceptions
        before = len(errors)
        try:
            given.validate()
            fits = len(errors) == before
        except LIBRARY_ERRORS:
            fits = False
        if not fits:
            del errors[before:]
            _report(
                f'node "{self.name}", property {prop.name}: the value of input '
                f'"{name}" does not suit; it must be of type {prop.type}'
                + "".join(
                    f", {each.constraint_key} {each.constraint_value_msg}"
                    for each in prop.constraints
                ),
                path,
            )

    def _located(self, step: Any, path: tuple[Any, ...], prefix: str = "") -> None:
        """Run a step of the library and give its errors a place."""
        errors = ExceptionCollector.exceptions
        before = len(errors)
        try:
            step()
        except LIBRARY_ERRORS as error:
            errors.append(error)
        prefix = prefix or f'node "{self.name}": '
        errors[before:] = [
            error
            if isinstance(error, LocatedError)
            else LocatedError(prefix + _reason(error), path)
            for error in errors[before:]
        ]

    def _common_validate_field(self, schema, allowedlist, section):
        for name in schema:
            if name not in allowedlist:
                _report(
                    f'node "{self.name}": "{name}" is not known in {section}'
                    f"{_near(name, allowedlist)}; use one of "
                    f"{', '.join(sorted(allowedlist))}",
                    (*structure.NODES, self.name, section, name),
                )


class Topology(TopologyTemplate):
    """A topology of :class:`PreparedNode`, its input values checked elsewhere."""

    def _inputs(self):
        return [Input(name, schema) for name, schema in self._tpl_inputs().items()]

    def _nodetemplates(self):
        templates = self._tpl_nodetemplates()
        nodes = [
            PreparedNode(name, templates, self.custom_defs, self.parsed_params)
            for name in templates
        ]
        for node in nodes:
            node.validate(self)
        return nodes

    def _policies(self):
        return []

    def _process_intrinsic_functions(self):
        pass  # get_input stays as written: checked with the outline, kept for drivers


class Template(ToscaTemplate):
    """A descriptor parsed by the library with our types.

    :ivar lock: hold it while using the object: the library keeps global state.
    """

    lock = LOCK

    def __init__(self, document: dict, inputs: Mapping[str, Any]):
        self._types = type_table(document)
        super().__init__(yaml_dict_tpl=document, parsed_params=dict(inputs))

    def _validate_version(self, version):
        pass  # checked with the outline of the descriptor

    def _validate_relationship_occurences(self):
        pass  # counts inherited requirements which NFV descriptors never write

    def _tpl_relationship_types(self):
        return {}

    def _get_all_custom_defs(self, imports=None, path=None):
        return self._types

    def _topology_template(self):
        return Topology(
            self._tpl_topology_template(), self._types, {}, self.parsed_params, None
        )

    def verify_template(self):
        pass  # parse() reports what was collected


_shared: TypeTable | None = None


def type_table(document: Mapping[str, Any]) -> TypeTable:
    """Our types; with the descriptor's own ones when it has some."""
    global _shared
    if _shared is None:
        update_definitions(structure.VERSION)
        _shared = TypeTable(definitions.load())
    own = {
        name: definition
        for section in structure.TYPE_SECTIONS
        for name, definition in (document.get(section) or {}).items()
    }
    return TypeTable({**_shared, **own}) if own else _shared


def check_types(document: Mapping[str, Any], problems: Problems) -> None:
    """A descriptor's own types must not stand in for those everybody has."""
    for section in structure.TYPE_SECTIONS:
        for name in document.get(section) or {}:
            if name in type_table({}) or name in EntityType.TOSCA_DEF:
                problems.add(
                    f"type {name} is built in: give your own another name",
                    (section, name),
                )


def parse(document: dict, inputs: Mapping[str, Any], problems: Problems) -> Template:
    """Parse a plain document, which the library changes.

    The caller holds :data:`LOCK`.

    :param inputs: values by name.
    :raises InvalidTemplate: with everything the library found.
    """
    for node in document["topology_template"]["node_templates"].values():
        for name in IGNORED_CAPABILITIES:
            (node.get("capabilities") or {}).pop(name, None)
    template = None
    try:
        template = Template(document, inputs)
    except LIBRARY_ERRORS as error:
        problems.add(f"cannot be parsed: {_reason(error)}")
    finally:
        found = list(ExceptionCollector.exceptions)
        ExceptionCollector.stop()
        ExceptionCollector.clear()
    for each in found:
        problems.add(_reason(each), getattr(each, "path", ()))
    problems.raise_if_any()
    assert template is not None  # noqa: S101 - narrowed for the type checker
    return template


def _report(reason: str, path: tuple[Any, ...]) -> None:
    ExceptionCollector.appendException(LocatedError(reason, path))


def _near(name: str, known: Iterable[str]) -> str:
    reported = len(ExceptionCollector.exceptions) < MAX_REPORTED
    return near(name, known) if reported else ""


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    return str(error)
