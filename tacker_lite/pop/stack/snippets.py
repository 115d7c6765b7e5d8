"""What functions work with: values not known yet, the scope, paths into values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tacker_lite.pop.stack.errors import StackValidationFailed
from tacker_lite.pop.stack.versions import Version


class _Marker:
    """A value that is not one of JSON's."""

    def __init__(self, label: str):
        self._label = label

    def __repr__(self) -> str:
        return self._label


UNKNOWN = _Marker("<known after creation>")
NOTHING = _Marker("<nothing>")


class Scope(Protocol):
    """What a template's functions may ask for."""

    version: Version

    def parameter(self, name: str) -> Any:
        """Value of a parameter or pseudo parameter."""

    def reference(self, name: str) -> Any:
        """What ``get_resource`` gives for the resource."""

    def attribute(self, name: str, path: Sequence[Any]) -> Any:
        """An attribute of a resource; an empty path means all of them."""

    def file(self, name: str) -> str:
        """Content of a file sent with the template."""

    def condition(self, name: str) -> bool:
        """Truth of a named condition."""

    def has_parameter(self, name: str) -> bool:
        """Whether there is a parameter or pseudo parameter of the name."""

    def facade(self, name: str) -> Any:
        """Part of the definition of the resource that the stack is behind."""


@dataclass(frozen=True)
class Call:
    """One use of a function.

    :ivar where: path of the snippet, for messages.
    :ivar evaluate: evaluates the functions in a snippet.
    """

    name: str
    scope: Scope
    where: str
    evaluate: Callable[[Any, Scope, str], Any]

    def refuse(self, message: str) -> StackValidationFailed:
        """The error that names the function and the place."""
        return StackValidationFailed(f"{self.where}: {self.name}: {message}")

    def resolve(self, snippet: Any) -> Any:
        """Evaluate a part of the arguments."""
        return self.evaluate(snippet, self.scope, self.where)


def holds_unknown(value: Any) -> bool:
    """Tell whether any part of a value is known only after creation."""
    if isinstance(value, Mapping):
        return any(holds_unknown(v) for v in value.values())
    if isinstance(value, list):
        return any(holds_unknown(v) for v in value)
    return value is UNKNOWN


def as_text(value: Any) -> str:
    """A value as the text functions insert it: maps and lists become JSON."""
    if value is None:
        return ""
    if isinstance(value, (Mapping, list)):
        return json.dumps(value)
    return str(value)


def walk_path(value: Any, path: Sequence[Any]) -> Any:
    """Follow keys and indexes into a value; None when they lead nowhere."""
    for step in path:
        if isinstance(step, (Mapping, list)):
            return None
        if isinstance(value, Mapping):
            value = value.get(step, value.get(str(step)))
        elif isinstance(value, list):
            try:
                value = value[int(step)]
            except (IndexError, ValueError, TypeError, OverflowError):
                return None
        elif value is not UNKNOWN:
            return None
    return value
