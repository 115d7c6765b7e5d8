"""Changing the members of a group a few at a time, some always in service."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tacker_lite.pop.stack.properties import Property, Schema
from tacker_lite.pop.stack.resources.base import fresh_name

Members = Mapping[str, Any]

_BATCH: Schema = {
    "max_batch_size": Property("integer", default=1, least=1),
    "pause_time": Property("number", default=0, least=0),
}
#: The properties of a policy for updates, and of one for creation.
ROLLING: Schema = {
    "min_in_service": Property("integer", default=0, least=0),
    **_BATCH,
}
BATCH_CREATE: Schema = _BATCH


@dataclass(frozen=True)
class Batches:
    """How many members change at a time.

    :ivar size: most of them.
    :ivar least: members that are left alone meanwhile; where there are too few, others
        are added for the time of the update.
    :ivar pause: seconds between batches.
    """

    size: int
    least: int = 0
    pause: float = 0.0

    @classmethod
    def of(cls, policy: Mapping[str, Any]) -> Batches:
        """The ones of a policy."""
        return cls(
            policy["max_batch_size"],
            policy.get("min_in_service", 0),
            policy["pause_time"],
        )

    def check_pauses(self, members: int, seconds: float) -> None:
        """See that there is time for all pauses.

        :param seconds: that the operation may take.
        :raises ValueError: there is not.
        """
        if self.pause * (math.ceil(members / self.size) - 1) >= seconds:
            raise ValueError(
                "The current update policy will result in stack update timeout."
            )

    def next(self, present: Members, wanted: Members) -> dict[str, Any]:
        """What the members are to be after the next batch.

        :param present: definitions of the members there are, by name.
        :param wanted: what they are to be in the end.
        """
        changing = [name for name in wanted if present.get(name) != wanted[name]]
        batch = changing[: self.size]
        missing = self._too_few(present, batch)
        if missing:
            # Helpers come first, in batches of their own.
            model = wanted[changing[0]]
            added = {fresh_name(): model for _ in range(min(missing, self.size))}
            return {**present, **added}
        if len(batch) == len(changing):
            return dict(wanted)
        return {**present, **{name: wanted[name] for name in batch}}

    def _too_few(self, present: Members, batch: list[str]) -> int:
        """How many members are missing that stay in service during a batch."""
        replaced = [name for name in batch if name in present]
        if not replaced:
            return 0
        return max(0, min(self.least, len(present)) - (len(present) - len(replaced)))
