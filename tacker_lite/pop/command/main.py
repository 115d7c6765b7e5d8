"""The parser of ``tacker-lite-pop`` and its entry point."""

from __future__ import annotations

import argparse
import os
import sys

from tacker_lite.pop.command import (
    faults,
    graph,
    instances,
    labs,
    links,
    machine,
    output,
    up,
)
from tacker_lite.pop.errors import LabError, TopologyError
from tacker_lite.pop.lab.directory import default_base
from tacker_lite.pop.runtime.base import RuntimeFault

_PARTS = (up, labs, links, instances, faults, graph, machine)


def parser() -> argparse.ArgumentParser:
    """The parser with all subcommands."""
    found = argparse.ArgumentParser(
        prog="tacker-lite-pop",
        description="Labs: emulated points of presence (PoPs) on this machine.",
    )
    found.add_argument("--state-dir", default=argparse.SUPPRESS, help="all labs' home")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--state-dir", default=argparse.SUPPRESS, help="directory of all labs"
    )
    lab = argparse.ArgumentParser(add_help=False)
    lab.add_argument("--lab", help="the lab; may be left out when there is one only")
    shape = argparse.ArgumentParser(add_help=False)
    shape.add_argument("-f", "--format", choices=["table", "json"], default="table")
    commands = found.add_subparsers(dest="command", required=True)
    common = output.Common(place, lab, shape)
    for part in _PARTS:
        part.add(commands, common)
    return found


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    # What follows is for another program, whatever its options are called.
    end = words.index("--") if "--" in words else len(words)
    arguments = parser().parse_args(words[:end])
    arguments.after = words[end + 1 :]
    if arguments.after and not hasattr(arguments, "takes_command"):
        parser().error(f"{arguments.command} takes no command after --")
    if not hasattr(arguments, "state_dir"):
        arguments.state_dir = default_base()
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except (LabError, TopologyError, RuntimeFault, OSError) as error:
        print(f"tacker-lite-pop: {error}", file=sys.stderr)
        return 1
    return 0
