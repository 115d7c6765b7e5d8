"""``exec`` and ``logs``: what is inside a server, whether its lab runs or not."""

from __future__ import annotations

import argparse
import os
import sys
import time

from tacker_lite.pop.command import labs, output
from tacker_lite.pop.errors import LabError
from tacker_lite.pop.lab import report
from tacker_lite.pop.runtime.base import Power

_SHELL = ("/bin/sh",)
#: Seconds between two looks at a console log.
_INTERVAL = 0.3


def add(commands: argparse._SubParsersAction, common: output.Common) -> None:
    """Add the subcommands."""
    run = commands.add_parser(
        "exec",
        parents=[common.place, common.lab],
        help="run a command inside a server; a shell when none is given",
        usage="%(prog)s [options] SERVER [-- COMMAND ...]",
    )
    _add_server(run)
    run.set_defaults(run=_exec, takes_command=True)
    logs = commands.add_parser(
        "logs",
        parents=[common.place, common.lab],
        help="print what a server has printed",
    )
    _add_server(logs)
    logs.add_argument("-f", "--follow", action="store_true", help="go on as it prints")
    logs.add_argument("-n", "--lines", type=_lines, help="only the last lines")
    logs.set_defaults(run=_logs)


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("server", metavar="SERVER|POP/SERVER", help="name or id")
    parser.add_argument("--pop", help="the PoP of the server")


def _lines(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def _found(arguments: argparse.Namespace) -> report.FoundServer:
    name = arguments.server
    if arguments.pop:
        name = f"{arguments.pop}/{name}"
    return report.server(labs.among(arguments), name)


def _exec(arguments: argparse.Namespace) -> None:
    found = _found(arguments)
    command = found.runtime.enter(found.id, arguments.after or _SHELL)
    sys.stdout.flush()
    try:
        os.execvp(command[0], command)  # noqa: S606 (what the user asks for)
    except FileNotFoundError as error:
        raise LabError(
            f"the command {command[0]} is missing on this machine"
        ) from error


def _logs(arguments: argparse.Namespace) -> None:
    found = _found(arguments)
    text = found.runtime.console(found.id)
    shown = text
    if arguments.lines is not None:
        lines = text.splitlines(keepends=True)
        shown = "".join(lines[max(len(lines) - arguments.lines, 0) :])
    print(shown, end="", flush=True)
    while arguments.follow and found.runtime.power(found.id) is not Power.ABSENT:
        time.sleep(_INTERVAL)
        newer = found.runtime.console(found.id)
        print(_added(text, newer), end="", flush=True)
        text = newer


def _added(old: str, new: str) -> str:
    """What a log has that it had not, though its beginning may have been cut off."""
    if new.startswith(old):
        return new[len(old) :]
    end = old[-4096:]
    place = new.rfind(end)
    return new[place + len(end) :] if place >= 0 else new
