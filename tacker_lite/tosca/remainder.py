"""What is left of a descriptor with problems, for checks that need a template.

A template of what is sound lets a VIM's driver tell its problems together with those
of the descriptor; nothing can be made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tacker_lite.tosca import nodes, policies, positions, requirements, structure
from tacker_lite.tosca.problems import NODES
from tacker_lite.tosca.survey import POLICIES, VDU, Survey

SINGLE_VALUES = (
    VDU,
    requirements.CONNECTION_POINT,
    requirements.STORAGE,
    *requirements.LINKS,
)
"""Kinds of nodes that can be looked into without one of their values."""

INPUTS = (*structure.TOPOLOGY, "inputs")
BELOW = len(NODES) + 1
COMPUTE = ("capabilities", "nfv_compute", "properties")


class Remainder:
    """A descriptor without what is wrong with it.

    :ivar document: the descriptor; a policy left out is an empty mapping, so that
        the others keep their places.
    :ivar inputs: the values that suit their inputs.
    :param unsound: paths of the nodes whose values nobody has looked at.
    """

    def __init__(self, survey: Survey, unsound: set[tuple[Any, ...]]):
        self._survey = survey
        self._paths = [problem.path for problem in survey.problems.found]
        self._changed: set[str] = set()
        self._wrong: dict[str, set[Any]] = {}
        self.document: dict[str, Any] = positions.plain(survey.document)
        wrong = {path[len(INPUTS)] for path in self._below(INPUTS)}
        self.inputs = {
            name: value for name, value in survey.inputs.items() if name not in wrong
        }
        topology = self.document["topology_template"]
        if not isinstance(self.document.get("metadata"), dict):
            self.document.pop("metadata", None)
        given = topology.get("inputs")
        topology["inputs"] = {
            name: schema
            for name, schema in (given if isinstance(given, dict) else {}).items()
            if name not in wrong
        }
        topology["node_templates"] = self._sound_nodes(unsound)
        topology["policies"] = self._sound_policies()

    def concerns(self, path: Sequence[Any]) -> bool:
        """Whether a problem found in the remainder is one of the whole descriptor.

        One of a node that lost something may follow from that, unless it is about
        a value that is still there.
        """
        if tuple(path[: len(NODES)]) != NODES or len(path) < BELOW:
            return bool(path)
        if path[len(NODES)] not in self._changed:
            return True
        return len(path) > BELOW + 1 and _stands(self.document, path)

    def _below(self, start: tuple[str, ...]) -> list[tuple[Any, ...]]:
        count = len(start)
        return [p for p in self._paths if p[:count] == start and len(p) > count]

    def _sound_nodes(self, unsound: set[tuple[Any, ...]]) -> dict[str, Any]:
        kinds = self._survey.kinds
        sections = structure.TYPE_SECTIONS
        types_wrong = any(path[0] in sections for path in self._paths if path)
        given = self.document["topology_template"]["node_templates"]
        kept = {
            name: node
            for name, node in given.items()
            if name in kinds
            and (*NODES, name) not in unsound
            and not (types_wrong and node["type"] not in nodes.BUILDERS)
        }
        for path in self._below(NODES):
            name = path[len(NODES)]
            if name in kept and not self._repaired(name, kept[name], path[BELOW:]):
                del kept[name]
        for name, node in kept.items():
            self._drop_requirements(name, node, kept)
        return kept

    def _repaired(self, name: str, node: dict[str, Any], path: Sequence[Any]) -> bool:
        """Take out of a node what a problem is about; False where that cannot be."""
        if self._survey.kinds[name] not in SINGLE_VALUES or not path:
            return False
        self._changed.add(name)
        if path[0] == "requirements":
            self._wrong.setdefault(name, set()).update(path[1:2])
            return True
        for section in (("properties",), COMPUTE):
            count = len(section)
            if tuple(path[:count]) == section:
                values: Any = node
                for key in section:
                    values = (values or {}).get(key)
                if isinstance(values, dict) and len(path) > count:
                    values.pop(path[count], None)
                return values is None or isinstance(values, dict)
        return False

    def _drop_requirements(
        self, name: str, node: dict[str, Any], kept: Mapping[str, Any]
    ) -> None:
        wrong = self._wrong.get(name, set())
        found = node.get("requirements") or []
        sound = []
        for index, item in enumerate(found):
            key, filler = next(iter(item.items()))
            target = requirements.target(filler)
            known = isinstance(target, str) and target in kept
            if known and index not in wrong and key not in wrong:
                sound.append(item)
        if len(sound) < len(found):
            self._changed.add(name)
        node["requirements"] = sound

    def _sound_policies(self) -> list[dict[str, Any]]:
        topology = self.document["topology_template"]
        known = topology["node_templates"]
        wrong = {path[len(POLICIES)] for path in self._below(POLICIES)}
        found = topology.get("policies")
        sound = []
        for index, item in enumerate(found if isinstance(found, list) else ()):
            kept = index not in wrong and all(
                target in known
                for policy in item.values()
                for target in policies.targets_of(policy, self.inputs)
            )
            sound.append(item if kept else {})
        return sound


def _stands(document: Any, path: Sequence[Any]) -> bool:
    here = document
    for key in path:
        if not isinstance(here, Mapping) or key not in here:
            return False
        here = here[key]
    return True
