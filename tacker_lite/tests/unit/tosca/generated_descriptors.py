"""Descriptors made by Hypothesis from the type definitions themselves."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import strategies as st
from toscaparser.elements.entity_type import EntityType

from tacker_lite.tosca import definitions, nodes, requirements, type_table
from tacker_lite.tosca.alarm_checks import ACTIONS, AGGREGATION_METHODS, COMPARISONS
from tacker_lite.tosca.own_types import PRIMITIVES
from tacker_lite.tosca.structure import VERSION
from tacker_lite.tosca.survey import VDU

LEASE = "2bb2dab9-6ba2-4b52-8a6a-6a1a5c2ac4b1"
INPUTS: dict[str, Any] = {
    "word": {"type": "string", "default": "alpha"},
    "number": {"type": "integer", "default": 2},
    "flag": {"type": "boolean", "default": True},
    "words": {"type": "list", "default": ["a", "b"]},
}
INPUT_OF = {"string": "word", "integer": "number", "boolean": "flag", "list": "words"}

WORDS = st.sampled_from(
    ("a", "net0", "yes", "0755", "07:30", "it's", 'say "x"', "ümlaut", "a: b", "- c")
)
SCRIPTS = st.sampled_from(("#!/bin/sh\necho 'x'\n", "#cloud-config\nusers: []\n", "x"))
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**40), 2**40),
        st.floats(),
        WORDS,
        st.sampled_from(("%s", "{get_input: word}", "x/y", "", " ", "\n", "1e9")),
        st.sampled_from(({"get_input": "word"}, {"get_input": "none"}, {"concat": []})),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)
    ),
    max_leaves=4,
)

# What a property needs beyond its type, so that many descriptors are accepted.
MEANINGFUL: dict[str, st.SearchStrategy[Any]] = {
    "allowed_cidrs": st.just(["192.0.2.0/24"]),
    "cidr": st.sampled_from(("10.0.0.0/24", "10.0.0.0/16")),
    "cpu_allocation": st.sampled_from(
        ({"cpu_affinity": "dedicated"}, {"thread_allocation": "avoid"}, {})
    ),
    "disk_size": st.sampled_from(("1 GB", "512 MB", 10, "2 TiB")),
    "end_ip": st.just("10.0.0.200"),
    "failure_policy": st.just({"respawn": "yes"}),
    "app_monitoring_policy": st.just({"name": "zabbix"}),
    "floating_ip_address": st.just("192.0.2.7"),
    "gateway_ip": st.just("10.0.0.1"),
    "ip_address": st.just("10.0.0.9"),
    "ip_version": st.just(4),
    "location": st.just("/dev/vdb"),
    "mac_address": st.just("02:00:00:00:00:01"),
    "mem_page_size": st.sampled_from(("small", "any", 2, "4")),
    "mem_size": st.sampled_from(("512 MB", "2 GiB", 1024)),
    "metadata": st.sampled_from(
        ({"metering.server_group": "group"}, {"a": "b"}, {"a": {"get_input": "word"}})
    ),
    "mgmt_driver": st.just("noop"),
    "monitoring_policy": st.sampled_from(
        ({"name": "ping", "parameters": {"count": "3"}}, {"name": "noop"})
    ),
    "numa_node_count": st.just(2),
    "numa_nodes": st.just({"n0": {"id": 0, "vcpus": [0, 1], "mem_size": 512}}),
    "order": st.integers(0, 3),
    "segmentation_id": st.integers(1, 4094),
    "size": st.sampled_from(("1 GB", 2, "3000 MB")),
    "start_ip": st.just("10.0.0.2"),
    "type": st.sampled_from(("sriov", "vnic")),
    "user_data": SCRIPTS,
    "vip_address": st.just("10.0.0.50"),
    "volume_id": st.just("word"),
}


def value_of(schema: dict[str, Any], name: str = "") -> st.SearchStrategy[Any]:
    """A valid value of a property by its definition."""
    for constraint in schema.get("constraints") or []:
        if "valid_values" in constraint:
            return st.sampled_from(constraint["valid_values"])
        if "in_range" in constraint:
            least, most = constraint["in_range"]
            return st.integers(least, most if isinstance(most, int) else 9)
        if "greater_or_equal" in constraint:
            return st.integers(constraint["greater_or_equal"], 9)
    if name in MEANINGFUL:
        return MEANINGFUL[name]
    kind = schema["type"]
    if kind == "list":
        return st.lists(value_of(schema.get("entry_schema") or STRING), max_size=2)
    if kind == "map":
        entry = value_of(schema.get("entry_schema") or STRING)
        return st.dictionaries(st.sampled_from(("k", "l")), entry, max_size=2)
    simple = {
        "string": WORDS,
        "integer": st.integers(1, 9),
        "float": st.floats(0, 9),
        "boolean": st.sampled_from((True, False, "true", "false")),
        "scalar-unit.size": st.just("1 GB"),
        "version": st.just("1.0"),
    }
    if kind in PRIMITIVES:
        return simple[kind]
    known = definitions.load().get(kind) or EntityType.TOSCA_DEF[kind]
    return values_of(known.get("properties") or {})


STRING = {"type": "string"}


def values_of(schemas: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A valid mapping of properties by their definitions."""
    needed = {
        name: value_of(schema, name)
        for name, schema in schemas.items()
        if schema.get("required", True) and schema.get("default") is None
    }
    others = {
        name: value_of(schema, name)
        if name in MEANINGFUL
        else _or_input(schema, value_of(schema, name))
        for name, schema in schemas.items()
        if name not in needed
    }
    chosen = st.lists(st.sampled_from(sorted(others)), max_size=3, unique=True)
    return (chosen if others else st.just([])).flatmap(
        lambda names: st.fixed_dictionaries(
            {**needed, **{name: others[name] for name in names}}
        )
    )


def _or_input(
    schema: dict[str, Any], strategy: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    given = INPUT_OF.get(schema["type"])
    entry = (schema.get("entry_schema") or STRING)["type"]
    if given is None or schema.get("constraints") or entry not in PRIMITIVES:
        return strategy
    return st.one_of(strategy, strategy, strategy, st.just({"get_input": given}))


@st.composite
def node(draw: Any, kind: str, names: dict[str, str]) -> dict[str, Any]:
    """A node of a known type.

    :param names: types of the nodes that there will be, by name.
    """
    made: dict[str, Any] = {"type": kind, "properties": draw(_properties(kind))}
    found = []
    for requirement, rule in requirements.RULES.get(kind, {}).items():
        suitable = [name for name, each in names.items() if each in rule.kinds]
        if suitable and draw(st.integers(0, 29)) != 7:
            target = draw(st.sampled_from(suitable))
            long = draw(st.booleans())
            found.append({requirement: {"node": target} if long else target})
    if found:
        made["requirements"] = found
    if kind == VDU:
        _finish_vdu(draw, made)
    elif kind in requirements.LINKS:
        made["properties"].setdefault("network_name", "net0")
        if {"start_ip", "end_ip"} & set(made["properties"]):
            made["properties"].update(start_ip="10.0.0.2", end_ip="10.0.0.200")
    elif kind == requirements.STORAGE:
        made["properties"].setdefault("size", "1 GB")
    made["properties"].pop("port_id", None)
    if kind == "tosca.nodes.nfv.VNFC.Tacker" and draw(st.booleans()):
        operation = draw(st.sampled_from(nodes.OPERATIONS))
        made["interfaces"] = {"Standard": {operation: "#!/bin/sh\necho 1\n"}}
    return made


@functools.cache
def _properties(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    definition = type_table.built_in().node_type(kind)
    return _values(definition)


def _values(definition: Any) -> st.SearchStrategy[dict[str, Any]]:
    found = definition.get_properties_def_objects()
    return values_of({each.name: each.schema for each in found})


@functools.cache
def _compute() -> st.SearchStrategy[dict[str, Any]]:
    definition = type_table.built_in().node_type(VDU)
    return _values(definition.get_capabilities()["nfv_compute"])


def _finish_vdu(draw: Any, made: dict[str, Any]) -> None:
    made["properties"].setdefault("image", "debian-12")
    made["properties"].pop("reservation_metadata", None)
    if draw(st.booleans()):
        made["capabilities"] = {"nfv_compute": {"properties": draw(_compute())}}
    if draw(st.integers(0, 4)) == 0:
        made["artifacts"] = {
            "vm": {
                "type": "tosca.artifacts.Deployment.Image.VM",
                "file": "http://192.0.2.1/image.qcow2",
            }
        }


@st.composite
def policies(draw: Any, names: dict[str, str]) -> list[dict[str, Any]]:
    """Policies of every type."""
    vdus = [name for name, kind in names.items() if kind == VDU]
    found: list[dict[str, Any]] = []
    if not vdus:
        return found
    targets = st.lists(st.sampled_from(vdus), min_size=1, max_size=2, unique=True)
    scaled = draw(st.booleans())
    if scaled:
        sizes = sorted(draw(st.lists(st.integers(0, 4), min_size=3, max_size=3)))
        properties = {
            "increment": draw(st.integers(1, 2)),
            "min_instances": sizes[0],
            "default_instances": sizes[1],
            "max_instances": max(sizes[2], 1),
        }
        content = {"type": "tosca.policies.tacker.Scaling", "properties": properties}
        if draw(st.booleans()):
            content["targets"] = draw(targets)
        found.append({"SP1": content})
    if draw(st.booleans()):
        properties = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "policy": st.sampled_from(("affinity", "anti-affinity")),
                    "strict": st.booleans(),
                },
            )
        )
        content = {"type": "tosca.policies.tacker.Placement", "properties": properties}
        found.append({"PP1": {**content, "targets": draw(targets)}})
    if draw(st.booleans()):
        found.append({"AP1": draw(_alarming(scaled))})
    if scaled and draw(st.booleans()):
        content = {
            "start_actions": ["SP1"],
            "before_end_actions": ["SP1"],
            "end_actions": ["noop"],
            "properties": {"lease_id": LEASE},
        }
        kind = "tosca.policies.tacker.Reservation"
        found.append({"RP1": {"type": kind, "reservation": content}})
    return found


def _alarming(scaled: bool) -> st.SearchStrategy[dict[str, Any]]:
    condition = st.fixed_dictionaries(
        {
            "threshold": st.integers(0, 99),
            "comparison_operator": st.sampled_from(COMPARISONS),
        },
        optional={
            "aggregation_method": st.sampled_from(AGGREGATION_METHODS),
            "granularity": st.integers(1, 600),
            "evaluations": st.integers(1, 3),
            "resource_type": st.just("instance"),
            "constraint": WORDS,
        },
    )
    known = (*ACTIONS, "SP1") if scaled else ACTIONS
    trigger = st.fixed_dictionaries(
        {
            "metric": st.just("cpu_util"),
            "condition": condition,
            "metadata": st.just("group"),
        },
        optional={"action": st.lists(st.sampled_from(known), max_size=2)},
    )
    return st.fixed_dictionaries(
        {
            "type": st.just("tosca.policies.tacker.Alarming"),
            "triggers": st.fixed_dictionaries(
                {"T1": trigger}, optional={"T2": trigger}
            ),
        }
    )


def _with_needed(kind: str) -> list[str]:
    found = [kind]
    for rule in requirements.RULES.get(kind, {}).values():
        if rule.needed and rule.kinds[0] != VDU:
            found += _with_needed(rule.kinds[0])
    return found


@st.composite
def descriptors(draw: Any) -> dict[str, Any]:
    """A descriptor that is mostly valid."""
    kinds = st.sampled_from(list(nodes.BUILDERS))
    chosen = [VDU, "tosca.nodes.nfv.CP.Tacker", "tosca.nodes.nfv.VL"]
    for kind in draw(st.lists(kinds, max_size=4)):
        chosen += _with_needed(kind)
    names = {f"n{index}": kind for index, kind in enumerate(chosen)}
    made = {name: draw(node(kind, names)) for name, kind in names.items()}
    found = draw(policies(names))
    if any("AP1" in each for each in found) and draw(st.integers(0, 9)) != 7:
        made["n0"]["properties"]["metadata"] = {"metering.server_group": "group"}
    return {
        "tosca_definitions_version": VERSION,
        "topology_template": {
            "inputs": INPUTS,
            "node_templates": made,
            "policies": found,
        },
    }


@st.composite
def mutations(draw: Any, base: dict[str, Any]) -> dict[str, Any]:
    """A valid descriptor with something replaced by anything, or left out."""
    found: Any = _copy(base)
    for _ in range(draw(st.integers(1, 3))):
        here: Any = found
        for _ in range(draw(st.integers(0, 8))):
            inner = [
                key
                for key, value in _items(here)
                if isinstance(value, (dict, list)) and value
            ]
            if not inner:
                break
            here = here[draw(st.sampled_from(inner))]
        keys = [key for key, _ in _items(here)]
        if not keys:
            continue
        key = draw(st.sampled_from(keys))
        if draw(st.integers(0, 3)) == 0:
            del here[key]
        else:
            here[key] = _copy(draw(ANYTHING))
    return found


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items() if isinstance(value, dict) else enumerate(value))


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
