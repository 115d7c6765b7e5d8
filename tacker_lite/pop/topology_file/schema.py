"""The schema of topology files, which is published, and what is said of a breach."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import jsonschema

from tacker_lite.pop.topology_file.document import Document, key_of

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


def text() -> str:
    """The schema as it is published: JSON Schema, draft 7."""
    here = resources.files(__package__)
    return (here / "schema.json").read_text(encoding="utf-8")


@functools.cache
def validator(definition: str = "") -> jsonschema.Draft7Validator:
    """What checks documents against the schema.

    :param definition: of a part of it; empty: the whole.
    """
    schema = json.loads(text())
    if definition:
        schema = {
            "$ref": f"#/definitions/{definition}",
            "definitions": schema["definitions"],
        }
    return jsonschema.Draft7Validator(schema)


def fault_kinds() -> dict[str, dict[str, Any]]:
    """The settings of each kind of fault, with the schema of each setting."""
    common = validator("fault").schema["definitions"]["fault"]
    return {
        case["if"]["properties"]["kind"]["const"]: {
            key: rule
            for key, rule in case["then"]["properties"].items()
            if key not in common["properties"]
        }
        for case in common["allOf"]
    }


def check(document: Document) -> None:
    """:raises TopologyError: for the first breach of the schema in the document."""
    breaches = [_place(one) for one in validator().iter_errors(document.data)]
    if breaches:
        path, breach = min(breaches, key=lambda found: document.line(found[0]))
        of_key = breach.validator == "additionalProperties"
        raise document.error(path, _saying(breach), of_key=of_key)


def breach_of(data: Any, definition: str) -> str:
    """What is wrong with a JSON value that is to fit a part of the schema.

    :returns: key and reason; empty when nothing is.
    """
    for breach in validator(definition).iter_errors(data):
        key = key_of(_place(breach)[0])
        return f"{key}: {_saying(breach)}" if key else _saying(breach)
    return ""


def _place(
    breach: jsonschema.ValidationError,
) -> tuple[list[str | int], jsonschema.ValidationError]:
    """The part that is at fault, and how."""
    path = list(breach.absolute_path)
    if breach.validator == "additionalProperties":
        known = breach.schema["properties"]
        path.append(next(key for key in breach.instance if key not in known))
    return path, breach


def _saying(breach: jsonschema.ValidationError) -> str:
    return _SAYINGS.get(str(breach.validator), _other)(breach)


def _unknown(breach: jsonschema.ValidationError) -> str:
    return f"unknown key; known are {', '.join(breach.schema['properties'])}"


def _missing(breach: jsonschema.ValidationError) -> str:
    needed = next(key for key in breach.validator_value if key not in breach.instance)
    return f"needs the key '{needed}'"


def _empty(breach: jsonschema.ValidationError) -> str:
    return "must not be empty"


def _kind(breach: jsonschema.ValidationError) -> str:
    kinds = breach.validator_value
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if not {"object", "array", "string"} & set(kinds):
        return _other(breach)
    keys = ", ".join(breach.schema.get("properties", ()))
    named = [
        f"{_KINDS[kind]} with {keys}" if kind == "object" and keys else _KINDS[kind]
        for kind in kinds
    ]
    quotes = ""
    if "string" in kinds and isinstance(breach.instance, int | float):
        quotes = f": put '{_written(breach.instance)}' in quotes"
    return f"must be {' or '.join(named)}{quotes}"


def _other(breach: jsonschema.ValidationError) -> str:
    reason = str(breach.schema.get("errorMessage") or breach.message)
    if isinstance(breach.instance, dict | list):
        return reason
    return f"'{_written(breach.instance)}' {reason}"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_SAYINGS: dict[str, Callable[[jsonschema.ValidationError], str]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "type": _kind,
    "minLength": _empty,
}
