"""Broken descriptors that are too large, too deep or too many-headed to write."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from tacker_lite.tests.unit.tosca.corpus.cases import BASE, HERE, Case

HEAD = """\
tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0
topology_template:
  node_templates:
"""
VDU = "tosca.nodes.nfv.VDU.Tacker"
MANY = 100_000


def made() -> list[Case]:
    """All of them."""
    return [
        Case(f"generated: {name}", make(), says, line)
        for name, make, says, line in TABLE
    ]


def long_text() -> str:
    return f"a: {'x' * 2_000_000}"


def long_list() -> str:
    return f"a: [{'a,' * 450_000}]"


def long_list_of_lists() -> str:
    return f"a: [{'[a],' * 240_000}]"


def long_mapping() -> str:
    return "\n".join(f"k{index}: v" for index in range(80_000))


def deep_flow() -> str:
    return f"a: {'[' * 10_000}{']' * 10_000}"


def deep_mappings() -> str:
    return f"a: {'{a: ' * 10_000}b{'}' * 10_000}"


def deep_block() -> str:
    return "\n".join(f"{' ' * index}a:" for index in range(900))


def deep_property() -> str:
    return (
        f"{HEAD}    web:\n      type: {VDU}\n      properties:\n"
        f"        metadata: {'{a: ' * 58}b{'}' * 58}\n"
    )


def laughs() -> str:
    names = [f"a{index}" for index in range(12)]
    lines = [f"{names[0]}: &{names[0]} [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    return "\n".join(lines)


def laughing_mappings() -> str:
    names = [f"a{index}" for index in range(30)]
    lines = [f"{names[0]}: &{names[0]} {{b: c}}"]
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} {{l: *{before}, r: *{before}}}")
    return "\n".join(lines)


def merges() -> str:
    names = [f"a{index}" for index in range(40)]
    lines = [f"{names[0]}: &{names[0]} {{b: c}}"]
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} {{<<: [*{before}, *{before}]}}")
    return "\n".join(lines)


def nodes(count: int, **properties: str) -> str:
    given = "".join(f", {key}: {value}" for key, value in properties.items())
    return HEAD + "".join(
        f"    n{index}: {{type: {VDU}{given}}}\n" for index in range(count)
    )


def many_problems() -> str:
    return nodes(900, properties="{colour: red, size: huge, shape: round}")


def many_dangling() -> str:
    return HEAD + "".join(
        f"    node_number_{index}: {{type: tosca.nodes.nfv.CP.Tacker, "
        f"requirements: [{{virtualLink: nod_number_{index}}}]}}\n"
        for index in range(900)
    )


def many_policies() -> str:
    return (
        nodes(500)
        + "  policies:\n"
        + "".join(
            f"    - p{index}: {{type: tosca.policies.tacker.Scaling, properties: "
            "{increment: 1, min_instances: 1, max_instances: 2, default_instances: 1}}"
            "\n"
            for index in range(100)
        )
    )


def many_triggers() -> str:
    triggers = ", ".join(
        f"t{index}: {{metric: m, metadata: g, condition: {{threshold: 1}}}}"
        for index in range(2_000)
    )
    return (
        nodes(500)
        + "  policies:\n    - a: {type: tosca.policies.tacker.Alarming, triggers: {"
        + triggers
        + "}}\n"
    )


def many_inputs() -> str:
    declared = "".join(f"    i{index}: {{type: strng}}\n" for index in range(9_000))
    return f"{nodes(1)}  inputs:\n{declared}"


def chain_of_types() -> str:
    types = "".join(
        f"  acme.T{index}: {{derived_from: acme.T{index + 1}}}\n"
        for index in range(2_000)
    )
    end = f"  acme.T2000: {{derived_from: {VDU}}}\n"
    return f"node_types:\n{types}{end}{nodes(1).replace(VDU, 'acme.T0')}"


def circle_of_types() -> str:
    types = "".join(
        f"  acme.T{index}: {{derived_from: acme.T{(index + 1) % 2_000}}}\n"
        for index in range(2_000)
    )
    return f"node_types:\n{types}{nodes(1).replace(VDU, 'acme.T0')}"


def circle_of_data_types() -> str:
    return (
        "data_types:\n"
        "  acme.A: {properties: {b: {type: acme.B}}}\n"
        "  acme.B: {properties: {a: {type: acme.A}}}\n"
        f"node_types:\n  acme.N: {{derived_from: {VDU}, properties: "
        "{a: {type: acme.A}}}\n"
        f"{HEAD}    web: {{type: acme.N, properties: {{a: {'{b: {a: ' * 20}x"
        f"{'}}' * 20}}}}}\n"
    )


def slow_pattern() -> str:
    return (
        f"{nodes(1)}  inputs:\n"
        f"    i: {{type: string, default: {'a' * 60}b, "
        "constraints: [{pattern: '(a+)+$'}]}\n"
    )


def slow_pattern_of_a_type() -> str:
    return (
        f"node_types:\n  acme.N: {{derived_from: {VDU}, properties: {{a: {{type: "
        "string, constraints: [{pattern: '(x|x)*y'}]}}}\n"
        f"{HEAD}    web: {{type: acme.N, properties: {{a: {'x' * 60}}}}}\n"
    )


def long_names() -> str:
    name = "n" * 1_000
    return f"{HEAD}    {name}: {{type: {name * 400}}}\n"


def long_key() -> str:
    return f"{nodes(1)}  {'k' * 1_000}: {'v' * 900_000}\n"


def huge_number() -> str:
    return f"{nodes(1)}  inputs: {{i: {{type: integer, default: {'9' * 5_000}}}}}\n"


def huge_size() -> str:
    base = (HERE / BASE).read_text("utf-8")
    return base.replace("mem_size: 2 GB", f"mem_size: {'9' * 4_000} GB")


def sexagesimal() -> str:
    return f"{nodes(1)}  inputs: {{i: {{type: integer, default: {'1:' * 9_000}1}}}}\n"


TABLE: tuple[tuple[str, Callable[[], str], tuple[str, ...], int], ...] = (
    ("long text", long_text, ("longer than 1000000 characters",), 0),
    ("long list", long_list, ("too large or too deep",), 0),
    ("long list of lists", long_list_of_lists, ("too large or too deep",), 0),
    ("long mapping", long_mapping, ("too large or too deep",), 0),
    ("deep lists", deep_flow, ("too deep",), 0),
    ("deep mappings", deep_mappings, ("too deep",), 0),
    ("deep blocks", deep_block, ("too deep",), 0),
    ("deep property", deep_property, ("deep",), 0),
    ("list of aliases", laughs, ("too large or too deep",), 0),
    ("mappings of aliases", laughing_mappings, ("too large or too deep",), 0),
    ("merged aliases", merges, ("too large or too deep",), 0),
    ("too many nodes", lambda: nodes(8_000), ("at most 1000 nodes", "split"), 3),
    ("many problems", many_problems, ("and 2690 more", "colour"), 4),
    ("many dangling names", many_dangling, ("and 890 more",), 4),
    ("many policies", many_policies, ("scales already", "more"), 506),
    ("many triggers", many_triggers, ("names no VDU", "more"), 505),
    ("many inputs", many_inputs, ("type strng", "and 8990 more"), 6),
    ("long chain of types", chain_of_types, ("more than 20 types",), 2),
    ("long circle of types", circle_of_types, ("more than 20 types",), 2),
    ("circle of data types", circle_of_data_types, ("web",), 0),
    ("slow pattern of an input", slow_pattern, ("pattern",), 6),
    ("slow pattern of a type", slow_pattern_of_a_type, ("pattern",), 0),
    ("long names", long_names, ("1 to 200 characters",), 4),
    ("long key", long_key, ("is not known",), 5),
    ("huge number", huge_number, ("not valid YAML", "quotes"), 5),
    ("huge size", huge_size, ("mem_size",), 33),
    ("huge sexagesimal number", sexagesimal, ("the number is too large",), 5),
)
