"""Carrying out the operations of a PoP's stacks: one thread while there are any."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from tacker_lite.pop.stack.blueprint import Blueprint
from tacker_lite.pop.stack.engine import Convergence
from tacker_lite.pop.stack.ledger import Ledger
from tacker_lite.pop.stack.records import COMPLETE, FAILED, IN_PROGRESS, Stack
from tacker_lite.pop.stack.suspension import Suspension

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

LOG = logging.getLogger(__name__)

#: Longest sleep in seconds: a bound on the harm of a change nobody told of.
_LONGEST_WAIT = 5.0
_SHORTEST_WAIT = 0.01


class Driver:
    """Runs one operation per stack, all from one thread.

    No step blocks, so a thread per stack would only wait; it sleeps on the cloud's
    ``changed`` condition and ends when nothing is left to do.
    """

    def __init__(self, cloud: Cloud, ledger: Ledger):
        self._cloud = cloud
        self._ledger = ledger
        self._operations: dict[str, Convergence | Suspension] = {}
        self._previous: dict[str, Blueprint | None] = {}
        self._thread: threading.Thread | None = None
        self._closing = False

    def start(
        self,
        stack: Stack,
        blueprint: Blueprint | None,
        previous: Blueprint | None = None,
    ) -> None:
        """Begin the operation that the stack's action and status name.

        It takes the place of one that is going on for the stack.

        :param previous: what a rollback returns to; None: nothing.
        """
        with self._cloud.changed:
            former = self._operations.pop(stack.id, None)
            if former is not None:
                former.abort("another operation was asked for")
            self._ledger.save_stack(stack)
            operation = self._operation(stack, blueprint)
            self._operations[stack.id] = operation
            self._previous[stack.id] = previous
            if self._thread is None and not self._closing:
                name = f"stacks-{self._cloud.pop.name}"
                self._thread = threading.Thread(
                    target=self._run, name=name, daemon=True
                )
                self._thread.start()
            self._cloud.changed.notify_all()

    def _operation(
        self, stack: Stack, blueprint: Blueprint | None
    ) -> Convergence | Suspension:
        if stack.action in ("SUSPEND", "RESUME"):
            return Suspension(self._cloud, self._ledger, stack)
        return Convergence(self._cloud, self._ledger, stack, blueprint)

    def fail(self, stack: Stack, reason: str) -> None:
        """End the stack's operation, without a rollback."""
        with self._cloud.changed:
            operation = self._operations.pop(stack.id, None)
            if operation is not None:
                operation.abort(reason)
            self._previous.pop(stack.id, None)
            self._ledger.save_stack(replace(stack, status=FAILED, reason=reason))

    def close(self) -> None:
        """Stop at the next step; the rest is done after the next start."""
        with self._cloud.changed:
            self._closing = True
            thread = self._thread
            self._cloud.changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while True:
            # Short holds of the lock first, so that requests are answered between.
            for stack_id in list(self._operations):
                self._advance(stack_id)
            with self._cloud.changed:
                if self._closing or not self._operations:
                    self._thread = None
                    return
                seen = self._ledger.version
                waits = [
                    self._advance(stack_id) for stack_id in self._operations.copy()
                ]
                if self._ledger.version == seen and waits:
                    pause = min(_LONGEST_WAIT, *waits)
                    self._cloud.changed.wait(max(_SHORTEST_WAIT, pause))

    def _advance(self, stack_id: str) -> float:
        """Take one operation as far as it goes; returns seconds until the next look."""
        with self._cloud.lock:
            operation = self._operations.get(stack_id)
            if operation is None or self._closing:
                return math.inf
            stack = self._ledger.stack(stack_id)
            try:
                wait = operation.advance()
            except Exception as error:  # noqa: BLE001 - the loop must outlive a defect
                LOG.exception("stack %s: %s broke", stack_id, stack.action)
                operation.abort(f"The lab failed: {type(error).__name__}; see its log")
                wait = None
            left = stack.deadline - time.time()
            if wait is not None and left <= 0:
                operation.abort(f"{stack.action.capitalize()} timed out")
                wait = None
            if wait is not None:
                return min(wait, left)
            self._finish(stack, operation.failure)
            return 0.0

    def _finish(self, stack: Stack, failure: str) -> None:
        del self._operations[stack.id]
        previous = self._previous.pop(stack.id, None)
        if failure:
            failed = replace(stack, status=FAILED, reason=failure)
            self._ledger.save_stack(failed)
            if stack.action in ("CREATE", "UPDATE") and not stack.disable_rollback:
                self.start(rolling_back(failed), previous)
        elif stack.action == "DELETE":
            self._ledger.forget(stack)
        else:
            reason = f"Stack {stack.action} completed successfully"
            cause = stack.reason.partition(": ")[2]
            reason += f": {cause}" if stack.action == "ROLLBACK" and cause else ""
            done = replace(stack, status=COMPLETE, reason=reason, previous=None)
            self._ledger.save_stack(done)


def deadline(timeout_mins: int) -> float:
    """When an operation that begins now times out, in seconds since the epoch."""
    return time.time() + 60 * timeout_mins


def rolling_back(stack: Stack) -> Stack:
    """The stack as it is at the start of its rollback."""
    return replace(
        stack,
        action="ROLLBACK",
        status=IN_PROGRESS,
        reason=f"Stack ROLLBACK started because of: {stack.reason}",
        definition=stack.previous or stack.definition,
        deadline=deadline(stack.timeout_mins),
    )
