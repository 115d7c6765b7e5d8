"""Faults: put in, listed and taken out while the lab runs."""

from __future__ import annotations

import time
from typing import Any

from tacker_lite.pop import errors
from tacker_lite.pop.faces.lab.request import Answer, Context, Route
from tacker_lite.pop.faults import Fault, in_words
from tacker_lite.pop.topology import FaultEntry
from tacker_lite.pop.topology_file import faults as fault_file
from tacker_lite.pop.topology_file import schema


def index(ctx: Context) -> Answer:
    """All faults."""
    faults = [_view(fault) for fault in ctx.lab.faults.all()]
    return 200, {"faults": faults, "seed": ctx.lab.topology.fault_seed}


def create(ctx: Context) -> Answer:
    """Put a fault in, under a name of the lab's choice unless it has one."""
    return 201, {"fault": _view(ctx.lab.faults.set(_entry(ctx.body())))}


def replace(ctx: Context, name: str) -> Answer:
    """Put a fault in under this name, in place of one that has it."""
    fault = ctx.lab.faults.set(_entry({**ctx.body(), "name": name}))
    return 200, {"fault": _view(fault)}


def _entry(body: dict[str, Any]) -> FaultEntry:
    """:raises BadRequest: naming a value that cannot be."""
    pop = body.pop("pop", "")
    if not isinstance(pop, str):
        raise errors.BadRequest("pop: must be a text")
    breach = schema.breach_of(body, "fault")
    if breach:
        raise errors.BadRequest(breach)
    return fault_file.entry(body, pop)


def clear(ctx: Context, name: str) -> Answer:
    """Take a fault out."""
    ctx.lab.faults.clear(name)
    return 204, None


def clear_all(ctx: Context) -> Answer:
    """Take all faults out."""
    ctx.lab.faults.clear()
    return 204, None


def kill(ctx: Context, server_id: str) -> Answer:
    """End a server at once, as a crash would."""
    ctx.lab.faults.deaths.kill(server_id)
    return 204, None


def _view(fault: Fault) -> dict[str, Any]:
    left = None if fault.until is None else max(fault.until - time.time(), 0)
    return {
        "name": fault.id,
        "pop": fault.pop,
        "kind": fault.kind,
        **fault.settings,
        "seconds_left": left,
        "created_at": fault.created_at,
        "description": in_words(fault),
    }


_FAULT = "/lab/v1/faults/<name>"
ROUTES: list[Route] = [
    ("GET", "/lab/v1/faults", index),
    ("POST", "/lab/v1/faults", create),
    ("DELETE", "/lab/v1/faults", clear_all),
    ("PUT", _FAULT, replace),
    ("DELETE", _FAULT, clear),
    ("POST", "/lab/v1/instances/<server_id>/kill", kill),
]
