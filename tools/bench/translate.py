"""Descriptor to HOT, against the plain tosca-parser and heat-translator path.

Every sample is translated by both in this process, in turns of a few, after a warm-up.
Ours is ``loader.load`` and ``hot.render`` of a parsed YAML document: it checks
everything and writes the text; nothing is kept between two runs but the type
definitions.  The baseline is ``ToscaTemplate(yaml_dict_tpl=...)`` and
``TOSCATranslator(...).translate()``.

What the baseline needs to take these descriptors at all: our type definitions inside
the document, the check for the number of requirements switched off (it refuses every
connection point since tosca-parser 2.13), and a value for every input.  Copying the
document, which it changes, is not counted.
"""

from __future__ import annotations

import pathlib
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import yaml
from figures import report
from toscaparser.tosca_template import ToscaTemplate

from tacker_lite.tosca import definitions, loader, positions
from tacker_lite.vim.openstack import hot

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples" / "vnfd"
ROUNDS = 20
WARM_UP = 2
BATCH = 5
TARGET_RATIO = 4.0


class PlainTemplate(ToscaTemplate):
    """The library's own template without its count of requirements."""

    def _validate_relationship_occurences(self):
        pass


def main() -> int:
    medians = [_compare(path) for path in sorted(SAMPLES.glob("*.yaml"))]
    ours = statistics.median(mine for mine, _, _ in medians)
    reading = statistics.median(read for _, read, _ in medians)
    plain = statistics.median(theirs for _, _, theirs in medians)
    baseline = ("tosca-parser + heat-translator, ms", plain)
    report("translate.median_ms", ours, "ms", baseline=baseline)
    report("translate.with_yaml_median_ms", reading, "ms", baseline=baseline)
    slowest = min(theirs / mine for mine, _, theirs in medians)
    met = report(
        "translate.ratio",
        slowest,
        "times faster, worst sample",
        baseline=("tosca-parser + heat-translator", 1.0),
        target=(">=", TARGET_RATIO),
    )
    return 0 if met else 1


def _compare(path: pathlib.Path) -> tuple[float, float, float]:
    """Median milliseconds of one sample: ours, ours from text, baseline."""
    from translator.hot.tosca_translator import TOSCATranslator  # noqa: PLC0415

    text = path.read_text("utf-8")
    document = loader.read(text, path.name)
    inputs = _inputs(path.stem, document)

    def ours() -> None:
        hot.render(loader.load(document, inputs))

    def from_text() -> None:
        hot.render(loader.load(loader.read(text), inputs))

    def plain(copy: Any) -> None:
        parsed = PlainTemplate(yaml_dict_tpl=copy, parsed_params=dict(inputs))
        TOSCATranslator(parsed, dict(inputs)).translate()

    def copies() -> list[Any]:
        return [_for_the_library(document) for _ in range(BATCH)]

    mine: list[float] = []
    reading: list[float] = []
    theirs: list[float] = []
    for index in range(WARM_UP + ROUNDS):
        times = (
            _time(ours, [()] * BATCH),
            _time(from_text, [()] * BATCH),
            _time(plain, [(copy,) for copy in copies()]),
        )
        if index >= WARM_UP:
            for found, one in zip((mine, reading, theirs), times, strict=True):
                found.append(one)
    medians = (
        statistics.median(mine),
        statistics.median(reading),
        statistics.median(theirs),
    )
    report(
        f"translate.{path.stem}.median_ms",
        medians[0],
        "ms",
        baseline=("tosca-parser + heat-translator, ms", medians[2]),
    )
    return medians


def _inputs(stem: str, document: Any) -> dict[str, Any]:
    """A value for every input: from the first parameter file, or the default."""
    declared = document["topology_template"].get("inputs") or {}
    values = {name: schema.get("default") for name, schema in declared.items()}
    for file in sorted((SAMPLES / "params").glob(f"{stem}*.yaml"))[:1]:
        values.update(yaml.safe_load(file.read_text("utf-8")))
    return values


def _for_the_library(document: Any) -> dict[str, Any]:
    copy = positions.plain(document)
    sections = {"data_types": "tosca.datatypes.", "node_types": "tosca.nodes."}
    for section, prefix in sections.items():
        copy[section] = positions.plain(
            {
                name: definition
                for name, definition in definitions.load().items()
                if name.startswith(prefix)
            }
        )
    return copy


def _time(call: Callable[..., None], arguments: list[tuple[Any, ...]]) -> float:
    """Mean milliseconds of one call."""
    begin = time.perf_counter()
    for each in arguments:
        call(*each)
    return (time.perf_counter() - begin) * 1000 / len(arguments)


if __name__ == "__main__":
    sys.exit(main())
