"""What containers use: read from the control groups that the engine made for them."""

from __future__ import annotations

import contextlib
import os

from tacker_lite.pop.runtime.base import Usage
from tacker_lite.pop.runtime.cgroups import Cgroups
from tacker_lite.pop.runtime.labels import Labels


class ContainerCgroups(Cgroups):
    """Groups of servers are found by the server's first process.

    Those of load balancers are the lab's own.
    """

    def __init__(self, lab: str, labels: Labels):
        super().__init__(lab)
        self._labels = labels
        # Directory of each hierarchy, with the process that it was found by.
        self._found: dict[str, tuple[int, dict[str, str]]] = {}

    def usage(self, key: str) -> Usage | None:
        label = self._labels.read("server", key)
        if label is None:
            self._found.pop(key, None)
        else:
            if not label["process"]:
                return None
            pid = label["process"][0]
            if self._found.get(key, (0,))[0] != pid:
                self._found[key] = (pid, self._groups(pid))
            if not self._found[key][1]:
                return None
        return super().usage(key)

    def _path(self, root: str, key: str) -> str:
        found = self._found.get(key)
        return found[1][root] if found else super()._path(root, key)

    def _groups(self, pid: int) -> dict[str, str]:
        """A process's directory in each hierarchy; empty when it has ended."""
        paths: dict[str, str] = {}
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
                for line in file:
                    _, controllers, path = line.rstrip("\n").split(":", 2)
                    paths.update(dict.fromkeys(controllers.split(","), path))
        if not paths:
            return {}
        # In version 2 one path is for all, without a controller's name.
        return {
            root: os.path.join(root, paths.get(name, paths.get("", "/")).lstrip("/"))
            for name, root in (self.hierarchies.roots or {}).items()
        }
