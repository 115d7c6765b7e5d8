"""What the lab's runtime can do on this machine."""

from __future__ import annotations

import dataclasses

from tacker_lite.pop.faces.lab.request import Answer, Context, Route


def show(ctx: Context) -> Answer:
    """Each capability with what provides it, or why nothing does."""
    found = [dataclasses.asdict(one) for one in ctx.lab.runtime.capabilities()]
    return 200, {"runtime": ctx.lab.runtime.name, "capabilities": found}


ROUTES: list[Route] = [("GET", "/lab/v1/capabilities", show)]
