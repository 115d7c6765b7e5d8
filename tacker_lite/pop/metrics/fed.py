"""Numbers that testers feed in place of what a runtime measures."""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Mapping
from typing import Any

from tacker_lite.pop.errors import BadRequest
from tacker_lite.pop.store import Store

_POP = ""
_KIND = "fed_metrics"
_LONGEST_NAME = 100
_MOST = 50


class FedMetrics:
    """Numbers by instance and metric; they hold until they are taken back."""

    def __init__(self, store: Store):
        self._store = store
        self._lock = threading.Lock()
        self._fed: dict[str, dict[str, float]] = store.load(_POP, _KIND)

    def of(self, ident: str) -> Mapping[str, float]:
        """What is fed for an instance."""
        return self._fed.get(ident, {})

    def __bool__(self) -> bool:
        return bool(self._fed)

    def feed(self, ident: str, given: Mapping[str, Any]) -> Mapping[str, float]:
        """Feed numbers for an instance; returns all that are fed for it now.

        :param given: numbers by metric, as alarms name them; None takes one back.
        :raises BadRequest: when one is no number; none is fed then.
        """
        for name, value in given.items():
            if not name or len(name) > _LONGEST_NAME:
                raise BadRequest(
                    f"'{name[:20]}' is no metric: 1 to {_LONGEST_NAME} characters"
                )
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if value is not None and not (number and math.isfinite(value)):
                raise BadRequest(f"'{name}' must be a number, or null to take it back")
        with self._lock:
            merged = {**self._fed.get(ident, {}), **given}
            kept = {k: float(v) for k, v in merged.items() if v is not None}
            if len(kept) > _MOST:
                raise BadRequest(f"At most {_MOST} metrics can be fed for an instance")
            self._keep(ident, kept)
        return kept

    def _keep(self, ident: str, kept: dict[str, float]) -> None:
        if kept:
            self._store.put(_POP, _KIND, ident, kept)
            self._fed = {**self._fed, ident: kept}
        else:
            self._store.delete(_POP, _KIND, ident)
            self._fed = {k: v for k, v in self._fed.items() if k != ident}

    def retain(self, idents: Collection[str]) -> None:
        """Forget what was fed for instances that are gone.

        :param idents: those that there are.
        """
        with self._lock:
            for ident in set(self._fed) - set(idents):
                self._keep(ident, {})
