"""``faults``: put faults into a running lab, list them, take them out."""

from __future__ import annotations

import argparse
from typing import Any

from tacker_lite.pop.command import labs, output
from tacker_lite.pop.lab import report
from tacker_lite.pop.lab.client import quoted
from tacker_lite.pop.topology_file import schema


def add(commands: argparse._SubParsersAction, common: output.Common) -> None:
    """Add the subcommands."""
    faults = commands.add_parser(
        "faults", help="put faults into a lab to test orchestrators"
    )
    actions = faults.add_subparsers(dest="action", required=True)
    shared = [common.place, common.lab, common.format]
    listing = actions.add_parser("list", parents=shared, help="list faults")
    listing.set_defaults(run=_list)
    _add_set(actions, shared)
    clear = actions.add_parser("clear", parents=shared, help="take faults out")
    clear.add_argument("name", nargs="?", help="a fault; all unless given")
    clear.set_defaults(run=_clear)
    kill = actions.add_parser(
        "kill", parents=shared, help="end a server at once, as a crash would"
    )
    kill.add_argument("server", metavar="SERVER|POP/SERVER", help="name or id")
    kill.set_defaults(run=_kill)


def _add_set(actions: Any, shared: list[argparse.ArgumentParser]) -> None:
    change = actions.add_parser(
        "set", parents=shared, help="put a fault in, in place of one of its name"
    )
    kinds = schema.fault_kinds()
    change.add_argument("kind", choices=list(kinds))
    change.add_argument("--name", help="what it is cleared by")
    change.add_argument("--pop", help="where it is; in all PoPs unless given")
    change.add_argument(
        "--for-seconds", type=float, metavar="SECONDS", help="how long it lasts"
    )
    keys: dict[str, dict[str, Any]] = {}
    for settings in kinds.values():
        keys.update(settings)
    for key, rule in keys.items():
        flag = f"--{key.replace('_', '-')}"
        text = rule.get("description")
        if rule.get("type") == "boolean":
            change.add_argument(flag, action="store_const", const=True, help=text)
        elif rule.get("type") == "number":
            change.add_argument(flag, type=float, metavar="NUMBER", help=text)
        elif "enum" in rule:
            kind = type(rule["enum"][0])
            change.add_argument(flag, type=kind, choices=rule["enum"], help=text)
        else:
            change.add_argument(flag, help=text)
    change.set_defaults(run=_set, keys=list(keys))


def _set(arguments: argparse.Namespace) -> None:
    names = ("kind", "pop", "for_seconds", *arguments.keys)
    values = {name: getattr(arguments, name) for name in names}
    body = {name: value for name, value in values.items() if value is not None}
    client = labs.client(arguments)
    if arguments.name is None:
        answer = client.change("POST", "/faults", body)
    else:
        answer = client.change("PUT", f"/faults/{quoted(arguments.name)}", body)
    _print(arguments, [answer["fault"]])


def _list(arguments: argparse.Namespace) -> None:
    _print(arguments, labs.client(arguments).get("/faults")["faults"])


def _print(arguments: argparse.Namespace, faults: list[dict[str, Any]]) -> None:
    rows = faults
    if arguments.format == "table":
        rows = [
            {
                "name": fault["name"],
                "pop": fault["pop"] or "(all)",
                "fault": fault["description"],
                "seconds_left": ""
                if fault["seconds_left"] is None
                else f"{fault['seconds_left']:.0f}",
            }
            for fault in faults
        ]
    output.rows(arguments, rows, empty="no fault")


def _clear(arguments: argparse.Namespace) -> None:
    path = f"/faults/{quoted(arguments.name)}" if arguments.name else "/faults"
    labs.client(arguments).change("DELETE", path)
    _list(arguments)


def _kill(arguments: argparse.Namespace) -> None:
    client = labs.client(arguments)
    found = report.server([labs.chosen(arguments)], arguments.server)
    client.change("POST", f"/instances/{quoted(found.id)}/kill")
    print(f"server {found.pop}/{found.name} is killed")
