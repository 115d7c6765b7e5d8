"""Encrypting the secrets of registered VIMs at rest.

A registration's ``auth_cred`` is kept in two parts: what anybody who may see the
VIM may read, with masks where the secrets are, and one encrypted text with these.
"""

from __future__ import annotations

import json
import os
import pathlib
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography import fernet
from oslo_config import cfg

from tacker_lite import exceptions

KEY_FILE = "credential_key"
MASKED = "***"
PUBLIC_NAMES = frozenset(
    {
        "application_credential_id",
        "application_credential_name",
        "auth_url",
        "cert_verify",
        "client_id",
        "key_type",
        "oidc_token_url",
        "project_domain_id",
        "project_domain_name",
        "project_id",
        "project_name",
        "ssl_ca_cert",
        "user_domain_id",
        "user_domain_name",
        "user_id",
        "username",
    }
)
"""Members of ``auth_cred`` that hold no secret: every other one may."""


class CredentialKeyError(exceptions.TackerLiteError):
    """The configured keys cannot be used, or cannot decrypt what is stored."""

    template = "{reason}"


def new_key() -> str:
    """A fresh value for option ``[vim] credential_key``."""
    return fernet.Fernet.generate_key().decode()


def key_file(conf: cfg.ConfigOpts) -> pathlib.Path | None:
    """This node's key file, there or not; None when keys are configured."""
    if conf.vim.credential_key:
        return None
    return pathlib.Path(conf.state_path) / KEY_FILE


class Keyring:
    """The keys of ``[vim] credential_key``, or of a key file of this node.

    :raises CredentialKeyError: when a key is malformed or its file unusable.
    """

    def __init__(self, conf: cfg.ConfigOpts):
        keys = [key.strip() for key in conf.vim.credential_key]
        self._origin = "option [vim] credential_key"
        path = key_file(conf)
        if path:
            self._origin = f"key file {path}"
            keys = [_key_from(path)]
        try:
            self._fernet = fernet.MultiFernet([fernet.Fernet(key) for key in keys])
        except ValueError as error:
            raise CredentialKeyError(
                reason=f"{self._origin} does not hold 32 bytes in URL-safe base64: "
                "tacker-lite-manage credentials key makes a key"
            ) from error

    def seal(self, auth_cred: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """Split ``auth_cred`` into what may be shown and its encrypted secrets.

        :returns: all members, those that may be secret masked; the sealed secrets.
        """
        hidden = {
            name: value for name, value in auth_cred.items() if name not in PUBLIC_NAMES
        }
        public = {**auth_cred, **dict.fromkeys(hidden, MASKED)}
        return public, self._fernet.encrypt(json.dumps(hidden).encode()).decode()

    def open(self, public: Mapping[str, Any], sealed: str) -> dict[str, Any]:
        """The whole ``auth_cred`` again.

        :raises CredentialKeyError: when no key decrypts ``sealed``.
        """
        try:
            hidden = json.loads(self._fernet.decrypt(sealed.encode()))
        except fernet.InvalidToken as error:
            raise self._undecryptable() from error
        return {**public, **hidden}

    def rotate(self, sealed: str) -> str:
        """``sealed`` encrypted anew, under the first key.

        :raises CredentialKeyError: when no key decrypts ``sealed``.
        """
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except fernet.InvalidToken as error:
            raise self._undecryptable() from error

    def _undecryptable(self) -> CredentialKeyError:
        return CredentialKeyError(
            reason="The stored VIM credentials were encrypted with a key that "
            f"{self._origin} does not hold: give every node, in option [vim] "
            "credential_key, all keys that were ever in use, or set the VIM's "
            "credentials again"
        )


def _key_from(path: pathlib.Path) -> str:
    """The key in ``path``, made there first when there is none.

    Written beside and linked into place, so that of two processes that start at
    once both use the key of the first, and a kill leaves no half a key.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _place(path, new_key())
        return path.read_text().strip()
    except OSError as error:
        raise CredentialKeyError(
            reason=f"Key file {path} cannot be used ({error.strerror}): set option "
            "[vim] credential_key, or make [DEFAULT] state_path writable"
        ) from error


def _place(path: pathlib.Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    except FileExistsError:
        pass  # Another process was first: its key counts.
    finally:
        beside.unlink()
