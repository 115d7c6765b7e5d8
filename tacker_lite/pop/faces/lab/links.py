"""The links between PoPs: what they are to do, and what passes them."""

from __future__ import annotations

import dataclasses
from typing import Any

from tacker_lite.pop.faces.lab.request import Answer, Context, Route
from tacker_lite.pop.links import LinkReport


def index(ctx: Context) -> Answer:
    """All links."""
    return 200, {"links": [_view(report) for report in ctx.lab.links.report()]}


def show(ctx: Context, left: str, right: str) -> Answer:
    """One link, whichever PoP is named first."""
    spec = ctx.lab.links.find(left, right)
    found = next(r for r in ctx.lab.links.report() if r.spec == spec)
    return 200, {"link": _view(found)}


def change(ctx: Context, left: str, right: str) -> Answer:
    """Have a link do something else; what is not named stays as it is."""
    ctx.lab.links.set(left, right, ctx.body())
    return show(ctx, left, right)


def _view(report: LinkReport) -> dict[str, Any]:
    spec, state = report.spec, report.state
    return {
        "left": spec.left,
        "right": spec.right,
        **dataclasses.asdict(spec.impairment),
        "means": state.means,
        "up": state.up,
        "forth": {**dataclasses.asdict(state.forth), "bit_per_s": report.forth_rate},
        "back": {**dataclasses.asdict(state.back), "bit_per_s": report.back_rate},
    }


_LINK = "/lab/v1/links/<left>/<right>"
ROUTES: list[Route] = [
    ("GET", "/lab/v1/links", index),
    ("GET", _LINK, show),
    ("PUT", _LINK, change),
]
