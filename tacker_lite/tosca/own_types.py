"""A descriptor's own types: sound enough for the library to work with.

It follows what a type derives from without looking where it has been, and fails
without a place on definitions of another form than it expects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tacker_lite.tosca import patterns
from tacker_lite.tosca.problems import Problems, expect_mapping, kind

SECTIONS = ("node_types", "data_types", "capability_types")
"""Those whose types nodes use; the types of others have no effect."""

MAX_DERIVED = 20
PRIMITIVES = (
    "string",
    "integer",
    "float",
    "number",
    "boolean",
    "list",
    "map",
    "range",
    "timestamp",
    "version",
    "scalar-unit.size",
    "scalar-unit.frequency",
    "scalar-unit.time",
)

CheckSchema = Callable[[str, Mapping[str, Any]], str]
Path = tuple[Any, ...]


def check(
    document: Mapping[str, Any],
    built_in: Callable[[str], bool],
    check_schema: CheckSchema,
    problems: Problems,
) -> None:
    """Add every fault of the type sections.

    :param built_in: whether everybody has a type of this name.
    :param check_schema: what is wrong with a property's constraints, or ``""``.
    """
    checker = _Checker(document, built_in, check_schema, problems)
    for section, name, definition in checker.definitions():
        path = (section, name)
        if built_in(name):
            problems.add(
                f"type {name} is built in: give your own another name", (section, name)
            )
            continue
        checker.check_parents(name, definition, path)
        if section in SECTIONS:
            checker.check_properties(name, definition.get("properties"), path)
        if section == "node_types":
            checker.check_capabilities(name, definition.get("capabilities"), path)
            checker.check_requirements(name, definition.get("requirements"), path)


class _Checker:
    def __init__(
        self,
        document: Mapping[str, Any],
        built_in: Callable[[str], bool],
        check_schema: CheckSchema,
        problems: Problems,
    ):
        self.document = document
        self.built_in = built_in
        self.check_schema = check_schema
        self.problems = problems
        self.own = {name: given for _, name, given in self.definitions()}

    def definitions(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Section, name and definition of each type that is a mapping."""
        for section in (*SECTIONS, "relationship_types", "group_types", "policy_types"):
            types = self.document.get(section)
            for name, definition in types.items() if isinstance(types, dict) else ():
                if isinstance(name, str) and isinstance(definition, dict):
                    yield section, name, definition

    def known(self, name: Any) -> bool:
        """Whether there is a type of this name."""
        return isinstance(name, str) and (name in self.own or self.built_in(name))

    def check_parents(self, name: str, definition: Mapping[str, Any], path: Path):
        """What a type derives from must exist, and end."""
        seen = [name]
        place = (*path, "derived_from")
        parent = definition.get("derived_from")
        while parent is not None and len(seen) <= MAX_DERIVED:
            if not self.known(parent):
                near = self.problems.near(str(parent), self.own)
                self.problems.add(
                    f"type {name} derives from {parent}, which does not exist{near}; "
                    "name a built-in type or one of this descriptor",
                    place,
                )
                return
            if parent in seen:
                self.problems.add(
                    f"type {name} derives from itself: {' from '.join(seen)} from "
                    f"{parent}; break the circle",
                    place,
                )
                return
            seen.append(parent)
            if self.built_in(parent):
                return
            parent = self.own[parent].get("derived_from")
        if len(seen) > MAX_DERIVED:
            self.problems.add(
                f"type {name} derives through more than {MAX_DERIVED} types; use fewer",
                place,
            )

    def check_properties(self, name: str, found: Any, path: Path):
        """Each property needs a known type and constraints of the right form."""
        path = (*path, "properties")
        what = f"properties of type {name}"
        for key, schema in expect_mapping(self.problems, found, path, what).items():
            place = (*path, key)
            if not isinstance(schema, dict):
                self.problems.add(
                    f"type {name}: property {key} must be a mapping with its type, "
                    f"not {kind(schema)}",
                    place,
                )
                continue
            if self._check_type(name, key, schema, place):
                wrong = self._schema_fault(key, schema)
                if wrong:
                    self.problems.add(f"type {name}, property {key}: {wrong}", place)

    def _check_type(self, name: str, key: str, schema: Any, place: Path) -> bool:
        given = schema.get("type")
        if isinstance(given, str) and (given in PRIMITIVES or self.known(given)):
            entry = schema.get("entry_schema")
            if isinstance(entry, dict) and given in ("list", "map"):
                return self._check_type(name, key, entry, (*place, "entry_schema"))
            if entry is None:
                return True
            self.problems.add(
                f"type {name}, property {key}: entry_schema must be a mapping and "
                "belong to a list or map",
                (*place, "entry_schema"),
            )
            return False
        near = self.problems.near(str(given), (*PRIMITIVES, *self.own))
        self.problems.add(
            f"type {name}, property {key}: its type {given} does not exist{near}; use "
            f"one of {', '.join(PRIMITIVES)} or a data type",
            (*place, "type"),
        )
        return False

    def _schema_fault(self, key: str, schema: Mapping[str, Any]) -> str:
        if not isinstance(schema.get("required", True), bool):
            return "required must be true or false"
        if not isinstance(schema.get("constraints", []), list):
            return "constraints must be a list"
        return self.check_schema(key, schema) or patterns.fault(schema)

    def check_capabilities(self, name: str, found: Any, path: Path):
        """Each capability needs a type that exists."""
        path = (*path, "capabilities")
        what = f"capabilities of type {name}"
        for key, given in expect_mapping(self.problems, found, path, what).items():
            type_name = given.get("type") if isinstance(given, dict) else None
            if not self.known(type_name):
                self.problems.add(
                    f"type {name}: capability {key} must be a mapping with a type "
                    "that exists, such as {type: tosca.capabilities.Node}",
                    (*path, key),
                )

    def check_requirements(self, name: str, found: Any, path: Path):
        """Requirements are a list of mappings of one key, each naming types."""
        path = (*path, "requirements")
        if found is not None and not isinstance(found, list):
            self.problems.add(f"requirements of type {name} must be a list", path)
            return
        for index, item in enumerate(found or []):
            given = next(iter(item.values()), None) if isinstance(item, dict) else None
            if not isinstance(item, dict) or len(item) != 1:
                self.problems.add(
                    f"each requirement of type {name} must be a mapping of one key",
                    (*path, index),
                )
            elif not isinstance(given, dict):
                self.problems.add(
                    f"type {name}: requirement {next(iter(item))} must be a mapping "
                    "with node, capability or relationship",
                    (*path, index),
                )
            else:
                self._check_names(name, given, (*path, index))

    def _check_names(self, name: str, given: Mapping[str, Any], place: Path):
        for key in ("node", "capability", "relationship", "type"):
            if key in given and not self.known(given[key]):
                self.problems.add(
                    f"type {name}: the {key} {given[key]} of a requirement does not "
                    "exist; name a type that does",
                    place,
                )
        if "relationship" in given and not {"node", "capability"} & set(given):
            self.problems.add(
                f"type {name}: a requirement with a relationship needs a node or a "
                "capability",
                place,
            )
