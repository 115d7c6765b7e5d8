"""The memory of a PoP's stacks: records in memory, written through to the store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tacker_lite.pop.records import new_id, now
from tacker_lite.pop.stack.errors import EntityNotFound
from tacker_lite.pop.stack.records import COMPLETE, FAILED, Event, Resource, Stack

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

_STACK = "stack"
_RESOURCE = "stack_resource"
_EVENT = "stack_event"

STACK_TYPE = "OS::Heat::Stack"


@dataclass
class _Book:
    """Everything of one stack."""

    stack: Stack
    resources: dict[str, Resource]
    events: list[Event]


class Ledger:
    """Stacks, their resources and events.

    Writes hold the cloud's lock; a reader sees the last complete write.

    :ivar version: grows with every write.
    """

    def __init__(self, cloud: Cloud):
        self._cloud = cloud
        self._store = cloud.store
        self._pop = cloud.pop.name
        self._books: dict[str, _Book] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self.version = 0
        self._load()

    def _load(self) -> None:
        for body in self._store.load(self._pop, _STACK).values():
            stack = Stack.from_dict(body)
            self._books[stack.id] = _Book(stack, {}, [])
            self._ids[stack.project_id, stack.name] = stack.id
        for body in self._store.load(self._pop, _RESOURCE).values():
            resource = Resource.from_dict(body)
            self._books[resource.stack_id].resources[resource.id] = resource
        for body in self._store.load(self._pop, _EVENT).values():
            event = Event(**body)
            self._books[event.stack_id].events.append(event)
        for book in self._books.values():
            book.events.sort(key=lambda event: event.number)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all writes of the block one, those of the cloud's services too."""
        with self._cloud.lock, self._store.transaction():
            self.version += 1
            yield

    def stacks(self) -> list[Stack]:
        """All stacks, oldest first."""
        return [book.stack for book in list(self._books.values())]

    def find(self, ident: str) -> Stack | None:
        """A stack by id."""
        book = self._books.get(ident)
        return book.stack if book else None

    def find_named(self, project_id: str, name: str) -> Stack | None:
        """A stack of a project by name."""
        return self.find(self._ids.get((project_id, name), ""))

    def stack(self, ident: str) -> Stack:
        """A stack by id.

        :raises EntityNotFound: there is none.
        """
        return self._book(ident).stack

    def resources(self, stack_id: str) -> list[Resource]:
        """What has been made or begun for a stack."""
        return list(self._book(stack_id).resources.values())

    def current(self, stack_id: str, name: str) -> Resource | None:
        """The resource that has a name now, not one being replaced."""
        for resource in self._book(stack_id).resources.values():
            if resource.name == name and not resource.replaced:
                return resource
        return None

    def events(self, stack_id: str) -> list[Event]:
        """The stack's history, oldest first."""
        return self._book(stack_id).events

    def _book(self, stack_id: str) -> _Book:
        book = self._books.get(stack_id)
        if book is None:
            raise EntityNotFound("Stack", stack_id)
        return book

    def save_stack(self, stack: Stack) -> None:
        """Store a stack, and with a state it has not had an event of it."""
        with self.transaction():
            self._store.put(self._pop, _STACK, stack.id, stack.to_dict())
            book = self._books.get(stack.id)
            before = book.stack if book else None
            if book is None:
                self._books[stack.id] = _Book(stack, {}, [])
                self._ids[stack.project_id, stack.name] = stack.id
            else:
                book.stack = stack
            if before is None or before.state != stack.state:
                self._record(stack.id, stack.name, STACK_TYPE, stack.id, stack)
                self._tell(stack, stack.state)

    def _tell(self, stack: Stack, state: str) -> None:
        """Show people what became of a stack that they asked for."""
        if not stack.outer_id:
            failed = state.endswith(FAILED)
            self._cloud.lab.events.record(
                self._pop,
                "stack",
                stack.name,
                f"{state}: {stack.reason}" if failed else state,
                resource_id=stack.id,
            )

    def save_resource(self, resource: Resource, *passed: Resource) -> None:
        """Store a resource with an event for each state it passed and the last."""
        with self.transaction():
            for version in (*passed, resource):
                self._record_of(version)
            self._store.put(self._pop, _RESOURCE, resource.id, resource.to_dict())
            self._book(resource.stack_id).resources[resource.id] = resource

    def keep_resource(self, resource: Resource) -> None:
        """Store a resource without an event."""
        with self.transaction():
            self._store.put(self._pop, _RESOURCE, resource.id, resource.to_dict())
            self._book(resource.stack_id).resources[resource.id] = resource

    def note(self, resource: Resource, action: str, reason: str) -> None:
        """Record that something was done to a resource which leaves its state."""
        with self.transaction():
            self._record_of(
                replace(resource, action=action, status=COMPLETE, reason=reason)
            )

    def drop_resource(self, resource: Resource) -> None:
        """Forget a resource that is gone, with an event of its last state."""
        with self.transaction():
            self._record_of(resource)
            self._store.delete(self._pop, _RESOURCE, resource.id)
            self._book(resource.stack_id).resources.pop(resource.id, None)

    def forget(self, stack: Stack) -> None:
        """Forget a stack and everything of it."""
        with self.transaction():
            book = self._book(stack.id)
            for ident in book.resources:
                self._store.delete(self._pop, _RESOURCE, ident)
            for event in book.events:
                self._store.delete(self._pop, _EVENT, event.id)
            self._store.delete(self._pop, _STACK, stack.id)
            del self._books[stack.id]
            self._ids.pop((stack.project_id, stack.name), None)
            self._tell(stack, "DELETE_COMPLETE")

    def _record_of(self, resource: Resource) -> None:
        self._record(
            resource.stack_id,
            resource.name,
            resource.type,
            resource.physical_id,
            resource,
        )

    def _record(
        self,
        stack_id: str,
        name: str,
        kind: str,
        physical_id: str,
        subject: Stack | Resource,
    ) -> None:
        events = self._book(stack_id).events
        event = Event(
            id=new_id(),
            stack_id=stack_id,
            number=events[-1].number + 1 if events else 1,
            time=now(),
            resource_name=name,
            resource_type=kind,
            physical_id=physical_id,
            state=subject.state,
            reason=subject.reason,
        )
        self._store.put(self._pop, _EVENT, event.id, event.to_dict())
        events.append(event)
