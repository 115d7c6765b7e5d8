"""Pools of load balancers, and how their members are checked."""

from __future__ import annotations

import dataclasses
from typing import Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs, invalid
from tacker_lite.pop.errors import BadRequest, Conflict
from tacker_lite.pop.load_balancer import records, requests
from tacker_lite.pop.load_balancer.listener import Listeners
from tacker_lite.pop.load_balancer.tables import changed, updating
from tacker_lite.pop.records import new_id, now

_PROTOCOLS = ("HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP")
_ALGORITHMS = ("ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP")
_MONITORS = ("HTTP", "HTTPS", "TCP", "TLS-HELLO")
_POOL_KEYS = (
    *("loadbalancer_id", "listener_id", "protocol", "project_id", "tenant_id"),
    "tls_enabled",
)
_MONITOR_KEYS = (
    *("pool_id", "type", "project_id", "tenant_id", "delay", "timeout"),
    *("max_retries", "max_retries_down"),
)
_MONITOR_READERS = {
    "http_method": requests.http_method,
    "url_path": requests.url_path,
    "expected_codes": requests.expected_codes,
}
_HTTP_DEFAULTS: dict[str, Any] = {
    "http_method": "GET",
    "url_path": "/",
    "expected_codes": "200",
}


class Pools(Listeners):
    """The part of the load-balancer service for pools and health monitors."""

    def create_pool(self, project_id: str | None, attrs: Attrs) -> records.Pool:
        """A pool of a load balancer, or of a listener, which then passes on to it.

        :raises BadRequest: when neither is named, or they do not go together.
        """
        listener_id = attributes.text(attrs, "listener_id")
        if attributes.flag(attrs, "tls_enabled", False):
            raise BadRequest("A lab's load balancers speak no TLS to members")
        with self.cloud.lock:
            listener = None
            if listener_id:
                listener = self.find(
                    project_id, self.listeners, "listener", listener_id
                )
            balancer_id = attributes.text(attrs, "loadbalancer_id") or (
                listener.load_balancer_id if listener else ""
            )
            if not balancer_id:
                raise BadRequest(
                    "Validation failure: Must provide at least one of: "
                    "loadbalancer_id, listener_id"
                )
            balancer = self.changeable(project_id, balancer_id)
            row = records.Pool(
                id=new_id(),
                project_id=balancer.project_id,
                load_balancer_id=balancer_id,
                protocol=requests.choice(attrs, "protocol", _PROTOCOLS),
                lb_algorithm=requests.choice(attrs, "lb_algorithm", _ALGORITHMS),
                created_at=now(),
            )
            values = changed(
                row,
                attrs,
                (*_POOL_KEYS, "lb_algorithm"),
                session_persistence=requests.persistence,
            )
            row = dataclasses.replace(row, **values)
            if listener is not None:
                self.check_pairing(listener, row)
                if listener.default_pool_id:
                    raise Conflict(
                        "This listener already has a default pool",
                        type="DuplicatePoolEntry",
                    )
            self.quotas.check("pool", row.project_id)
            with self.cloud.store.transaction():
                if listener is not None:
                    self.listeners.change(listener_id, default_pool_id=row.id)
                return self.put_child(balancer_id, self.pools, row)

    def update_pool(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Pool:
        """Change the given keys only; the protocol stays."""
        with self.cloud.lock:
            old = self.find(project_id, self.pools, "pool", ident)
            self.changeable(project_id, old.load_balancer_id)
            values = changed(
                old,
                attrs,
                ("lb_algorithm", "tls_enabled"),
                session_persistence=requests.persistence,
            )
            values["lb_algorithm"] = requests.choice(
                attrs, "lb_algorithm", _ALGORITHMS, old.lb_algorithm
            )
            new = dataclasses.replace(old, **values, **updating(old))
            return self.put_child(old.load_balancer_id, self.pools, new)

    def delete_pool(self, project_id: str | None, ident: str) -> None:
        """Start the removal, with members and health monitor."""
        with self.cloud.lock:
            old = self.find(project_id, self.pools, "pool", ident)
            self.changeable(project_id, old.load_balancer_id)
            for policy in self.policies:
                leaving = policy.provisioning_status == "PENDING_DELETE"
                if policy.redirect_pool_id == ident and not leaving:
                    raise Conflict(
                        f"Pool {ident} is in use by L7 policy {policy.id}",
                        type="PoolInUseByL7Policy",
                    )
            monitor = self.monitor_of(ident)
            rows: list[tuple[Any, Any]] = [(self.pools, old)]
            rows += [(self.members, row) for row in self.members_of(ident)]
            rows += [(self.monitors, monitor)] if monitor else []
            with self.cloud.store.transaction():
                for listener in self.listeners_of(old.load_balancer_id):
                    if listener.default_pool_id == ident:
                        self.listeners.change(listener.id, default_pool_id=None)
                self.drop_children(old.load_balancer_id, *rows)

    def get_pool(self, project_id: str | None, ident: str) -> records.Pool:
        """By id.

        :raises NotFound: when the project sees no such pool.
        """
        with self.cloud.lock:
            return self.find(project_id, self.pools, "pool", ident)

    def list_pools(self, project_id: str | None) -> list[records.Pool]:
        """Those of the project, oldest first."""
        return self.seen(project_id, self.pools)

    def create_health_monitor(
        self, project_id: str | None, attrs: Attrs
    ) -> records.HealthMonitor:
        """How the members of a pool are checked from now on.

        :raises Conflict: when the pool has one.
        :raises Unsupported: for a type that a lab does not offer.
        """
        pool_id = requests.required(attrs, "pool_id")
        kind = requests.choice(attrs, "type", _MONITORS)
        with self.cloud.lock:
            pool = self.find(project_id, self.pools, "pool", pool_id)
            self.changeable(project_id, pool.load_balancer_id)
            other = self.monitor_of(pool_id)
            if other is not None and other.provisioning_status != "PENDING_DELETE":
                raise Conflict(
                    "This pool already has a health monitor",
                    type="DuplicateHealthMonitor",
                )
            row = records.HealthMonitor(
                id=new_id(),
                project_id=pool.project_id,
                load_balancer_id=pool.load_balancer_id,
                pool_id=pool_id,
                type=kind,
                **_times(attrs),
                **(_HTTP_DEFAULTS if kind.startswith("HTTP") else {}),
                created_at=now(),
            )
            row = dataclasses.replace(row, **_monitor_values(row, attrs))
            self.quotas.check("healthmonitor", row.project_id)
            return self.put_child(pool.load_balancer_id, self.monitors, row)

    def update_health_monitor(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.HealthMonitor:
        """Change the given keys only; the type stays."""
        with self.cloud.lock:
            old = self.find(project_id, self.monitors, "health monitor", ident)
            self.changeable(project_id, old.load_balancer_id)
            if attrs.get("type", old.type) != old.type:
                raise invalid("type", "it cannot be changed")
            new = dataclasses.replace(
                old,
                **_monitor_values(old, attrs),
                **_times(attrs, old),
                **updating(old),
            )
            return self.put_child(old.load_balancer_id, self.monitors, new)

    def delete_health_monitor(self, project_id: str | None, ident: str) -> None:
        """Start the removal: members are no longer checked."""
        with self.cloud.lock:
            old = self.find(project_id, self.monitors, "health monitor", ident)
            self.changeable(project_id, old.load_balancer_id)
            self.drop_children(old.load_balancer_id, (self.monitors, old))

    def get_health_monitor(
        self, project_id: str | None, ident: str
    ) -> records.HealthMonitor:
        """By id.

        :raises NotFound: when the project sees no such health monitor.
        """
        with self.cloud.lock:
            return self.find(project_id, self.monitors, "health monitor", ident)

    def list_health_monitors(
        self, project_id: str | None
    ) -> list[records.HealthMonitor]:
        """Those of the project, oldest first."""
        return self.seen(project_id, self.monitors)


def _times(attrs: Attrs, old: records.HealthMonitor | None = None) -> dict[str, Any]:
    """When and how often members are checked."""
    day = 86400
    return {
        "delay": requests.number(attrs, "delay", old and old.delay, 1, day),
        "timeout": requests.number(attrs, "timeout", old and old.timeout, 1, day),
        "max_retries": requests.number(
            attrs, "max_retries", old and old.max_retries, 1, 10
        ),
        "max_retries_down": requests.number(
            attrs, "max_retries_down", old.max_retries_down if old else 3, 1, 10
        ),
    }


def _monitor_values(old: records.HealthMonitor, attrs: Attrs) -> dict[str, Any]:
    if not old.type.startswith("HTTP"):
        for key in _MONITOR_READERS:
            if attrs.get(key) is not None:
                raise invalid(key, f"a monitor of type {old.type} has none")
    return changed(old, attrs, _MONITOR_KEYS, **_MONITOR_READERS)
