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
    waiting: list[str] = []
    for name, node in nodes.items():
        for needed in _dependencies(node):
            first = _resources(draft, name)[:1]
            last = _resources(draft, needed)[-1:]
            if not first or not last:
                continue
            wanted = draft.resources[first[0]].setdefault("depends_on", [])
            if last[0] not in wanted:
                wanted.append(last[0])
            waiting.append(name)
    if not waiting:
        return
    edges = {
        name: set(references.names(resource)) & set(draft.resources)
        for name, resource in draft.resources.items()
    }
    for name in dict.fromkeys(waiting):
        with draft.collecting():
            _refuse_circle(name, _resources(draft, name)[0], edges)


def _dependencies(node: Mapping[str, Any]) -> Iterator[str]:
    for item in node.get("requirements") or []:
        if DEPENDENCY in item:
            target = item[DEPENDENCY]
            yield target["node"] if isinstance(target, Mapping) else target


def _resources(draft: Draft, node: str) -> list[str]:
    default = [node] if node in draft.resources else []
    return draft.resources_of.get(node, default)


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
