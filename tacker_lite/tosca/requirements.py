"""Requirements: the nodes that a node needs, and of which type each must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tacker_lite.tosca.problems import NODES, Problems, expect_keys
from tacker_lite.tosca.survey import VDU, Survey

CONNECTION_POINT = "tosca.nodes.nfv.CP.Tacker"
STORAGE = "tosca.nodes.BlockStorage.Tacker"
LOAD_BALANCER = "tosca.nodes.nfv.LoadBalancer"
LISTENER = "tosca.nodes.nfv.LoadBalancer.Listener"
POOL = "tosca.nodes.nfv.LoadBalancer.Pool"
LINKS = (
    "tosca.nodes.nfv.VL",
    "tosca.nodes.nfv.VL.ELAN",
    "tosca.nodes.nfv.VL.ELine",
    "tosca.nodes.nfv.VL.ETree",
)

TARGET_KEYS = ("node", "capability", "relationship", "occurrences", "node_filter")
REPEATABLE = ("dependency", "host", "member")
"""Requirements that a node may have several times."""


@dataclass(frozen=True)
class Rule:
    """What fills a requirement.

    :ivar kinds: known node types.
    :ivar words: what they are, with an article.
    :ivar needed: whether the node is nothing without.
    """

    kinds: tuple[str, ...]
    words: str
    needed: bool = True


_LINK = Rule(LINKS, "a virtual link")
_VDU = Rule((VDU,), "a VDU")

# An NSD may give a connection point its link; without a VDU it holds an address.
RULES: dict[str, dict[str, Rule]] = {
    CONNECTION_POINT: {
        "virtualLink": replace(_LINK, needed=False),
        "virtualBinding": replace(_VDU, needed=False),
    },
    "tosca.nodes.BlockStorageAttachment": {
        "virtualBinding": _VDU,
        "virtualAttachment": Rule((STORAGE,), "a block storage"),
    },
    "tosca.nodes.network.FloatingIP": {
        "link": Rule(
            (CONNECTION_POINT, LOAD_BALANCER),
            "a connection point or a load balancer",
            needed=False,
        )
    },
    "tosca.nodes.nfv.VNFC.Tacker": {"host": _VDU},
    LOAD_BALANCER: {"virtualLink": _LINK},
    LISTENER: {"loadBalancer": Rule((LOAD_BALANCER,), "a load balancer")},
    POOL: {
        "listener": Rule((LISTENER,), "a listener"),
        "member": Rule((CONNECTION_POINT,), "a connection point"),
    },
}


def check_form(name: str, found: Any, document: Mapping, problems: Problems) -> None:
    """Each requirement must name a node of the descriptor, in short or in long form."""
    path = (*NODES, name, "requirements")
    if found is not None and not isinstance(found, list):
        problems.add(
            f'requirements of node "{name}" must be a list; begin each with "- "', path
        )
        return
    templates = document["topology_template"]["node_templates"]
    seen: set[tuple[str, str | None]] = set()
    for index, item in enumerate(found or []):
        if not isinstance(item, dict) or len(item) != 1:
            problems.add(
                f'each requirement of node "{name}" must be a mapping of one key',
                (*path, index),
            )
            continue
        key, filler = next(iter(item.items()))
        place = (*path, index, key)
        node = target(filler)
        if isinstance(filler, dict) and isinstance(filler.get("relationship"), Mapping):
            problems.add(
                f'node "{name}": {key} cannot describe its relationship; name the '
                "node alone",
                place,
            )
        if isinstance(filler, dict):
            what = f'node "{name}", {key}'
            expect_keys(problems, filler, TARGET_KEYS, place, what)
        known = isinstance(node, str) and node in templates
        if not known:
            problems.add(
                f'node "{name}": {key} needs the name of a node of this descriptor, '
                f'there is none called "{node}"{problems.near(str(node), templates)}',
                place,
                minor=isinstance(node, str),
            )
            continue
        # What may stand several times must still name several nodes.
        unique = (str(key), node if key in REPEATABLE else None)
        if unique in seen:
            problems.add(
                f'node "{name}" has more than one {key}; keep one', place, minor=True
            )
        seen.add(unique)


def check_targets(survey: Survey) -> None:
    """Each requirement must be filled by nodes of the right type."""
    for kind, rules in RULES.items():
        for name, node in survey.sound(kind):
            for key, rule in rules.items():
                _check_rule(name, node, key, rule, survey)
    _check_pools(survey)
    _check_listeners(survey)


def _check_rule(
    name: str, node: Mapping[str, Any], key: str, rule: Rule, survey: Survey
) -> None:
    path = (*NODES, name, "requirements")
    found = list(filled(node, key))
    if not found and rule.needed:
        survey.add(
            f'node "{name}": the requirement {key} is missing; name {rule.words}', path
        )
    for index, other in found:
        if survey.kinds.get(other, rule.kinds[0]) not in rule.kinds:
            near = survey.problems.near(other, survey.names(*rule.kinds))
            survey.add(
                f'node "{name}": {key} must name {rule.words}, "{other}" is none{near}',
                (*path, index, key),
            )


def _check_pools(survey: Survey) -> None:
    """A pool is the only one of its listener, and its members belong to VDUs."""
    pools: dict[str, str] = {}
    points = dict(survey.sound(CONNECTION_POINT))
    for name, node in survey.sound(POOL):
        path = (*NODES, name, "requirements")
        for index, listener in filled(node, "listener"):
            first = pools.setdefault(listener, name)
            if first != name:
                survey.add(
                    f'node "{name}": the listener "{listener}" has the pool "{first}" '
                    "already; give each pool a listener of its own",
                    (*path, index, "listener"),
                )
        for index, member in filled(node, "member"):
            point = points.get(member)
            if point is not None and not list(filled(point, "virtualBinding")):
                survey.add(
                    f'node "{name}": the member "{member}" belongs to no VDU; give '
                    "that connection point a virtualBinding",
                    (*path, index, "member"),
                )


def _check_listeners(survey: Survey) -> None:
    """Two listeners of a load balancer cannot share a port of one transport."""
    taken: dict[tuple[str, str, str], str] = {}
    for name, node in survey.sound(LISTENER):
        properties = survey.value(dict(node.get("properties") or {}))
        transport = "UDP" if properties.get("protocol") == "UDP" else "TCP"
        port = str(properties.get("protocol_port"))
        for _, balancer in filled(node, "loadBalancer"):
            first = taken.setdefault((balancer, transport, port), name)
            if first != name:
                survey.add(
                    f'node "{name}": the listener "{first}" of "{balancer}" has this '
                    "protocol_port already; use another",
                    (*NODES, name, "properties", "protocol_port"),
                )


def filled(node: Mapping[str, Any], requirement: str) -> Iterator[tuple[int, str]]:
    """Place and name of the nodes that fill a requirement, in short or in long form."""
    for index, item in enumerate(node.get("requirements") or []):
        if requirement in item:
            yield index, target(item[requirement])


def target(filler: Any) -> Any:
    """Name of the node in the short or in the long form of what fills a requirement."""
    return filler.get("node") if isinstance(filler, dict) else filler
