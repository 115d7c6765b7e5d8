"""What ``ps`` and ``show`` print: read from the labs' stores, running or not."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from tacker_lite.pop import runtime as runtimes
from tacker_lite.pop import topology_file
from tacker_lite.pop.errors import LabError
from tacker_lite.pop.lab.directory import LabDirectory, all_labs, homes_on_machine
from tacker_lite.pop.runtime.base import Runtime
from tacker_lite.pop.store import Store
from tacker_lite.pop.topology import Pop

Row = dict[str, Any]
_KINDS = (
    *("server", "network", "subnet", "port", "flavor", "image", "stack"),
    *("floating_ip", "load_balancer", "volume"),
)
_NOT_ENFORCED = "security groups are kept and shown, but not enforced"


def pops(directories: Sequence[LabDirectory]) -> list[Row]:
    """One row for each PoP."""
    rows = []
    for directory in directories:
        running = directory.running()
        record = directory.read_process()
        with _Records(directory) as records:
            for pop in topology_file.read(directory.topology).pops:
                rows.append(
                    {
                        "lab": directory.lab,
                        "pop": pop.name,
                        "region": pop.region,
                        "state": "running" if running else "stopped",
                        "runtime": record.runtime if record else "",
                        "servers": len(records.load(pop.name, "server")),
                        "auth_url": f"{record.url}/{pop.name}/identity/v3"
                        if record
                        else "",
                        "openrc": directory.openrc(pop.name),
                    }
                )
    return rows


def others(base: str) -> list[Row]:
    """A row for each lab that has something on the machine but is not of this base."""
    own = {directory.lab for directory in all_labs(base)}
    return [
        {
            "lab": lab,
            "pop": "",
            "region": "",
            "state": "elsewhere" if os.path.isdir(home["path"]) else "orphaned",
            "runtime": home["runtime"],
            "servers": "",
            "auth_url": "",
            "openrc": home["path"],
        }
        for lab, home in homes_on_machine().items()
        if lab not in own
    ]


class _Records:
    """Read access to a lab's store; empty when the lab was never opened."""

    def __init__(self, directory: LabDirectory):
        path = directory.database
        self._store = Store(path) if os.path.exists(path) else None

    def __enter__(self) -> _Records:
        return self

    def __exit__(self, *_: object) -> None:
        if self._store:
            self._store.close()

    def load(self, pop: str, kind: str) -> dict[str, Any]:
        return self._store.load(pop, kind) if self._store else {}


def show(base: str, name: str) -> Row:
    """A PoP by name, or a server by name or id.

    :raises LabError: when there is none, or several.
    """
    found: list[Row] = []
    for directory in all_labs(base):
        runtime = _runtime(directory)
        with _Records(directory) as records:
            for pop in topology_file.read(directory.topology).pops:
                place = {"lab": directory.lab, "pop": pop.name}
                kinds = {kind: records.load(pop.name, kind) for kind in _KINDS}
                if pop.name == name:
                    found.append({**place, **_pop_details(pop, kinds)})
                found += [
                    {
                        **place,
                        **_server_details(server, kinds),
                        "shell": runtime.shell(server["id"]) if runtime else "",
                    }
                    for server in kinds["server"].values()
                    if name in (server["id"], server["name"])
                ]
    if not found:
        raise LabError(
            f"there is no PoP and no server {name!r}; see tacker-lite-pop ps"
        )
    if len(found) > 1:
        places = ", ".join(
            f"{row['lab']}/{row['pop']}" + (f" {row['id']}" if "id" in row else "")
            for row in found
        )
        raise LabError(f"{name!r} is not one thing; there are {places}")
    return found[0]


def _runtime(directory: LabDirectory) -> Runtime | None:
    """The lab's runtime, to ask it; None when the lab was never started."""
    record = directory.read_process()
    if record is None:
        return None
    return runtimes.load(record.runtime, directory.lab, directory.runtime)


def _pop_details(pop: Pop, kinds: dict[str, dict[str, Any]]) -> Row:
    placed = [row for row in kinds["server"].values() if row["host"]]
    used = {
        "vcpus": sum(row["flavor"]["vcpus"] for row in placed),
        "ram_mib": sum(row["flavor"]["ram"] for row in placed),
        "disk_gib": sum(row["flavor"]["disk"] for row in placed)
        + sum(row["size"] for row in kinds["volume"].values()),
    }
    cidrs: dict[str, list[str]] = {}
    for subnet in kinds["subnet"].values():
        cidrs.setdefault(subnet["network_id"], []).append(subnet["cidr"])
    return {
        "region": pop.region,
        "capacity": dict(vars(pop.capacity)),
        "used": used,
        "networks": {
            row["name"] or row["id"]: cidrs.get(row["id"], [])
            for row in kinds["network"].values()
        },
        "flavors": [row["name"] for row in kinds["flavor"].values()],
        "images": [row["name"] or row["id"] for row in kinds["image"].values()],
        "servers": {row["name"]: row["status"] for row in kinds["server"].values()},
        "floating_ips": {
            row["floating_ip_address"]: row["fixed_ip_address"]
            for row in kinds["floating_ip"].values()
        },
        "load_balancers": {
            row["name"] or row["id"]: row["vip_address"]
            for row in kinds["load_balancer"].values()
        },
        "volumes": f"{len(kinds['volume'])} (simulated, without data)",
        "stacks": len(kinds["stack"]),
        "note": _NOT_ENFORCED,
    }


def _server_details(server: Row, kinds: dict[str, dict[str, Any]]) -> Row:
    ports = [kinds["port"][i] for i in server["port_ids"] if i in kinds["port"]]
    return {
        "id": server["id"],
        "name": server["name"],
        "status": server["status"],
        "fault": (server["fault"] or {}).get("message"),
        "flavor": server["flavor"]["name"],
        "image": kinds["image"].get(server["image_id"], {}).get("name"),
        "ports": [
            {
                "id": port["id"],
                "network": kinds["network"][port["network_id"]]["name"],
                "mac_address": port["mac_address"],
                "addresses": [entry["ip_address"] for entry in port["fixed_ips"]],
            }
            for port in ports
        ],
        "created_at": server["created_at"],
        "note": _NOT_ENFORCED,
    }


def table(rows: Sequence[Row]) -> str:
    """Rows in columns, as wide as they need to be."""
    if not rows:
        return "no lab\n"
    heads = list(rows[0])
    lines = [[head.upper() for head in heads]]
    lines += [[str(row[head]) for head in heads] for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    return "".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def fields(row: Row) -> str:
    """One row as a line per field."""
    width = max(len(name) for name in row)
    return "".join(
        f"{name.ljust(width)}  {_text(value)}\n" for name, value in row.items()
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
