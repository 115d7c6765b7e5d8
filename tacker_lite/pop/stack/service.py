"""What the orchestration API asks of a PoP's stacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.records import new_id, now
from tacker_lite.pop.stack.blueprint import Blueprint, StackIdentity, build
from tacker_lite.pop.stack.driver import deadline, rolling_back
from tacker_lite.pop.stack.errors import (
    ActionInProgress,
    EntityNotFound,
    NotSupported,
    ResourceNotFound,
    StackExists,
    StackValidationFailed,
)
from tacker_lite.pop.stack.health import check_stack, mark_unhealthy
from tacker_lite.pop.stack.lookup import Constraints, Owner
from tacker_lite.pop.stack.nested import NestedStacks
from tacker_lite.pop.stack.preview import Changes, changes, drafts
from tacker_lite.pop.stack.queries import accept, identity_of
from tacker_lite.pop.stack.records import IN_PROGRESS, Resource, Stack
from tacker_lite.pop.stack.requests import StackRequest, check_name
from tacker_lite.pop.stack.resources import kind_of
from tacker_lite.pop.stack.resources.base import Site

_DEFAULT_MINUTES = 60


class StackService(NestedStacks):
    """Stacks of one PoP."""

    def resume(self) -> None:
        """Go on with the operations that a stop of the lab interrupted."""
        # None may act on another before that one is under way again.
        with self._cloud.lock:
            for stack in self._ledger.stacks():
                if stack.busy:
                    self._resume(stack)

    def _resume(self, stack: Stack) -> None:
        if stack.action == "CHECK":
            check_stack(self._cloud, self._ledger, stack)
            return
        nothing = stack.action == "DELETE"
        nothing = nothing or (stack.action == "ROLLBACK" and not stack.previous)
        try:
            blueprint = None if nothing else self.blueprint_of(stack)
            previous = self._previous(stack)
        except errors.PopError as error:
            self._driver.fail(stack, f"Resumption failed: {error}")
            return
        self._driver.start(stack, blueprint, previous)

    def close(self) -> None:
        """Stop working; :meth:`resume` goes on after the next start."""
        self._driver.close()

    def create(self, owner: Owner, request: StackRequest) -> Stack:
        """Begin to make a stack.

        :raises BadRequest: the request is wrong; nothing is made.
        :raises StackExists: the project has a stack of that name.
        """
        stack = self._draft(owner, request)
        blueprint = self._checked(owner, stack)
        with self._cloud.lock:
            if self._ledger.find_named(owner.project_id, stack.name):
                raise StackExists(f"The Stack ({stack.name}) already exists.")
            self._blueprints[stack.id] = (stack.definition, blueprint)
            self._driver.start(stack, blueprint)
        return stack

    def _draft(self, owner: Owner, request: StackRequest) -> Stack:
        minutes = request.timeout_mins or _DEFAULT_MINUTES
        rollback = request.disable_rollback
        return Stack(
            id=new_id(),
            name=check_name(request.name),
            project_id=owner.project_id,
            user_id=owner.user_id,
            is_admin=owner.is_admin,
            definition=request.definition(),
            reason="Stack CREATE started",
            disable_rollback=True if rollback is None else rollback,
            timeout_mins=minutes,
            deadline=deadline(minutes),
            tags=request.tags or (),
            created_at=now(),
        )

    def update(
        self, owner: Owner, stack: Stack, request: StackRequest, existing: bool
    ) -> Stack:
        """Begin to change a stack.

        :param existing: what the request leaves out stays as it is.
        :raises BadRequest: the request is wrong; nothing is changed.
        :raises ActionInProgress: another operation is going on.
        """
        _check_outermost(stack)
        _check_idle(self._ledger.stack(stack.id))
        _check_awake(self._ledger.stack(stack.id))
        wanted = self._amended(stack, request, existing)
        blueprint = self._checked(owner, wanted)
        self._check_immutable(stack, blueprint)
        with self._cloud.lock:
            present = self._ledger.stack(stack.id)
            _check_idle(present)
            _check_awake(present)
            former = self.blueprint_of(present)
            self._blueprints[stack.id] = (wanted.definition, blueprint)
            self._driver.start(wanted, blueprint, former)
        return wanted

    def preview(
        self, owner: Owner, request: StackRequest
    ) -> tuple[Stack, list[Resource]]:
        """What a creation would make.

        :raises BadRequest: the request is wrong.
        :raises StackExists: the project has a stack of that name.
        """
        stack = self._draft(owner, request)
        if self._ledger.find_named(owner.project_id, stack.name):
            raise StackExists(f"The Stack ({stack.name}) already exists.")
        return stack, drafts(self._checked(owner, stack), stack)

    def preview_update(
        self, owner: Owner, stack: Stack, request: StackRequest, existing: bool
    ) -> Changes:
        """What an update would do; see :meth:`update`."""
        wanted = self._amended(stack, request, existing)
        blueprint = self._checked(owner, wanted)
        self._check_immutable(stack, blueprint)
        with self._cloud.lock:
            return changes(self._cloud, self._ledger, stack, blueprint)

    def _amended(self, stack: Stack, request: StackRequest, existing: bool) -> Stack:
        definition = (
            request.amend(stack.definition) if existing else request.definition()
        )
        minutes = request.timeout_mins or stack.timeout_mins
        rollback = request.disable_rollback
        return replace(
            stack,
            definition=definition,
            previous=stack.definition,
            action="UPDATE",
            status=IN_PROGRESS,
            reason="Stack UPDATE started",
            disable_rollback=stack.disable_rollback if rollback is None else rollback,
            timeout_mins=minutes,
            deadline=deadline(minutes),
            tags=stack.tags
            if request.tags is None and existing
            else request.tags or (),
            updated_at=now(),
        )

    def _check_immutable(self, stack: Stack, blueprint: Blueprint) -> None:
        former = self.blueprint_of(stack).values
        for name, parameter in blueprint.template.parameters.items():
            changed = name in former and former[name] != blueprint.values[name]
            if parameter.immutable and changed:
                raise StackValidationFailed(
                    f"The following parameters are immutable and may not be updated: "
                    f"{name}"
                )

    def delete(self, stack: Stack) -> None:
        """Begin to remove a stack and all of it, whatever it is doing.

        :raises Conflict: it is a resource of another stack.
        """
        _check_outermost(stack)
        with self._cloud.lock:
            self.remove(stack.id)

    def act(self, stack: Stack, action: str) -> None:
        """Carry out one of the API's actions.

        :raises NotSupported: the lab does not have it.
        :raises ActionInProgress: another operation is going on.
        :raises BadRequest: there is nothing to cancel.
        :raises Conflict: it is a resource of another stack.
        """
        _check_outermost(stack)
        with self._cloud.lock:
            present = self._ledger.stack(stack.id)
            if action in ("suspend", "resume"):
                self._rest(present, action)
            elif action == "check":
                _check_idle(present)
                begun = replace(
                    present,
                    action="CHECK",
                    status=IN_PROGRESS,
                    reason="Stack CHECK started",
                )
                self._ledger.save_stack(begun)
                check_stack(self._cloud, self._ledger, begun)
            elif action in ("cancel_update", "cancel_without_rollback"):
                self._cancel(present, action)
            else:
                raise NotSupported(
                    f"Invalid action {action} specified; the lab has "
                    f"check, suspend, resume, cancel_update, cancel_without_rollback"
                )

    def _rest(self, stack: Stack, action: str) -> None:
        """Begin to suspend or to resume a stack; what is so already stays."""
        _check_idle(stack)
        word = action.upper()
        if stack.state == f"{word}_COMPLETE":
            return
        if action == "suspend" and stack.state.endswith("_FAILED"):
            raise errors.BadRequest(
                f"Cannot suspend a stack that is {stack.state}: update it first"
            )
        if action == "resume" and stack.action != "SUSPEND":
            raise errors.BadRequest(
                f"Cannot resume a stack that is {stack.state}: it is not suspended"
            )
        self.begin_rest(stack, word)

    def _cancel(self, stack: Stack, action: str) -> None:
        allowed = ("UPDATE",) if action == "cancel_update" else ("CREATE", "UPDATE")
        if not stack.busy or stack.action not in allowed:
            raise NotSupported(
                f"Cancelling update when stack is {stack.state} is not supported: it "
                f"must be {' or '.join(allowed)}_{IN_PROGRESS}."
            )
        reason = f"Stack {stack.action} cancelled"
        if action == "cancel_update":
            previous = self._previous(stack)
            back = rolling_back(replace(stack, reason=reason))
            self._driver.start(back, previous)
        else:
            self._driver.fail(stack, reason)

    def mark_unhealthy(self, stack: Stack, name: str, bad: bool, reason: str) -> None:
        """Have the next update replace a resource, or no longer.

        :raises EntityNotFound: it has not been made.
        :raises ActionInProgress: an operation is going on.
        """
        with self._cloud.lock:
            _check_idle(self._ledger.stack(stack.id))
            mark_unhealthy(self._ledger, stack, name, bad, reason)

    def signal(self, stack: Stack, name: str, details: Any) -> None:
        """Have a resource do what a signal asks for.

        :param details: the signal's body.
        :raises EntityNotFound: it has not been made.
        :raises NotSupported: its type takes no signal.
        """
        with self._ledger.transaction():
            resource = self._ledger.current(stack.id, name)
            if resource is None or not resource.physical_id:
                raise ResourceNotFound(name, stack.name)
            site = Site.of(self._cloud, stack, name)
            done = kind_of(resource.type).signal(site, resource, details)
            if done:
                self._ledger.note(resource, "SIGNAL", done)
            self._cloud.changed.notify_all()

    def signal_by_key(self, stack_id: str, name: str, key: str, details: Any) -> None:
        """Have a resource do what a signal to its own URL asks for.

        :raises EntityNotFound: there is no resource with such a URL.
        """
        if not self.is_signal_key(stack_id, name, key):
            raise EntityNotFound("Resource", name)
        self.signal(self._ledger.stack(stack_id), name, details)

    def validate(self, owner: Owner, request: StackRequest) -> dict[str, Any]:
        """Check a template; parameters without a value are allowed.

        :raises BadRequest: naming what is wrong.
        """
        identity = StackIdentity("", "", owner.project_id, owner.is_admin)
        blueprint = build(
            request.definition(),
            identity,
            Constraints(self._cloud, owner),
            complete=False,
        )
        template = blueprint.template
        given = {**request.parameter_defaults, **request.parameters}
        shown: dict[str, Any] = {
            "Description": template.description or "No description",
            "Parameters": {
                name: parameter.describe(given.get(name))
                for name, parameter in template.parameters.items()
            },
            "Environment": {
                "parameters": {},
                "parameter_defaults": {},
                "resource_registry": {"resources": {}},
                "event_sinks": [],
                "encrypted_param_names": [],
            },
        }
        if template.parameter_groups:
            shown["ParameterGroups"] = template.parameter_groups
        return shown

    def _checked(self, owner: Owner, stack: Stack) -> Blueprint:
        constraints = Constraints(self._cloud, owner)
        identity = replace(identity_of(stack), is_admin=owner.is_admin)
        return build(stack.definition, identity, constraints)

    def _previous(self, stack: Stack) -> Blueprint | None:
        if stack.previous is None:
            return None
        return build(stack.previous, identity_of(stack), accept)


def _check_outermost(stack: Stack) -> None:
    if stack.outer_id:
        raise errors.Conflict(
            f"The stack {stack.name} is the resource {stack.outer_resource} of stack "
            f"{stack.outer_id}: act on that one."
        )


def _check_awake(stack: Stack) -> None:
    if stack.action == "SUSPEND":
        raise NotSupported("Updating a stack when it is suspended is not supported.")


def _check_idle(stack: Stack) -> None:
    if stack.busy:
        raise ActionInProgress(
            f"Stack {stack.name} already has an action ({stack.action}) in progress."
        )
