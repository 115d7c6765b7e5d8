"""The ``resource_registry`` of an environment: which type a type's name means.

Kept as one map, from the name of a type, with ``*`` at its end for all that begin so,
or from ``resources/`` and the name of a resource with a type.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tacker_lite.pop.errors import BadRequest
from tacker_lite.pop.stack.errors import NotSupported

_PREFIX = "resources/"


def read_registry(
    registry: Mapping[str, Any], types: Collection[str], files: Mapping[str, Any]
) -> dict[str, str]:
    """The map for :func:`type_of`.

    :param types: names of the types there are.
    :param files: sent with the template: the name of one is a type too.
    :raises NotSupported: naming an entry that leads to no type.
    """
    aliases: dict[str, str] = {}
    for name, target in registry.items():
        if name == "base_url":
            continue
        if name == "resources":
            aliases |= _of_resources(target or {}, types, files)
        else:
            aliases[str(name)] = _checked(str(name), target, types, files)
    return aliases


def _of_resources(
    entries: Any, types: Collection[str], files: Mapping[str, Any]
) -> dict[str, str]:
    where = "resource_registry.resources"
    if not isinstance(entries, Mapping):
        raise BadRequest(f'"{where}" must be a map')
    aliases = {}
    for resource, body in entries.items():
        if not isinstance(body, Mapping):
            raise BadRequest(f'"{where}.{resource}" must be a map')
        for name, target in body.items():
            if name in ("hooks", "restricted_actions") or isinstance(target, Mapping):
                raise NotSupported(
                    f"{where}.{resource}.{name}: the lab has no hooks, restricted "
                    f"actions and entries for nested stacks"
                )
            place = f"{_PREFIX}{resource}/{name}"
            aliases[place] = _checked(place, target, types, files)
    return aliases


def _checked(
    name: str, target: Any, types: Collection[str], files: Mapping[str, Any]
) -> str:
    if name.endswith("*") and isinstance(target, str) and target.endswith("*"):
        return target
    if isinstance(target, str) and (target in types or target in files):
        return target
    raise NotSupported(
        f"resource_registry: {name}: {target} is none of the lab's resource types and "
        f"none of the files sent"
    )


def type_of(resource: str, name: str, aliases: Mapping[str, str]) -> str:
    """The type that a name means for a resource; a chain of aliases is followed."""
    seen = set()
    while name not in seen:
        seen.add(name)
        name = _next(resource, name, aliases)
    return name


def _next(resource: str, name: str, aliases: Mapping[str, str]) -> str:
    for key in (f"{_PREFIX}{resource}/{name}", name):
        if key in aliases:
            return aliases[key]
    begun = [k for k in aliases if k.endswith("*") and name.startswith(k[:-1])]
    if not begun:
        return name
    longest = max(begun, key=len)
    target = aliases[longest]
    if target.endswith("*"):
        return target[:-1] + name[len(longest) - 1 :]
    return target
