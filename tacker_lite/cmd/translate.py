"""``tacker-lite-translate``: what a VIM would be asked for, without one.

Reads VNFDs, prints the HOT or everything that is wrong with them.  Needs no server, no
database and no cloud.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca import loader, package, report
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.tosca.problems import Problems, near
from tacker_lite.vim.openstack import hot

FAILED = 1
LARGEST_FILE = 32 * 1024 * 1024
"""Bytes of a file that is read at all."""


@dataclass(frozen=True)
class Outcome:
    """What became of one descriptor: its HOT, or its problems.

    :ivar vnfd: name of its file.
    """

    vnfd: str
    rendered: hot.Hot | None = None
    findings: Sequence[report.Finding] = field(default_factory=list)

    def as_object(self) -> dict[str, Any]:
        """The outcome for programs."""
        problems = [finding.row() for finding in self.findings]
        made = self.rendered or hot.Hot("")
        return {
            "vnfd": self.vnfd,
            "problems": problems,
            "heat_template": made.text,
            "files": made.files,
        }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    :returns: 0 when every descriptor could be translated, 1 when one could not; a
        wrong use of the command ends with 2.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    alone = not arguments.check and arguments.format == "text"
    if alone and len(arguments.vnfds) > 1:
        parser.error("one descriptor at a time is printed; for several give --check")
    outcomes = [_translate(vnfd, arguments.param_file) for vnfd in arguments.vnfds]
    try:
        _print(outcomes, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        sys.stderr.close()
        return FAILED
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED
    return FAILED if any(outcome.findings for outcome in outcomes) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tacker-lite-translate",
        description="Print what a VNFD (TOSCA) becomes for a VIM, or everything that "
        "is wrong with it, with file, line and node.",
        epilog="Ends with 0 when all is well, 1 when a descriptor or a file cannot be "
        "used, 2 when the command itself is used wrongly.",
    )
    parser.add_argument(
        "vnfds",
        metavar="VNFD",
        nargs="+",
        help="a descriptor: a YAML file, or a package (CSAR) with one",
    )
    parser.add_argument(
        "--to", choices=["heat"], default="heat", help="language of the VIM"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="only tell what is wrong, of any number of descriptors",
    )
    parser.add_argument(
        "--format",
        choices=["text", "json"],
        default="text",
        help="json: print a list with one object for each descriptor, with vnfd, "
        "problems (file, line, node, reason), heat_template and files (nested "
        "templates by name)",
    )
    parser.add_argument(
        "--param-file",
        metavar="FILE",
        help="YAML mapping of input names to values; they become defaults of the "
        "printed template, so that it stands alone",
    )
    parser.add_argument(
        "--output-dir",
        metavar="DIR",
        type=pathlib.Path,
        help="where to write nested templates; made when there are any",
    )
    return parser


def _translate(vnfd: str, param_file: str | None) -> Outcome:
    document: Any = None
    file = vnfd
    try:
        data = _read(vnfd)
        files: Mapping[str, str] = {}
        if package.is_package(data):
            found = package.read_package(data, vnfd)
            document, files = found.document, found.files
            file = found.document.file
        else:
            document = loader.read(_text(data, vnfd), vnfd)
        inputs = _inputs(document, param_file)
        made = loader.load_and_check(
            document, inputs, check=_rendered, file=file, files=files
        )
        return Outcome(vnfd, made)
    except exceptions.InvalidTemplate as error:
        return Outcome(vnfd, findings=report.findings(error, document, file))
    except OSError as error:
        where = str(error.filename)
        return Outcome(
            vnfd, findings=[report.Finding(where, 0, "", str(error.strerror))]
        )


def _rendered(template: VnfTemplate) -> hot.Hot:
    return hot.render(template, inline_values=True)


def _inputs(document: Any, param_file: str | None) -> Mapping[str, Any]:
    """The values of a parameter file, each of an input that the descriptor has."""
    if not param_file:
        return {}
    text = _text(_read(param_file), param_file)
    inputs = loader.read(text, param_file) or {}
    if not isinstance(inputs, Mapping):
        raise exceptions.InvalidTemplate(
            "a parameter file must be a mapping of input names to values",
            file=param_file,
            line=1,
        )
    _check_names(inputs, document, param_file)
    return inputs


def _check_names(inputs: Any, document: Any, param_file: str) -> None:
    """Every value must be one of a declared input, where these can be read."""
    declared = document
    for section in ("topology_template", "inputs"):
        if declared is not None and not isinstance(declared, Mapping):
            return
        declared = (declared or {}).get(section) or {}
    if not isinstance(declared, Mapping):
        return
    problems = Problems(inputs, param_file)
    for name in inputs:
        if name not in declared:
            problems.add(
                f'there is no input "{name}" in the descriptor'
                f"{near(str(name), declared)}; it declares "
                f"{', '.join(declared) or 'none'}",
                (name,),
            )
    problems.raise_if_any()


def _read(file: str) -> bytes:
    with open(file, "rb") as stream:
        data = stream.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise exceptions.InvalidTemplate(
            f"larger than {LARGEST_FILE} bytes, far more than a descriptor or a "
            "package may be",
            file=file,
        )
    return data


def _text(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise exceptions.InvalidTemplate(
            "not a text file in UTF-8", file=file, line=1
        ) from None


def _print(outcomes: Sequence[Outcome], arguments: argparse.Namespace) -> None:
    if arguments.format == "json":
        json.dump([each.as_object() for each in outcomes], sys.stdout, indent=2)
        sys.stdout.write("\n")
    for outcome in outcomes:
        if arguments.format == "text":
            for finding in outcome.findings:
                print(_told(finding), file=sys.stderr)
        if outcome.rendered and not arguments.check:
            _write(outcome.rendered, arguments)


def _told(finding: report.Finding) -> str:
    if not finding.line and not finding.node:
        return f"{finding.file}: {finding.reason}"
    return str(finding)


def _write(rendered: hot.Hot, arguments: argparse.Namespace) -> None:
    """Nested templates into their directory, the main one to the output."""
    if rendered.files and arguments.output_dir:
        arguments.output_dir.mkdir(parents=True, exist_ok=True)
        for name, text in rendered.files.items():
            (arguments.output_dir / name).write_text(text, "utf-8")
    if arguments.format == "json":
        return
    if rendered.files and not arguments.output_dir:
        names = ", ".join(sorted(rendered.files))
        print(
            f"nested templates not written: {names}; give --output-dir",
            file=sys.stderr,
        )
    sys.stdout.write(rendered.text)


if __name__ == "__main__":
    sys.exit(main())
