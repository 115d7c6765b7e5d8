"""What an update would do to a stack, without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tacker_lite.pop.errors import PopError
from tacker_lite.pop.stack.blueprint import Blueprint
from tacker_lite.pop.stack.functions import resolve
from tacker_lite.pop.stack.ledger import Ledger
from tacker_lite.pop.stack.live import LiveScope
from tacker_lite.pop.stack.queries import accept
from tacker_lite.pop.stack.records import FAILED, Resource, Stack
from tacker_lite.pop.stack.snippets import UNKNOWN

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

Changes = dict[str, list[Resource]]


class _Expecting(LiveScope):
    """What is not made yet is known after creation, not nothing."""

    def _reference(self, name: str) -> Any:
        return UNKNOWN if self._made(name) is None else super()._reference(name)

    def _attribute(self, name: str, path: Sequence[Any]) -> Any:
        made = self._made(name)
        return UNKNOWN if made is None else super()._attribute(name, path)


def drafts(blueprint: Blueprint, stack: Stack) -> list[Resource]:
    """The resources of a stack that is not made."""
    return [_draft(blueprint, stack, name) for name in blueprint.resources]


def _draft(
    blueprint: Blueprint, stack: Stack, name: str, properties: Any = None
) -> Resource:
    definition = blueprint.resources[name]
    return Resource(
        id="",
        stack_id=stack.id,
        name=name,
        type=definition.type,
        requires=blueprint.requires[name],
        properties=properties or {},
    )


def changes(cloud: Cloud, ledger: Ledger, stack: Stack, wanted: Blueprint) -> Changes:
    """Resources by what an update would do to them.

    :param wanted: what the update asks for.
    :returns: lists under added, deleted, replaced, updated and unchanged.
    """
    found: Changes = {
        key: [] for key in ("added", "deleted", "replaced", "updated", "unchanged")
    }
    scope = _Expecting(wanted, cloud, ledger, stack)
    for name in wanted.resources:
        current = ledger.current(stack.id, name)
        if current is None:
            found["added"].append(_draft(wanted, stack, name))
        else:
            verdict, properties = _compared(wanted, scope, current)
            found[verdict].append(_draft(wanted, stack, name, properties))
    found["deleted"] = [
        resource
        for resource in ledger.resources(stack.id)
        if resource.name not in wanted.resources and not resource.replaced
    ]
    return found


def _compared(
    wanted: Blueprint, scope: LiveScope, current: Resource
) -> tuple[str, dict[str, Any]]:
    """What an update would do to one resource, and its new properties."""
    definition, kind = wanted.resources[current.name], wanted.kind(current.name)
    where = f"resources.{current.name}.properties"
    try:
        given = resolve(definition.properties, scope, where)
        properties = kind.read(given, where, accept)
    except PopError:
        # An object that it names is not made yet: it will be another one.
        return "replaced", {}
    old = current.properties
    changed = {k for k in {*old, *properties} if old.get(k) != properties.get(k)}
    if kind.name != current.type or current.status == FAILED:
        return "replaced", properties
    fixed = not kind.NESTED and not all(kind.schema[name].update for name in changed)
    if changed and (fixed or kind.replaces(current, properties)):
        return "replaced", properties
    return ("updated" if changed else "unchanged"), properties
