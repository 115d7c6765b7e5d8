"""Feeding numbers to alarms: for tests of scaling without any load."""

from __future__ import annotations

from tacker_lite.pop import errors
from tacker_lite.pop.faces.lab.request import Answer, Context, Route


def _server_id(ctx: Context, ident: str) -> str:
    if not any(ident in c.compute.servers for c in ctx.lab.clouds.values()):
        raise errors.NotFound("server", ident)
    return ident


def show_fed(ctx: Context, ident: str) -> Answer:
    """What is fed for a server."""
    return 200, {"fed": dict(ctx.lab.metrics.fed.of(_server_id(ctx, ident)))}


def feed(ctx: Context, ident: str) -> Answer:
    """Numbers by metric that alarms take for measured; null takes one back."""
    fed = ctx.lab.metrics.fed.feed(_server_id(ctx, ident), ctx.body())
    return 200, {"fed": dict(fed)}


ROUTES: list[Route] = [
    ("GET", "/lab/v1/instances/<ident>/metrics", show_fed),
    ("PUT", "/lab/v1/instances/<ident>/metrics", feed),
]
