"""What a VIM registration says, as keystoneauth wants to hear it."""

from __future__ import annotations

import ssl
import urllib.parse
from collections.abc import Mapping
from typing import Any

import urllib3.util.ssl_
from keystoneauth1.identity import v3

from tacker_lite import exceptions
from tacker_lite.vim.base import Vim
from tacker_lite.vim.openstack import faults


def rejected(vim: Vim, reason: str) -> exceptions.VimRejected:
    """A refusal of our own that concerns ``vim``."""
    return exceptions.VimRejected(
        vim=faults.printable(vim.name), reason=faults.printable(reason)
    )


def identity_url(vim: Vim) -> str:
    """The VIM's ``auth_url``, ending in ``/v3`` as Identity v3 needs it.

    :raises VimRejected: when it is no such URL; says what would be right.
    """
    url = vim.auth_url.strip().rstrip("/")
    try:
        parts = urllib.parse.urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise rejected(vim, "auth_url must look like https://host:5000/v3")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise rejected(vim, "auth_url must hold no user, password, query or fragment")
    return url if parts.path.endswith("/v3") else f"{url}/v3"


def domain(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The domain of a user or project; Identity's default one when none is named."""
    if values.get(f"{kind}_domain_id"):
        return {f"{kind}_domain_id": values[f"{kind}_domain_id"]}
    if values.get(f"{kind}_domain_name"):
        return {f"{kind}_domain_name": values[f"{kind}_domain_name"]}
    return {f"{kind}_domain_id": "default"}


def user(vim: Vim) -> dict[str, Any]:
    """Who signs in: the user's id, or name and domain.

    :raises VimRejected: when the registration names nobody.
    """
    credentials = vim.credentials
    if credentials.get("user_id"):
        return {"user_id": credentials["user_id"]}
    if credentials.get("username"):
        return {"username": credentials["username"], **domain(credentials, "user")}
    raise rejected(vim, "auth_cred must name a username or user_id")


def project_scope(vim: Vim) -> dict[str, Any]:
    """The project to work in: its id, or name and domain.

    :raises VimRejected: when the registration names none.
    """
    project = vim.project
    ident = project.get("id") or project.get("project_id")
    if ident:
        return {"project_id": ident}
    if project.get("name"):
        return {"project_name": project["name"], **domain(project, "project")}
    raise rejected(vim, "vim_project must hold the project's name or id")


def auth_plugin(vim: Vim, url: str) -> v3.base.Auth:
    """What signs in with the credentials of the registration.

    :param url: of Identity v3.
    :raises VimRejected: naming the credentials that are missing.
    """
    credentials = vim.credentials
    secret = credentials.get("application_credential_secret")
    if secret:
        if credentials.get("application_credential_id"):
            ident = {
                "application_credential_id": credentials["application_credential_id"]
            }
        elif credentials.get("application_credential_name"):
            name = credentials["application_credential_name"]
            ident = {"application_credential_name": name, **user(vim)}
        else:
            raise rejected(
                vim, "auth_cred must hold application_credential_id or _name"
            )
        return v3.ApplicationCredential(
            url, application_credential_secret=secret, **ident
        )
    if credentials.get("bearer_token"):
        return v3.Token(url, token=credentials["bearer_token"], **project_scope(vim))
    if credentials.get("password"):
        password = credentials["password"]
        return v3.Password(url, password=password, **user(vim), **project_scope(vim))
    raise rejected(
        vim,
        "auth_cred must hold a password, an application_credential_secret or a "
        "bearer_token",
    )


def verifies(vim: Vim) -> bool:
    """Whether the cloud's certificate is to be verified."""
    wish = str(vim.credentials.get("cert_verify") or "True").strip().lower()
    if wish not in ("true", "false"):
        raise rejected(vim, "cert_verify must be True or False")
    return wish == "true"


def authorities(vim: Vim, ca_file: str | None) -> ssl.SSLContext | None:
    """A TLS context that trusts the registration's own CA, or else the operator's.

    That of the registration is text, never a file name: a registration must not
    reach into this machine.

    :param ca_file: the operator's, from the configuration.
    :returns: None when the built-in CAs are to be trusted, or nothing is verified.
    """
    text = vim.credentials.get("ssl_ca_cert")
    if not verifies(vim) or not (text or ca_file):
        return None
    context = urllib3.util.ssl_.create_urllib3_context()
    if text:
        try:
            context.load_verify_locations(cadata=text)
        except (ssl.SSLError, ValueError, TypeError) as error:
            raise rejected(
                vim,
                "ssl_ca_cert must be the text of a PEM certificate, not a file name",
            ) from error
        return context
    try:
        context.load_verify_locations(cafile=ca_file)
    except (ssl.SSLError, OSError) as error:
        raise rejected(
            vim,
            f"option [vim_openstack] ca_file: {ca_file} is no readable file of PEM "
            "certificates",
        ) from error
    return context
