"""From a VIM's row to its driver and the value that the driver works with."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from oslo_config import cfg

from tacker_lite import vim as vim_drivers
from tacker_lite.vim.base import Vim, VimDriver

if TYPE_CHECKING:
    from tacker_lite.vim.credentials import Keyring

Row = dict[str, Any]


class Drivers:
    """One driver object for each type of VIM, made when first needed."""

    def __init__(self, conf: cfg.ConfigOpts):
        self._conf = conf
        self._lock = threading.Lock()
        self._loaded: dict[str, VimDriver] = {}
        self._keyring: Keyring | None = None

    def get(self, vim_type: str) -> VimDriver:
        """The driver for VIMs of this type.

        :raises InvalidInput: when no such driver is installed; names those that are.
        """
        with self._lock:
            if vim_type not in self._loaded:
                self._loaded[vim_type] = vim_drivers.load(vim_type, self._conf)
            return self._loaded[vim_type]

    @property
    def keyring(self) -> Keyring:
        """The keys of the credentials in the database."""
        with self._lock:
            if self._keyring is None:
                # cryptography costs start time; a conductor without VIMs needs none.
                from tacker_lite.vim import credentials  # noqa: PLC0415

                self._keyring = credentials.Keyring(self._conf)
            return self._keyring

    def vim(self, row: Row, region: str | None = None) -> Vim:
        """A VIM's row as the value that drivers work with, credentials opened.

        :raises TackerLiteError: when no key of this node opens the credentials.
        """
        return Vim(
            id=row["id"],
            name=row["name"],
            type=row["type"],
            auth_url=row["auth_url"],
            project=row["vim_project"],
            credentials=self.keyring.open(row["auth_cred"], row["secrets"]),
            region=region,
        )
