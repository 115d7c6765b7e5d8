"""Bodies of extensions."""

from tacker_lite.api.schemas import base

ANSWER = base.answer(
    {
        "alias": {"type": "string"},
        "name": {"type": "string"},
        "description": {"type": "string"},
        "namespace": {"type": "string"},
        "updated": {"type": "string"},
        "links": {"type": "array"},
    }
)

COLUMNS = {"alias": "alias", "name": "name"}
