"""Deciding the conditions of a template: what holds before anything is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tacker_lite.pop.stack.errors import StackValidationFailed, UserParameterMissing
from tacker_lite.pop.stack.functions import resolve
from tacker_lite.pop.stack.snippets import UNKNOWN
from tacker_lite.pop.stack.template import Template


def content_of(files: Mapping[str, str], name: str) -> str:
    """The content of a file sent with the template.

    :raises StackValidationFailed: it was not sent.
    """
    if name not in files:
        raise StackValidationFailed(
            f'No content found in the "files" section for get_file path: {name}'
        )
    return files[name]


class ConditionScope:
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

    def has_parameter(self, name: str) -> bool:
        return name in self._values

    def facade(self, name: str) -> Any:
        raise StackValidationFailed("resource_facade is not allowed in a condition")

    def reference(self, name: str) -> Any:
        raise StackValidationFailed("get_resource is not allowed in a condition")

    def attribute(self, name: str, path: Sequence[Any]) -> Any:
        raise StackValidationFailed("get_attr is not allowed in a condition")

    def file(self, name: str) -> str:
        return content_of(self._files, name)

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
        if value is UNKNOWN:
            # What may be there is checked as if it were.
            return True
        if not isinstance(value, bool):
            raise StackValidationFailed(f"{where}: {value!r} is not true or false")
        return value
