"""``capabilities``, ``events`` and ``schema``."""

from __future__ import annotations

import argparse
import dataclasses
import os
import tempfile
import time
from typing import Any

from tacker_lite.pop import runtime as runtimes
from tacker_lite.pop.command import labs, output
from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.topology_file import schema

#: Seconds between two looks at the events.
_INTERVAL = 0.5


def add(commands: argparse._SubParsersAction, common: output.Common) -> None:
    """Add the subcommands."""
    able = commands.add_parser(
        "capabilities",
        parents=[common.place, common.lab, common.format],
        help="what labs can do on this machine, and what does it",
    )
    able.add_argument("--runtime", choices=sorted(runtimes.RUNTIMES), help="only this")
    able.set_defaults(run=_capabilities)
    events = commands.add_parser(
        "events",
        parents=[common.place, common.lab, common.format],
        help="what happened in a lab lately; with -f json one object a line",
    )
    events.add_argument("--follow", action="store_true", help="go on as they come")
    events.set_defaults(run=_events)
    printed = commands.add_parser(
        "schema", parents=[common.place], help="print the JSON schema of topology files"
    )
    printed.set_defaults(run=lambda _: print(schema.text(), end=""))


def _capabilities(arguments: argparse.Namespace) -> None:
    """Ask a lab that is named; else find out for each runtime."""
    if arguments.lab is not None and arguments.runtime is None:
        answer = labs.client(arguments).get("/capabilities")
        rows = [{"runtime": answer["runtime"], **row} for row in answer["capabilities"]]
    else:
        chosen = [arguments.runtime] if arguments.runtime else sorted(runtimes.RUNTIMES)
        rows = [row for name in chosen for row in _of_runtime(name)]
    output.rows(arguments, rows, empty="nothing")


def _of_runtime(name: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="tacker-lite-pop-") as directory:
        try:
            runtime = runtimes.load(name, f"probe-{os.getpid()}", directory)
            found = runtime.capabilities()
        except RuntimeFault as fault:
            row = {"name": "servers", "means": "", "reason": str(fault)}
            return [{"runtime": name, **row}]
    return [{"runtime": name, **dataclasses.asdict(one)} for one in found]


def _events(arguments: argparse.Namespace) -> None:
    client = labs.client(arguments)
    last = 0
    while True:
        for event in client.get("/events", since=last)["events"]:
            output.event(arguments, event)
            last = event["number"]
        if not arguments.follow:
            return
        time.sleep(_INTERVAL)
