"""YAML in and out: mappings which remember their lines, read by libyaml.

Reading is strict where YAML is dangerous: standard types alone (no tags of other
programs), every key once, every key a string where TOSCA wants names, and aliases
expanded within bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tacker_lite import exceptions

MAX_CHARACTERS = 1_000_000
MAX_NODES = 50_000
SCANNED_ABOVE = 2_000
SEPARATORS = ",:[{\n"
LARGEST_NUMBER = 2**63
MAX_DEPTH = 60
COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Scripts as blocks, so that people can read what is stored."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


class PositionedDict(dict):
    """A mapping from a YAML text.

    :ivar line: 1-based line where it begins.
    :ivar lines: line of each key.
    """

    __slots__ = ("line", "lines")

    def __init__(self, line: int):
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}


class _PositionLoader(_Loader):  # type: ignore[valid-type, misc]
    """Builds :class:`PositionedDict` objects and counts what it builds."""

    def read_document(self) -> Any:
        node = self.get_single_node()
        self.built = 0
        return None if node is None else self._build(node, 0)

    def _build(self, node: yaml.Node, depth: int) -> Any:
        self.built += 1
        if self.built > MAX_NODES or depth > MAX_DEPTH:
            raise yaml.constructor.ConstructorError(
                None, None, "the document is too large or too deep", node.start_mark
            )
        collection = isinstance(node, yaml.CollectionNode)
        if node.tag not in (COLLECTIONS if collection else self.yaml_constructors):
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"the tag {node.tag} is not allowed; leave it out",
                node.start_mark,
            )
        if isinstance(node, yaml.MappingNode):
            return self._build_mapping(node, depth + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, depth + 1) for item in node.value]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            value = self.construct_object(node)
        except (ValueError, OverflowError) as error:
            raise yaml.constructor.ConstructorError(
                None, None, f"{error}; put it in quotes", node.start_mark
            ) from error
        if isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
            raise yaml.constructor.ConstructorError(
                None, None, "the number is too large", node.start_mark
            )
        return value

    def _build_mapping(self, node: yaml.MappingNode, depth: int) -> PositionedDict:
        result = PositionedDict(node.start_mark.line + 1)
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged.append(value_node)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a plain value", key_node.start_mark
                )
            key = self._scalar(key_node)
            if key in result:
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    f'the key "{key}" stands twice; remove one',
                    key_node.start_mark,
                )
            result[key] = self._build(value_node, depth)
            result.lines[key] = key_node.start_mark.line + 1
        for value_node in merged:
            self._merge(result, value_node, depth)
        return result

    def _merge(self, into: PositionedDict, node: yaml.Node, depth: int) -> None:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for each in nodes:
            if not isinstance(each, yaml.MappingNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "only a mapping can be merged", each.start_mark
                )
            for key, value in self._build_mapping(each, depth).items():
                into.setdefault(key, value)


def read(text: str, file: str = "") -> Any:
    """Parse YAML text.

    :param file: file name as the user knows it, for messages.
    :raises InvalidTemplate: with the line and what is wrong.
    """
    if len(text) > MAX_CHARACTERS:
        raise exceptions.InvalidTemplate(
            f"the text is longer than {MAX_CHARACTERS} characters", file=file
        )
    try:
        if sum(map(text.count, SEPARATORS)) > SCANNED_ABOVE:
            _scan(text)
        loader = _PositionLoader(text)
        try:
            return loader.read_document()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", "")
        raise exceptions.InvalidTemplate(
            printable(f"not valid YAML: {reason}"),
            file=file,
            line=mark.line + 1 if mark else _line_at(text, error),
        ) from None
    except (ValueError, OverflowError, RecursionError) as error:
        raise exceptions.InvalidTemplate(
            printable(f"not valid YAML: {error}"), file=file
        ) from None


def _scan(text: str) -> None:
    """Refuse what is too large or too deep before anything is built of it."""
    event: Any
    found = depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            continue
        found += 1
        if found > MAX_NODES or depth > MAX_DEPTH:
            raise yaml.constructor.ConstructorError(
                None, None, "the document is too large or too deep", event.start_mark
            )


def _line_at(text: str, error: yaml.YAMLError) -> int:
    place = getattr(error, "position", None)
    return text.count("\n", 0, place) + 1 if isinstance(place, int) else 0


def dump(value: Any) -> str:
    """The value as block-style YAML, keys in the order they have."""
    return yaml.dump(
        plain(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096
    )


def plain(value: Any) -> Any:
    """A deep copy in plain ``dict`` and ``list`` objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def is_too_large(value: Any) -> bool:
    """Whether there is more, or it nests deeper, than any descriptor needs."""
    level = [value]
    found = 0
    for _ in range(MAX_DEPTH):
        found += sum(map(len, level))
        if found > MAX_NODES:
            return True
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def line_of(document: Any, path: Sequence[Any]) -> int:
    """Line of the deepest known part of ``path``, or 0."""
    line = getattr(document, "line", 0)
    here = document
    for key in path:
        if isinstance(here, Mapping):
            line = getattr(here, "lines", {}).get(key, line)
            here = here.get(key)
        elif isinstance(here, list) and isinstance(key, int) and key < len(here):
            here = here[key]
            line = getattr(here, "line", line)
        elif isinstance(here, list):  # of mappings of one key, as requirements are
            lines = [getattr(item, "lines", {}).get(key) for item in here]
            line = next((found for found in lines if found), line)
            break
        else:
            break
    return line


def printable(text: str) -> str:
    """Text fit for an error: one line, no percent sign (v1.0 clients expand it)."""
    return " ".join(text.split()).replace("%", "(percent)")
