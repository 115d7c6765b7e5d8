"""Ids of what the topology file names: the same at every start."""

from __future__ import annotations

import functools
import uuid

_SPACE = uuid.UUID("6f1f2f0e-5a0a-4a63-9a2f-0f3f3c1c9d55")


@functools.lru_cache(maxsize=2**14)  # a token check makes forty of them
def of_topology(lab: str, pop: str, kind: str, name: str) -> str:
    """The id of a named object of a PoP."""
    return str(uuid.uuid5(_SPACE, f"{lab}/{pop}/{kind}/{name}"))


def of_identity(lab: str, pop: str, kind: str, name: str) -> str:
    """The id of a project, user or role, in the identity service's form."""
    return of_topology(lab, pop, kind, name).replace("-", "")


def file_name(name: str) -> str:
    """A name as a file name that cannot lead elsewhere."""
    return name.replace("/", "_").lstrip(".") or "_"
