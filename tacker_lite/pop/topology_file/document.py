"""A YAML document as plain data that knows on which line each part stands.

Plain scalars are what YAML 1.2 takes them for, as editors do: ``no`` is a text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import yaml

from tacker_lite.pop.errors import TopologyError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

#: Keys and indexes that lead to a part of the document.
Path = Sequence[str | int]


class Document:
    """A parsed YAML text.

    :param file: what errors call it.
    :ivar data: mappings, lists, texts, numbers, truth values and None.
    :raises TopologyError: with file and line, when it is no YAML, gives a key twice or
        contains itself.
    """

    def __init__(self, text: str, file: str):
        self.file = file
        self._root = self._composed(text)
        self._known: dict[int, Any] = {}
        self._open: set[int] = set()
        self.data: Any = self._plain(self._root, ()) if self._root else None

    def _composed(self, text: str) -> yaml.Node | None:
        try:
            return yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise TopologyError(f"{self.file}, line {line}: {error.problem}") from error
        except yaml.YAMLError as error:
            raise TopologyError(f"{self.file}: {error}") from error
        except RecursionError as error:
            raise TopologyError(f"{self.file}: is nested too deeply") from error

    def _plain(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        if id(node) in self._known:
            return self._known[id(node)]
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            raise self._error(node, path, "contains itself")
        self._open.add(id(node))
        if isinstance(node, yaml.MappingNode):
            value: Any = self._mapping(node, path)
        else:
            value = [
                self._plain(item, (*path, index))
                for index, item in enumerate(node.value)
            ]
        self._open.discard(id(node))
        self._known[id(node)] = value
        return value

    def _mapping(
        self, node: yaml.MappingNode, path: tuple[str | int, ...]
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, path, "has a key that is no text")
            key = str(key_node.value)
            if key in result:
                raise self._error(key_node, (*path, key), "is given twice")
            result[key] = self._plain(value_node, (*path, key))
        return result

    def error(self, path: Path, message: str, *, of_key: bool = False) -> TopologyError:
        """An error that names file, line and key of a part.

        :param of_key: the line is that of the part's key, not of its value.
        """
        return self._error(self._node(path, of_key), path, message)

    def line(self, path: Path) -> int:
        """Where a part begins, counted from 1."""
        return int(self._node(path, of_key=False).start_mark.line) + 1

    def _node(self, path: Path, of_key: bool) -> yaml.Node:
        node: Any = self._root
        key: Any = node
        for step in path:
            if isinstance(node, yaml.SequenceNode):
                node = key = node.value[step]
            else:
                key, node = next(
                    pair for pair in node.value if str(pair[0].value) == step
                )
        found: yaml.Node = key if of_key else node
        return found

    def _error(self, node: yaml.Node, path: Path, message: str) -> TopologyError:
        where = f"{key_of(path)}: " if path else ""
        line = node.start_mark.line + 1
        return TopologyError(f"{self.file}, line {line}: {where}{message}")


def key_of(path: Path) -> str:
    """A path as people write it: ``pops[0].name``."""
    words = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(words).removeprefix(".")


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style:  # Quoted, or a block.
        return text
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        number = float(text)
        return int(number) if number.is_integer() else number
    return text
