"""The Prometheus text format.

Source: the Prometheus documentation, "Exposition formats", version 0.0.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tacker_lite.pop.metrics.histogram import Counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Labels = Mapping[str, str]


class Exposition:
    """Metrics being written down, family by family.

    :param prefix: what every name begins with.
    :param common: labels of every sample.
    """

    def __init__(self, prefix: str, common: Labels):
        self._prefix = prefix
        self._common = dict(common)
        self._lines: list[str] = []

    def gauge(
        self, name: str, text: str, samples: Iterable[tuple[Labels, float]]
    ) -> None:
        """Add a number that goes up and down.

        :param text: what it is, without its unit: that is in the name.
        """
        self._family(name, "gauge", text, samples)

    def counter(
        self, name: str, text: str, samples: Iterable[tuple[Labels, float]]
    ) -> None:
        """Add a number that only grows; its name ends in ``_total``."""
        self._family(name, "counter", text, samples)

    def histogram(
        self, name: str, text: str, samples: Iterable[tuple[Labels, Counts]]
    ) -> None:
        """Add how long something took; its name ends in ``_seconds``."""
        self._head(name, "histogram", text)
        for labels, counts in samples:
            bounds = [*map(_number, counts.bounds), "+Inf"]
            for bound, count in zip(bounds, counts.buckets, strict=True):
                self._line(f"{name}_bucket", {**labels, "le": bound}, count)
            self._line(f"{name}_sum", labels, counts.total)
            self._line(f"{name}_count", labels, counts.buckets[-1])

    def _family(
        self,
        name: str,
        kind: str,
        text: str,
        samples: Iterable[tuple[Labels, float]],
    ) -> None:
        self._head(name, kind, text)
        for labels, value in samples:
            self._line(name, labels, value)

    def _head(self, name: str, kind: str, text: str) -> None:
        self._lines.append(f"# HELP {self._prefix}{name} {text}")
        self._lines.append(f"# TYPE {self._prefix}{name} {kind}")

    def _line(self, name: str, labels: Labels, value: float) -> None:
        every = {**self._common, **labels}
        shown = ",".join(f'{k}="{v.translate(_ESCAPES)}"' for k, v in every.items())
        self._lines.append(f"{self._prefix}{name}{{{shown}}} {_number(value)}")

    def text(self) -> str:
        """All of it."""
        return "\n".join([*self._lines, ""])


def _number(value: float) -> str:
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return repr(value)
