"""``link list`` and ``link set``."""

from __future__ import annotations

import argparse
from typing import Any

from tacker_lite.pop.command import labs, output
from tacker_lite.pop.errors import LabError
from tacker_lite.pop.lab.client import quoted

_VALUES = {
    "delay_ms": "delay of packets each way, in milliseconds",
    "jitter_ms": "how far a packet's delay may be from that, either way",
    "loss_percent": "share of packets lost each way",
}


def add(commands: argparse._SubParsersAction, common: output.Common) -> None:
    """Add the subcommands."""
    link = commands.add_parser("link", help="list and change links between PoPs")
    actions = link.add_subparsers(dest="action", required=True)
    shared = [common.place, common.lab, common.format]
    listing = actions.add_parser("list", parents=shared, help="list links")
    listing.set_defaults(run=_list)
    change = actions.add_parser("set", parents=shared, help="change a running link")
    change.add_argument("left", metavar="LEFT", help="a PoP")
    change.add_argument("right", metavar="RIGHT", help="another PoP")
    for name, text in _VALUES.items():
        change.add_argument(f"--{name.replace('_', '-')}", type=float, help=text)
    change.add_argument(
        "--rate-mbit",
        type=_rate,
        default=argparse.SUPPRESS,
        help="Mbit/s each way, or none",
    )
    change.set_defaults(run=_set)


def _rate(text: str) -> float | None:
    return None if text == "none" else float(text)


def _list(arguments: argparse.Namespace) -> None:
    found = labs.client(arguments).get("/links")["links"]
    if arguments.format == "table":
        found = [_line(link) for link in found]
    output.rows(arguments, found, empty="no link")


def _line(link: dict[str, Any]) -> dict[str, Any]:
    rate = link["rate_mbit"]
    return {
        "left": link["left"],
        "right": link["right"],
        "state": "up" if link["up"] else "down",
        "means": link["means"],
        "delay_ms": f"{link['delay_ms']:g}",
        "jitter_ms": f"{link['jitter_ms']:g}",
        "loss_percent": f"{link['loss_percent']:g}",
        "rate_mbit": "" if rate is None else f"{rate:g}",
        "packets": f"{link['forth']['packets']}/{link['back']['packets']}",
    }


def _set(arguments: argparse.Namespace) -> None:
    values = {name: getattr(arguments, name) for name in _VALUES}
    values = {name: value for name, value in values.items() if value is not None}
    if hasattr(arguments, "rate_mbit"):
        values["rate_mbit"] = arguments.rate_mbit
    if not values:
        raise LabError("say what to change, such as --delay-ms 20 or --rate-mbit none")
    client = labs.client(arguments)
    path = f"/links/{quoted(arguments.left)}/{quoted(arguments.right)}"
    link = client.change("PUT", path, values)["link"]
    output.row(arguments, link if arguments.format == "json" else _line(link))
