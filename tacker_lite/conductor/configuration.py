"""The step that configures the VDUs of a VNF, by its management driver."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Mapping
from typing import Any

from oslo_config import cfg
from oslo_log import log

from tacker_lite import mgmt
from tacker_lite.conductor import attributes
from tacker_lite.conductor.drivers import Row
from tacker_lite.conductor.vnf_records import Records, resource
from tacker_lite.db import base, query
from tacker_lite.db import vnf as vnf_table
from tacker_lite.db import vnfd as vnfd_table
from tacker_lite.mgmt.base import MgmtDriver
from tacker_lite.tosca.model import VnfTemplate

LOG = log.getLogger(__name__)

NOTHING_TO_DO = "noop"
"""The management driver that never has anything to do."""

TO_CONFIGURE: Row = {"configure": True}
"""What ``operation`` says when the VDUs are to be configured at its end."""


class MgmtDrivers:
    """One object for each management driver, made when first needed."""

    def __init__(self, conf: cfg.ConfigOpts):
        self._conf = conf
        self._lock = threading.Lock()
        self._loaded: dict[str, MgmtDriver] = {}

    def get(self, name: str) -> MgmtDriver:
        """The driver of this name.

        :raises InvalidInput: when it is not installed; names those that are.
        """
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = mgmt.load(self._conf, name)
            return self._loaded[name]

    def check(self, vnfd: Row, template: VnfTemplate, config: Mapping[str, Any]) -> Row:
        """Refuse a configuration that could never be applied.

        :returns: what the VNF's ``operation`` has to say about it.
        :raises InvalidInput: naming the key and what would be right.
        """
        name = vnfd["mgmt_driver"] or NOTHING_TO_DO
        self.get(name).check(config, [vdu.name for vdu in template.vdus])
        return {} if name == NOTHING_TO_DO or not config else dict(TO_CONFIGURE)


class Configuration:
    """Configures VNFs once their VDUs have booted."""

    def __init__(self, conf: cfg.ConfigOpts, records: Records, drivers: MgmtDrivers):
        self._boot_wait = datetime.timedelta(seconds=conf.mgmt.boot_wait)
        self._records = records
        self._drivers = drivers

    def when_created(self, row: Row) -> Row:
        """What a VNF's row says when its creation ends."""
        if not is_asked_for(row):
            return {}
        return {"configure_at": query.now() + self._boot_wait}

    def begin(self, row: Row) -> None:
        """The time has come for an active VNF: an update begins."""
        with self._records.database.writer() as session:
            base.transition(
                session,
                "vnf",
                row,
                "update",
                "Its configuration is applied",
                next_step=vnf_table.CONFIGURE,
                operation=TO_CONFIGURE,
                operation_started_at=query.now(),
            )

    def apply(self, row: Row) -> None:
        """Have the management driver bring the VDUs to what the VNF says."""
        with self._records.database.reader() as session:
            vnfd = vnfd_table.get(session, row["vnfd_id"])
        driver = self._drivers.get(vnfd["mgmt_driver"] or NOTHING_TO_DO)
        config = attributes.parse("config", row["attributes"].get("config"))
        LOG.info("VNF is being configured", resource=resource(row))
        driver.configure(addresses_of(row), config)
        self._records.done(row, "Its configuration was applied", configure_at=None)


def is_asked_for(row: Row) -> bool:
    """Whether the operation in hand ends with a configuration."""
    return bool((row["operation"] or {}).get("configure"))


def addresses_of(row: Row) -> dict[str, list[str]]:
    """Management addresses by VDU, as the VNF's row has them."""
    found = json.loads(row["mgmt_ip_address"] or "{}")
    return {
        vdu: [value] if isinstance(value, str) else list(value)
        for vdu, value in found.items()
    }
