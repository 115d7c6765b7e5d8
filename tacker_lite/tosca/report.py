"""What an error about a descriptor tells, problem by problem, with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca import positions
from tacker_lite.tosca.structure import NODES

NODE = re.compile(r'node "([^"]*)"')
PREFIX = re.compile(r'node "[^"]*"[:,]? ')


@dataclass(frozen=True)
class Told:
    """One problem as an error tells it.

    :ivar path: keys from the top of the descriptor to what is wrong; may be empty.
    :ivar line: 0 where the error does not know it.
    """

    reason: str
    path: tuple[Any, ...] = ()
    line: int = 0
    public_type: str = ""

    @property
    def node(self) -> str:
        """Name of the node that it is about, or ``""``."""
        if len(self.path) > len(NODES) and self.path[: len(NODES)] == NODES:
            return str(self.path[len(NODES)])
        named = NODE.match(self.reason)
        return named.group(1) if named else ""


@dataclass(frozen=True)
class Finding:
    """One problem as a user is shown it.

    :ivar file: file name as the user knows it, or ``""``.
    :ivar line: 1-based, or 0 when unknown.
    :ivar node: name of the node, or ``""``.
    """

    file: str
    line: int
    node: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line or 1}" if self.file else f"line {self.line}"
        named = not self.node or f'"{self.node}"' in self.reason
        what = "" if named else f'node "{self.node}": '
        return f"{place}: {what}{self.reason}"

    def row(self) -> dict[str, Any]:
        """Its attributes by name."""
        return asdict(self)


def told(error: exceptions.InvalidInput) -> Iterator[Told]:
    """Every problem of an error from loading, packages or rendering."""
    fields = error.fields
    if fields.get("findings"):
        for path, reason, public_type in fields["findings"]:
            yield Told(reason, tuple(path), 0, public_type or error.public_type)
    elif fields.get("problems"):
        lines = fields["problems"]
        places = fields.get("places") or [()] * len(lines)
        types = fields.get("types") or [error.public_type] * len(lines)
        for (line, reason), path, kind in zip(lines, places, types, strict=True):
            yield Told(reason, tuple(path), line, kind)
    else:
        path = fields.get("path", ())
        if "node" in fields:
            path = (*NODES, fields["node"], *path)
        reason = getattr(error, "reason", error.message)
        line = getattr(error, "line", 0)
        yield Told(reason, tuple(path), line, error.public_type)


def findings(
    error: exceptions.InvalidInput, document: Any = None, file: str = ""
) -> list[Finding]:
    """Every problem of an error, by file and line.

    :param document: the descriptor with its lines, where it could be read.
    :param file: its name, for errors that name no file.
    """
    place = getattr(error, "file", "") or file
    return placed(told(error), document, place)


def placed(each: Iterator[Told] | Sequence[Told], document: Any, file: str) -> list:
    """Problems with the lines that ``document`` has for them, in their order."""
    return sorted(
        (
            Finding(
                file,
                one.line or _line(document, one.path),
                one.node,
                PREFIX.sub("", one.reason, count=1) if one.node else one.reason,
            )
            for one in each
        ),
        key=lambda finding: finding.line,
    )


def of_rows(
    rows: Sequence[Mapping[str, Any]], document: Any, file: str
) -> list[Finding]:
    """Problems that crossed RPC, as rows of ``path``, ``line`` and ``reason``."""
    each = [Told(row["reason"], tuple(row["path"]), row["line"]) for row in rows]
    return placed(each, document, file)


def _line(document: Any, path: Sequence[Any]) -> int:
    return positions.line_of(document, path) if document is not None else 0
