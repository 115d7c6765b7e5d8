"""``ps``, ``show`` and ``down``; and which lab a command is about."""

from __future__ import annotations

import argparse
import os

from tacker_lite.pop import topology_file
from tacker_lite.pop.command import output
from tacker_lite.pop.errors import LabError
from tacker_lite.pop.lab import process, report
from tacker_lite.pop.lab.client import LabClient
from tacker_lite.pop.lab.directory import LabDirectory, all_labs


def add(commands: argparse._SubParsersAction, common: output.Common) -> None:
    """Add the subcommands."""
    ps = commands.add_parser(
        "ps", parents=[common.place, common.format], help="list labs and PoPs"
    )
    ps.set_defaults(run=_ps)
    show = commands.add_parser(
        "show",
        parents=[common.place, common.lab, common.format],
        help="show a lab, a PoP, a server or a link",
    )
    show.add_argument(
        "name",
        metavar="LAB|POP|SERVER|POP/SERVER",
        help="or the two PoPs of a link: LEFT RIGHT",
    )
    show.add_argument("right", nargs="?", metavar="RIGHT", help=argparse.SUPPRESS)
    show.set_defaults(run=_show)
    down = commands.add_parser(
        "down", parents=[common.place], help="end and remove a lab"
    )
    down.add_argument("lab", nargs="?", help="may be left out when there is one only")
    down.set_defaults(run=_down)


def chosen(arguments: argparse.Namespace) -> LabDirectory:
    """The lab that ``--lab`` names, or the only one.

    :raises LabError: naming those to choose from.
    """
    labs = {directory.lab: directory for directory in all_labs(arguments.state_dir)}
    if not labs:
        raise LabError(f"there is no lab in {arguments.state_dir}")
    names = ", ".join(labs)
    if arguments.lab is None:
        if len(labs) > 1:
            raise LabError(f"there are several labs, add --lab with one of {names}")
        return next(iter(labs.values()))
    if arguments.lab not in labs:
        raise LabError(f"there is no lab {arguments.lab!r}; there are {names}")
    return labs[arguments.lab]


def client(arguments: argparse.Namespace) -> LabClient:
    """What asks the chosen lab.

    :raises LabError: when it does not run.
    """
    return LabClient(chosen(arguments))


def among(arguments: argparse.Namespace) -> list[LabDirectory]:
    """The labs to look for a name in: that of ``--lab``, or all."""
    if arguments.lab is not None:
        return [chosen(arguments)]
    return all_labs(arguments.state_dir)


def _ps(arguments: argparse.Namespace) -> None:
    base = arguments.state_dir
    rows = report.pops(all_labs(base)) + report.others(base)
    output.rows(arguments, rows, empty="no lab")


def _show(arguments: argparse.Namespace) -> None:
    if arguments.right is not None:
        answer = client(arguments).link(arguments.name, arguments.right)
        output.row(arguments, answer)
        return
    row = report.show(among(arguments), arguments.name)
    output.row(arguments, row)


def _down(arguments: argparse.Namespace) -> None:
    labs = {directory.lab: directory for directory in all_labs(arguments.state_dir)}
    name = arguments.lab
    if name is None:
        if len(labs) > 1:
            raise LabError(f"there are several labs, name one of {', '.join(labs)}")
        if not labs:
            print("no lab")
            return
        (name,) = labs
    if not topology_file.LAB_NAME.fullmatch(name):
        raise LabError(f"{name!r} cannot be the name of a lab")
    directory = LabDirectory(os.path.abspath(arguments.state_dir), name)
    if directory.exists() or directory.unfinished():
        process.destroy(directory)
        print(f"lab {name} is down, nothing of it is left")
    else:
        process.destroy_orphan(name)
        print(f"lab {name} had no directory; what it left on the machine is removed")
