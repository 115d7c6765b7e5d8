"""``openstack vim ...``"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from osc_lib import exceptions, utils
from osc_lib.command import command

from tacker_lite.osc.command import (
    DeleteRows,
    JsonColumn,
    ShowRow,
    add_owner,
    client_of,
    given,
    read_mapping,
    shown,
)

CONFIG_FILE_HELP = (
    "YAML file with auth_url, type (default: openstack), project_name, username, "
    "password, project_domain_name, user_domain_name, cert_verify ('True' or 'False') "
    "and ssl_ca_cert, the CA's certificate: its PEM text, or the name of a file on "
    "this machine that has it, seen from the folder of the YAML file"
)
CERTIFICATE = re.compile(
    "-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)

FORMATTERS = {
    "auth_cred": JsonColumn,
    "extra": JsonColumn,
    "placement_attr": JsonColumn,
    "vim_project": JsonColumn,
}


def _yes_or_no(text: str) -> bool:
    values = {"true": True, "false": False}
    if text.lower() not in values:
        raise exceptions.CommandError(f"--is-default: {text} is neither True nor False")
    return values[text.lower()]


def _required(config: dict, key: str, path: str) -> str:
    if not config.get(key):
        raise exceptions.CommandError(f"--config-file {path}: key {key} is missing")
    return config[key]


def _authority(config: dict, path: str) -> dict:
    """``ssl_ca_cert`` as text, nothing but certificates; empty when not given.

    :raises CommandError: when there is no certificate to be found.
    """
    given = str(config.get("ssl_ca_cert") or "")
    if not given:
        return {}
    text = given
    if "-----BEGIN" not in given:
        try:
            text = (Path(path).parent / given).read_text()
        except (OSError, ValueError) as error:
            raise exceptions.CommandError(
                f"--config-file {path}: ssl_ca_cert: {error}; give the PEM text of a "
                "certificate or the name of a file that has it"
            ) from error
    found = CERTIFICATE.findall(text)
    if not found:
        raise exceptions.CommandError(
            f"--config-file {path}: ssl_ca_cert has no PEM certificate"
        )
    return {"ssl_ca_cert": "\n".join(found) + "\n"}


def _openstack_credentials(config: dict, path: str) -> tuple[dict, dict]:
    verify = config.get("cert_verify", "True")
    if verify not in ("True", "False"):
        raise exceptions.CommandError(
            f"--config-file {path}: cert_verify must be the text 'True' or 'False', "
            f"in quotes"
        )
    project = {
        "name": _required(config, "project_name", path),
        "project_domain_name": config.get("project_domain_name", ""),
    }
    credentials = {
        "username": config.get("username", ""),
        "password": config.get("password", ""),
        "user_domain_name": config.get("user_domain_name", ""),
        "cert_verify": verify,
        **_authority(config, path),
    }
    return project, credentials


def _kubernetes_credentials(config: dict, path: str) -> tuple[dict, dict]:
    for keys in (
        ("oidc_token_url", "client_id", "username", "password", "client_secret"),
        ("username", "password"),
        ("bearer_token",),
    ):
        if config.get(keys[0]):
            required = [key for key in keys if key != "client_secret"]
            credentials = {key: _required(config, key, path) for key in required}
            break
    else:
        raise exceptions.CommandError(
            f"--config-file {path}: username and password, bearer_token or "
            f"oidc_token_url must be given"
        )
    if config.get("client_secret"):
        credentials["client_secret"] = config["client_secret"]
    credentials |= _authority(config, path)
    return {"name": _required(config, "project_name", path)}, credentials


def attributes_from_file(path: str, register: bool) -> dict:
    """Request attributes from a VIM configuration file.

    :param register: also take what cannot change later: URL and type.
    :raises CommandError: naming the file and the key.
    """
    config = read_mapping(path, "--config-file")
    vim_type = config.get("type", "openstack")
    parse = {"openstack": _openstack_credentials, "kubernetes": _kubernetes_credentials}
    if vim_type not in parse:
        raise exceptions.CommandError(
            f"--config-file {path}: type {vim_type} is none of {', '.join(parse)}"
        )
    project, credentials = parse[vim_type](config, path)
    attributes: dict = {"vim_project": project, "auth_cred": credentials}
    if config.get("extra"):
        attributes["extra"] = config["extra"]
    if register:
        url = _required(config, "auth_url", path)
        if not (urlsplit(url).scheme and urlsplit(url).netloc):
            raise exceptions.CommandError(
                f"--config-file {path}: auth_url {url} is not a URL such as "
                f"http://host/identity"
            )
        attributes |= {"auth_url": url, "type": vim_type}
    return attributes


class RegisterVim(command.ShowOne):
    """Register an infrastructure on which VNFs can run."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("name", metavar="NAME", help="Name of the VIM")
        parser.add_argument(
            "--config-file",
            required=True,
            metavar="<file>",
            help=CONFIG_FILE_HELP,
        )
        add_owner(parser)
        parser.add_argument("--description", metavar="<text>", help="Text for people")
        parser.add_argument(
            "--is-default",
            action="store_true",
            help="VNFs that name no VIM go to this one",
        )
        return parser

    def take_action(self, parsed_args):
        row = client_of(self).vims.create(
            {
                **attributes_from_file(parsed_args.config_file, register=True),
                **given(parsed_args, "name", "tenant_id", "description", "is_default"),
            }
        )
        return shown(row, FORMATTERS)


class ListVim(command.Lister):
    """List the registered VIMs."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("--long", action="store_true", help="Show regions as well")
        return parser

    def take_action(self, parsed_args):
        columns = {
            "id": "ID",
            "name": "Name",
            "tenant_id": "Tenant_id",
            "type": "Type",
            "is_default": "Is Default",
            "placement_attr": "Placement attribution",
            "status": "Status",
        }
        if not parsed_args.long:
            del columns["placement_attr"]
        rows = client_of(self).vims.list()
        return tuple(columns.values()), (
            utils.get_dict_properties(row, tuple(columns), formatters=FORMATTERS)
            for row in rows
        )


class ShowVim(ShowRow):
    """Show one VIM."""

    collection = "vims"
    metavar = "VIM"
    formatters = FORMATTERS


class SetVim(command.ShowOne):
    """Change a VIM that no VNF uses."""

    def get_parser(self, prog_name):
        parser = super().get_parser(prog_name)
        parser.add_argument("vim", metavar="VIM", help="Name or id")
        parser.add_argument(
            "--config-file",
            metavar="<file>",
            help=f"{CONFIG_FILE_HELP}. auth_url and type are ignored; the rest must be "
            "complete",
        )
        parser.add_argument("--name", metavar="<name>", help="New name")
        parser.add_argument("--description", metavar="<text>", help="Text for people")
        parser.add_argument(
            "--is-default",
            type=_yes_or_no,
            metavar="{True,False}",
            help="Whether VNFs that name no VIM go to this one",
        )
        return parser

    def take_action(self, parsed_args):
        attributes = given(parsed_args, "name", "description", "is_default")
        if parsed_args.config_file:
            attributes |= attributes_from_file(parsed_args.config_file, register=False)
        if not attributes:
            raise exceptions.CommandError(
                "Nothing to change: give --name, --description, --is-default or "
                "--config-file"
            )
        vims = client_of(self).vims
        return shown(vims.update(vims.find(parsed_args.vim), attributes), FORMATTERS)


class DeleteVim(DeleteRows):
    """Delete VIMs that no VNF uses."""

    collection = "vims"
    metavar = "VIM"
