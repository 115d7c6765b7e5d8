"""What the driver asks of Heat, for one project in one region."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from heatclient import exc
from heatclient.v1 import client
from heatclient.v1 import stacks as heat_stacks
from keystoneauth1 import session as keystone_session
from keystoneauth1.identity import v3

from tacker_lite.vim.base import Phase, Resource, Status
from tacker_lite.vim.openstack import stacks

LOG = logging.getLogger(__name__)

TAG = "tacker-lite"
NESTED_DEPTH = 2
# Heat lists a deleted stack for a moment more.
DELETED = "DELETE_COMPLETE"
IDS_PER_REQUEST = 100


class Heat:
    """Stacks of one project.  Raises what heatclient and keystoneauth raise.

    :param url: endpoint of Orchestration v1 from the catalogue.
    """

    def __init__(self, session: keystone_session.Session, auth: v3.base.Auth, url: str):
        # keystoneauth takes an override for a format string.
        self._client = client.Client(
            session=session,
            auth=auth,
            service_type="orchestration",
            endpoint_override=url.replace("%", "%%"),
        )

    def find(self, name: str) -> heat_stacks.Stack | None:
        """The live stack of this name; the oldest, should there be several."""
        return min(
            self._named(name), key=lambda stack: stack.creation_time, default=None
        )

    def one(self, stack_id: str) -> heat_stacks.Stack | None:
        """The live stack of this id, without outputs."""
        return next(self.several([stack_id]), None)

    def several(self, stack_ids: Sequence[str]) -> Iterator[heat_stacks.Stack]:
        """The live stacks among these ids, without outputs."""
        for start in range(0, len(stack_ids), IDS_PER_REQUEST):
            wanted = stack_ids[start : start + IDS_PER_REQUEST]
            for stack in self._client.stacks.list(filters={"id": wanted}):
                if stack.id in wanted:
                    yield stack

    def create(self, name: str, body: Mapping[str, Any]) -> str:
        """Start a stack and return its id; one of this name already is adopted."""
        try:
            return self._client.stacks.create(stack_name=name, tags=TAG, **body)[
                "stack"
            ]["id"]
        except exc.HTTPConflict:
            existing = self.find(name)
            if existing is None:
                raise
            return existing.id

    def update(self, stack: heat_stacks.Stack, body: Mapping[str, Any]) -> None:
        """Start making a stack agree with another template or other values."""
        self._client.stacks.update(stack.identifier, tags=TAG, **body)

    def delete(self, stack_id: str) -> None:
        """Start deleting, with all doubles; a stack that is gone is fine."""
        stack = self.one(stack_id)
        if stack is None:
            return
        self._delete_doubles(stack)
        self._delete(stack)

    def status(self, stack: heat_stacks.Stack | None) -> Status:
        """The status of a stack from :meth:`one` or :meth:`several`.

        Asks again for the outputs of a complete stack and for the resources of a
        failed one, and removes doubles of either.
        """
        if stack is None:
            return Status(Phase.GONE)
        phase = stacks.phase(stack.stack_status)
        if phase in (Phase.READY, Phase.FAILED):
            self._delete_doubles(stack)
        try:
            if phase is Phase.READY:
                complete = self._client.stacks.get(stack.identifier)
                outputs = complete.to_dict()["outputs"]
                return Status(
                    phase, vdus=stacks.vdus(outputs), sizes=stacks.sizes(outputs)
                )
            if phase is Phase.FAILED:
                failed = stacks.failed_resources(self._resources(stack))
                reason = stack.to_dict().get("stack_status_reason") or ""
                return Status(phase, stacks.failure(stack.stack_status, reason, failed))
        except exc.HTTPNotFound:
            return Status(Phase.GONE)
        return Status(phase)

    def resources(self, stack_id: str) -> Sequence[Resource]:
        """What the stack and its nested stacks made; nothing when it is gone."""
        stack = self.one(stack_id)
        try:
            return () if stack is None else stacks.made(self._resources(stack))
        except exc.HTTPNotFound:
            return ()

    def _named(self, name: str) -> list[heat_stacks.Stack]:
        return [
            stack
            for stack in self._client.stacks.list(filters={"name": name})
            if stack.stack_name == name and stack.stack_status != DELETED
        ]

    def _delete_doubles(self, stack: heat_stacks.Stack) -> None:
        """Delete what else we made under this stack's name.

        Heat looks for the name and stores the stack in two steps: a create that is
        sent again while the first one is still under way can make a second stack.
        """
        for other in self._named(stack.stack_name):
            if other.id != stack.id and TAG in (other.to_dict().get("tags") or ()):
                LOG.warning("Deleting stack %s, a double of %s", other.id, stack.id)
                self._delete(other)

    def _delete(self, stack: heat_stacks.Stack) -> None:
        if stack.stack_status == "DELETE_IN_PROGRESS":
            return
        try:
            self._client.stacks.delete(stack.identifier)
        except exc.HTTPNotFound:
            LOG.debug("Stack %s is gone already", stack.id)

    def _resources(self, stack: heat_stacks.Stack) -> list[dict[str, Any]]:
        found = self._client.resources.list(stack.identifier, nested_depth=NESTED_DEPTH)
        return [resource.to_dict() for resource in found]
