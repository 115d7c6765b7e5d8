"""How commands print: as a table or as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.lab import report


@dataclass(frozen=True)
class Common:
    """Parsers of what several commands take.

    :ivar place: where labs are; ``lab`` which one; ``format`` how to print.
    """

    place: argparse.ArgumentParser
    lab: argparse.ArgumentParser
    format: argparse.ArgumentParser


def rows(
    arguments: argparse.Namespace, found: Sequence[Mapping[str, Any]], empty: str
) -> None:
    """Print a list.

    :param empty: what to say in place of a table without rows.
    """
    if arguments.format == "json":
        print(json.dumps(found, indent=2))
    elif not found:
        print(empty)
    else:
        print(report.table([dict(row) for row in found]), end="")


def row(arguments: argparse.Namespace, found: Mapping[str, Any]) -> None:
    """Print one thing."""
    if arguments.format == "json":
        print(json.dumps(found, indent=2))
    else:
        print(report.fields(dict(found)), end="")


def event(arguments: argparse.Namespace, found: Mapping[str, Any]) -> None:
    """Print one event in a line."""
    if arguments.format == "json":
        print(json.dumps(found), flush=True)
        return
    what = f"{found['kind']} {found['name']}"
    print(
        f"{found['time']}  {found['pop'] or '-'}  {what}  {found['text']}", flush=True
    )
