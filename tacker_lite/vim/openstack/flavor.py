"""``nfv_compute`` of a VDU as the properties of an ``OS::Nova::Flavor``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca.model import input_name, is_get_input
from tacker_lite.vim.openstack import checks, sizes

DEFAULT = {"vcpus": 1, "ram": 512, "disk": 1}
EXTRA_SPEC_KEYS = ("cpu_allocation", "mem_page_size", "numa_node_count", "numa_nodes")
PAGE_SIZES = ("small", "large", "any")
CPU_POLICIES = ("shared", "dedicated")
THREAD_POLICIES = {
    "avoid": "isolate",
    "separate": "isolate",
    "isolate": "isolate",
    "prefer": "prefer",
    "require": "require",
}
CPU_COUNTS = {
    "socket_count": "hw:cpu_sockets",
    "core_count": "hw:cpu_cores",
    "thread_count": "hw:cpu_threads",
}


def properties(
    vdu: str,
    compute: Mapping[str, Any],
    extra_specs: Mapping[str, str],
    written: Mapping[str, Any],
) -> dict[str, Any]:
    """Flavor properties of one VDU.

    :param compute: ``nfv_compute`` with its values resolved.
    :param written: ``nfv_compute`` as the descriptor has it: errors repeat these.
    :param extra_specs: the operator's own, set over those of the descriptor
        whenever it asks for any.
    :raises InvalidTemplate: naming the key and what would be right.
    """
    result: dict[str, Any] = dict(DEFAULT)
    if compute.get("num_cpus") is not None:
        result["vcpus"] = compute["num_cpus"]
    if compute.get("mem_size") is not None:
        result["ram"] = _size(
            vdu, "mem_size", compute["mem_size"], sizes.MEGABYTE, written["mem_size"]
        )
    if compute.get("disk_size") is not None:
        result["disk"] = _size(
            vdu, "disk_size", compute["disk_size"], sizes.GIGABYTE, written["disk_size"]
        )
    if any(compute.get(key) is not None for key in EXTRA_SPEC_KEYS):
        result["extra_specs"] = {**_extra_specs(vdu, compute), **extra_specs}
    return result


def _size(vdu: str, key: str, value: Any, unit: int, written: Any = None) -> Any:
    """A size in whole units; a bare number counts MB.

    :param unit: bytes of the unit wanted.
    :param written: the value as the descriptor has it, if it may be repeated.
    """
    if is_get_input(value):  # without a value yet
        return {"get_param": input_name(value)}
    found = sizes.whole(value, unit, bare=sizes.MEGABYTE)
    if found is None:
        shown = isinstance(written, (str, int, float))
        raise _wrong(vdu, key, sizes.WORDS + (f', not "{written}"' if shown else ""))
    return found


def _extra_specs(vdu: str, compute: Mapping[str, Any]) -> dict[str, Any]:
    specs: dict[str, Any] = {}
    if compute.get("mem_page_size") is not None:
        specs["hw:mem_page_size"] = _page_size(vdu, compute["mem_page_size"])
    if compute.get("numa_node_count") is not None:
        specs["hw:numa_nodes"] = compute["numa_node_count"]
    elif compute.get("numa_nodes"):
        specs.update(_numa_nodes(vdu, compute["numa_nodes"]))
    specs.update(_cpu_allocation(vdu, compute.get("cpu_allocation") or {}))
    return specs


def _page_size(vdu: str, value: Any) -> str | int:
    if value in PAGE_SIZES:
        return value
    if not isinstance(value, bool) and str(value).isdecimal() and int(value) > 0:
        return int(value) * 1024
    raise _wrong(
        vdu,
        "mem_page_size",
        "small, large, any or a number of MB",
        "HugePageSizeInvalidInput",
    )


def _numa_nodes(vdu: str, nodes: Any) -> dict[str, Any]:
    specs: dict[str, Any] = {"hw:numa_nodes": len(nodes)}
    for name, node in nodes.items():
        key = f"numa_nodes {name}"
        if (
            not isinstance(node, Mapping)
            or "id" not in node
            or set(node) - {"id", "vcpus", "mem_size"}
        ):
            raise _wrong(
                vdu, key, "a mapping of id, vcpus and mem_size", "NumaNodesInvalidKeys"
            )
        if "vcpus" in node:
            if not isinstance(node["vcpus"], list):
                raise _wrong(vdu, key, "a mapping with a list of vcpus")
            specs[f"hw:numa_cpus.{node['id']}"] = ",".join(map(str, node["vcpus"]))
        if "mem_size" in node:
            specs[f"hw:numa_mem.{node['id']}"] = _size(
                vdu, f"{key} mem_size", node["mem_size"], sizes.MEGABYTE
            )
    return specs


def _cpu_allocation(vdu: str, allocation: Mapping[str, Any]) -> dict[str, Any]:
    specs: dict[str, Any] = {}
    for key, value in allocation.items():
        if key == "cpu_affinity":
            _check_choice(vdu, key, value, CPU_POLICIES)
            specs["hw:cpu_policy"] = value
        elif key == "thread_allocation":
            _check_choice(vdu, key, value, THREAD_POLICIES)
            specs["hw:cpu_thread_policy"] = THREAD_POLICIES[value]
        elif key in CPU_COUNTS:
            specs[CPU_COUNTS[key]] = value
        else:
            known = ", ".join(("cpu_affinity", "thread_allocation", *CPU_COUNTS))
            raise _wrong(
                vdu,
                "cpu_allocation",
                f"a mapping of {known}",
                "CpuAllocationInvalidKeys",
            )
    return specs


def _check_choice(vdu: str, key: str, value: Any, choices: Any) -> None:
    if value not in choices:
        raise _wrong(
            vdu, key, f"one of {', '.join(choices)}", "CpuAllocationInvalidValues"
        )


def _wrong(
    vdu: str, key: str, right: str, public_type: str = ""
) -> exceptions.InvalidTemplate:
    """No value of an input may be in ``right``: it may be a secret."""
    path = ("capabilities", "nfv_compute", "properties", *key.split())
    return checks.invalid(vdu, f"nfv_compute {key} must be {right}", public_type, path)
