"""Stacks that are resources of other stacks.

They are stacks like any other, with resources and events of their own; only their
outer stack, or a scaling policy, changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tacker_lite.pop.errors import Conflict
from tacker_lite.pop.records import new_id, now
from tacker_lite.pop.stack.blueprint import build
from tacker_lite.pop.stack.driver import Driver, deadline
from tacker_lite.pop.stack.health import check_stack
from tacker_lite.pop.stack.lookup import Constraints, Owner
from tacker_lite.pop.stack.queries import StackQueries, identity_of
from tacker_lite.pop.stack.records import (
    FAILED,
    IN_PROGRESS,
    Definition,
    Resource,
    Stack,
)
from tacker_lite.pop.stack.resources.base import Site

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


class NestedStacks(StackQueries):
    """What resource types ask of the stacks behind their resources.

    The caller holds the cloud's lock.
    """

    def __init__(self, cloud: Cloud):
        super().__init__(cloud)
        self._driver = Driver(cloud, self._ledger)

    def find_nested(self, ident: str) -> Stack | None:
        """A stack by id."""
        return self._ledger.find(ident)

    def get_nested(self, resource: Resource) -> Stack:
        """The stack behind a resource.

        :raises EntityNotFound: it is gone.
        """
        return self._ledger.stack(resource.physical_id)

    def outer_resource(self, ident: str) -> Resource | None:
        """The resource that a nested stack is behind."""
        stack = self._ledger.find(ident)
        if stack is None or not stack.outer_id:
            return None
        return self._ledger.current(stack.outer_id, stack.outer_resource)

    def failed_in(self, stack_id: str) -> set[str]:
        """Names of a stack's resources that failed."""
        resources = self._ledger.resources(stack_id)
        return {r.name for r in resources if r.status == FAILED and not r.replaced}

    def remember(self, resource: Resource, data: Mapping[str, Any]) -> None:
        """Store what a resource's type wants to know later."""
        self._ledger.keep_resource(replace(resource, data=data))

    def begin_nested(self, site: Site, definition: Definition) -> Stack:
        """Begin to make the stack behind a resource.

        :raises BadRequest: the definition is wrong; nothing is made.
        """
        outer = site.outer
        stack = Stack(
            id=new_id(),
            name=site.unique_name(),
            project_id=outer.project_id,
            user_id=outer.user_id,
            is_admin=outer.is_admin,
            definition=definition,
            reason="Stack CREATE started",
            timeout_mins=outer.timeout_mins,
            deadline=outer.deadline,
            created_at=now(),
            outer_id=outer.id,
            outer_resource=site.name,
        )
        self._begin(stack)
        return stack

    def change_nested(
        self, stack: Stack, definition: Definition, until: float = 0.0
    ) -> None:
        """Begin to change a nested stack; one on its way there goes on.

        :param until: when that times out; 0: as long from now as an operation may
            take.
        :raises BadRequest: the definition is wrong; nothing is changed.
        """
        on_its_way = stack.busy and stack.action in ("CREATE", "UPDATE")
        if on_its_way and stack.definition == definition:
            return
        self._begin(
            replace(
                stack,
                definition=definition,
                action="UPDATE",
                status=IN_PROGRESS,
                reason="Stack UPDATE started",
                deadline=until or deadline(stack.timeout_mins),
                updated_at=now(),
            )
        )

    def _begin(self, stack: Stack) -> None:
        constraints = Constraints(self._cloud, Owner.of(stack))
        blueprint = build(stack.definition, identity_of(stack), constraints)
        self._blueprints[stack.id] = (stack.definition, blueprint)
        self._driver.start(stack, blueprint)

    def cancel_nested(self, ident: str, reason: str) -> None:
        """Stop what is being done to a nested stack."""
        stack = self._ledger.find(ident)
        if stack is not None and stack.busy and stack.action != "DELETE":
            self._driver.fail(stack, reason)

    def remove(self, ident: str) -> None:
        """Begin to remove a stack and all of it, whatever it is doing."""
        present = self._ledger.find(ident)
        if present is None or present.state == "DELETE_IN_PROGRESS":
            return
        self._blueprints.pop(ident, None)
        leaving = replace(
            present,
            action="DELETE",
            status=IN_PROGRESS,
            reason="Stack DELETE started",
            deadline=deadline(present.timeout_mins),
            updated_at=now(),
        )
        self._driver.start(leaving, None)

    def begin_rest(self, stack: Stack, action: str) -> None:
        """Begin to suspend or to resume a stack.

        :param action: SUSPEND or RESUME.
        """
        begun = replace(
            stack,
            action=action,
            status=IN_PROGRESS,
            reason=f"Stack {action} started",
            deadline=deadline(stack.timeout_mins),
        )
        self._driver.start(begun, None)

    def check_nested(self, stack: Stack) -> None:
        """Look at every resource of a nested stack.

        :raises Conflict: one of them is lost or broken.
        """
        begun = replace(
            stack, action="CHECK", status=IN_PROGRESS, reason="Stack CHECK started"
        )
        self._ledger.save_stack(begun)
        check_stack(self._cloud, self._ledger, begun)
        checked = self._ledger.stack(stack.id)
        if checked.status == FAILED:
            raise Conflict(checked.reason)
