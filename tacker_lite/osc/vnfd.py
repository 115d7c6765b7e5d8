"""``openstack vnf descriptor ...``"""

from __future__ import annotations

from typing import Any

from osc_lib import exceptions, utils
from osc_lib.command import command

from tacker_lite.osc.command import (
    ZIP,
    DeleteRows,
    DocumentsColumn,
    JsonColumn,
    ShowRow,
    add_owner,
    as_package,
    as_text,
    client_of,
    given,
    read_bytes,
    read_mapping,
    read_template,
    shown,
)

DESCRIPTION_WIDTH = 25
"""Characters of a description that a listing shows."""

FORMATTERS = {"attributes": DocumentsColumn, "service_types": JsonColumn}


def shortened(text: str) -> str:
    """At most :data:`DESCRIPTION_WIDTH` characters, marked where cut."""
    if len(text) > DESCRIPTION_WIDTH:
        return f"{text[:DESCRIPTION_WIDTH]}..."
    return text


class CreateVnfd(command.ShowOne):
    """Onboard a VNF descriptor, or (--dry-run) tell what is wrong with it.

    A dry run stores nothing.  It shows what a VIM would be given; when the descriptor
    has problems it lists them, and the command ends with the status 1.
    """

    found_problems = False

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("name", metavar="NAME", help="Name of the descriptor")
        parser.add_argument(
            "--vnfd-file",
            required=True,
            metavar="<file>",
            help="TOSCA YAML file, or a package (CSAR) with one",
        )
        add_owner(parser)
        parser.add_argument(
            "--description",
            metavar="<text>",
            help="Text for people (default: the descriptor's own)",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Check the descriptor and store nothing",
        )
        parser.add_argument(
            "--param-file",
            metavar="<file>",
            help="With --dry-run: YAML file with values of inputs (default: missing "
            "values are no problem)",
        )
        return parser

    def take_action(self, parsed_args):
        given_row = given(parsed_args, "name", "tenant_id", "description")
        if parsed_args.dry_run:
            return self._try(parsed_args, given_row)
        if parsed_args.param_file:
            raise exceptions.CommandError(
                "--param-file is for --dry-run: a VNF made from the descriptor has "
                "values, see vnf create"
            )
        template = read_template(parsed_args.vnfd_file, "--vnfd-file")
        row = client_of(self).vnfds.create(
            {"attributes": {"vnfd": template}, **given_row}
        )
        return shown(row, FORMATTERS)

    def run(self, parsed_args):
        """Run the command; 1 when a dry run found problems."""
        return super().run(parsed_args) or int(self.found_problems)

    def produce_output(self, parsed_args, column_names, data):
        """Problems are a listing, whatever else the command shows."""
        if not self.found_problems:
            return super().produce_output(parsed_args, column_names, data)
        if not hasattr(self.formatter, "emit_list"):
            raise exceptions.CommandError(
                "\n".join(f"{row[0]}:{row[1] or 1}: {row[3]}" for row in data)
            )
        self.formatter.emit_list(column_names, data, self.app.stdout, parsed_args)
        return 0

    def _try(self, parsed_args, given_row):
        path = parsed_args.vnfd_file
        data = read_bytes(path, "--vnfd-file")
        attributes: dict[str, Any] = {}
        if data.startswith(ZIP):
            attributes["vnfd"] = as_package(data)
        else:
            attributes["vnfd"] = as_text(data, f"--vnfd-file {path}")
        if parsed_args.param_file:
            attributes["param_values"] = read_mapping(
                parsed_args.param_file, "--param-file"
            )
        found = client_of(self).vnfds.try_create(
            {"attributes": attributes, **given_row}
        )
        self.found_problems = bool(found["problems"])
        if not self.found_problems:
            documents = found["attributes"]
            return tuple(sorted(documents)), tuple(
                documents[name] for name in sorted(documents)
            )
        return ("File", "Line", "Node", "Problem"), [
            (
                f"{path}:{each['file']}" if each["file"] else path,
                each["line"],
                each["node"],
                each["reason"],
            )
            for each in found["problems"]
        ]


class ListVnfd(command.Lister):
    """List VNF descriptors."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--template-source",
            metavar="<source>",
            choices=["onboarded", "inline", "all"],
            help="Only those onboarded, or made by vnf create, or all (default)",
        )
        return parser

    def take_action(self, parsed_args):
        columns = {
            "id": "ID",
            "name": "Name",
            "template_source": "Template_Source",
            "description": "Description",
        }
        rows = client_of(self).vnfds.list(**given(parsed_args, "template_source"))
        for row in rows:
            row["description"] = shortened(row["description"])
        return tuple(columns.values()), (
            utils.get_dict_properties(row, tuple(columns)) for row in rows
        )


class ShowVnfd(ShowRow):
    """Show one VNF descriptor."""

    collection = "vnfds"
    metavar = "VNFD"
    formatters = FORMATTERS


class ShowVnfdTemplate(ShowVnfd):
    """Show the template of one VNF descriptor."""

    def take_action(self, parsed_args):
        template = {"vnfd": self.row(parsed_args)["attributes"]["vnfd"]}
        return ("attributes",), (DocumentsColumn(template),)


class DeleteVnfd(DeleteRows):
    """Delete VNF descriptors that no VNF uses."""

    collection = "vnfds"
    metavar = "VNFD"
