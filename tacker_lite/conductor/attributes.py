"""A VNF's ``attributes``: objects as callers give them, text as the API keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tacker_lite import exceptions

OBJECTS = ("param_values", "config")
"""Attributes that are objects; all others are text."""


def parse(name: str, value: Any) -> dict[str, Any]:
    """The object given as attribute ``name``.

    Text is read as YAML: not every client sends an object.

    :raises InvalidInput: when it is neither an object nor the YAML of one.
    """
    if isinstance(value, str):
        try:
            # A few lines of aliases can stand for gigabytes.
            if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(value)):
                raise yaml.YAMLError("aliases are not accepted")
            value = yaml.safe_load(value)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f" in line {mark.line + 1}" if mark else ""
            raise exceptions.InvalidInput(
                f"attributes.{name} is not well-formed YAML{line}",
                public_type="ParamYAMLNotWellFormed",
            ) from None
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise exceptions.InvalidInput(
            f"attributes.{name} must be an object, not {type(value).__name__}",
            public_type="InvalidAPIAttributeType",
        )
    return dict(value)


def plain_text(attributes: Mapping[str, Any]) -> dict[str, str]:
    """The attributes that are kept as given.

    :raises InvalidInput: for one that is not text.
    """
    given = {key: value for key, value in attributes.items() if key not in OBJECTS}
    for key, value in given.items():
        if not isinstance(value, str):
            raise exceptions.InvalidInput(
                f"attributes.{key} must be text, not {type(value).__name__}",
                public_type="InvalidAPIAttributeType",
            )
    return given


def dump(value: Mapping[str, Any]) -> str:
    """An object as YAML text."""
    return yaml.safe_dump(dict(value), default_flow_style=False, sort_keys=False)


def merge(old: Any, new: Any) -> Any:
    """``new`` over ``old``, object by object; everything else is replaced."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    merged = dict(old)
    for key, value in new.items():
        merged[key] = merge(old[key], value) if key in old else value
    return merged
