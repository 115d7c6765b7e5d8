"""What functions answer from resources that exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import errors
from tacker_lite.pop.stack.blueprint import Blueprint, BlueprintScope
from tacker_lite.pop.stack.ledger import Ledger
from tacker_lite.pop.stack.records import Resource, Stack
from tacker_lite.pop.stack.resources import kind_of
from tacker_lite.pop.stack.resources.base import Site

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


def attributes_of(cloud: Cloud, stack: Stack, resource: Resource) -> dict[str, Any]:
    """All attributes of a resource; empty when it is not there (any more)."""
    kind = kind_of(resource.type)
    site = Site.of(cloud, stack, resource.name)
    try:
        names = kind.attribute_names(site, resource)
        return {name: kind.attribute(site, resource, name) for name in names}
    except errors.PopError as error:
        if error.status != 404:
            raise
        return {}


class LiveScope(BlueprintScope):
    """Answers functions from a blueprint and the resources made so far.

    :param blueprint: what the template says.
    :param stack: whose resources answer.
    """

    def __init__(
        self, blueprint: Blueprint, cloud: Cloud, ledger: Ledger, stack: Stack
    ):
        super().__init__(blueprint, self._reference, self._attribute)
        self._cloud = cloud
        self._ledger = ledger
        self._stack = stack

    def facade(self, name: str) -> Any:
        outer = self._cloud.stacks.outer_resource(self._stack.id)
        if outer is None:
            return super().facade(name)
        if name == "metadata":
            return outer.metadata
        if name == "update_policy":
            return outer.update_policy
        return "Retain" if outer.kept else "Delete"

    def _made(self, name: str) -> Resource | None:
        resource = self._ledger.current(self._stack.id, name)
        return resource if resource and resource.physical_id else None

    def _reference(self, name: str) -> Any:
        resource = self._made(name)
        return kind_of(resource.type).reference(resource) if resource else None

    def _attribute(self, name: str, path: Sequence[Any]) -> Any:
        resource = self._made(name)
        if resource is None:
            return None
        if not path:
            return attributes_of(self._cloud, self._stack, resource)
        site = Site.of(self._cloud, self._stack, name)
        try:
            return kind_of(resource.type).attribute_at(site, resource, path)
        except errors.PopError as error:
            if error.status != 404:
                raise
            return None
