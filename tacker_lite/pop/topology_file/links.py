"""How PoPs are joined, and what that asks of their addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from tacker_lite.pop import topology
from tacker_lite.pop.topology_file.document import Document


def links(document: Document) -> tuple[topology.Link, ...]:
    """All links.

    :raises TopologyError: when one joins no two PoPs, or the same as another.
    """
    pops = {pop["name"] for pop in document.data["pops"]}
    found: dict[frozenset[str], topology.Link] = {}
    for index, data in enumerate(document.data.get("links", ())):
        path = ("links", index)
        for side in ("left", "right"):
            if data[side] not in pops:
                known = ", ".join(sorted(pops)[:20])
                message = f"there is no PoP '{data[side]}'; there are {known}"
                raise document.error((*path, side), message)
        link = topology.Link(data["left"], data["right"], impairment(data))
        ends = frozenset((link.left, link.right))
        if len(ends) == 1:
            raise document.error(path, "links a PoP to itself")
        if ends in found:
            raise document.error(
                path, f"{link.left} and {link.right} are linked already"
            )
        if link.impairment.jitter_ms > link.impairment.delay_ms:
            raise document.error(
                (*path, "jitter_ms"),
                f"{data['jitter_ms']} is more than delay_ms, "
                f"{link.impairment.delay_ms:g}: no packet arrives before it is sent",
            )
        found[ends] = link
    return tuple(found.values())


def impairment(data: dict[str, Any]) -> topology.Impairment:
    """What a mapping of the link's keys makes it do to packets."""
    names = ("delay_ms", "jitter_ms", "loss_percent", "rate_mbit")
    return topology.Impairment(
        **{name: float(data[name]) for name in names if name in data}
    )


def refuse_shared_addresses(
    document: Document, pops: Sequence[topology.Pop], joined: Sequence[topology.Link]
) -> None:
    """Networks that are routed to each other, over any number of links, must differ.

    :raises TopologyError: naming both of two that do not.
    """
    group = {pop.name: pop.name for pop in pops}

    def root(name: str) -> str:
        while group[name] != name:
            group[name] = name = group[group[name]]
        return name

    for link in joined:
        group[root(link.left)] = root(link.right)
    groups: dict[str, list[tuple[Any, str, int]]] = {}
    for index, pop in enumerate(pops):
        external = (pop.external,) if pop.external else ()
        groups.setdefault(root(pop.name), []).extend(
            (ipaddress.ip_network(entry.cidr), f"{pop.name}/{entry.name}", index)
            for entry in (*pop.networks, *external)
        )
    for entries in groups.values():
        _refuse_overlap(document, entries)


def _refuse_overlap(document: Document, entries: list[tuple[Any, str, int]]) -> None:
    # Sorted, a network is followed at once by what lies in it.
    entries.sort(key=lambda entry: (entry[0].version, entry[0]))
    for (left, there, first), (right, where, second) in zip(
        entries, entries[1:], strict=False
    ):
        if left.version == right.version and left.overlaps(right):
            index = max(first, second)
            if first > second:
                left, there, right, where = right, where, left, there
            raise document.error(
                ("pops", index),
                f"networks {there} ({left}) and {where} ({right}) are routed"
                f" to each other and share addresses; change pops[{index}]",
            )
