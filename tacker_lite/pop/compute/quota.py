"""How much of a PoP's compute service a project may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.compute.tables import ComputeTables
from tacker_lite.pop.errors import BadRequest, Forbidden
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

#: Limits of a project that nobody has set any for; -1: none.
DEFAULTS: Mapping[str, int] = {
    "instances": -1,
    "cores": -1,
    "ram": -1,
    "key_pairs": -1,
    "metadata_items": 128,
    "server_groups": -1,
    "server_group_members": -1,
    "injected_files": 0,
    "injected_file_content_bytes": 0,
    "injected_file_path_bytes": 0,
}
_MOST = 2**31 - 1


@dataclass(frozen=True)
class QuotaSet:
    """Limits that were set for the project with this id."""

    id: str
    limits: Mapping[str, int] = field(default_factory=dict)


class Quotas(ComputeTables):
    """The quota part of the compute service."""

    def __init__(self, cloud: Cloud):
        super().__init__(cloud)
        place = (cloud.store, cloud.pop.name)
        self._quota_sets = Table(*place, "quota_set", QuotaSet)

    def quota(self, project_id: str) -> dict[str, int]:
        """The limits of a project by name: those set, else the topology's."""
        limits = {**DEFAULTS, **self._of_topology(project_id)}
        with self.cloud.lock:
            row = self._quota_sets.get(project_id)
        return {**limits, **row.limits} if row else limits

    def _of_topology(self, project_id: str) -> dict[str, int]:
        for name, limits in self.cloud.pop.quotas.items():
            if self.cloud.identity.project_named(name) == project_id:
                return {key: limits[key] for key in DEFAULTS if key in limits}
        return {}

    def quota_used(self, project_id: str, user_id: str = "") -> dict[str, int]:
        """What a project uses of each limit that is counted.

        :param user_id: whose key pairs are counted.
        """
        with self.cloud.lock:
            mine = [row for row in self.servers if row.project_id == project_id]
            groups = [g for g in self.server_groups if g.project_id == project_id]
            keys = [key for key in self.keypairs if key.user_id == user_id]
        return {
            "instances": len(mine),
            "cores": sum(row.flavor.vcpus for row in mine),
            "ram": sum(row.flavor.ram for row in mine),
            "server_groups": len(groups),
            "key_pairs": len(keys),
        }

    def set_quota(self, project_id: str, attrs: Attrs) -> dict[str, int]:
        """Set the limits that a body names.

        :raises BadRequest: a name is unknown, or a limit below what is used and not
            forced.
        """
        known = {*DEFAULTS, "force", "tenant_id", *_RETIRED}
        attributes.refuse_unknown(attrs, known)
        new = {
            name: attributes.integer(attrs, name, None, -1, _MOST)
            for name in DEFAULTS
            if attrs.get(name) is not None
        }
        force = attributes.flag(attrs, "force", False)
        with self.cloud.lock:
            used = self.quota_used(project_id)
            for name, limit in new.items():
                if not force and 0 <= limit < used.get(name, 0):
                    raise BadRequest(
                        f"Quota limit {limit} for {name} must be greater than or equal"
                        f" to already used and reserved {used[name]}."
                    )
            row = self._quota_sets.get(project_id)
            limits = {**(row.limits if row else {}), **new}
            self._quota_sets.put(QuotaSet(project_id, limits))
        return self.quota(project_id)

    def reset_quota(self, project_id: str) -> None:
        """Give a project back the limits that it had at first."""
        with self.cloud.lock:
            self._quota_sets.delete(project_id)

    def require_quota(self, project_id: str, **wanted: int) -> None:
        """Refuse what is more than a project may use.

        :param wanted: how much more of ``instances``, ``cores`` and ``ram``.
        :raises Forbidden: naming what there is too little of.
        """
        limits = self.quota(project_id)
        if all(limits[name] < 0 for name in wanted):
            return
        used = self.quota_used(project_id)
        overs = [
            name
            for name, more in sorted(wanted.items())
            if more > 0 and 0 <= limits[name] < used[name] + more
        ]
        if overs:
            raise Forbidden(
                f"Quota exceeded for {_listed(overs)}: Requested"
                f" {_listed(overs, wanted)}, but already used {_listed(overs, used)} of"
                f" {_listed(overs, limits)} {_listed(overs)}",
                type="OverQuota",
            )

    def most_servers(self, project_id: str, low: int, high: int, size: Any) -> int:
        """How many of the wanted servers a project may have.

        :param low: fewest that will do, ``high`` most that are wanted.
        :param size: their flavor.
        :raises Forbidden: when it may not even have ``low``.
        """
        limits = self.quota(project_id)
        each = {"instances": 1, "cores": size.vcpus, "ram": size.ram}
        bounded = [name for name in each if limits[name] >= 0]
        used = self.quota_used(project_id) if bounded else {}
        fits = [(limits[name] - used[name]) // each[name] for name in bounded]
        count = max(low, min([high, *fits]))
        wanted = {name: count * one for name, one in each.items()}
        self.require_quota(project_id, **wanted)
        return count

    def require_one_more(
        self, project_id: str, name: str, used: int, what: str
    ) -> None:
        """:raises Forbidden: when there are as many as allowed of something."""
        limit = self.quota(project_id)[name]
        if 0 <= limit <= used:
            raise Forbidden(f"Quota exceeded, too many {what}.", type="OverQuota")

    def require_metadata_items(self, project_id: str, count: int) -> None:
        """:raises Forbidden: when that many entries are more than a server may have."""
        limit = self.quota(project_id)["metadata_items"]
        if 0 <= limit < count:
            message = f"Maximum number of metadata items exceeds {limit}"
            raise Forbidden(message, type="MetadataLimitExceeded")


#: Of networks, which have a service of their own; old clients still send them.
_RETIRED = ("fixed_ips", "floating_ips", "security_groups", "security_group_rules")


def _listed(names: list[str], values: Mapping[str, int] | None = None) -> str:
    return ", ".join(names if values is None else [str(values[n]) for n in names])
