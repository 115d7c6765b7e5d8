"""What happened in the lab lately."""

from __future__ import annotations

import dataclasses

from tacker_lite.pop.faces.lab.request import Answer, Context, Route


def index(ctx: Context) -> Answer:
    """Events after the one whose number is ``since``, oldest first."""
    events = ctx.lab.events.since(ctx.number("since"))
    return 200, {"events": [dataclasses.asdict(event) for event in events]}


ROUTES: list[Route] = [("GET", "/lab/v1/events", index)]
