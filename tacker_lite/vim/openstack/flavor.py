"""``nfv_compute`` of a VDU as the properties of an ``OS::Nova::Flavor``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca.model import input_name, is_get_input
from tacker_lite.vim.openstack import checks, sizes
from tacker_lite.vim.openstack.findings import Findings

DEFAULT = {"vcpus": 1, "ram": 512, "disk": 1}
SIZES = {"mem_size": ("ram", sizes.MEGABYTE), "disk_size": ("disk", sizes.GIGABYTE)}
"""Property of the flavor and the unit that it counts, by key."""

EXTRA_SPEC_KEYS = ("cpu_allocation", "mem_page_size", "numa_node_count", "numa_nodes")
PAGE_SIZES = ("small", "large", "any")
CPU_CHOICES = {
    "cpu_affinity": (
        "hw:cpu_policy",
        {"shared": "shared", "dedicated": "dedicated"},
    ),
    "thread_allocation": (
        "hw:cpu_thread_policy",
        {
            "avoid": "isolate",
            "separate": "isolate",
            "isolate": "isolate",
            "prefer": "prefer",
            "require": "require",
        },
    ),
}
"""Extra spec and its value by what may be written."""
CPU_COUNTS = {
    "socket_count": "hw:cpu_sockets",
    "core_count": "hw:cpu_cores",
    "thread_count": "hw:cpu_threads",
}
COUNT = re.compile("[0-9]{1,9}")

Path = tuple[str, ...]


def properties(
    vdu: str,
    compute: Mapping[str, Any],
    extra_specs: Mapping[str, str],
    written: Mapping[str, Any],
    findings: Findings,
) -> dict[str, Any]:
    """Flavor properties of one VDU.

    :param compute: ``nfv_compute`` with its values resolved.
    :param written: ``nfv_compute`` as the descriptor has it: errors repeat these.
    :param extra_specs: the operator's own, set over those of the descriptor
        whenever it asks for any.
    :param findings: gets every key that is wrong and what would be right.
    """
    result: dict[str, Any] = dict(DEFAULT)
    if compute.get("num_cpus") is not None:
        result["vcpus"] = compute["num_cpus"]
    for key, (wanted, unit) in SIZES.items():
        with findings.collecting():
            if compute.get(key) is not None:
                result[wanted] = _size(vdu, (key,), compute[key], unit, written[key])
    if any(compute.get(key) is not None for key in EXTRA_SPEC_KEYS):
        result["extra_specs"] = {**_extra_specs(vdu, compute, findings), **extra_specs}
    return result


def _size(vdu: str, keys: Path, value: Any, unit: int, written: Any = None) -> Any:
    """A size in whole units; a bare number counts MB.

    :param unit: bytes of the unit wanted.
    :param written: the value as the descriptor has it, if it may be repeated.
    """
    if is_get_input(value):  # without a value yet
        return {"get_param": input_name(value)}
    found = sizes.whole(value, unit, bare=sizes.MEGABYTE)
    if found is None:
        plain = isinstance(written, (str, int, float))
        told = f", not {checks.shown(written)}" if plain else ""
        raise _wrong(vdu, keys, sizes.WORDS + told)
    return found


def _extra_specs(
    vdu: str, compute: Mapping[str, Any], findings: Findings
) -> dict[str, Any]:
    specs: dict[str, Any] = {}
    with findings.collecting():
        if compute.get("mem_page_size") is not None:
            specs["hw:mem_page_size"] = _page_size(vdu, compute["mem_page_size"])
    if compute.get("numa_node_count") is not None:
        specs["hw:numa_nodes"] = compute["numa_node_count"]
    elif compute.get("numa_nodes"):
        specs["hw:numa_nodes"] = len(compute["numa_nodes"])
        for name, node in compute["numa_nodes"].items():
            with findings.collecting():
                specs.update(_numa_node(vdu, name, node))
    for key, value in (compute.get("cpu_allocation") or {}).items():
        with findings.collecting():
            specs.update(_cpu_allocation(vdu, key, value))
    return specs


def _page_size(vdu: str, value: Any) -> str | int:
    if value in PAGE_SIZES:
        return value
    if _is_count(value) and int(value) > 0:
        return int(value) * 1024
    raise _wrong(
        vdu,
        ("mem_page_size",),
        "small, large, any or a number of MB",
        "HugePageSizeInvalidInput",
    )


def _numa_node(vdu: str, name: str, node: Any) -> dict[str, Any]:
    keys = ("numa_nodes", name)
    if (
        not isinstance(node, Mapping)
        or not _is_count(node.get("id"))
        or set(node) - {"id", "vcpus", "mem_size"}
    ):
        raise _wrong(
            vdu,
            keys,
            "a mapping of id (a number), vcpus and mem_size",
            "NumaNodesInvalidKeys",
        )
    specs: dict[str, Any] = {}
    if "vcpus" in node:
        if not isinstance(node["vcpus"], list) or not all(
            map(_is_count, node["vcpus"])
        ):
            raise _wrong(vdu, (*keys, "vcpus"), "a list of numbers of CPUs")
        specs[f"hw:numa_cpus.{node['id']}"] = ",".join(map(str, node["vcpus"]))
    if "mem_size" in node:
        specs[f"hw:numa_mem.{node['id']}"] = _size(
            vdu, (*keys, "mem_size"), node["mem_size"], sizes.MEGABYTE
        )
    return specs


def _cpu_allocation(vdu: str, key: str, value: Any) -> dict[str, Any]:
    """Its keys were checked with the descriptor, values of inputs in it were not."""
    keys = ("cpu_allocation", key)
    if key in CPU_COUNTS:
        if not _is_count(value) or int(value) < 1:
            raise _wrong(vdu, keys, "a whole number of at least 1")
        return {CPU_COUNTS[key]: value}
    spec, choices = CPU_CHOICES[key]
    if not isinstance(value, str) or value not in choices:
        raise _wrong(
            vdu, keys, f"one of {', '.join(choices)}", "CpuAllocationInvalidValues"
        )
    return {spec: choices[value]}


def _is_count(value: Any) -> bool:
    return not isinstance(value, bool) and COUNT.fullmatch(str(value)) is not None


def _wrong(
    vdu: str, keys: Path, right: str, public_type: str = ""
) -> exceptions.InvalidTemplate:
    """No value of an input may be in ``right``: it may be a secret."""
    path = ("capabilities", "nfv_compute", "properties", *keys)
    what = " ".join(keys)
    return checks.invalid(vdu, f"nfv_compute {what} must be {right}", public_type, path)
