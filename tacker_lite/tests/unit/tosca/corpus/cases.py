"""Broken descriptors, and what each refusal must say.

The tables are the YAML files beside this module.  A case is, by its name::

    change: [old, new]   # in complete.yaml; or several pairs
    text: ...            # instead of a change: the whole descriptor
    inputs: {...}        # values given for inputs
    says: [...]          # words the message must contain
    at: ...              # text of the line it must name; else the first new line
    line: 7              # or the line itself; 0 for none

Those too large to write are made by :mod:`generated`.
"""

from __future__ import annotations

import pathlib
from dataclasses import dataclass, field
from typing import Any

import yaml

HERE = pathlib.Path(__file__).parent
BASE = "complete.yaml"


@dataclass(frozen=True)
class Case:
    """One broken descriptor.

    :ivar says: words the message must contain.
    :ivar line: 1-based line that it must name, 0 for none in particular.
    """

    name: str
    text: str
    says: tuple[str, ...]
    line: int = 0
    inputs: dict[str, Any] = field(default_factory=dict)


def written() -> list[Case]:
    """The cases of the tables."""
    base = (HERE / BASE).read_text("utf-8")
    found = []
    for file in sorted(HERE.glob("*.yaml")):
        if file.name != BASE:
            table = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
            for name, row in table.items():
                found.append(_case(f"{file.stem}: {name}", row, base))
    return found


def _case(name: str, row: dict[str, Any], base: str) -> Case:
    text, first_new = row.get("text", base), ""
    pairs = row.get("change", [])
    if pairs and isinstance(pairs[0], str):
        pairs = [pairs]
    for old, new in pairs:
        if text.count(old) != 1:
            raise AssertionError(f"{name}: {old!r} is {text.count(old)} times there")
        text = text.replace(old, new)
        first_new = first_new or new.strip().partition("\n")[0]
    line = row.get("line")
    if line is None:
        line = line_with(row.get("at", first_new), text, name)
    return Case(name, text, tuple(row["says"]), line, row.get("inputs", {}))


def line_with(wanted: str, text: str, name: str) -> int:
    """Number of the one line that contains ``wanted``."""
    lines = [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if wanted and wanted in line
    ]
    if len(lines) != 1:
        raise AssertionError(f"{name}: {wanted!r} stands in lines {lines}; say which")
    return lines[0]
