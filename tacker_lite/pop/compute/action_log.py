"""What was done to each server, by whom and how it ended."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from tacker_lite.pop import records
from tacker_lite.pop.store import Store, Table

#: How many of a server's actions are kept.
KEPT = 100


@dataclass(frozen=True)
class Caller:
    """Whose request something is done for; nobody's when the lab itself wants it."""

    user_id: str = ""
    request_id: str = ""


#: The lab itself: a stack, or what a crash interrupted.
NOBODY = Caller()


@dataclass(frozen=True)
class Action:
    """One thing done to a server.

    :ivar event: the service's name of the work it took.
    :ivar result: empty while it goes on, then ``Success`` or ``Error``.
    """

    action: str
    event: str
    request_id: str
    user_id: str
    project_id: str
    start_time: str
    host: str = ""
    finish_time: str = ""
    result: str = ""
    message: str | None = None


@dataclass(frozen=True)
class _ServerActions:
    """All actions of the server with this id, oldest first."""

    id: str
    actions: list[dict[str, Any]] = field(default_factory=list)


class ActionLog:
    """Actions of a PoP's servers; the caller holds the PoP's lock."""

    def __init__(self, store: Store, pop: str):
        self._table = Table(store, pop, "server_actions", _ServerActions)

    def begin(
        self, server: records.Server, action: str, event: str, by: Caller
    ) -> None:
        """Note that something is wanted of a server.

        :param action: its name in the API, such as ``reboot``.
        """
        new = Action(
            action=action,
            event=event,
            request_id=by.request_id or f"req-{records.new_id()}",
            user_id=by.user_id or server.user_id,
            project_id=server.project_id,
            start_time=records.now(),
            host=server.host,
        )
        self._put(server.id, [*self.of(server.id), new][-KEPT:])

    def done(self, server: records.Server, action: str, event: str, by: Caller) -> None:
        """Note what needs no time, such as a lock."""
        self.begin(server, action, event, by)
        self.finish(server.id)

    def finish(self, server_id: str, error: str = "") -> None:
        """Note that all that was wanted of a server has ended.

        :param error: what kept it from being done; empty: nothing.
        """
        actions = self.of(server_id)
        if not any(not action.result for action in actions):
            return
        result = "Error" if error else "Success"
        moment = records.now()
        self._put(
            server_id,
            [
                action
                if action.result
                else dataclasses.replace(
                    action,
                    result=result,
                    finish_time=moment,
                    message=error or None,
                )
                for action in actions
            ],
        )

    def _put(self, server_id: str, actions: list[Action]) -> None:
        rows = [dataclasses.asdict(action) for action in actions]
        self._table.put(_ServerActions(server_id, rows))

    def of(self, server_id: str) -> list[Action]:
        """What was done to a server, oldest first."""
        row = self._table.get(server_id)
        return [Action(**action) for action in row.actions] if row else []

    def forget(self, server_id: str) -> None:
        """The server is gone."""
        self._table.delete(server_id)
