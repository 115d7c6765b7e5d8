"""What ``ps`` and ``show`` print: read from the labs' stores, running or not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True)
class FoundServer:
    """A server of some lab, as its store has it.

    :ivar runtime: the lab's, to ask it about the server.
    """

    lab: str
    pop: str
    id: str
    name: str
    runtime: Runtime

    def __str__(self) -> str:
        return f"{self.pop}/{self.name} (lab {self.lab}, {self.id})"


def server(directories: Sequence[LabDirectory], name: str) -> FoundServer:
    """A server by id, name, or PoP and name (``POP/SERVER``).

    :raises LabError: when there is none, or several.
    """
    found = _servers(directories, name)
    if not found:
        raise LabError(f"there is no server {name!r}; see tacker-lite-pop ps")
    if len(found) > 1:
        raise LabError(_several(name, map(str, found)))
    return found[0]


def _servers(directories: Sequence[LabDirectory], name: str) -> list[FoundServer]:
    pop_name, _, own_name = name.rpartition("/")
    found = []
    for directory in directories:
        runtime = _runtime(directory)
        if runtime is None:
            continue
        with _Records(directory) as records:
            for pop in topology_file.read(directory.topology).pops:
                if pop_name not in ("", pop.name):
                    continue
                found += [
                    FoundServer(
                        directory.lab, pop.name, row["id"], row["name"], runtime
                    )
                    for row in records.load(pop.name, "server").values()
                    if own_name in (row["id"], row["name"])
                ]
    return found


def _several(name: str, found: Iterable[str]) -> str:
    return (
        f"{name!r} is not one thing; there are {', '.join(found)}: "
        "say POP/SERVER or an id, and --lab where labs share names"
    )


def show(directories: Sequence[LabDirectory], name: str) -> Row:
    """A PoP by name, a server as :func:`server` finds it, or a lab by name.

    :raises LabError: when there is none, or several.
    """
    pops = [
        (directory, pop)
        for directory in directories
        for pop in topology_file.read(directory.topology).pops
        if pop.name == name
    ]
    servers = _servers(directories, name)
    places = [f"PoP {pop.name} (lab {directory.lab})" for directory, pop in pops]
    places += map(str, servers)
    if len(places) > 1:
        raise LabError(_several(name, places))
    if pops:
        return _show_pop(*pops[0])
    if servers:
        (home,) = [one for one in directories if one.lab == servers[0].lab]
        return _show_server(home, servers[0])
    for directory in directories:
        if directory.lab == name:
            return _show_lab(directory)
    raise LabError(
        f"there is no PoP, no server and no lab {name!r}; see tacker-lite-pop ps"
    )


def _show_lab(directory: LabDirectory) -> Row:
    record = directory.read_process()
    rows = pops([directory])
    topology = topology_file.read(directory.topology)
    return {
        "lab": directory.lab,
        "state": rows[0]["state"],
        "runtime": rows[0]["runtime"],
        "url": record.url if record else "",
        "pops": len(rows),
        "links": len(topology.links),
        "servers": sum(row["servers"] for row in rows),
        "directory": directory.path,
        "log": directory.log,
    }


def _show_pop(directory: LabDirectory, pop: Pop) -> Row:
    with _Records(directory) as records:
        kinds = {kind: records.load(pop.name, kind) for kind in _KINDS}
    note = _note(_runtime(directory))
    return {
        "lab": directory.lab,
        "pop": pop.name,
        **_pop_details(pop, kinds),
        **note,
    }


def _show_server(directory: LabDirectory, found: FoundServer) -> Row:
    with _Records(directory) as records:
        kinds = {kind: records.load(found.pop, kind) for kind in _KINDS}
    return {
        "lab": found.lab,
        "pop": found.pop,
        **_server_details(kinds["server"][found.id], kinds),
        **_note(found.runtime),
        "shell": found.runtime.shell(found.id),
    }


def _note(runtime: Runtime | None) -> Row:
    if runtime is None or not runtime.simulated:
        return {}
    return {"note": "simulated: there is no process and no packet"}


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
        "capacity": asdict(pop.capacity),
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
