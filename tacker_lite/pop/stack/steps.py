"""What every step of a stack's operation shares: where it acts, how it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tacker_lite.pop import errors
from tacker_lite.pop.records import now
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.stack.errors import ResourceFailure
from tacker_lite.pop.stack.ledger import Ledger
from tacker_lite.pop.stack.lookup import Owner
from tacker_lite.pop.stack.records import COMPLETE, FAILED, Resource, Stack
from tacker_lite.pop.stack.resources.base import Site

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

#: What a step may meet without being at fault itself.
FAULTS = (errors.PopError, ResourceFailure, RuntimeFault)

CHANGED = "state changed"


class Steps:
    """Base of the parts of an operation on one stack.

    :ivar failure: why the operation failed, empty while it has not.
    """

    def __init__(self, cloud: Cloud, ledger: Ledger, stack: Stack):
        self._cloud = cloud
        self._ledger = ledger
        self._stack_id = stack.id
        self._action = stack.action
        self._stack_name = stack.name
        self._owner = Owner.of(stack)
        self.failure = ""

    def _by_id(self, ident: str) -> Resource | None:
        for resource in self._ledger.resources(self._stack_id):
            if resource.id == ident:
                return resource
        return None

    def _site(self, name: str) -> Site:
        return Site(self._cloud, self._owner, self._stack_id, self._stack_name, name)

    def _completed(self, resource: Resource) -> Resource:
        return replace(resource, status=COMPLETE, reason=CHANGED, updated_at=now())

    def _fail(self, resource: Resource, error: Exception) -> None:
        current = self._by_id(resource.id) or resource
        if current.action != resource.action:
            current = resource
        reason = f"{_fault_name(error)}: resources.{resource.name}: {error}"
        failed = replace(current, status=FAILED, reason=reason, updated_at=now())
        self._ledger.save_resource(failed)
        self._fail_with(resource.name, error, resource.action)

    def _fail_with(self, name: str, error: Exception, action: str = "") -> None:
        if not self.failure:
            self.failure = (
                f"Resource {action or self._action} failed: "
                f"{_fault_name(error)}: resources.{name}: {error}"
            )


def _fault_name(error: Exception) -> str:
    return getattr(error, "type", type(error).__name__)
