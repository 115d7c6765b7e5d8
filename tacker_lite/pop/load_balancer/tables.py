"""What the parts of the load-balancer service share: tables, and who may change."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict
from tacker_lite.pop.load_balancer import records
from tacker_lite.pop.load_balancer.errors import Missing
from tacker_lite.pop.load_balancer.lifecycle import Lifecycle
from tacker_lite.pop.load_balancer.quota import Quotas
from tacker_lite.pop.records import now
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

T = TypeVar("T")
S = TypeVar("S", bound="Tables")


class Tables:
    """Tables of one PoP's load-balancer service.

    :ivar patient: whether a change may be asked for while another is under way; the
        API refuses that, stacks do not care.
    """

    patient = False

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        place = (cloud.store, cloud.pop.name)
        self.balancers = Table(*place, "load_balancer", records.LoadBalancer)
        self.listeners = Table(*place, "listener", records.Listener)
        self.pools = Table(*place, "pool", records.Pool)
        self.members = Table(*place, "member", records.Member)
        self.monitors = Table(*place, "health_monitor", records.HealthMonitor)
        self.policies = Table(*place, "l7policy", records.L7Policy)
        self.rules = Table(*place, "l7rule", records.L7Rule)
        self.quotas: Quotas = Quotas(self)
        self.lifecycle = Lifecycle(self)

    def patiently(self: S) -> S:
        """The same service for those who do not mind what is under way."""
        other = copy.copy(self)
        other.patient = True
        return other

    @property
    def children(self) -> tuple[Table[Any], ...]:
        """The tables of what belongs to a load balancer."""
        return (
            *(self.listeners, self.pools, self.members, self.monitors),
            *(self.policies, self.rules),
        )

    def table_of(self, kind: str) -> Table[Any]:
        """The table of a kind of objects, by its name in quotas."""
        tables = {
            "loadbalancer": self.balancers,
            "listener": self.listeners,
            "pool": self.pools,
            "member": self.members,
            "healthmonitor": self.monitors,
            "l7policy": self.policies,
            "l7rule": self.rules,
        }
        return tables[kind]  # type: ignore[return-value]

    def find(self, project_id: str | None, table: Table[T], kind: str, ident: str) -> T:
        """The object of that id, when the project sees it."""
        row = table.get(ident)
        if row is None or project_id not in (None, row.project_id):  # type: ignore[attr-defined]
            raise Missing(kind, ident)
        return row

    def seen(self, project_id: str | None, table: Table[T]) -> list[T]:
        """A project's objects, oldest first."""
        with self.cloud.lock:
            return [row for row in table if project_id in (None, row.project_id)]  # type: ignore[attr-defined]

    def changeable(self, project_id: str | None, ident: str) -> records.LoadBalancer:
        """A load balancer that may be changed now.

        :raises Conflict: while another change is under way, and in ERROR.
        """
        balancer = self.find(project_id, self.balancers, "load balancer", ident)
        if balancer.provisioning_status != "ACTIVE" and not (
            self.patient and balancer.provisioning_status != "PENDING_DELETE"
        ):
            raise Conflict(
                f"Load Balancer {ident} is immutable and cannot be updated.",
                type="ImmutableObject",
            )
        return balancer

    def put_child(self, balancer_id: str, table: Table[T], row: T) -> T:
        """Store a new or changed object, and have the runtime follow."""
        with self.cloud.store.transaction():
            table.put(row)
            self.balancers.change(
                balancer_id, provisioning_status=self._pending(balancer_id)
            )
        self.lifecycle.follow_later(balancer_id)
        return row

    def _pending(self, balancer_id: str) -> str:
        """What a load balancer's status becomes by a change of one of its parts."""
        status = self.balancers.find("load balancer", balancer_id).provisioning_status
        return "PENDING_CREATE" if status == "PENDING_CREATE" else "PENDING_UPDATE"

    def drop_children(self, balancer_id: str, *rows: tuple[Table[Any], Any]) -> None:
        """Mark objects as leaving, and have the runtime follow."""
        with self.cloud.store.transaction():
            for table, row in rows:
                table.change(row.id, provisioning_status="PENDING_DELETE")
            self.balancers.change(
                balancer_id, provisioning_status=self._pending(balancer_id)
            )
        self.lifecycle.follow_later(balancer_id)

    def listeners_of(self, balancer_id: str) -> list[records.Listener]:
        """The listeners of a load balancer, oldest first."""
        with self.cloud.lock:
            rows = self.listeners
            return [row for row in rows if row.load_balancer_id == balancer_id]

    def pools_of(self, balancer_id: str) -> list[records.Pool]:
        """The pools of a load balancer, oldest first."""
        with self.cloud.lock:
            return [row for row in self.pools if row.load_balancer_id == balancer_id]

    def members_of(self, pool_id: str) -> list[records.Member]:
        """The members of a pool, oldest first."""
        with self.cloud.lock:
            return [row for row in self.members if row.pool_id == pool_id]

    def monitor_of(self, pool_id: str) -> records.HealthMonitor | None:
        """The health monitor of a pool, or None."""
        with self.cloud.lock:
            return next((r for r in self.monitors if r.pool_id == pool_id), None)

    def policies_of(self, listener_id: str) -> list[records.L7Policy]:
        """The L7 policies of a listener, in their order."""
        with self.cloud.lock:
            found = [r for r in self.policies if r.listener_id == listener_id]
        return sorted(found, key=lambda row: row.position)

    def rules_of(self, policy_id: str) -> list[records.L7Rule]:
        """The rules of an L7 policy, oldest first."""
        with self.cloud.lock:
            return [row for row in self.rules if row.policy_id == policy_id]


def changed(
    old: Any, attrs: Attrs, allowed: tuple[str, ...], **readers: Any
) -> dict[str, Any]:
    """Fields of an object as a body wants them, those that all kinds have among them.

    :raises BadRequest: when a key is none that may be given.
    """
    common = ("name", "description", "admin_state_up", "tags")
    if not isinstance(attrs, dict):
        raise BadRequest("The body must be an object")
    attributes.refuse_unknown(attrs, (*common, *allowed, *readers))
    readers["admin_state_up"] = attributes.flag
    if hasattr(old, "name"):
        readers["name"] = attributes.text
    readers["tags"] = attributes.texts
    if hasattr(old, "description"):
        readers["description"] = attributes.text
    return attributes.changed(old, attrs, **readers)


def updating(row: Any) -> dict[str, Any]:
    """The fields that tell of a change; what is being made stays that."""
    status = row.provisioning_status
    if status != "PENDING_CREATE":
        status = "PENDING_UPDATE"
    return {"provisioning_status": status, "updated_at": now()}
