"""VIM drivers: :func:`load` finds one by the type of a registered VIM."""

from __future__ import annotations

import stevedore
import stevedore.exception
from oslo_config import cfg

from tacker_lite import exceptions
from tacker_lite.vim.base import VimDriver

NAMESPACE = "tacker_lite.vim_drivers"


def load(vim_type: str, conf: cfg.ConfigOpts) -> VimDriver:
    """The driver for VIMs of ``vim_type``.

    :raises InvalidInput: when no such driver is installed; names those that are.
    """
    manager: stevedore.NamedExtensionManager[VimDriver]
    manager = stevedore.NamedExtensionManager(
        NAMESPACE, [vim_type], invoke_on_load=True, invoke_args=(conf,)
    )
    for extension in manager:
        if extension.obj is not None:
            return extension.obj
    known = sorted(stevedore.ExtensionManager(NAMESPACE).entry_points_names())
    raise exceptions.InvalidInput(
        f"VIM type {vim_type} is not supported; use one of: {', '.join(known)}",
        public_type="InvalidInfraDriver",
    )
