"""Events: ``/v1.0/events``, read only."""

from __future__ import annotations

from typing import Any

from tacker_lite import exceptions
from tacker_lite.api.call import Call
from tacker_lite.api.expose import expose
from tacker_lite.api.resource import Resource, Row
from tacker_lite.api.schemas import event as schemas
from tacker_lite.api.v1.views import timestamp
from tacker_lite.db import event as db

LARGEST_ID_DIGITS = 18


def is_event_id(text: str) -> bool:
    """Whether the text can be an event's id in the database."""
    return text.isascii() and text.isdigit() and len(text) <= LARGEST_ID_DIGITS


def view(row: Row) -> Row:
    """An event as the API shows it."""
    return {
        "id": row["id"],
        "resource_id": row["resource_id"],
        "resource_type": row["resource_type"],
        "resource_state": row["resource_state"],
        "event_type": row["event_type"],
        "timestamp": timestamp(row["timestamp"]),
        "event_details": row["details"] or "",
    }


class EventController(Resource):
    """Serves ``/v1.0/events``."""

    plural = "events"
    singular = "event"

    def find(self, call: Call, ident: str) -> Row:
        if not is_event_id(ident):
            raise exceptions.NotFound(kind="event", ident=ident)
        return self.read(db.get, int(ident), call.scope)

    @expose(
        "event:list",
        "List events",
        answer=schemas.ANSWER,
        columns=schemas.COLUMNS,
    )
    def get_all(self, call: Call) -> dict[str, Any]:
        wanted = call.query.filters(schemas.COLUMNS)
        if "id" in wanted:
            wanted["id"] = [text for text in wanted["id"] if is_event_id(text)]
            if not wanted["id"]:
                return self.listing(call, [], view)
        page = call.query.page(schemas.COLUMNS)
        rows = self.read(db.list_rows, call.scope, wanted, page)
        return self.listing(call, rows, view)

    @expose("event:show", "Show an event", answer=schemas.ANSWER)
    def get_one(self, call: Call, row: Row) -> dict[str, Any]:
        return self.member(call, view(row))
