"""Measures, in a process of its own, how each broken descriptor is refused."""

from __future__ import annotations

import ctypes
import gc
import json
import pathlib
import resource
import sys
import time
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tests.unit.tosca.corpus import cases, generated
from tacker_lite.tosca import loader, report
from tacker_lite.vim.openstack import hot

STATUS = pathlib.Path("/proc/self/status")
RESET_PEAK = pathlib.Path("/proc/self/clear_refs")


def main() -> int:
    """Print a JSON object for each case: what was said, MiB and seconds used.

    The seconds are those of the processor, whatever else runs on the machine.
    """
    base = (cases.HERE / cases.BASE).read_text("utf-8")
    hot.render(loader.load(loader.read(base), {}))  # imports what is imported once
    gc.freeze()  # and need not be looked through each time
    floor = _floor()
    for case in (*cases.written(), *generated.made()):
        begin = time.process_time()
        found = refusal(case)
        seconds = time.process_time() - begin
        mebibytes = (_peak() - floor) / 1024
        print(json.dumps({**found, "seconds": seconds, "mebibytes": mebibytes}))
        _floor()
    return 0


def refusal(case: cases.Case) -> dict[str, Any]:
    """What is said about a case: name, message, class, and lines it points to."""
    document: Any = None
    try:
        document = loader.read(case.text, "vnfd.yaml")
        template = loader.load(document, case.inputs, file="vnfd.yaml")
        hot.render(template)
    except exceptions.InvalidTemplate as error:
        found = report.findings(error, document, "vnfd.yaml")
        return {
            "name": case.name,
            "message": error.message,
            "lines": [each.line for each in found],
            "reasons": [f"{each.node} {each.reason}" for each in found],
        }
    except Exception as error:  # noqa: BLE001 - a crash is what the test looks for
        return {"name": case.name, "crash": f"{type(error).__name__}: {error}"}
    return {"name": case.name, "crash": "it was accepted"}


def _floor() -> int:
    """Give back what is free and forget the peak; KiB in use."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
        RESET_PEAK.write_text("5")
    return _peak()


def _peak() -> int:
    """Most memory used since :func:`_floor`, or ever where it cannot forget; KiB."""
    if STATUS.exists():
        for line in STATUS.read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // 1024 if sys.platform == "darwin" else used


if __name__ == "__main__":
    sys.exit(main())
