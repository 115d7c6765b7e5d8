"""Collecting what is wrong with a descriptor, with the line of each thing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from tacker_lite import exceptions
from tacker_lite.tosca import positions

MAX_REPORTED = 10
LONGEST_COMPARED = 100


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    :ivar path: keys from the top of the descriptor to the thing.
    :ivar error: class to raise when this is the first problem.
    """

    reason: str
    path: tuple[Any, ...] = ()
    error: type[exceptions.InvalidTemplate] = exceptions.InvalidTemplate
    public_type: str = ""


class Problems:
    """The problems of one document."""

    def __init__(self, document: Any, file: str = ""):
        self.document = document
        self.file = file
        self.found: list[Problem] = []

    def add(self, reason: str, path: Sequence[Any] = (), **kwargs: Any) -> None:
        """Note a problem, once.

        :param path: keys from the top of the descriptor to what is wrong.
        :param kwargs: the other attributes of :class:`Problem`.
        """
        problem = Problem(positions.printable(reason), tuple(path), **kwargs)
        if problem not in self.found:
            self.found.append(problem)

    def near(self, name: str, known: Iterable[Any]) -> str:
        """:func:`near`, while what is added will be reported: it takes long."""
        return near(name, known) if len(self.found) < MAX_REPORTED else ""

    def raise_if_any(self) -> None:
        """Raise one error that tells all problems, the first one first.

        :raises InvalidTemplate: or the subclass of the first problem; its
            ``fields["problems"]`` lists ``(line, reason)`` of each.
        """
        if self.found:
            self._raise()

    def _raise(self) -> NoReturn:
        first = self.found[0]
        lines = [
            (positions.line_of(self.document, problem.path), problem.reason)
            for problem in self.found[:MAX_REPORTED]
        ]
        others = "; ".join(
            f"line {line}: {reason}" if line else reason for line, reason in lines[1:]
        )
        raise first.error(
            first.reason + (f"; also {others}" if others else ""),
            file=self.file,
            line=lines[0][0],
            public_type=first.public_type,
            problems=lines,
        )


def expect_mapping(
    problems: Problems, value: Any, path: Sequence[Any], what: str
) -> Mapping[str, Any]:
    """``value`` if it is a mapping (None counts as empty), else a problem and {}."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                problems.add(f"{what}: the key {key} must be text", path)
                return {}
        return value
    if value is not None:
        problems.add(f"{what} must be a mapping, not {kind(value)}", path)
    return {}


def near(name: str, known: Iterable[Any]) -> str:
    """`` (did you mean X?)`` when a known name is much like ``name``, else ``""``."""
    if len(name) > LONGEST_COMPARED:
        return ""
    names = [each for each in known if isinstance(each, str)]
    found = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
    return f" (did you mean {found[0]}?)" if found else ""


def kind(value: Any) -> str:
    """What a value is, in YAML's words."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else "a date"
