"""Removing the resources of a stack that are not wanted (any more)."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from tacker_lite.pop import errors
from tacker_lite.pop.records import now
from tacker_lite.pop.stack.ledger import Ledger
from tacker_lite.pop.stack.records import IN_PROGRESS, Resource, Stack
from tacker_lite.pop.stack.resources import kind_of
from tacker_lite.pop.stack.steps import CHANGED, FAULTS, Steps

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


class Removal(Steps):
    """The part of an operation that removes.

    A resource that cannot be removed does not keep others from going.

    :param wanted: names of the resources that stay.
    """

    def __init__(
        self, cloud: Cloud, ledger: Ledger, stack: Stack, wanted: Collection[str]
    ):
        super().__init__(cloud, ledger, stack)
        self._wanted = wanted
        self._removing: set[str] = set()
        self._stuck: set[str] = set()

    def _remove_unwanted(self) -> float | None:
        """Remove in the reverse order of making; None once nothing can go any more."""
        wait = math.inf
        progressed = True
        while progressed:
            progressed = False
            wait = math.inf
            unwanted = self._unwanted()
            held = {name for r in unwanted for name in r.requires}
            for resource in unwanted:
                if resource.name in held or resource.id in self._stuck:
                    continue
                left = self._remove(resource)
                progressed |= left is None
                wait = min(wait, math.inf if left is None else left)
        return wait if self._removing else None

    def _unwanted(self) -> list[Resource]:
        return [
            resource
            for resource in self._ledger.resources(self._stack_id)
            if resource.replaced or resource.name not in self._wanted
        ]

    def _remove(self, resource: Resource) -> float | None:
        """Remove one resource; None when there is nothing to wait for."""
        kind, site = kind_of(resource.type), self._site(resource.name)
        try:
            if resource.id not in self._removing:
                resource = self._start_removal(resource)
            absent = resource.kept or not resource.physical_id
            left = None if absent else kind.gone(site, resource)
        except FAULTS as error:
            self._removing.discard(resource.id)
            self._stuck.add(resource.id)
            self._fail(self._by_id(resource.id) or resource, error)
            return None
        if left is None:
            self._removing.discard(resource.id)
            self._ledger.drop_resource(self._completed(resource))
        return left

    def _start_removal(self, resource: Resource) -> Resource:
        begun = replace(
            resource,
            action="DELETE",
            status=IN_PROGRESS,
            reason=CHANGED,
            updated_at=now(),
        )
        if resource.state == begun.state:
            self._ledger.keep_resource(begun)
        else:
            self._ledger.save_resource(begun)
        if begun.physical_id and not begun.kept:
            try:
                with self._ledger.transaction():
                    kind_of(begun.type).delete(self._site(begun.name), begun)
            except errors.PopError as error:
                if error.status != 404:
                    raise
        self._removing.add(begun.id)
        return self._by_id(begun.id) or begun
