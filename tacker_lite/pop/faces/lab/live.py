"""``GET /lab/v1/live``: what the page asks for each second."""

from __future__ import annotations

import json
import threading
import weakref
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from tacker_lite.pop.faces.lab.live_view import LiveView
from tacker_lite.pop.faces.lab.request import Answer, Context, Route

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Lab

_VIEWS: weakref.WeakKeyDictionary[Lab, LiveView] = weakref.WeakKeyDictionary()
_GUARD = threading.Lock()


def view_of(lab: Lab) -> LiveView:
    """The one picture of a lab that all readers share."""
    with _GUARD:
        return _VIEWS.setdefault(lab, LiveView())


def show_live(ctx: Context) -> Answer:
    """What changed since the mark ``since``; 304 when nothing did."""
    mark, body = view_of(ctx.lab).changes(ctx.lab, ctx.request.args.get("since", ""))
    response = Response(
        json.dumps(body, separators=(",", ":")), content_type="application/json"
    )
    response.set_etag(mark)
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(ctx.request)


ROUTES: list[Route] = [("GET", "/lab/v1/live", show_live)]
