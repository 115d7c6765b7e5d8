"""Faults that a lab begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite.pop import topology
from tacker_lite.pop.topology_file.document import Document


def faults(document: Document) -> tuple[topology.FaultEntry, ...]:
    """All faults: those of all PoPs, and those of one.

    :raises TopologyError: when two have the same name.
    """
    places: list[tuple[str, tuple[str | int, ...], Mapping[str, Any]]]
    places = [("", (), document.data)]
    places += [
        (pop["name"], ("pops", index), pop)
        for index, pop in enumerate(document.data["pops"])
    ]
    found: list[topology.FaultEntry] = []
    names: set[str] = set()
    for pop, path, data in places:
        for index, one in enumerate(data.get("faults", ())):
            made = entry(one, pop)
            if made.name in names:
                message = f"fault: '{made.name}' is there already"
                raise document.error((*path, "faults", index), message)
            names.update([made.name] if made.name else [])
            found.append(made)
    return tuple(found)


def entry(data: Mapping[str, Any], pop: str) -> topology.FaultEntry:
    """A fault as a mapping describes it that fits the schema.

    :param pop: where it is; empty: in all PoPs.
    """
    own = ("kind", "name", "for_seconds")
    return topology.FaultEntry(
        kind=data["kind"],
        name=data.get("name", ""),
        pop=pop,
        for_seconds=float(data.get("for_seconds", 0)),
        settings={key: value for key, value in data.items() if key not in own},
    )
