"""Collecting what stands between a template and its HOT."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from tacker_lite import exceptions

NODES = ("topology_template", "node_templates")
POLICIES = ("topology_template", "policies")

MAX_REPORTED = 100
MAX_IN_MESSAGE = 10

Path = tuple[Any, ...]
Finding = tuple[Path, str, str]
"""Keys from the top of the descriptor, reason, public type."""


class _Collecting:
    """A context manager without state: rendering enters many."""

    def __init__(self, findings: Findings):
        self._findings = findings

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, exceptions.InvalidTemplate):
            return False
        self._findings.add(error)
        return True


class Findings:
    """Problems of one template, each once, in the order found."""

    def __init__(self, document: Mapping[str, Any] | None = None):
        self._document = document or {}
        self.found: list[Finding] = []
        self._collecting = _Collecting(self)

    def collecting(self) -> _Collecting:
        """A block whose ``InvalidTemplate`` is noted; what follows it goes on."""
        return self._collecting

    def raise_if_any(self) -> None:
        """Raise one error that tells all problems, the first one first.

        :raises InvalidTemplate: its ``fields["findings"]`` lists
            ``(path, reason, public type)`` of each, up to :data:`MAX_REPORTED`.
        """
        if not self.found:
            return
        path, reason, public_type = self.found[0]
        others = [each[1] for each in self.found[1:MAX_IN_MESSAGE]]
        if len(self.found) > MAX_IN_MESSAGE:
            others.append(f"and {len(self.found) - MAX_IN_MESSAGE} more")
        raise exceptions.InvalidTemplate(
            reason + (f"; also {'; '.join(others)}" if others else ""),
            public_type=public_type,
            findings=self.found[:MAX_REPORTED],
            node=path[2] if path[:2] == NODES else "",
            path=path[3:] if path[:2] == NODES else (),
        )

    def add(self, error: exceptions.InvalidTemplate) -> None:
        """Note an error."""
        finding = (self._path(error), error.reason, error.public_type)
        if finding not in self.found:
            self.found.append(finding)

    def _path(self, error: exceptions.InvalidTemplate) -> Path:
        inner = tuple(error.fields.get("path", ()))
        if "policy" in error.fields:
            name = error.fields["policy"]
            policies = self._document["topology_template"].get("policies") or []
            index = next(
                (place for place, item in enumerate(policies) if name in item), 0
            )
            return (*POLICIES, index, name, *inner)
        if "node" in error.fields:
            return (*NODES, error.fields["node"], *inner)
        if "input" in error.fields:
            return ("topology_template", "inputs", error.fields["input"])
        return ()
