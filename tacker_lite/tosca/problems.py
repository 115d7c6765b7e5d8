"""Collecting what is wrong with a descriptor, with the line of each thing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn

from tacker_lite import exceptions
from tacker_lite.tosca import positions
from tacker_lite.tosca.model import is_get_input

NODES = ("topology_template", "node_templates")

MAX_REPORTED = 100
MAX_IN_MESSAGE = 10
MAX_REASON = 1_000
MAX_QUOTED = 200
WRITTEN_HERE = "must be a mapping written here; get_input may give single values in it"
LONGEST_COMPARED = 100
MOST_COMPARED = 500
SHORT = 4


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    :ivar path: keys from the top of the descriptor to the thing.
    :ivar error: class to raise when this is the first problem.
    :ivar minor: whether the rest of its node or policy can be checked all the same.
    """

    reason: str
    path: tuple[Any, ...] = ()
    error: type[exceptions.InvalidTemplate] = exceptions.InvalidTemplate
    public_type: str = ""
    minor: bool = False


class Problems:
    """The problems of one document.

    :meth:`raise_if_any` raises one error that tells them, sorted by line, or in the
    order of finding where no lines are known.  Its message names the first ten and
    how many more there are; its ``fields`` hold

    ``problems``
        a list of ``(line, reason)``, line 0 where none is known, at most
        :data:`MAX_REPORTED` long;
    ``places``
        a list, parallel to it, of the path of each: keys from the top of the
        descriptor to what is wrong; :func:`node_of` tells which node that is;
    ``types``
        a list, parallel to it, of the public type of each.
    """

    def __init__(self, document: Any, file: str = ""):
        self.document = document
        self.file = file
        self._found: dict[tuple[Any, ...], Problem] = {}

    @property
    def found(self) -> list[Problem]:
        """All problems so far, in the order of finding."""
        return list(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def add(self, reason: str, path: Sequence[Any] = (), **kwargs: Any) -> None:
        """Note a problem, once.

        :param path: keys from the top of the descriptor to what is wrong.
        :param kwargs: the other attributes of :class:`Problem`.
        """
        problem = Problem(shortened(reason), tuple(path), **kwargs)
        self._found.setdefault((problem.reason, problem.path), problem)

    def paths(self, length: int) -> set[tuple[Any, ...]]:
        """What has problems: the first ``length`` keys of each path; not the minor."""
        return {
            problem.path[:length]
            for problem in self._found.values()
            if not problem.minor
        }

    def near(self, name: str, known: Iterable[Any]) -> str:
        """:func:`near`, while what is added is told: comparing takes long."""
        return near(name, known) if len(self) < MAX_IN_MESSAGE else ""

    def raise_if_any(self) -> None:
        """Raise one error that tells all problems, the first one first.

        :raises InvalidTemplate: or the subclass of the first problem.
        """
        if self._found:
            self.fail()

    def fail(self) -> NoReturn:
        """Raise the error of :meth:`raise_if_any`; there must be a problem."""
        placed = [
            (positions.line_of(self.document, problem.path), problem)
            for problem in self.found
        ]
        placed.sort(key=lambda each: each[0])
        lines = [(line, problem.reason) for line, problem in placed[:MAX_REPORTED]]
        first = placed[0][1]
        raise first.error(
            _message(lines, len(placed)),
            file=self.file,
            line=lines[0][0],
            public_type=first.public_type,
            problems=lines,
            places=[problem.path for _, problem in placed[:MAX_REPORTED]],
            types=[
                problem.public_type or problem.error.public_type
                for _, problem in placed[:MAX_REPORTED]
            ],
        )


def _message(lines: Sequence[tuple[int, str]], count: int) -> str:
    others = [
        f"line {line}: {reason}" if line else reason
        for line, reason in lines[1:MAX_IN_MESSAGE]
    ]
    if count > MAX_IN_MESSAGE:
        others.append(f"and {count - MAX_IN_MESSAGE} more")
    return lines[0][1] + (f"; also {'; '.join(others)}" if others else "")


def node_of(path: Sequence[Any]) -> str:
    """Name of the node that a path is about, or ``""``."""
    below = len(NODES)
    if len(path) > below and tuple(path[:below]) == NODES:
        return str(path[below])
    return ""


def expect_mapping(
    problems: Problems, value: Any, path: Sequence[Any], what: str
) -> Mapping[str, Any]:
    """``value`` if it is a mapping (None counts as empty), else a problem and {}.

    It has to stand there: what it holds is looked at before inputs have values.
    """
    if value is None:
        return {}
    if is_get_input(value):
        problems.add(f"{what} {WRITTEN_HERE}", path)
        return {}
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                problems.add(
                    f"{what}: the key {key} must be text; put it in quotes",
                    (*path, key),
                )
                return {}
        return value
    problems.add(f"{what} must be a mapping, not {kind(value)}", path)
    return {}


def expect_keys(
    problems: Problems,
    found: Mapping[str, Any],
    known: Sequence[str],
    path: Sequence[Any],
    what: str,
) -> None:
    """Every key that is not known is a problem."""
    for key in found:
        if key not in known:
            problems.add(
                f'{what}: "{key}" is not known{problems.near(str(key), known)}; use '
                f"one of {', '.join(known)}",
                (*path, key),
                minor=True,
            )


def near(name: str, known: Iterable[Any]) -> str:
    """`` (did you mean X?)`` when a known name is much like ``name``, else ``""``."""
    if len(name) > LONGEST_COMPARED:
        return ""
    names = [
        each
        for each in islice(known, MOST_COMPARED)
        if isinstance(each, str) and len(each) <= LONGEST_COMPARED
    ]
    cutoff = 0.75 if len(name) > SHORT else 0.65
    found = difflib.get_close_matches(name, names, n=1, cutoff=cutoff)
    return f" (did you mean {found[0]}?)" if found else ""


def shortened(text: str) -> str:
    """A reason as it is told: printable, and of bounded length."""
    if len(text) > MAX_REASON:
        text = f"{text[: MAX_REASON // 2]} ... {text[-MAX_REASON // 2 :]}"
    return positions.printable(text)


def quoted(value: Any) -> str:
    """A value of the descriptor in a message, between quotes; a long one is cut."""
    text = str(value)
    return f'"{text}"' if len(text) <= MAX_QUOTED else f'"{text[:MAX_QUOTED]} ..."'


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
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "a date"
