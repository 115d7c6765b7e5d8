"""Members of pools, and with them the whole load-balancer service."""

from __future__ import annotations

import dataclasses
from typing import Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound
from tacker_lite.pop.load_balancer import records, requests
from tacker_lite.pop.load_balancer.policy import Policies
from tacker_lite.pop.load_balancer.tables import changed, updating
from tacker_lite.pop.records import new_id, now

_CHANGES = ("weight", "backup", "monitor_address", "monitor_port")
_KEYS = ("address", "protocol_port", "subnet_id", "project_id", "tenant_id")


def _weight(attrs: Attrs, key: str, default: int) -> int:
    return int(requests.bounded(attrs, key, default, 0, 256))


def _port(attrs: Attrs, key: str, default: Any) -> Any:
    return requests.bounded(attrs, key, default, 1, 65535)


_READERS = {
    "weight": _weight,
    "backup": attributes.flag,
    "monitor_address": requests.address,
    "monitor_port": _port,
}


class LoadBalancerService(Policies):
    """What the load-balancer API offers, as Octavia behaves.

    Every method takes the caller's project (None: an administrator, who sees all) and
    the keys of the request body, and returns records.  What is asked for is recorded
    as pending; a thread has the runtime follow, and makes it active.
    """

    def create_member(
        self, project_id: str | None, pool_id: str, attrs: Attrs
    ) -> records.Member:
        """Somebody who answers.

        :raises Conflict: when the pool has one of that address and port.
        :raises BadRequest: when its subnet does not exist or has not its address.
        """
        with self.cloud.lock:
            row = self._new_member(project_id, pool_id, attrs)
            with self.cloud.store.transaction():
                self._reach(row)
                return self.put_child(row.load_balancer_id, self.members, row)

    def _new_member(
        self, project_id: str | None, pool_id: str, attrs: Attrs
    ) -> records.Member:
        pool = self.find(project_id, self.pools, "pool", pool_id)
        self.changeable(project_id, pool.load_balancer_id)
        address = requests.address(
            {**attrs, "address": requests.required(attrs, "address")}, "address"
        )
        row = records.Member(
            id=new_id(),
            project_id=pool.project_id,
            load_balancer_id=pool.load_balancer_id,
            pool_id=pool_id,
            address=address,
            protocol_port=requests.number(attrs, "protocol_port", None, 1, 65535),
            subnet_id=attributes.text(attrs, "subnet_id", None),
            created_at=now(),
        )
        values = changed(row, attrs, _KEYS, **_READERS)
        self.quotas.check("member", row.project_id)
        for other in self.members_of(pool_id):
            same = (other.address, other.protocol_port) == (address, row.protocol_port)
            if same and other.provisioning_status != "PENDING_DELETE":
                raise Conflict(
                    f"Another member on this pool is already using ip {address} on "
                    f"protocol_port {row.protocol_port}",
                    type="DuplicateMemberEntry",
                )
        if row.subnet_id:
            try:
                self.cloud.network.get_subnet(project_id, row.subnet_id)
            except NotFound:
                raise BadRequest(f"Subnet {row.subnet_id} not found.") from None
        return dataclasses.replace(row, **values)

    def _reach(self, member: records.Member) -> None:
        """Give the load balancer a leg on its member's network, if it has none."""
        subnet = self.cloud.network.subnets.get(member.subnet_id or "")
        balancer = self.balancers.find("load balancer", member.load_balancer_id)
        if subnet is None or subnet.network_id in (
            balancer.vip_network_id,
            *balancer.legs,
        ):
            return
        port = self.new_leg(balancer, subnet.network_id, [{"subnet_id": subnet.id}])
        legs = {**balancer.legs, subnet.network_id: port.id}
        self.balancers.change(balancer.id, legs=legs)

    def update_member(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Member:
        """Change the given keys only; address, port and subnet stay."""
        with self.cloud.lock:
            old = self.find(project_id, self.members, "member", ident)
            self.changeable(project_id, old.load_balancer_id)
            values = changed(old, attrs, (), **_READERS)
            new = dataclasses.replace(old, **values, **updating(old))
            return self.put_child(old.load_balancer_id, self.members, new)

    def replace_members(
        self,
        project_id: str | None,
        pool_id: str,
        wanted: list[dict[str, Any]],
        additive: bool = False,
    ) -> None:
        """Make a pool's members just these, told by address and port.

        :param additive: others stay.
        """
        patient = self.patiently()
        with self.cloud.lock:
            pool = self.find(project_id, self.pools, "pool", pool_id)
            self.changeable(project_id, pool.load_balancer_id)
            present = {
                (row.address, row.protocol_port): row
                for row in self.members_of(pool_id)
                if row.provisioning_status != "PENDING_DELETE"
            }
            places = [(m.get("address"), m.get("protocol_port")) for m in wanted]
            if len(set(places)) < len(places):
                raise BadRequest("Each member may be given only once")
            for place, attrs in zip(places, wanted, strict=True):
                if place not in present:
                    patient._new_member(project_id, pool_id, attrs)
            for place, attrs in zip(places, wanted, strict=True):
                if place in present:
                    changes = {k: v for k, v in attrs.items() if k not in _KEYS}
                    patient.update_member(project_id, present[place].id, changes)
                else:
                    patient.create_member(project_id, pool_id, attrs)
            for place, row in present.items():
                if place not in places and not additive:
                    patient.delete_member(project_id, row.id)

    def delete_member(self, project_id: str | None, ident: str) -> None:
        """Start the removal."""
        with self.cloud.lock:
            old = self.find(project_id, self.members, "member", ident)
            self.changeable(project_id, old.load_balancer_id)
            self.drop_children(old.load_balancer_id, (self.members, old))

    def get_member(self, project_id: str | None, ident: str) -> records.Member:
        """By id.

        :raises NotFound: when the project sees no such member.
        """
        with self.cloud.lock:
            return self.find(project_id, self.members, "member", ident)
