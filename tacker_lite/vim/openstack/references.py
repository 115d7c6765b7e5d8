"""References between the resources of a HOT: found and replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

FUNCTIONS = ("get_resource", "get_attr")


def of(value: Any) -> str | None:
    """Name of the resource in ``{get_resource: name}`` or ``{get_attr: [name, ..]}``.

    None when ``value`` is no such call.
    """
    if not isinstance(value, dict) or len(value) != 1:
        return None
    function, argument = next(iter(value.items()))
    if function == "get_resource":
        return argument if isinstance(argument, str) else None
    if function == "get_attr" and isinstance(argument, list) and argument:
        return argument[0] if isinstance(argument[0], str) else None
    return None


def names(resource: Mapping[str, Any]) -> Iterator[str]:
    """Names of the resources that one refers to or depends on."""
    yield from resource.get("depends_on") or ()
    yield from _names(resource.get("properties"))


def replaced(value: Any, replace: Callable[[str, Any], Any]) -> Any:
    """A copy of ``value`` with each reference replaced.

    :param replace: takes the name and the reference, returns what stands for it.
    """
    name = of(value)
    if name is not None:
        return replace(name, value)
    if isinstance(value, dict):
        return {key: replaced(item, replace) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, replace) for item in value]
    return value


def _names(value: Any) -> Iterator[str]:
    name = of(value)
    if name is not None:
        yield name
    elif isinstance(value, dict):
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
