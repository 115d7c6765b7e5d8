"""How many load balancers and parts of them a project may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.load_balancer import records
from tacker_lite.pop.load_balancer.errors import Missing, QuotaMet
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.load_balancer.tables import Tables

#: Kinds by the key of a quota, as the API names them in errors.
KINDS: Mapping[str, str] = {
    "loadbalancer": "Load Balancer",
    "listener": "Listener",
    "pool": "Pool",
    "member": "Member",
    "healthmonitor": "Health Monitor",
    "l7policy": "L7 Policy",
    "l7rule": "L7 Rule",
}
#: Older names of keys, which the API still takes and shows.
OLDER = {"load_balancer": "loadbalancer", "health_monitor": "healthmonitor"}


class Quotas:
    """The quotas of a PoP's projects; without one of its own a project has no end."""

    def __init__(self, tables: Tables):
        cloud = tables.cloud
        self._tables = tables
        self._quotas = Table(
            cloud.store, cloud.pop.name, "load_balancer_quota", records.Quota
        )

    def of(self, project_id: str) -> dict[str, int]:
        """The limits of a project by kind; -1: no end."""
        own = self._quotas.get(project_id)
        return {**self.defaults(project_id), **(own.limits if own else {})}

    def defaults(self, project_id: str = "") -> dict[str, int]:
        """What a project has until somebody says otherwise."""
        return dict.fromkeys(KINDS, -1) | self._of_topology(project_id)

    def _of_topology(self, project_id: str) -> dict[str, int]:
        cloud = self._tables.cloud
        project = cloud.identity.projects.get(project_id)
        given = cloud.pop.quotas.get(project.name, {}) if project else {}
        return {key: number for key, number in given.items() if key in KINDS}

    def list_own(self) -> list[records.Quota]:
        """Those of projects that have their own."""
        return list(self._quotas)

    def set(self, project_id: str, attrs: Attrs) -> dict[str, int]:
        """Give a project limits; None stands for the default.

        :raises BadRequest: naming the key that is wrong.
        """
        attributes.refuse_unknown(attrs, (*KINDS, *OLDER))
        with self._tables.cloud.lock:
            own = self._quotas.get(project_id)
            limits = dict(own.limits) if own else {}
            for key, value in attrs.items():
                name = OLDER.get(key, key)
                if value is None:
                    limits.pop(name, None)
                else:
                    limits[name] = attributes.integer(attrs, key, None, -1)
            self._quotas.put(records.Quota(project_id, limits))
        return self.of(project_id)

    def reset(self, project_id: str) -> None:
        """Take a project's own limits away.

        :raises NotFound: it has none.
        """
        with self._tables.cloud.lock:
            if project_id not in self._quotas:
                raise Missing("quotas", project_id)
            self._quotas.delete(project_id)

    def check(self, kind: str, project_id: str, more: int = 1) -> None:
        """See that a project may have more objects of a kind.

        :raises QuotaMet: it may not.
        """
        limit = self.of(project_id)[kind]
        if limit < 0:
            return
        rows: Any = self._tables.table_of(kind)
        have = sum(row.project_id == project_id for row in rows)
        if have + more > limit:
            raise QuotaMet(KINDS[kind])
