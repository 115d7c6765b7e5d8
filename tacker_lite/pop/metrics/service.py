"""All that a lab measures, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacker_lite.pop.metrics.fed import FedMetrics
from tacker_lite.pop.metrics.histogram import Boots, Requests
from tacker_lite.pop.metrics.sampler import Sampler

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Lab


class LabMetrics:
    """What a lab measures.

    :ivar sampler: of its instances.
    :ivar fed: numbers that testers gave in place of measured ones.
    :ivar requests: answers of its APIs.
    :ivar boots: how long servers took to run.
    """

    def __init__(self, lab: Lab):
        self._lab = lab
        self.sampler = Sampler(lab)
        self.fed = FedMetrics(lab.store)
        self.requests = Requests()
        self.boots = Boots()

    def open(self) -> None:
        """Begin to measure."""
        if self.fed:
            clouds = self._lab.clouds.values()
            self.fed.retain({row.id for c in clouds for row in c.compute.servers})
        self.sampler.open(self._lab.alarms.horizon)

    def close(self) -> None:
        """End measuring."""
        self.sampler.close()
