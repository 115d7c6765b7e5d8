"""TOSCA type definitions shipped with the service, read once per process."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import yaml

SECTIONS = ("node_types", "data_types", "policy_types", "capability_types")


@functools.cache
def load() -> dict[str, Any]:
    """Every type we define, by its full name."""
    types: dict[str, Any] = {}
    for entry in sorted(resources.files(__name__).iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            document = yaml.load(entry.read_text("utf-8"), yaml.CSafeLoader)
            for section in SECTIONS:
                types.update(document.get(section, {}))
    return types
