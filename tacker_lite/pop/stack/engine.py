"""Converging a stack: from what exists to what its blueprint wants.

Create, update, rollback and delete are one thing: make what is missing, change what
differs, then remove what is not wanted.  A :class:`Convergence` does it in steps that
never block; between them its owner waits for the cloud to change.  All it knows is in
the stored records, so after a restart a new one goes on where the old one stopped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tacker_lite.pop.records import new_id, now
from tacker_lite.pop.stack.blueprint import Blueprint
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.functions import resolve
from tacker_lite.pop.stack.ledger import Ledger
from tacker_lite.pop.stack.live import LiveScope
from tacker_lite.pop.stack.lookup import Constraints
from tacker_lite.pop.stack.properties import read_properties
from tacker_lite.pop.stack.records import COMPLETE, FAILED, IN_PROGRESS, Resource, Stack
from tacker_lite.pop.stack.removal import Removal
from tacker_lite.pop.stack.resources import kind_of
from tacker_lite.pop.stack.steps import CHANGED, FAULTS

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


@dataclass(frozen=True)
class _Wanted:
    """A resource's definition, functions evaluated.

    :ivar external_id: of the object that is there already; empty: there is none.
    """

    properties: Mapping[str, Any] = field(default_factory=dict)
    metadata: Any = field(default_factory=dict)
    update_policy: Mapping[str, Any] = field(default_factory=dict)
    external_id: str = ""


class Convergence(Removal):
    """One operation on one stack.

    :param blueprint: what the stack should be; None: nothing.
    """

    def __init__(
        self, cloud: Cloud, ledger: Ledger, stack: Stack, blueprint: Blueprint | None
    ):
        wanted = blueprint.resources if blueprint else ()
        super().__init__(cloud, ledger, stack, wanted)
        self._custom = Constraints(cloud, self._owner)
        self._blueprint = blueprint
        self._left: dict[str, set[str]] = {}
        if blueprint is not None:
            self._left = {n: set(r) for n, r in blueprint.requires.items()}
        self._making: dict[str, str] = {}

    def advance(self) -> float | None:
        """Do everything that can be done now.

        :returns: None when the operation is over, else the seconds until it is worth
            calling again (infinite: when the cloud has changed).
        """
        if self._blueprint is not None and not self.failure:
            wait = self._make_all()
            if self.failure:
                return None
            if wait is not None:
                return wait
        return None if self._blueprint and self.failure else self._remove_unwanted()

    def abort(self, reason: str) -> None:
        """Stop: what is being made is marked failed."""
        self.failure = self.failure or reason
        for name, ident in self._making.items():
            resource = self._by_id(ident)
            if resource is not None:
                kind_of(resource.type).cancel(self._site(name), resource, reason)
                failed = replace(
                    resource,
                    status=FAILED,
                    reason=f"{resource.action} aborted (resource {name} cancelled)",
                    updated_at=now(),
                )
                self._ledger.save_resource(failed)
        self._making = {}

    def _make_all(self) -> float | None:
        """Make and change resources as far as possible; None once all are ready."""
        wait = math.inf
        progressed = True
        while progressed and not self.failure:
            progressed = False
            wait = math.inf
            for name in list(self._making):
                left = self._look_after(name)
                progressed |= left is None
                wait = min(wait, math.inf if left is None else left)
            for name in [n for n, needed in self._left.items() if not needed]:
                if name in self._making or self.failure:
                    continue
                left = self._ensure(name)
                progressed |= left is None
                wait = min(wait, math.inf if left is None else left)
        if self.failure:
            self.abort(self.failure)
        return wait if self._left else None

    def _done(self, name: str) -> None:
        self._making.pop(name, None)
        self._left.pop(name, None)
        for needed in self._left.values():
            needed.discard(name)

    def _look_after(self, name: str) -> float | None:
        resource = self._by_id(self._making[name])
        if resource is None:
            del self._making[name]
            self._fail_with(name, ResourceFailure("The resource is no longer known"))
            return None
        try:
            left = kind_of(resource.type).progress(self._site(name), resource)
        except FAULTS as error:
            del self._making[name]
            self._fail(resource, error)
            return None
        if left is None:
            self._ledger.save_resource(self._completed(resource))
            self._done(name)
        return left

    def _ensure(self, name: str) -> float | None:
        """Make one resource what it should be; None when that needs no waiting."""
        current = self._ledger.current(self._stack_id, name)
        leaving = self._leaving(name)
        if leaving is not None:
            return self._succeed(leaving)
        if current is not None and current.state == "CREATE_IN_PROGRESS":
            self._making[name] = current.id
            return self._look_after(name)
        try:
            wanted = self._evaluate(name)
        except FAULTS as error:
            self._fail(current or self._new(name, _Wanted()), error)
            return None
        if current is not None and current.external != bool(wanted.external_id):
            return self._replace(current)
        if wanted.external_id:
            return self._adopt(name, current, wanted)
        if current is None:
            return self._create(self._new(name, wanted))
        if self._must_replace(current, wanted.properties):
            return self._replace(current)
        return self._update(current, wanted)

    def _evaluate(self, name: str) -> _Wanted:
        assert self._blueprint is not None
        definition = self._blueprint.resources[name]
        scope = LiveScope(
            self._blueprint,
            self._cloud,
            self._ledger,
            self._ledger.stack(self._stack_id),
        )
        where = f"resources.{name}"
        kind = self._blueprint.kind(name)
        external = resolve(definition.external_id, scope, f"{where}.external_id")
        policy = resolve(definition.update_policy, scope, f"{where}.update_policy")
        given = resolve(definition.properties, scope, f"{where}.properties")
        properties: Mapping[str, Any] = {}
        if external is None:
            properties = kind.read(given, f"{where}.properties", self._custom)
        return _Wanted(
            properties,
            resolve(definition.metadata, scope, f"{where}.metadata"),
            read_properties(
                kind.UPDATE_POLICY, policy, f"{where}.update_policy", self._custom
            ),
            "" if external is None else str(external),
        )

    def _new(self, name: str, wanted: _Wanted) -> Resource:
        assert self._blueprint is not None
        definition = self._blueprint.resources[name]
        moment = now()
        return Resource(
            id=new_id(),
            stack_id=self._stack_id,
            name=name,
            type=definition.type,
            action="CREATE",
            status=IN_PROGRESS,
            reason=CHANGED,
            properties=wanted.properties,
            metadata=wanted.metadata,
            update_policy=wanted.update_policy,
            requires=self._blueprint.requires[name],
            kept=definition.keep,
            created_at=moment,
            updated_at=moment,
        )

    def _adopt(
        self, name: str, current: Resource | None, wanted: _Wanted
    ) -> float | None:
        """See that an object which the stack did not make is there."""
        row = replace(
            self._new(name, wanted),
            physical_id=wanted.external_id,
            action="CHECK",
            external=True,
        )
        if current is not None and current.physical_id != row.physical_id:
            return self._replace(current)
        row = replace(row, id=current.id) if current else row
        try:
            kind_of(row.type).check(self._site(name), row)
        except FAULTS as error:
            self._ledger.save_resource(row)
            self._fail(row, error)
            return None
        self._ledger.save_resource(self._completed(row), row)
        self._done(name)
        return None

    def _create(self, resource: Resource) -> float | None:
        kind = kind_of(resource.type)
        site = replace(self._site(resource.name), update_policy=resource.update_policy)
        try:
            # The object and the record of its id become lasting together.
            with self._ledger.transaction():
                made = kind.create(site, resource.properties)
                resource = replace(
                    resource, physical_id=made.physical_id, data=made.data
                )
                self._ledger.save_resource(resource)
        except FAULTS as error:
            self._ledger.save_resource(resource)
            self._fail(resource, error)
            return None
        self._making[resource.name] = resource.id
        return self._look_after(resource.name)

    def _must_replace(self, current: Resource, properties: Mapping[str, Any]) -> bool:
        assert self._blueprint is not None
        kind = self._blueprint.kind(current.name)
        if current.type != kind.name or current.action == "DELETE":
            return True
        if current.status == FAILED and current.action in ("CREATE", "CHECK"):
            return kind.must_replace(self._site(current.name), current)
        changed = _changed(current.properties, properties)
        if not kind.NESTED and not all(kind.schema[name].update for name in changed):
            return True
        return bool(changed) and kind.replaces(current, properties)

    def _replace(self, current: Resource) -> float | None:
        replaced = replace(current, replaced=True)
        self._ledger.keep_resource(replaced)
        if kind_of(current.type).EXCLUSIVE or current.status == FAILED:
            return self._succeed(replaced)
        return self._ensure(current.name)

    def _succeed(self, leaving: Resource) -> float | None:
        """Remove a resource that stands in its successor's way, then go on."""
        left = self._remove(leaving)
        if left is not None:
            return left
        if leaving.id in self._stuck:
            return None
        return self._ensure(leaving.name)

    def _leaving(self, name: str) -> Resource | None:
        for resource in self._ledger.resources(self._stack_id):
            if resource.name == name and resource.replaced:
                exclusive = kind_of(resource.type).EXCLUSIVE
                failed = resource.status == FAILED and resource.action != "DELETE"
                if exclusive or failed or resource.id in self._removing:
                    return resource
        return None

    def _update(self, current: Resource, target: _Wanted) -> float | None:
        assert self._blueprint is not None
        name = current.name
        definition = self._blueprint.resources[name]
        changed = _changed(current.properties, target.properties)
        wanted = replace(
            current,
            properties=target.properties,
            metadata=target.metadata,
            update_policy=target.update_policy,
            requires=self._blueprint.requires[name],
            kept=definition.keep,
        )
        kind = kind_of(current.type)
        site = replace(self._site(name), update_policy=target.update_policy)
        if not changed and current.status == COMPLETE and not kind.NESTED:
            if wanted != current:
                self._ledger.keep_resource(wanted)
            self._done(name)
            return None
        begun = replace(
            wanted,
            action="UPDATE",
            status=IN_PROGRESS,
            reason=CHANGED,
            updated_at=now(),
        )
        try:
            with self._ledger.transaction():
                data = kind.update(site, current, target.properties, changed)
                begun = replace(begun, data=data)
                self._ledger.save_resource(begun)
        except FAULTS as error:
            self._fail(replace(begun, properties=current.properties), error)
            return None
        self._making[name] = begun.id
        return self._look_after(name)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}
