"""Sections of a topology that name nodes and have no effect on a VNF alone."""

from __future__ import annotations

from typing import Any

from tacker_lite.tosca.problems import kind
from tacker_lite.tosca.survey import Survey

GROUPS = ("topology_template", "groups")
MAPPINGS = ("topology_template", "substitution_mappings")


def check(survey: Survey) -> None:
    """What groups and substitution mappings name must be there."""
    topology = survey.document["topology_template"]
    groups = topology.get("groups")
    for name, group in groups.items() if isinstance(groups, dict) else ():
        _check_group(name, group, survey)
    mappings = topology.get("substitution_mappings")
    if isinstance(mappings, dict):
        for section in ("requirements", "capabilities"):
            _check_mapping(section, mappings.get(section), survey)


def _check_group(name: str, group: Any, survey: Survey) -> None:
    path = (*GROUPS, name)
    if not isinstance(group, dict) or not isinstance(group.get("type"), str):
        survey.add(f'group "{name}" must be a mapping with a type', path)
        return
    members = group.get("members")
    if members is not None and not isinstance(members, list):
        survey.add(
            f'members of group "{name}" must be a list, not {kind(members)}',
            (*path, "members"),
        )
        return
    for index, member in enumerate(members or ()):
        _check_node(f'group "{name}"', member, (*path, "members", index), survey)


def _check_mapping(section: str, found: Any, survey: Survey) -> None:
    path = (*MAPPINGS, section)
    if found is not None and not isinstance(found, dict):
        survey.add(
            f"{section} of substitution_mappings must be a mapping, not {kind(found)}",
            path,
        )
        return
    for name, place in (found or {}).items():
        if not isinstance(place, list) or len(place) != 2:
            survey.add(
                f"substitution_mappings: {name} must be a list of a node and one of "
                "its requirements or capabilities",
                (*path, name),
                public_type="InvalidSubstitutionMapping",
            )
            continue
        _check_node("substitution_mappings", place[0], (*path, name), survey)


def _check_node(what: str, node: Any, path: tuple[Any, ...], survey: Survey) -> None:
    templates = survey.document["topology_template"]["node_templates"]
    if not isinstance(node, str) or node not in templates:
        survey.add(
            f'{what}: there is no node "{node}"'
            f"{survey.problems.near(str(node), templates)}; name one of node_templates",
            path,
        )
