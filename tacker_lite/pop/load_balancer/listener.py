"""Listeners of load balancers."""

from __future__ import annotations

import dataclasses

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict
from tacker_lite.pop.load_balancer import records, requests
from tacker_lite.pop.load_balancer.balancer import Balancers
from tacker_lite.pop.load_balancer.tables import changed, updating
from tacker_lite.pop.records import new_id, now

_KEYS = (
    *("loadbalancer_id", "protocol", "protocol_port", "project_id", "tenant_id"),
    *("default_pool_id", "timeout_tcp_inspect"),
)
_READERS = {
    "connection_limit": requests.limit,
    "timeout_client_data": requests.milliseconds,
    "timeout_member_connect": requests.milliseconds,
    "timeout_member_data": requests.milliseconds,
    "insert_headers": requests.headers,
    "allowed_cidrs": requests.cidrs,
}


class Listeners(Balancers):
    """The listener part of the load-balancer service."""

    def create_listener(self, project_id: str | None, attrs: Attrs) -> records.Listener:
        """A port that a load balancer takes connections on.

        :raises Conflict: when another listener has the port.
        :raises Unsupported: for a protocol that a lab does not offer.
        """
        balancer_id = requests.required(attrs, "loadbalancer_id")
        protocol = requests.choice(attrs, "protocol", requests.POOLS_OF)
        port = requests.number(attrs, "protocol_port", None, 1, 65535)
        with self.cloud.lock:
            balancer = self.changeable(project_id, balancer_id)
            row = records.Listener(
                id=new_id(),
                project_id=balancer.project_id,
                load_balancer_id=balancer_id,
                protocol=protocol,
                protocol_port=port,
                created_at=now(),
            )
            values = changed(row, attrs, _KEYS, **_READERS)
            row = dataclasses.replace(row, **values)
            for other in self.listeners_of(balancer_id):
                leaving = other.provisioning_status == "PENDING_DELETE"
                if other.protocol_port == port and not leaving:
                    raise Conflict(
                        "Another Listener on this Load Balancer is already using "
                        f"protocol {other.protocol} and protocol_port {port}",
                        type="DuplicateListenerEntry",
                    )
            row = self._with_pool(row, attrs)
            self.quotas.check("listener", row.project_id)
            return self.put_child(balancer_id, self.listeners, row)

    def _with_pool(self, row: records.Listener, attrs: Attrs) -> records.Listener:
        if "default_pool_id" not in attrs:
            return row
        pool_id = attributes.text(attrs, "default_pool_id", None)
        if pool_id:
            pool = self.pools.find("pool", pool_id)
            self.check_pairing(row, pool)
        return dataclasses.replace(row, default_pool_id=pool_id or None)

    def check_pairing(self, listener: records.Listener, pool: records.Pool) -> None:
        """See that a listener can pass on to a pool.

        :raises BadRequest: when they are not of one load balancer, or speak otherwise.
        """
        if pool.load_balancer_id != listener.load_balancer_id:
            raise BadRequest(
                f"Pool {pool.id} belongs to another load balancer than the listener."
            )
        if pool.protocol not in requests.POOLS_OF[listener.protocol]:
            raise BadRequest(
                f"Validation failure: The pool protocol '{pool.protocol}' is invalid "
                f"while the listener protocol is '{listener.protocol}'.",
                type="ProtocolsDoNotMatch",
            )
        for other in self.listeners_of(listener.load_balancer_id):
            mixed = (other.protocol == "HTTP") != (listener.protocol == "HTTP")
            if other.id != listener.id and other.default_pool_id == pool.id and mixed:
                raise BadRequest(
                    f"Pool {pool.id} already serves a listener of protocol "
                    f"{other.protocol}; make another pool for {listener.protocol}."
                )

    def update_listener(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Listener:
        """Change the given keys only; protocol and port stay."""
        with self.cloud.lock:
            old = self.find(project_id, self.listeners, "listener", ident)
            self.changeable(project_id, old.load_balancer_id)
            keys = ("default_pool_id", "timeout_tcp_inspect")
            values = changed(old, attrs, keys, **_READERS)
            new = dataclasses.replace(old, **values, **updating(old))
            new = self._with_pool(new, attrs)
            return self.put_child(old.load_balancer_id, self.listeners, new)

    def delete_listener(self, project_id: str | None, ident: str) -> None:
        """Start the removal with its L7 policies; its pool stays."""
        with self.cloud.lock:
            old = self.find(project_id, self.listeners, "listener", ident)
            self.changeable(project_id, old.load_balancer_id)
            policies = self.policies_of(ident)
            rules = [rule for row in policies for rule in self.rules_of(row.id)]
            self.drop_children(
                old.load_balancer_id,
                (self.listeners, old),
                *((self.policies, row) for row in policies),
                *((self.rules, row) for row in rules),
            )

    def get_listener(self, project_id: str | None, ident: str) -> records.Listener:
        """By id.

        :raises NotFound: when the project sees no such listener.
        """
        with self.cloud.lock:
            return self.find(project_id, self.listeners, "listener", ident)

    def list_listeners(self, project_id: str | None) -> list[records.Listener]:
        """Those of the project, oldest first."""
        return self.seen(project_id, self.listeners)
