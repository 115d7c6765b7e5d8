"""Descriptor to HOT, against the plain tosca-parser and heat-translator path.

Every sample is translated by both in this process, in turns of a few, after a warm-up.
Ours is ``loader.load`` and ``hot.render`` of a parsed YAML document: it checks
everything and writes the text; nothing is kept between two runs but the type
definitions.  The baseline is ``ToscaTemplate(yaml_dict_tpl=...)`` and
``TOSCATranslator(...).translate()``.

What the baseline needs to take these descriptors at all: our type definitions inside
the document, the check for the number of requirements switched off (it refuses every
connection point since tosca-parser 2.13), and a value for every input.  Copying the
document, which it changes, is not counted.  What it still fails at has no baseline.

Then everything is translated 10 000 times more in all, for the memory that is left.
What translating adds at all is the difference between two new processes: one imports
the two libraries, the other imports ours (and by it them) and translates each sample
once.
"""

from __future__ import annotations

import gc
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import yaml
from figures import report
from toscaparser.common.exception import ExceptionCollector
from toscaparser.tosca_template import ToscaTemplate

from tacker_lite.tosca import definitions, loader, positions
from tacker_lite.vim.openstack import hot

BENCHMARKS = pathlib.Path(__file__).resolve().parent
SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples" / "vnfd"
ROUNDS = 8
WARM_UP = 2
BATCH = 5
TARGET_RATIO = 4.0
TARGET_WORST_MS = 15.0
TRANSLATIONS = 10_000
SETTLED = 1_000
TARGET_GROWTH_MIB = 2.0
TARGET_ADDED_MIB = 4.0


class PlainTemplate(ToscaTemplate):
    """The library's own template without its count of requirements."""

    def _validate_relationship_occurences(self):
        pass


def main() -> int:
    """Print the figures; 0 when every target is met."""
    # Where scaling is, the baseline writes files into its working directory.
    before = pathlib.Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        medians = [_compare(path) for path in sorted(SAMPLES.glob("*.yaml"))]
        os.chdir(before)
    compared = [(mine, theirs) for mine, _, theirs in medians if theirs]
    baseline = (
        f"tosca-parser + heat-translator, ms, median of the {len(compared)} of "
        f"{len(medians)} samples it can do",
        statistics.median(theirs for _, theirs in compared),
    )
    ours = [mine for mine, _, _ in medians]
    report("translate.median_ms", statistics.median(ours), "ms", baseline=baseline)
    report(
        "translate.with_yaml_median_ms",
        statistics.median(reading for _, reading, _ in medians),
        "ms",
        baseline=baseline,
    )
    met = report(
        "translate.worst_ms",
        max(ours),
        "ms",
        baseline=baseline,
        target=("<=", TARGET_WORST_MS),
    )
    met &= report(
        "translate.ratio",
        min(theirs / mine for mine, theirs in compared),
        "times faster, worst sample",
        baseline=("tosca-parser + heat-translator", 1.0),
        target=(">=", TARGET_RATIO),
    )
    met &= _report_added()
    return 0 if _report_memory() and met else 1


def _report_added() -> bool:
    """Whether translating costs little beside the libraries it uses."""
    libraries = _resident_of(
        "import toscaparser.tosca_template, translator.hot.tosca_translator, yaml"
    )
    ours = _resident_of(
        "import translate",
        "for document, inputs in translate.samples():",
        "    translate.hot.render(translate.loader.load(document, inputs))",
    )
    return report(
        "translate.memory_added_mib",
        ours - libraries,
        "MiB, all samples once",
        baseline=("resident with the libraries imported, MiB", libraries),
        target=("<=", TARGET_ADDED_MIB),
    )


def _resident_of(*lines: str) -> float:
    """Resident memory in MiB of a new process that has run some Python."""
    show = "import gc; gc.collect(); print(open('/proc/self/statm').read())"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join((*lines, show))],
        cwd=BENCHMARKS,
        env={**os.environ, "PYTHONPATH": str(BENCHMARKS)},
        capture_output=True,
        check=True,
        text=True,
    )
    return int(done.stdout.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2


def samples() -> list[tuple[Any, dict[str, Any]]]:
    """Document and input values of each sample."""
    found = []
    for path in sorted(SAMPLES.glob("*.yaml")):
        document = loader.read(path.read_text("utf-8"), path.name)
        found.append((document, _inputs(path.stem, document)))
    return found


def _report_memory() -> bool:
    """Whether many translations leave the memory where it was."""
    work = samples()
    settled = 0.0
    for number in range(TRANSLATIONS):
        if number == SETTLED:
            settled = _resident_mib()
        document, inputs = work[number % len(work)]
        hot.render(loader.load(document, inputs))
    return report(
        "translate.memory_growth_mib",
        _resident_mib() - settled,
        f"MiB, by translations {SETTLED} to {TRANSLATIONS}",
        baseline=("resident before, MiB", settled),
        target=("<=", TARGET_GROWTH_MIB),
    )


def _resident_mib() -> float:
    gc.collect()
    pages = int(pathlib.Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _compare(path: pathlib.Path) -> tuple[float, float, float | None]:
    """Median milliseconds of one sample: ours, ours from text, baseline if any."""
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

    def copies() -> list[tuple[Any]]:
        return [(_for_the_library(document),) for _ in range(BATCH)]

    possible = _succeeds(plain, _for_the_library(document))
    mine: list[float] = []
    reading: list[float] = []
    theirs: list[float] = []
    for index in range(WARM_UP + ROUNDS):
        times = (
            _time(ours, [()] * BATCH),
            _time(from_text, [()] * BATCH),
            _time(plain, copies()) if possible else 0.0,
        )
        if index >= WARM_UP:
            for found, one in zip((mine, reading, theirs), times, strict=True):
                found.append(one)
    median = statistics.median(mine)
    base = statistics.median(theirs) if possible else None
    name = "tosca-parser + heat-translator, ms" if possible else "they fail"
    report(f"translate.{path.stem}.median_ms", median, "ms", baseline=(name, base or 0))
    return median, statistics.median(reading), base


def _succeeds(call: Callable[[Any], None], argument: Any) -> bool:
    try:
        call(argument)
    except Exception:  # noqa: BLE001 - whatever the libraries stumble over
        return False
    finally:
        ExceptionCollector.stop()
        ExceptionCollector.clear()
    return True


def _inputs(stem: str, document: Any) -> dict[str, Any]:
    """A value for every input: from the first parameter file, or the default."""
    declared = document["topology_template"].get("inputs") or {}
    values = {name: schema.get("default") for name, schema in declared.items()}
    params = SAMPLES / "params"
    files = [*params.glob(f"{stem}.yaml"), *sorted(params.glob(f"{stem}-site*.yaml"))]
    for file in files[:1]:
        values.update(yaml.safe_load(file.read_text("utf-8")))
    return values


def _for_the_library(document: Any) -> dict[str, Any]:
    copy = positions.plain(document)
    sections = {
        "data_types": "tosca.datatypes.",
        "node_types": "tosca.nodes.",
        "policy_types": "tosca.policies.",
        "capability_types": "tosca.capabilities.",
    }
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
    """Mean milliseconds of one call, of this process's own: others run too."""
    begin = time.process_time()
    for each in arguments:
        call(*each)
    return (time.process_time() - begin) * 1000 / len(arguments)


if __name__ == "__main__":
    sys.exit(main())
