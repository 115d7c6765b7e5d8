"""Sizes with units, as descriptors write them."""

from __future__ import annotations

import math
import re
from typing import Any

# Nova and Cinder count in binary units, whatever the letters say.
UNIT_BYTES = {
    "B": 1,
    "KB": 1024,
    "KIB": 1024,
    "MB": 1024**2,
    "MIB": 1024**2,
    "GB": 1024**3,
    "GIB": 1024**3,
    "TB": 1024**4,
    "TIB": 1024**4,
}
MEGABYTE = UNIT_BYTES["MB"]
GIGABYTE = UNIT_BYTES["GB"]
WORDS = "a number and one of B, KB, KiB, MB, MiB, GB, GiB, TB, TiB"
_SIZE = re.compile(r"\s*(\d{1,18}(?:\.\d{1,18})?)\s*([A-Za-z]*)\s*")


def whole(value: Any, unit: int, *, bare: int) -> int | None:
    """A size in whole units, rounded up, at least 1; None when it is no size.

    :param unit: bytes of the unit wanted.
    :param bare: bytes that a number without unit counts.
    """
    count = in_bytes(value, bare=bare)
    return None if count is None else max(1, math.ceil(count / unit))


def in_bytes(value: Any, *, bare: int) -> float | None:
    """A size in bytes; None when it is no size.

    :param bare: bytes that a number without unit counts.
    """
    found = None if isinstance(value, bool) else _SIZE.fullmatch(str(value))
    if not found:
        return None
    letters = found.group(2).upper()
    if letters and letters not in UNIT_BYTES:
        return None
    return float(found[1]) * (UNIT_BYTES[letters] if letters else bare)
