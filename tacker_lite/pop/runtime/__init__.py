"""Runtimes: what makes a lab's servers run.

A new one is a module here with a class that follows
:class:`~tacker_lite.pop.runtime.base.Runtime`, and a line in the table below.
"""

from __future__ import annotations

import importlib

from tacker_lite.pop.runtime.base import Runtime, RuntimeFault

RUNTIMES = {
    "simulated": "tacker_lite.pop.runtime.simulated:SimulatedRuntime",
    "namespace": "tacker_lite.pop.runtime.namespace:NamespaceRuntime",
    "docker": "tacker_lite.pop.runtime.docker:DockerRuntime",
}


def load(name: str, lab: str, directory: str) -> Runtime:
    """A runtime for a lab.

    :param name: a key of ``RUNTIMES``.
    :param directory: where it may keep files.
    :raises RuntimeFault: when there is none of that name, or a library is missing.
    """
    if name not in RUNTIMES:
        known = ", ".join(sorted(RUNTIMES))
        raise RuntimeFault(f"there is no runtime {name!r}; there are {known}")
    module, _, attribute = RUNTIMES[name].partition(":")
    try:
        found: type[Runtime] = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise RuntimeFault(
            f"the runtime {name} needs the Python package {error.name}: "
            f"pip install 'tacker-lite[{name}]'"
        ) from error
    return found(lab, directory)
