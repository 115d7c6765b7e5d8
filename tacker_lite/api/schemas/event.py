"""Bodies of events."""

from tacker_lite.api.schemas import base

ANSWER = base.answer(
    {
        "id": {"type": "integer"},
        "resource_id": base.UUID,
        "resource_type": {"type": "string"},
        "resource_state": {"type": "string"},
        "event_type": {
            "enum": ["CREATE", "UPDATE", "DELETE", "SCALE", "MONITOR", "HEAL"]
        },
        "timestamp": base.TIMESTAMP,
        "event_details": {"type": "string"},
    }
)

COLUMNS = {
    "id": "id",
    # No such column: a name matches no event.
    "name": "name",
    "tenant_id": "project_id",
    "project_id": "project_id",
    "resource_id": "resource_id",
    "resource_type": "resource_type",
    "resource_state": "resource_state",
    "event_type": "event_type",
    "timestamp": "timestamp",
    "event_details": "details",
}
