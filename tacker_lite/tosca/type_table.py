"""The library's types, prepared once and shared.

The library computes each type's properties again for every node; here a type does so
at its first use.  The types of a descriptor's own stay with that descriptor.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Mapping
from typing import Any

from toscaparser.common.exception import ExceptionCollector, TOSCAException
from toscaparser.elements.capabilitytype import CapabilityTypeDef
from toscaparser.elements.constraints import Schema
from toscaparser.elements.entity_type import EntityType, update_definitions
from toscaparser.elements.nodetype import NodeType
from toscaparser.elements.statefulentitytype import StatefulEntityType

from tacker_lite.tosca import definitions, own_types, positions, reasons, structure
from tacker_lite.tosca.problems import Problems

# The library logs what it refuses, also values of inputs, which may be secrets.
logging.getLogger("tosca").addHandler(logging.NullHandler())
logging.getLogger("tosca").propagate = False

LIBRARY_ERRORS = (
    TOSCAException,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    RecursionError,
    re.error,
    TypeError,
    ValueError,
)


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
    def defaults(self):
        """Properties that have a value when none is given."""
        return [each for each in self._property_list if each.default is not None]

    @functools.cached_property
    def needed(self):
        """Names of the properties that must be given."""
        return [
            each.name
            for each in self._property_list
            if each.required and each.default is None
        ]

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


_shared: TypeTable | None = None


def built_in() -> TypeTable:
    """Our types, on top of the library's."""
    global _shared
    if _shared is None:
        update_definitions(structure.VERSION)
        _shared = TypeTable(definitions.load())
    return _shared


def check(document: Mapping[str, Any], problems: Problems) -> TypeTable:
    """Check a descriptor's own types.

    The caller holds the parser's lock.

    :returns: them and ours; ours alone when there are none or they have problems.
    """
    shared = built_in()
    own: dict[str, Any] = {}
    for section in structure.TYPE_SECTIONS:
        found = document.get(section)
        # A copy: the library adds to a type what it inherits.
        own.update(positions.plain(found) if isinstance(found, dict) else {})
    before = len(problems)
    if own:
        own_types.check(
            document,
            lambda name: name in shared or name in EntityType.TOSCA_DEF,
            _schema_fault,
            problems,
        )
    return TypeTable({**shared, **own}) if own and len(problems) == before else shared


def _schema_fault(name: str, schema: Mapping[str, Any]) -> str:
    """What the library finds wrong with a property's definition, or ``""``."""
    ExceptionCollector.stop()
    try:
        constraints = Schema(name, dict(schema)).constraints
    except LIBRARY_ERRORS as error:
        return f"constraints are malformed: {reasons.of(error)}"
    return "" if all(constraints) else "constraints are malformed"
