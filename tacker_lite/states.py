"""Status names, events and the transition tables: data plus one function.

The strings are those of Tacker's v1.0 API, so that its clients read them.
"""

from __future__ import annotations

from typing import Final

PENDING_CREATE: Final = "PENDING_CREATE"
PENDING_UPDATE: Final = "PENDING_UPDATE"
PENDING_DELETE: Final = "PENDING_DELETE"
PENDING_SCALE_IN: Final = "PENDING_SCALE_IN"
PENDING_SCALE_OUT: Final = "PENDING_SCALE_OUT"
PENDING_HEAL: Final = "PENDING_HEAL"
ACTIVE: Final = "ACTIVE"
DEAD: Final = "DEAD"
ERROR: Final = "ERROR"

PENDING: Final = "PENDING"
REACHABLE: Final = "REACHABLE"
UNREACHABLE: Final = "UNREACHABLE"

GONE: Final = ""
"""Target of a transition that removes the row."""

PENDING_STATUSES: Final = (
    PENDING_CREATE,
    PENDING_UPDATE,
    PENDING_DELETE,
    PENDING_SCALE_IN,
    PENDING_SCALE_OUT,
    PENDING_HEAL,
)
"""Statuses in which the conductor has work to do."""

VNF: Final[dict[tuple[str, str], str]] = {
    (ACTIVE, "update"): PENDING_UPDATE,
    # A corrected update mends a VNF; v1.0 made its user delete it.
    (ERROR, "update"): PENDING_UPDATE,
    (ACTIVE, "scale_in"): PENDING_SCALE_IN,
    (ACTIVE, "scale_out"): PENDING_SCALE_OUT,
    (ACTIVE, "dead"): DEAD,
    (ACTIVE, "heal"): PENDING_HEAL,
    (DEAD, "heal"): PENDING_HEAL,
    (ERROR, "heal"): PENDING_HEAL,
    # v1.0 lets a VNF be deleted while it is being created or scaled.
    (PENDING_CREATE, "delete"): PENDING_DELETE,
    (PENDING_SCALE_IN, "delete"): PENDING_DELETE,
    (PENDING_SCALE_OUT, "delete"): PENDING_DELETE,
    (ACTIVE, "delete"): PENDING_DELETE,
    (DEAD, "delete"): PENDING_DELETE,
    (ERROR, "delete"): PENDING_DELETE,
    (PENDING_DELETE, "done"): GONE,
    (PENDING_DELETE, "fail"): ERROR,
    **{(s, "done"): ACTIVE for s in PENDING_STATUSES if s != PENDING_DELETE},
    **{(s, "fail"): ERROR for s in PENDING_STATUSES if s != PENDING_DELETE},
    **{
        (s, "force_delete"): PENDING_DELETE
        for s in (ACTIVE, DEAD, ERROR, *PENDING_STATUSES)
    },
}

VIM: Final[dict[tuple[str, str], str]] = {
    (PENDING, "reached"): REACHABLE,
    (PENDING, "lost"): UNREACHABLE,
    (REACHABLE, "lost"): UNREACHABLE,
    (UNREACHABLE, "reached"): REACHABLE,
}

TABLES: Final[dict[str, dict[tuple[str, str], str]]] = {"vnf": VNF, "vim": VIM}


def next_state(kind: str, status: str, event: str) -> str | None:
    """Where ``event`` leads a row of ``kind`` from ``status``.

    :returns: the new status, ``GONE`` when the row is to be removed, or None
        when the table has no such transition.
    :raises KeyError: for a kind without a table.
    """
    return TABLES[kind].get((status, event))
