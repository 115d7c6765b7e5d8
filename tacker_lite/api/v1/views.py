"""Values as the v1.0 API writes them."""

from __future__ import annotations

import datetime
from typing import Any


def timestamp(value: Any) -> str | None:
    """``YYYY-MM-DD HH:MM:SS[.ffffff]`` in UTC; None stays None.

    :param value: a time without a zone, as the database has it, or its ISO 8601
        text, as it comes over RPC.
    """
    if value is None or isinstance(value, str):
        return value and value.replace("T", " ").removesuffix("Z")
    assert isinstance(value, datetime.datetime)
    return value.isoformat(" ")
