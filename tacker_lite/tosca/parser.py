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
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from toscaparser.common.exception import ExceptionCollector, TOSCAException
from toscaparser.nodetemplate import NodeTemplate
from toscaparser.parameters import Input
from toscaparser.properties import Property
from toscaparser.topology_template import TopologyTemplate
from toscaparser.tosca_template import ToscaTemplate

from tacker_lite.tosca import (
    functions,
    nodes,
    positions,
    reasons,
    requirements,
    structure,
)
from tacker_lite.tosca.model import input_name, is_get_input
from tacker_lite.tosca.problems import MAX_IN_MESSAGE, NODES, Problems, kind, near
from tacker_lite.tosca.type_table import LIBRARY_ERRORS, TypeTable

LOCK = threading.RLock()
"""Held while the library runs: its error list is global to the process."""

# nfv_compute is the only source of a VDU's size: heat-translator would look for a
# flavor and an image that suit these by itself.
IGNORED_CAPABILITIES = ("host", "os")
WITHOUT_EFFECT = ("failure_policy",)
"""Properties that may have any value."""

PARSED_SECTIONS = ("type", "properties", "capabilities", "artifacts")


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
        here = (*NODES, self.name)
        self._located(self._validate_capabilities, (*here, "capabilities"))
        self._located(self._validate_requirements, (*here, "requirements"))
        values = self.entity_tpl.get("properties") or {}
        path = (*here, "properties")
        self._check_names(self.type_definition, values, path)
        for prop in self.get_properties_objects():
            self._validate_property(prop, (*path, prop.name))

    def _create_properties(self):
        given = self.entity_tpl.get("properties") or {}
        known = self.type_definition.get_properties_def()
        found = [
            Property(name, value, known[name].schema, self.custom_def)
            for name, value in given.items()
            if name in known
        ]
        found += [
            Property(each.name, each.default, each.schema, self.custom_def)
            for each in self.type_definition.defaults
            if each.name not in given
        ]
        return found

    def _validate_capabilities_properties(self, capabilities):
        for name, capability in self.get_capabilities().items():
            if name in capabilities:
                values = capabilities[name].get("properties") or {}
                path = (*NODES, self.name, "capabilities", name, "properties")
                self._check_names(capability.definition, values, path)
                for prop in capability.get_properties_objects():
                    self._validate_property(prop, (*path, prop.name))

    def _validate_requirements(self):
        # The library lets any name pass that has a mapping behind it.
        known = {name for item in self.type_definition.requirements for name in item}
        for item in self.requirements:
            self._common_validate_field(item, known, "requirements")
        if all(name in known for item in self.requirements for name in item):
            super()._validate_requirements()  # tells those that are unknown again

    def _check_names(
        self, of_type: Any, values: Mapping[str, Any], path: tuple[Any, ...]
    ) -> None:
        """No property may be unknown, none that is required may be missing."""
        known = of_type.get_properties_def()
        for name in values:
            if name not in known:
                _report(
                    f'node "{self.name}": there is no property "{name}"'
                    f"{_near(name, known)}; use one of {', '.join(sorted(known))}",
                    (*path, name),
                )
        if not values and of_type is not self.type_definition:
            return  # a capability that is not used needs nothing
        for name in of_type.needed:
            if name not in values:
                _report(f'node "{self.name}": {name} is missing', path)

    def _validate_property(self, prop: Any, path: tuple[Any, ...]) -> None:
        what = f'node "{self.name}", property {prop.name}'
        if prop.value is None:
            _report(f"{what} is empty; give a value or leave it out", path)
        elif is_get_input(prop.value):
            self._validate_input(prop, path)
        elif prop.name in WITHOUT_EFFECT or functions.is_call(prop.value):
            return  # such a call is told with the outline
        elif _is_map_of_texts(prop) and isinstance(prop.value, dict):
            self._validate_texts(prop, path)
        elif prop.type == "string" and isinstance(prop.value, (dict, list)):
            _report(f"{what} must be text, not {kind(prop.value)}", path)
        else:
            self._located(prop.validate, path, f"{what}: ")

    def _validate_texts(self, prop: Any, path: tuple[Any, ...]) -> None:
        """Numbers and booleans are as good as text: drivers write them as such."""
        for key, value in prop.value.items():
            scalar = isinstance(value, (str, int, float))
            if not scalar and not functions.is_call(value):
                _report(
                    f'node "{self.name}", property {prop.name}.{key} must be text, '
                    f"not {kind(value)}",
                    (*path, key),
                )

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

    def _located(
        self, step: Callable[[], Any], path: tuple[Any, ...], prefix: str = ""
    ) -> None:
        _located(step, path, prefix or f'node "{self.name}": ')

    def _common_validate_field(self, schema, allowedlist, section):
        for name in schema:
            if name not in allowedlist:
                _report(
                    f'node "{self.name}": "{name}" is not known in {section}'
                    f"{_near(name, allowedlist)}; use one of "
                    f"{', '.join(sorted(allowedlist))}",
                    (*NODES, self.name, section, name),
                )


class Topology(TopologyTemplate):
    """A topology of :class:`PreparedNode`, its input values checked elsewhere."""

    def _inputs(self):
        return [Input(name, schema) for name, schema in self._tpl_inputs().items()]

    def _nodetemplates(self):
        templates = self._tpl_nodetemplates()
        found: list[PreparedNode] = []

        def prepare(name: str) -> None:
            found.append(
                PreparedNode(name, templates, self.custom_defs, self.parsed_params)
            )

        for name in templates:
            _located(
                functools.partial(prepare, name), (*NODES, name), f'node "{name}": '
            )
        for node in found:
            node.validate(self)
        return found

    def _policies(self):
        return []

    def _process_intrinsic_functions(self):
        pass  # get_input stays as written: checked with the outline, kept for drivers


class Template(ToscaTemplate):
    """A descriptor parsed by the library with our types.

    :ivar lock: hold it while using the object: the library keeps global state.
    """

    lock = LOCK

    def __init__(self, document: dict, types: TypeTable, inputs: Mapping[str, Any]):
        self._types = types
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


def parse(
    document: Mapping[str, Any],
    types: TypeTable,
    inputs: Mapping[str, Any],
    problems: Problems,
) -> Template | None:
    """Parse the nodes of a plain document that have no problem yet.

    The caller holds :data:`LOCK`.

    :param inputs: values by name.
    :returns: None, or a part of the descriptor, when there are problems.
    """
    template = None
    try:
        template = Template(_parsed_part(document, problems), types, inputs)
    except LIBRARY_ERRORS as error:
        problems.add(f"cannot be parsed: {reasons.of(error)}", NODES)
    finally:
        found = list(ExceptionCollector.exceptions)
        ExceptionCollector.stop()
        ExceptionCollector.clear()
    for each in found:
        problems.add(reasons.of(each), getattr(each, "path", ()))
    return template


def _parsed_part(document: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """A copy of what the library needs, which it changes: inputs and sound nodes."""
    topology = document["topology_template"]
    wrong = problems.paths(len(NODES) + 1)
    inputs_wrong = any(path[:2] == (*structure.TOPOLOGY, "inputs") for path in wrong)
    own_wrong = any(path[0] in structure.TYPE_SECTIONS for path in wrong if path)
    sound = {
        name: node
        for name, node in topology["node_templates"].items()
        if (*NODES, name) not in wrong
        and not (own_wrong and node["type"] not in nodes.BUILDERS)
    }
    return {
        "tosca_definitions_version": structure.VERSION,
        "topology_template": {
            "inputs": {} if inputs_wrong else positions.plain(topology.get("inputs")),
            "node_templates": {
                name: _parsed_node(node, sound) for name, node in sound.items()
            },
        },
    }


def _parsed_node(node: Mapping[str, Any], sound: Collection[str]) -> dict[str, Any]:
    parsed = {
        section: positions.plain(node[section])
        for section in PARSED_SECTIONS
        if node.get(section) is not None
    }
    for name in IGNORED_CAPABILITIES:
        (parsed.get("capabilities") or {}).pop(name, None)
    if node.get("requirements"):
        parsed["requirements"] = [
            positions.plain(item)
            for item in node["requirements"]
            if requirements.target(next(iter(item.values()))) in sound
        ]
    return parsed


def _located(step: Callable[[], Any], path: tuple[Any, ...], prefix: str) -> None:
    """Run a step of the library and give its errors a place."""
    # The library compares each error with all others, so it gets a list of its own.
    before = ExceptionCollector.exceptions
    found: list[Exception] = []
    ExceptionCollector.exceptions = found
    try:
        step()
    except LIBRARY_ERRORS as error:
        if not found:  # else it goes on with the value that it complained about
            found.append(error)
    finally:
        ExceptionCollector.exceptions = before
    before.extend(
        each
        if isinstance(each, LocatedError)
        else LocatedError(prefix + reasons.of(each), path)
        for each in found
    )


def _is_map_of_texts(prop: Any) -> bool:
    entry = prop.schema.schema.get("entry_schema")
    return prop.type == "map" and entry in ("string", {"type": "string"})


def _report(reason: str, path: tuple[Any, ...]) -> None:
    ExceptionCollector.exceptions.append(LocatedError(reason, path))


def _near(name: str, known: Iterable[str]) -> str:
    reported = len(ExceptionCollector.exceptions) < MAX_IN_MESSAGE
    return near(name, known) if reported else ""
