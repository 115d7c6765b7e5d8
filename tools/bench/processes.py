"""Memory of processes, as the kernel counts it."""

from __future__ import annotations

import os
from pathlib import Path


def resident_mib(pid: int) -> float:
    """Resident memory of one process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def proportional_kib(pid: int) -> float:
    """Memory of one process, its part of what it shares, and its page tables, in KiB.

    0 when it has ended.
    """
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return float(
        sum(
            int(line.split()[1])
            for line in (*rollup, *status)
            if line.startswith(("Pss:", "VmPTE:"))
        )
    )


def cpu_seconds(pid: int) -> float:
    """Processor time of one process since its start; 0 when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
