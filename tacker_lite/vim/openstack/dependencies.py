"""The requirement ``dependency``: what must be there before a node is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.vim.openstack import checks, references
from tacker_lite.vim.openstack.draft import Draft

DEPENDENCY = "dependency"


def add(template: VnfTemplate, draft: Draft) -> None:
    """Order resources as the descriptor asks.

    Findings tell of circles, which Heat would refuse without naming the nodes.
    """
    nodes = template.document["topology_template"]["node_templates"]
    waiting: dict[str, str] = {}
    for name, node in nodes.items():
        for needed in _dependencies(node):
            _, last = _ends(draft, needed)
            for resource in _ends(draft, name)[0] if last else ():
                wanted = draft.resources[resource].setdefault("depends_on", [])
                wanted.extend(each for each in last if each not in wanted)
                waiting[resource] = name
    if waiting:
        refuse_circles(draft, waiting)


def refuse_circles(draft: Draft, starts: Mapping[str, str]) -> None:
    """Note each circle of resources that wait for one another.

    :param starts: the node by name of each resource to begin with.
    """
    edges = {
        name: set(references.names(resource)) & set(draft.resources)
        for name, resource in draft.resources.items()
    }
    for start, node in starts.items():
        with draft.collecting():
            _refuse_circle(node, start, edges)


def _dependencies(node: Mapping[str, Any]) -> Iterator[str]:
    for item in node.get("requirements") or []:
        if DEPENDENCY in item:
            target = item[DEPENDENCY]
            yield target["node"] if isinstance(target, Mapping) else target


def _ends(draft: Draft, node: str) -> tuple[list[str], list[str]]:
    own = [node] if node in draft.resources else []
    return draft.ends_of.get(node, (own, own))


def _refuse_circle(node: str, start: str, edges: Mapping[str, set[str]]) -> None:
    seen: set[str] = set()
    following = sorted(edges[start])
    while following:
        name = following.pop()
        if name == start:
            raise checks.invalid(
                node,
                "its dependency leads back to itself; leave the requirement out",
                path=("requirements", DEPENDENCY),
            )
        if name not in seen:
            seen.add(name)
            following.extend(edges[name])
