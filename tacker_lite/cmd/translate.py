"""``tacker-lite-translate``: what a VIM would be asked for, without one.

Reads a VNFD, prints the HOT.  Needs no server, no database and no cloud.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tacker_lite import exceptions
from tacker_lite.tosca import loader, positions, structure
from tacker_lite.tosca.model import VnfTemplate
from tacker_lite.tosca.problems import near
from tacker_lite.vim.openstack import hot

FAILED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 when the HOT was printed, 1 with the reason on stderr."""
    arguments = _parser().parse_args(argv)
    try:
        rendered = _translate(arguments.vnfd, arguments.param_file)
        if rendered.files and arguments.output_dir:
            _write(arguments.output_dir, rendered.files)
        elif rendered.files:
            names = ", ".join(sorted(rendered.files))
            print(
                f"nested templates not written: {names}; give --output-dir",
                file=sys.stderr,
            )
        sys.stdout.write(rendered.text)
        sys.stdout.flush()
    except exceptions.InvalidTemplate as error:
        return _explain(error, arguments.vnfd)
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        sys.stderr.close()
        return FAILED
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tacker-lite-translate",
        description="Print what a VNFD (TOSCA) becomes for a VIM.",
    )
    parser.add_argument("vnfd", metavar="VNFD.yaml", help="the descriptor")
    parser.add_argument(
        "--to", choices=["heat"], default="heat", help="language of the VIM"
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


def _translate(vnfd: str, param_file: str | None) -> hot.Hot:
    document = loader.read(_text(vnfd), vnfd)
    inputs: Mapping[str, Any] = {}
    if param_file:
        inputs = loader.read(_text(param_file), param_file) or {}
        if not isinstance(inputs, Mapping):
            raise exceptions.InvalidTemplate(
                "a parameter file must be a mapping of input names to values",
                file=param_file,
                line=1,
            )
        _check_names(inputs, loader.load(document, file=vnfd), param_file)
    template = loader.load(document, inputs, file=vnfd)
    try:
        return hot.render(template, inline_values=True)
    except exceptions.InvalidTemplate as error:
        path = (error.fields.get("node"), *error.fields.get("path", ()))
        raise exceptions.InvalidTemplate(
            error.reason,
            file=vnfd,
            line=positions.line_of(document, (*structure.NODES, *path)),
        ) from error


def _check_names(inputs: Any, template: VnfTemplate, param_file: str) -> None:
    """Every value must be one of a declared input."""
    declared = template.document["topology_template"].get("inputs") or {}
    for name in inputs:
        if name not in declared:
            raise exceptions.InvalidTemplate(
                f'there is no input "{name}" in the descriptor'
                f"{near(str(name), declared)}; it declares "
                f"{', '.join(declared) or 'none'}",
                file=param_file,
                line=positions.line_of(inputs, (name,)),
            )


def _text(path: str) -> str:
    try:
        return pathlib.Path(path).read_text("utf-8")
    except UnicodeDecodeError:
        raise exceptions.InvalidTemplate(
            "not a text file in UTF-8", file=path, line=1
        ) from None


def _write(directory: pathlib.Path, files: Mapping[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, "utf-8")


def _explain(error: exceptions.InvalidTemplate, vnfd: str) -> int:
    """One ``file:line: reason`` for each problem."""
    file = error.file or vnfd
    found = error.fields.get("problems") or [(error.line, error.reason)]
    for line, reason in found:
        print(f"{file}:{line or 1}: {reason}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
