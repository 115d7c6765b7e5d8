"""Scripts run inside a running server, as an agent in its image would run them.

A script is known by its id and run once: whoever asks again gets the same result,
also after the lab was killed in between.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ScriptSpec:
    """What to run where.

    :ivar id: of this run, in letters, digits and hyphens.
    :ivar text: the script; without ``#!`` it is one for ``/bin/sh``.
    :ivar program: a command and arguments that take the script as a file, such as
        ``ansible-playbook``; empty: the script is the program.
    :ivar outputs: names of the values it writes to files, each at
        ``$heat_outputs_path.<name>``.
    """

    id: str
    server_id: str
    text: str
    program: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScriptResult:
    """How a script ended.

    :ivar status: exit status; 128 and the number of the signal that ended it.
    :ivar stdout: the last 64 KiB it printed; ``stderr`` likewise.
    """

    status: int
    stdout: str = ""
    stderr: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)


class ScriptRuntime(abc.ABC):
    """One way to run scripts in servers."""

    @abc.abstractmethod
    def missing(self, command: str) -> bool:
        """Tell whether servers lack a command."""

    @abc.abstractmethod
    def run(self, spec: ScriptSpec) -> ScriptResult | None:
        """Begin to run a script if it was not; None while it runs.

        :raises RuntimeFault: the server does not run, or the machine refused.
        """

    @abc.abstractmethod
    def result(self, server_id: str, ident: str) -> ScriptResult | None:
        """How a script ended; None while it runs, and of one that is not known."""


_SIMULATED = "simulated runtime: the script was not run\n"


class SimulatedScripts(ScriptRuntime):
    """Runs nothing, and says so."""

    def missing(self, command: str) -> bool:
        """Nothing is needed to pretend."""
        return False

    def run(self, spec: ScriptSpec) -> ScriptResult:
        """Call the script successful."""
        return ScriptResult(0, _SIMULATED)

    def result(self, server_id: str, ident: str) -> ScriptResult:
        """The same."""
        return ScriptResult(0, _SIMULATED)
