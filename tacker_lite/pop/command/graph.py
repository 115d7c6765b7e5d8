"""``graph``: a drawing of a running lab."""

from __future__ import annotations

import argparse
import json

from tacker_lite.pop import graph
from tacker_lite.pop.command import labs, output


def add(commands: argparse._SubParsersAction, common: output.Common) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "graph",
        parents=[common.place, common.lab],
        help="draw PoPs, links and instances of a running lab",
    )
    parser.add_argument("-f", "--format", choices=["svg", "dot", "json"], default="svg")
    parser.add_argument("-o", "--output", metavar="FILE", help="not to standard output")
    parser.set_defaults(run=_graph)


def _graph(arguments: argparse.Namespace) -> None:
    client = labs.client(arguments)
    drawn = graph.of_answers(
        client.get("/topology"),
        client.get("/links")["links"],
        client.get("/instances")["instances"],
    )
    if arguments.format == "json":
        text = json.dumps(drawn, indent=2) + "\n"
    else:
        text = graph.svg(drawn) if arguments.format == "svg" else graph.dot(drawn)
    if arguments.output is None:
        print(text, end="")
        return
    with open(arguments.output, "w", encoding="utf-8") as stream:
        stream.write(text)
