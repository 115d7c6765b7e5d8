"""Whether the resources of a stack are still what they were made as."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tacker_lite.pop import errors
from tacker_lite.pop.records import now
from tacker_lite.pop.stack.errors import ResourceNotFound
from tacker_lite.pop.stack.ledger import Ledger
from tacker_lite.pop.stack.records import COMPLETE, FAILED, Resource, Stack
from tacker_lite.pop.stack.resources import kind_of
from tacker_lite.pop.stack.resources.base import Site

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud


def check_stack(cloud: Cloud, ledger: Ledger, stack: Stack) -> None:
    """End a check: look at every resource, and mark what is lost or broken."""
    failures = [
        f"resources.{resource.name}: {problem}"
        for resource in ledger.resources(stack.id)
        if (problem := _check_resource(cloud, ledger, stack, resource))
    ]
    reason = "Stack CHECK completed successfully"
    if failures:
        reason = "Resource CHECK failed: " + "; ".join(failures)
    status = FAILED if failures else COMPLETE
    ledger.save_stack(replace(stack, status=status, reason=reason))


def _check_resource(
    cloud: Cloud, ledger: Ledger, stack: Stack, resource: Resource
) -> str:
    site = Site.of(cloud, stack, resource.name)
    problem = ""
    try:
        if resource.physical_id:
            kind_of(resource.type).check(site, resource)
        else:
            problem = "it was never made"
    except errors.PopError as error:
        problem = str(error)
    _save_verdict(ledger, resource, bool(problem), problem or "CHECK completed")
    return problem


def mark_unhealthy(
    ledger: Ledger, stack: Stack, name: str, bad: bool, reason: str
) -> None:
    """Have the next update replace a resource, or no longer.

    :raises ResourceNotFound: it has not been made.
    """
    resource = ledger.current(stack.id, name)
    if resource is None:
        raise ResourceNotFound(name, stack.name)
    if bad or resource.state == "CHECK_FAILED":
        _save_verdict(ledger, resource, bad, reason or "state changed")


def _save_verdict(ledger: Ledger, resource: Resource, bad: bool, reason: str) -> None:
    """Record whether a resource is well."""
    status = FAILED if bad else COMPLETE
    ledger.save_resource(
        replace(
            resource, action="CHECK", status=status, reason=reason, updated_at=now()
        )
    )
