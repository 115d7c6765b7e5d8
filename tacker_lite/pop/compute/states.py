"""The states of servers, and which of them allow what."""

from __future__ import annotations

from tacker_lite.pop import records
from tacker_lite.pop.errors import Conflict

_VM_STATES = {
    "BUILD": "building",
    "ACTIVE": "active",
    "SHUTOFF": "stopped",
    "PAUSED": "paused",
    "SUSPENDED": "suspended",
    "VERIFY_RESIZE": "resized",
    "REVERT_RESIZE": "resized",
    "ERROR": "error",
}
#: Statuses with a running process on the machine, moving or held.
RUNNING = frozenset({"ACTIVE", "PAUSED", "SUSPENDED"})


def vm_state(server: records.Server) -> str:
    """Nova's word for what a server is, whatever is being done to it.

    While a task shows as a status of its own it is still what it was before.
    """
    if server.status in _VM_STATES:
        return _VM_STATES[server.status]
    return _VM_STATES.get(server.last_status, "active")


def require(server: records.Server, action: str, *statuses: str) -> None:
    """Refuse what the service refuses in other states, or while a task goes on.

    :param action: the service's name of what is wanted.
    :raises Conflict: in its words.
    """
    start = f"Cannot '{action}' instance {server.id} while it is in"
    if server.status not in statuses and server.status in _VM_STATES:
        raise Conflict(f"{start} vm_state {vm_state(server)}")
    if server.task_state:
        raise Conflict(f"{start} task_state {server.task_state}")
    if server.status not in statuses or not server.host:
        raise Conflict(f"{start} vm_state {vm_state(server)}")


def require_unlocked(project_id: str | None, server: records.Server) -> None:
    """Keep all but administrators from a locked server.

    :param project_id: the caller's; None: an administrator.
    :raises Conflict: when it is locked.
    """
    if server.locked_by and project_id is not None:
        raise Conflict(f"Instance {server.id} is locked")
