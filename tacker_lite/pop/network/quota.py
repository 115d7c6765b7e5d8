"""How much of a PoP's network service a project may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud
    from tacker_lite.pop.network.service import NetworkService

#: What a limit may be set of, in the words of the API.
NAMES = (
    *("network", "subnet", "port", "router", "floatingip", "security_group"),
    *("security_group_rule", "subnetpool", "rbac_policy", "port_pair"),
    *("port_pair_group", "flow_classifier", "port_chain"),
)
NO_LIMIT = -1
_MOST = 2**31 - 1


@dataclass(frozen=True)
class NetworkQuota:
    """Limits that were set for the project with this id."""

    id: str
    limits: Mapping[str, int] = field(default_factory=dict)


class NetworkQuotas:
    """Limits of projects; without one set, those of the topology, else none."""

    def __init__(self, cloud: Cloud, network: NetworkService):
        self._cloud = cloud
        self._network = network
        self._rows = Table(cloud.store, cloud.pop.name, "network_quota", NetworkQuota)

    def limits(self, project_id: str) -> dict[str, int]:
        """The limits of a project by name."""
        with self._cloud.lock:
            row = self._rows.get(project_id)
        return {**self.defaults(project_id), **(row.limits if row else {})}

    def defaults(self, project_id: str) -> dict[str, int]:
        """The limits of a project that nobody has set any for."""
        limits = dict.fromkeys(NAMES, NO_LIMIT)
        for name, given in self._cloud.pop.quotas.items():
            if self._cloud.identity.project_named(name) == project_id:
                limits |= {key: given[key] for key in NAMES if key in given}
        return limits

    def used(self, project_id: str) -> dict[str, int]:
        """What a project has of each."""
        with self._cloud.lock:
            return {
                name: sum(row.project_id == project_id for row in self._table(name))
                for name in NAMES
            }

    def _table(self, name: str) -> Any:
        network = self._network
        tables: dict[str, Any] = {
            "network": network.networks,
            "subnet": network.subnets,
            "port": network.ports,
            "router": network.routers,
            "floatingip": network.floating_ips,
            "security_group": network.groups,
            "security_group_rule": network.rules,
            "port_pair": network.chaining.pairs,
            "port_pair_group": network.chaining.groups,
            "flow_classifier": network.chaining.classifiers,
            "port_chain": network.chaining.chains,
        }
        return tables.get(name, ())

    def require(self, project_id: str, name: str) -> None:
        """See that a project may have one more; the caller holds the PoP's lock.

        :raises Conflict: OverQuota.
        """
        limit = self.limits(project_id)[name]
        if limit < 0:
            return
        if sum(row.project_id == project_id for row in self._table(name)) >= limit:
            raise Conflict(f"Quota exceeded for resources: ['{name}'].", "OverQuota")

    def change(self, project_id: str, attrs: Attrs) -> dict[str, int]:
        """Set the limits that a body names; -1 takes one away.

        :raises BadRequest: when a name or a limit is none.
        """
        attributes.refuse_unknown(attrs, (*NAMES, "force", "check_limit", "tenant_id"))
        new = {
            name: attributes.integer(attrs, name, None, NO_LIMIT, _MOST)
            for name in NAMES
            if attrs.get(name) is not None
        }
        with self._cloud.lock:
            if attributes.flag(attrs, "check_limit", False):
                self._check_used(project_id, new)
            row = self._rows.get(project_id)
            limits = {**(row.limits if row else {}), **new}
            self._rows.put(NetworkQuota(project_id, limits))
        return self.limits(project_id)

    def _check_used(self, project_id: str, new: Mapping[str, int]) -> None:
        used = self.used(project_id)
        for name, limit in new.items():
            if 0 <= limit < used[name]:
                raise BadRequest(
                    f"Quota limit {limit} for {name} is below the {used[name]} in use.",
                    type="QuotaLimitUsageExceeded",
                )

    def reset(self, project_id: str) -> None:
        """Give a project back the limits that it had at first.

        :raises NotFound: when none were set.
        """
        with self._cloud.lock:
            if project_id not in self._rows:
                raise NotFound("tenant quota", project_id)
            self._rows.delete(project_id)

    def all(self) -> dict[str, dict[str, int]]:
        """Limits of every project that any were set for."""
        with self._cloud.lock:
            return {row.id: self.limits(row.id) for row in self._rows}
