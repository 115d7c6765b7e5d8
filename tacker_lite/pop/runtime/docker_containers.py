"""Containers of a lab: how they are made, and what the engine says of them.

A server takes two.  One only holds the network namespace, in which the ports are made;
the other is the server: it is started when they are there, and is free to end.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from tacker_lite.pop.runtime.base import RuntimeFault
from tacker_lite.pop.runtime.docker_engine import Engine, NotThere

LAB_LABEL = "tacker-lite-pop.lab"
KEY_LABEL = "tacker-lite-pop.key"


@dataclass(frozen=True)
class State:
    """What the engine says of a container.

    :ivar pid: of its first process on this machine; 0: it does not run.
    :ivar started_at: when it was started last.
    :ivar hosts_path: the file that it has as ``/etc/hosts``.
    """

    id: str
    pid: int
    paused: bool
    exit_code: int
    out_of_memory: bool
    error: str
    started_at: str
    hosts_path: str
    image: str


def server_name(lab: str, key: str) -> str:
    """Name of the container that is a server; '.' is in no lab's name."""
    return f"tlp-{lab}.{key}"


def holder_name(lab: str, key: str) -> str:
    """Name of the container that holds a server's network."""
    return f"tlp-{lab}.{key}.network"


class Containers:
    """The containers of one lab."""

    def __init__(self, lab: str, engine: Engine):
        self.lab = lab
        self._engine = engine

    def state(self, name: str) -> State | None:
        """What the engine says of a container; None: there is none."""
        try:
            with self._engine.asked(name) as client:
                found = client.inspect_container(name)
        except NotThere:
            return None
        state = found["State"]
        return State(
            id=found["Id"],
            pid=int(state["Pid"]) if state["Running"] else 0,
            paused=bool(state.get("Paused")),
            exit_code=int(state["ExitCode"]),
            out_of_memory=bool(state.get("OOMKilled")),
            error=str(state.get("Error") or ""),
            started_at=str(state["StartedAt"]),
            hosts_path=str(found.get("HostsPath") or ""),
            image=str(found["Image"]),
        )

    def known(self, name: str) -> State:
        """What the engine says of a container that was made.

        :raises RuntimeFault: when somebody else has removed it.
        """
        state = self.state(name)
        if state is None:
            raise RuntimeFault(f"container {name} was removed by somebody else")
        return state

    def keys(self) -> set[str]:
        """Keys of the servers that have a container."""
        with self._engine.asked("containers") as client:
            found = client.containers(
                all=True, filters={"label": f"{LAB_LABEL}={self.lab}"}
            )
        keys = {
            container["Labels"].get(KEY_LABEL, ""): container for container in found
        }
        # A label alone can come with an image; the name cannot.
        return {
            key
            for key, container in keys.items()
            if {f"/{server_name(self.lab, key)}", f"/{holder_name(self.lab, key)}"}
            & set(container["Names"])
        }

    def start(self, name: str) -> None:
        """Start a container; running already is fine."""
        with self._engine.asked(name) as client:
            client.start(name)

    def stop(self, name: str, seconds: int) -> None:
        """End a container's processes: asked to first, after ``seconds`` made to."""
        with contextlib.suppress(NotThere), self._engine.asked(name) as client:
            client.stop(name, timeout=seconds)

    def kill(self, name: str) -> None:
        """End a container at once."""
        with self._engine.asked(name) as client:
            client.kill(name)

    def pause(self, name: str) -> None:
        """Hold a container's processes; held already is fine."""
        state = self._running(name)
        if not state.paused:
            with self._engine.asked(name) as client:
                client.pause(name)

    def unpause(self, name: str) -> None:
        """Let a container's processes go on; going on already is fine."""
        state = self._running(name)
        if state.paused:
            with self._engine.asked(name) as client:
                client.unpause(name)

    def _running(self, name: str) -> State:
        state = self.state(name)
        if state is None or not state.pid:
            raise RuntimeFault(f"container {name} does not run")
        return state

    def remove(self, name: str) -> None:
        """End and remove a container with its files; gone already is fine."""
        with contextlib.suppress(NotThere), self._engine.asked(name) as client:
            client.remove_container(name, force=True, v=True)
