"""Errors of the library in words that say what would be right."""

from __future__ import annotations

import re

from tacker_lite.tosca import definitions

CONSTRAINTS = (
    "equal",
    "greater_than",
    "greater_or_equal",
    "less_than",
    "less_or_equal",
    "in_range",
    "valid_values",
    "length",
    "min_length",
    "max_length",
    "pattern",
)
REMEDIES = {
    "is not a boolean.": "write true or false",
    "is not an integer.": "write a whole number",
    "is not a float.": "write a number",
    "is not numeric.": "write a number",
    "is not a string.": "write text",
    "is not a list.": 'write a list, each entry after "- "',
    "is not a map.": 'write a mapping, each line as "key: value"',
}
UNKNOWN_FIELD = re.compile(r'of type "([^"]+)" contains unknown field "([^"]+)"')


def of(error: Exception) -> str:
    """The text of an error, with a remedy where the library has none."""
    text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    unknown = UNKNOWN_FIELD.search(text)
    if unknown:
        known = (definitions.load().get(unknown[1]) or {}).get("properties")
        if known:
            return f'"{unknown[2]}" is not known; use one of ' + ", ".join(known)
        return f'"{unknown[2]}" is not known in {unknown[1]}; leave it out'
    for ending, remedy in REMEDIES.items():
        if text.endswith(ending):
            return f"{text[:-1]}; {remedy}"
    if text.startswith("Invalid property "):
        return f"{text[:-1]}; use one of {', '.join(CONSTRAINTS)}"
    return text
