"""The schema of topology files, which is published, and what is said of a breach."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from importlib import resources

import jsonschema

from tacker_lite.pop.errors import TopologyError
from tacker_lite.pop.topology_file.document import Document

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
def validator() -> jsonschema.Draft7Validator:
    """What checks documents against the schema."""
    return jsonschema.Draft7Validator(json.loads(text()))


def check(document: Document) -> None:
    """:raises TopologyError: for the first breach of the schema in the document."""
    breaches = [_error(document, one) for one in validator().iter_errors(document.data)]
    if breaches:
        raise min(breaches, key=lambda breach: breach[0])[1]


def _error(
    document: Document, breach: jsonschema.ValidationError
) -> tuple[int, TopologyError]:
    path = list(breach.absolute_path)
    if breach.validator == "additionalProperties":
        known = breach.schema["properties"]
        path.append(next(key for key in breach.instance if key not in known))
        message = f"unknown key; known are {', '.join(known)}"
        return document.line(path), document.error(path, message, of_key=True)
    say = _SAYINGS.get(str(breach.validator), _other)
    return document.line(path), document.error(path, say(breach, document))


def _missing(breach: jsonschema.ValidationError, document: Document) -> str:
    needed = next(key for key in breach.validator_value if key not in breach.instance)
    return f"needs the key '{needed}'"


def _kind(breach: jsonschema.ValidationError, document: Document) -> str:
    kinds = breach.validator_value
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    keys = ", ".join(breach.schema.get("properties", ()))
    named = [
        f"{_KINDS[kind]} with {keys}" if kind == "object" and keys else _KINDS[kind]
        for kind in kinds
    ]
    quotes = ""
    if "string" in kinds and isinstance(breach.instance, int | float):
        quotes = f": put '{document.text(list(breach.absolute_path))}' in quotes"
    if not {"object", "array", "string"} & set(kinds):
        return _other(breach, document)
    return f"must be {' or '.join(named)}{quotes}"


def _other(breach: jsonschema.ValidationError, document: Document) -> str:
    reason = breach.schema.get("errorMessage") or breach.message
    if isinstance(breach.instance, dict | list):
        return str(reason)
    return f"'{document.text(list(breach.absolute_path))}' {reason}"


def _empty(breach: jsonschema.ValidationError, document: Document) -> str:
    return "must not be empty"


_SAYINGS: dict[str, Callable[[jsonschema.ValidationError, Document], str]] = {
    "required": _missing,
    "type": _kind,
    "minLength": _empty,
}
