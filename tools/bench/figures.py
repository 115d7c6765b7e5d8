"""Printing figures: one JSON object per line, each beside its baseline."""

from __future__ import annotations

import json


def report(
    figure: str,
    value: float,
    unit: str,
    *,
    baseline: tuple[str, float],
    target: tuple[str, float] | None = None,
) -> bool:
    """Print one figure.

    :param baseline: what the same run measured for comparison: name and value.
    :param target: ``<=`` or ``>=`` and the bound.
    :returns: whether the target is met.
    """
    name, base = baseline
    met = True
    line = {
        "figure": figure,
        "value": round(value, 3),
        "unit": unit,
        "baseline": name,
        "baseline_value": round(base, 3),
    }
    if target is not None:
        sign, bound = target
        met = value <= bound if sign == "<=" else value >= bound
        line |= {"target": f"{sign} {bound:g}", "met": met}
    print(json.dumps(line), flush=True)
    return met
