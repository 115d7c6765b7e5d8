"""Parts that the schemas of several nouns share."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

UUID: Schema = {"type": "string", "pattern": "^[0-9a-f-]{36}$"}

TIMESTAMP: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$",
    "description": "UTC, without a zone",
}

UPDATED_AT: Schema = {
    **TIMESTAMP,
    "type": ["string", "null"],
    "description": "UTC, without a zone; null until changed",
}

NAME: Schema = {
    "type": "string",
    "maxLength": 255,
    "pattern": r"\S",
    "x-reason": "must be text of 1 to 255 characters that is not blank",
}

DESCRIPTION: Schema = {"type": ["string", "null"], "default": ""}

TENANT_ID: Schema = {
    "type": ["string", "null"],
    "maxLength": 255,
    "description": "owning project; another than the caller's own for "
    "administrators alone",
}

PROJECT_ID: Schema = {"description": "ignored: tenant_id names the owner"}

BOOLEAN: Schema = {
    "enum": [True, False, "true", "false", "True", "False", 0, 1, "0", "1"],
    "x-reason": "must be true or false",
}

NULLABLE_TEXT: Schema = {"type": ["string", "null"]}


def answer(properties: dict[str, Schema]) -> Schema:
    """The schema of an answer: every attribute is there, and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def request(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """The schema of a request: no attribute but these."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
