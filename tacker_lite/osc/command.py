"""What the commands of several nouns do alike."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml
from cliff import columns
from osc_lib import exceptions
from osc_lib.command import command

from tacker_lite.client import Client
from tacker_lite.client.http import ApiError, LookupFailed

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes of a file that is read to be sent."""

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
"""How a package (CSAR) begins, and no YAML text can."""


def client_of(command: Any) -> Client:
    """The API client that belongs to a command's shell."""
    return command.app.client_manager.nfv_orchestration


class JsonColumn(columns.FormattableColumn):
    """An object or list: indented JSON for people, itself for machines."""

    def human_readable(self) -> str:
        return json.dumps(self._value, indent=4, sort_keys=True)


class DocumentsColumn(columns.FormattableColumn):
    """Texts by name: each under its name for people, as they are for machines."""

    def human_readable(self) -> str:
        return "\n".join(
            f"{name}: {text}"
            if "\n" not in str(text).strip()
            else f"{name}:\n{textwrap.indent(str(text), '  ')}"
            for name, text in sorted(self._value.items())
        )


def read_mapping(path: str, option: str) -> dict:
    """The mapping in a YAML file that the user named with ``option``.

    :raises CommandError: naming the option, the file and, if known, the line.
    """
    where = f"{option} {path}"
    return as_mapping(as_text(read_bytes(path, option), where), where)


def read_template(path: str, option: str) -> dict:
    """The template in a file: what YAML says, or a package (CSAR) as the API takes it.

    :raises CommandError: naming the option, the file and, if known, the line.
    """
    data = read_bytes(path, option)
    if data.startswith(ZIP):
        return as_package(data)
    return as_mapping(as_text(data, f"{option} {path}"), f"{option} {path}")


def read_bytes(path: str, option: str) -> bytes:
    """What a file that the user named with ``option`` holds.

    :raises CommandError: naming the option and the file, which may be too large.
    """
    try:
        with open(path, "rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise exceptions.CommandError(f"{option} {path}: {error.strerror}") from error
    if len(data) > LARGEST_FILE:
        raise exceptions.CommandError(
            f"{option} {path}: is larger than {LARGEST_FILE} bytes, far more than the "
            "service takes"
        )
    return data


def as_text(data: bytes, where: str) -> str:
    """UTF-8 text; ``where`` names it in an error."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise exceptions.CommandError(f"{where}: is no UTF-8 text") from error


def as_package(data: bytes) -> dict:
    """A package as the API takes it in place of a template."""
    return {"csar": base64.b64encode(data).decode()}


def as_mapping(text: Any, where: str) -> dict:
    """The mapping that YAML ``text`` holds; ``where`` names it in an error."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "is not YAML"
        raise exceptions.CommandError(f"{where}{line}: {problem}") from error
    if not isinstance(value, dict):
        raise exceptions.CommandError(f"{where}: must hold a YAML mapping")
    return value


def shown(
    row: dict, formatters: Mapping[str, Callable[[Any], Any]] | None = None
) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Columns and values of one row, with ``tenant_id`` shown as ``project_id``."""
    row = dict(row)
    row["project_id"] = row.pop("tenant_id", "")
    formatters = formatters or {}
    names = tuple(sorted(row))
    return names, tuple(
        formatters[n](row[n]) if n in formatters else row[n] for n in names
    )


def given(arguments: Any, *names: str) -> dict:
    """The named arguments that the user gave, as request attributes."""
    values = {name: getattr(arguments, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def add_owner(parser: Any) -> None:
    """The option of every command that makes a row."""
    parser.add_argument(
        "--tenant-id",
        metavar="<project-id>",
        help="Owning project (default: the caller's; others: for administrators)",
    )


class ShowRow(command.ShowOne):
    """Show the row that a name or an id stands for.

    :cvar collection: of the client, such as ``vims``.
    :cvar metavar: the noun, as the help shows it.
    :cvar formatters: by attribute.
    """

    collection: str
    metavar: str
    formatters: Mapping[str, Callable[[Any], Any]] = {}

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("name_or_id", metavar=self.metavar, help="Name or id")
        return parser

    def take_action(self, parsed_args):
        return shown(self.row(parsed_args), self.formatters)

    def row(self, parsed_args: Any) -> dict:
        """The row that the user named."""
        collection = getattr(client_of(self), self.collection)
        return collection.show(collection.find(parsed_args.name_or_id))


class DeleteRows(command.Command):
    """Delete the rows that names or ids stand for.

    :cvar collection: of the client, such as ``vims``.
    :cvar metavar: the noun, as the help shows it.
    """

    collection: str
    metavar: str

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "names_or_ids", metavar=self.metavar, nargs="+", help="Names or ids"
        )
        return parser

    def take_action(self, parsed_args):
        collection = getattr(client_of(self), self.collection)
        self.delete(collection, parsed_args)
        self.app.stdout.write(
            f"All specified {collection.singular}(s) deleted successfully\n"
        )

    def delete(self, collection: Any, parsed_args: Any) -> None:
        """Delete what the user named."""
        delete_each(collection, parsed_args.names_or_ids, collection.delete)


def delete_each(
    collection: Any, names: Sequence[str], delete: Callable[[str], None]
) -> list[str]:
    """Delete every named row and report all failures together.

    :param delete: deletes the row of an id.
    :returns: the ids whose deletion was accepted.
    :raises CommandError: when any failed, after all have been tried.
    """
    done, ids, failed = [], [], []
    for name in names:
        try:
            ident = collection.find(name)
            delete(ident)
        except (ApiError, LookupFailed) as error:
            failed.append(f"Cannot delete {name}: {error}")
        else:
            done.append(name)
            ids.append(ident)
    if failed:
        if done:
            failed.insert(0, f"Deleted {collection.singular}(s): {', '.join(done)}")
        raise exceptions.CommandError("\n".join(failed))
    return ids
