"""``openstack vnf ...``"""

from __future__ import annotations

from osc_lib import exceptions, utils
from osc_lib.command import command

from tacker_lite.osc import wait
from tacker_lite.osc.command import (
    DeleteRows,
    DocumentsColumn,
    JsonColumn,
    ShowRow,
    add_owner,
    as_mapping,
    client_of,
    delete_each,
    given,
    read_mapping,
    read_template,
    shown,
)

FORMATTERS = {"attributes": DocumentsColumn, "placement_attr": JsonColumn}


def _add_wait(parser, what: str) -> None:
    parser.add_argument("--wait", action="store_true", help=f"Return when {what}")
    parser.add_argument(
        "--timeout",
        type=float,
        default=600.0,
        metavar="<seconds>",
        help="Longest time to wait (default: 600)",
    )


def _add_source(parser, required: bool) -> None:
    vnfd = parser.add_mutually_exclusive_group(required=required)
    vnfd.add_argument("--vnfd-id", metavar="<id>", help="Descriptor, by id")
    vnfd.add_argument("--vnfd-name", metavar="<name>", help="Descriptor, by name")
    if required:
        vnfd.add_argument(
            "--vnfd-template",
            metavar="<file>",
            help="Descriptor in a file, or a package (CSAR) with one",
        )
    vim = parser.add_mutually_exclusive_group()
    vim.add_argument("--vim-id", metavar="<id>", help="VIM, by id")
    vim.add_argument("--vim-name", metavar="<name>", help="VIM, by name")


def _source_ids(client, parsed_args) -> dict:
    ids = given(parsed_args, "vim_id", "vnfd_id")
    if parsed_args.vim_name:
        ids["vim_id"] = client.vims.find(parsed_args.vim_name)
    if parsed_args.vnfd_name:
        ids["vnfd_id"] = client.vnfds.find(parsed_args.vnfd_name)
    return ids


class CreateVnf(command.ShowOne):
    """Create a VNF."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("name", metavar="NAME", help="Name of the VNF")
        _add_source(parser, required=True)
        parser.add_argument(
            "--vim-region-name",
            metavar="<region>",
            help="Region of the VIM (default: its first)",
        )
        parser.add_argument(
            "--config-file", metavar="<file>", help="YAML file with configuration"
        )
        parser.add_argument(
            "--param-file", metavar="<file>", help="YAML file with values of inputs"
        )
        parser.add_argument(
            "--description",
            metavar="<text>",
            help="Accepted for old scripts: a VNF has its descriptor's description",
        )
        add_owner(parser)
        _add_wait(parser, "the VNF is ACTIVE")
        return parser

    def take_action(self, parsed_args):
        client = client_of(self)
        body = given(parsed_args, "name", "description", "tenant_id")
        body["attributes"] = {}
        if parsed_args.config_file:
            body["attributes"]["config"] = read_mapping(
                parsed_args.config_file, "--config-file"
            )
        if parsed_args.param_file:
            body["attributes"]["param_values"] = read_mapping(
                parsed_args.param_file, "--param-file"
            )
        if parsed_args.vnfd_template:
            body["vnfd_template"] = read_template(
                parsed_args.vnfd_template, "--vnfd-template"
            )
        if parsed_args.vim_region_name:
            body["placement_attr"] = {"region_name": parsed_args.vim_region_name}
        row = client.vnfs.create({**body, **_source_ids(client, parsed_args)})
        if parsed_args.wait:
            row = wait.until_settled(client.vnfs, row["id"], parsed_args.timeout)
        return shown(row, FORMATTERS)


class ListVnf(command.Lister):
    """List VNFs."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        _add_source(parser, required=False)
        parser.add_argument(
            "--tenant-id", metavar="<project-id>", help="VNFs of this project alone"
        )
        parser.add_argument("--long", action="store_true", help="Show projects as well")
        parser.add_argument(
            "--template-source",
            metavar="<source>",
            help="Accepted for old scripts; VNFs of any descriptor are listed",
        )
        return parser

    def take_action(self, parsed_args):
        client = client_of(self)
        columns = {
            "id": "ID",
            "name": "Name",
            "mgmt_ip_address": "Mgmt Ip Address",
            "status": "Status",
            "vim_id": "VIM ID",
            "vnfd_id": "VNFD ID",
        }
        if parsed_args.long:
            columns["tenant_id"] = "Project ID"
        rows = client.vnfs.list(
            **given(parsed_args, "tenant_id"), **_source_ids(client, parsed_args)
        )
        return tuple(columns.values()), (
            utils.get_dict_properties(row, tuple(columns)) for row in rows
        )


class ShowVnf(ShowRow):
    """Show one VNF."""

    collection = "vnfs"
    metavar = "VNF"
    formatters = FORMATTERS


class SetVnf(command.ShowOne):
    """Change the configuration or the values of the inputs of a VNF."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("vnf", metavar="VNF", help="Name or id")
        change = parser.add_mutually_exclusive_group(required=True)
        change.add_argument("--config-file", metavar="<file>", help="YAML file")
        change.add_argument("--config", metavar="<yaml>", help="YAML text")
        change.add_argument(
            "--param-file", metavar="<file>", help="YAML file with values of inputs"
        )
        return parser

    def take_action(self, parsed_args):
        if parsed_args.config_file:
            changes = {"config": read_mapping(parsed_args.config_file, "--config-file")}
        elif parsed_args.param_file:
            values = read_mapping(parsed_args.param_file, "--param-file")
            changes = {"param_values": values}
        else:
            changes = {"config": as_mapping(parsed_args.config, "--config")}
        vnfs = client_of(self).vnfs
        row = vnfs.update(vnfs.find(parsed_args.vnf), {"attributes": changes})
        return shown(row, FORMATTERS)


class ScaleVnf(command.Command):
    """Add copies of the VDUs of a scaling policy to a VNF, or remove some."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("vnf", metavar="VNF", help="Name or id")
        parser.add_argument(
            "--scaling-policy-name",
            metavar="<policy>",
            help="Name of a scaling policy of the descriptor",
        )
        parser.add_argument(
            "--scaling-type", metavar="<type>", help="out (more copies) or in (fewer)"
        )
        _add_wait(parser, "the VNF is ACTIVE again")
        return parser

    def take_action(self, parsed_args):
        vnfs = client_of(self).vnfs
        ident = vnfs.find(parsed_args.vnf)
        policy, type_ = parsed_args.scaling_policy_name, parsed_args.scaling_type
        vnfs.scale(ident, policy, type_)
        if parsed_args.wait:
            wait.until_settled(vnfs, ident, parsed_args.timeout)


class DeleteVnf(DeleteRows):
    """Delete VNFs."""

    collection = "vnfs"
    metavar = "VNF"

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--force",
            action="store_true",
            help="Drop the record whatever its status and the VIM say (administrators)",
        )
        _add_wait(parser, "every VNF is gone")
        return parser

    def delete(self, collection, parsed_args):
        force = parsed_args.force
        if force and parsed_args.wait:
            raise exceptions.CommandError("--force never waits: leave out --wait")
        ids = delete_each(
            collection,
            parsed_args.names_or_ids,
            lambda ident: collection.delete(ident, force),
        )
        if parsed_args.wait:
            wait.until_gone(collection, ids, parsed_args.timeout)


class ListVnfResource(command.Lister):
    """List what the VIM made for a VNF."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("vnf", metavar="VNF", help="Name or id")
        return parser

    def take_action(self, parsed_args):
        vnfs = client_of(self).vnfs
        columns = {"id": "ID", "name": "Name", "type": "Type"}
        return tuple(columns.values()), (
            utils.get_dict_properties(row, tuple(columns))
            for row in vnfs.resources(vnfs.find(parsed_args.vnf))
        )
