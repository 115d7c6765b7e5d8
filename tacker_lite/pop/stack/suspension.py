"""Putting the resources of a stack to rest, and waking them."""

from __future__ import annotations

import math
from dataclasses import replace

from tacker_lite.pop.records import now
from tacker_lite.pop.stack.records import IN_PROGRESS, Resource
from tacker_lite.pop.stack.resources import kind_of
from tacker_lite.pop.stack.steps import CHANGED, FAULTS, Steps


class Suspension(Steps):
    """The operations SUSPEND, in the reverse order of making, and RESUME, in that."""

    def advance(self) -> float | None:
        """Do everything that can be done now; see :meth:`.Convergence.advance`."""
        wait = math.inf
        progressed = True
        while progressed and not self.failure:
            progressed = False
            wait = math.inf
            for resource in self._ready():
                left = self._step(resource)
                progressed |= left is None
                wait = min(wait, math.inf if left is None else left)
        return None if self.failure or not self._left() else wait

    def abort(self, reason: str) -> None:
        """Stop: what is on its way is marked failed."""
        self.failure = self.failure or reason
        for resource in self._left():
            if resource.status == IN_PROGRESS:
                text = f"{resource.action} aborted"
                failed = replace(resource, status="FAILED", reason=text)
                self._ledger.save_resource(failed)

    def _left(self) -> list[Resource]:
        """What has not come to the operation's end yet."""
        done = f"{self._action}_COMPLETE"
        return [
            resource
            for resource in self._ledger.resources(self._stack_id)
            if resource.physical_id and not resource.replaced and resource.state != done
        ]

    def _ready(self) -> list[Resource]:
        """Those whose turn it is."""
        left = self._left()
        names = {resource.name for resource in left}
        if self._action == "RESUME":
            return [r for r in left if not names & set(r.requires)]
        held = {name for resource in left for name in resource.requires}
        return [r for r in left if r.name not in held]

    def _step(self, resource: Resource) -> float | None:
        """Take one resource on; None once it has come to the end."""
        kind, site = kind_of(resource.type), self._site(resource.name)
        sleep = self._action == "SUSPEND"
        try:
            if resource.state != f"{self._action}_{IN_PROGRESS}":
                resource = replace(
                    resource,
                    action=self._action,
                    status=IN_PROGRESS,
                    reason=CHANGED,
                    updated_at=now(),
                )
                self._ledger.save_resource(resource)
                if not resource.external:
                    (kind.suspend if sleep else kind.resume)(site, resource)
                resource = self._by_id(resource.id) or resource
            ended = kind.suspended if sleep else kind.resumed
            left = None if resource.external else ended(site, resource)
        except FAULTS as error:
            self._fail(resource, error)
            return None
        if left is None:
            self._ledger.save_resource(self._completed(resource))
        return left
