"""Management drivers: :func:`load` finds the one that a descriptor asks for."""

from __future__ import annotations

import stevedore
from oslo_config import cfg

from tacker_lite import exceptions
from tacker_lite.mgmt.base import MgmtDriver

NAMESPACE = "tacker_lite.mgmt_drivers"


def load(conf: cfg.ConfigOpts, name: str) -> MgmtDriver:
    """The driver called ``name``.

    :param name: what the VDUs' ``mgmt_driver`` says.
    :raises InvalidInput: when no such driver is installed; names those that are.
    """
    manager: stevedore.NamedExtensionManager[MgmtDriver]
    manager = stevedore.NamedExtensionManager(
        NAMESPACE, [name], invoke_on_load=True, invoke_args=(conf,)
    )
    for extension in manager:
        if extension.obj is not None:
            return extension.obj
    known = sorted(stevedore.ExtensionManager(NAMESPACE).entry_points_names())
    raise exceptions.InvalidInput(
        f"management driver {name} is not installed; use one of: {', '.join(known)}",
        public_type="InvalidMgmtDriver",
    )
