"""The contract between the conductor and a management driver.

To add a driver: subclass :class:`MgmtDriver` in ``mgmt/<name>.py``, put its options
in ``conf/<name>.py``, add an entry point under ``tacker_lite.mgmt_drivers`` in
``setup.cfg`` and its name to ``tosca.structure.MGMT_DRIVERS``, and write a release
note.  A driver outside this tree cannot be used yet: descriptors are checked against
that constant.

All arguments are plain values: a driver sees no request, row or VIM.
"""

from __future__ import annotations

import abc
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from oslo_config import cfg


class MgmtDriver(abc.ABC):
    """Configures what runs in the VDUs of a VNF.

    Subclasses are made with the service's configuration, hold no connection between
    two calls and may be called by several threads at once.
    """

    def __init__(self, conf: cfg.ConfigOpts):
        self.conf = conf

    def check(self, config: Mapping[str, Any], vdus: Collection[str]) -> None:  # noqa: B027
        """Refuse what :meth:`configure` could never do; contacts nobody.

        :param config: the VNF's attribute ``config``.
        :param vdus: names of the VDUs there are.
        :raises InvalidInput: naming the key and what would be right, never a value.
        """

    @abc.abstractmethod
    def configure(
        self, addresses: Mapping[str, Sequence[str]], config: Mapping[str, Any]
    ) -> None:
        """Bring every VDU named in ``config`` to what it says there.

        Repeating it does no harm.  It may take as long as the driver's own time
        limits allow, so callers use a worker.

        :param addresses: management addresses by VDU; several when it is scaled.
        :param config: the VNF's attribute ``config``:
            ``{"vdus": {<VDU>: {"config": {<service>: <text>}}}}``.
        :raises InvalidInput: as :meth:`check`; nothing was done then.
        :raises MgmtError: when at least one VDU instance is not configured; all the
            others are.  The message names VDU, address and service of each.
        """
