"""``openstack vnf descriptor ...``"""

from __future__ import annotations

from osc_lib import utils
from osc_lib.command import command

from tacker_lite.osc.command import (
    DeleteRows,
    DocumentsColumn,
    JsonColumn,
    ShowRow,
    add_owner,
    client_of,
    given,
    read_mapping,
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
    """Onboard a VNF descriptor."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("name", metavar="NAME", help="Name of the descriptor")
        parser.add_argument(
            "--vnfd-file", required=True, metavar="<file>", help="TOSCA YAML file"
        )
        add_owner(parser)
        parser.add_argument(
            "--description",
            metavar="<text>",
            help="Text for people (default: the descriptor's own)",
        )
        return parser

    def take_action(self, parsed_args):
        template = read_mapping(parsed_args.vnfd_file, "--vnfd-file")
        row = client_of(self).vnfds.create(
            {
                "attributes": {"vnfd": template},
                **given(parsed_args, "name", "tenant_id", "description"),
            }
        )
        return shown(row, FORMATTERS)


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
        attributes = self.row(parsed_args)["attributes"]
        return ("attributes",), (DocumentsColumn(attributes),)


class DeleteVnfd(DeleteRows):
    """Delete VNF descriptors that no VNF uses."""

    collection = "vnfds"
    metavar = "VNFD"
