"""Load balancers and their addresses."""

from __future__ import annotations

import dataclasses
from typing import Any

from tacker_lite.pop import attributes
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound, Unavailable
from tacker_lite.pop.load_balancer import records, requests
from tacker_lite.pop.load_balancer.tables import Tables, changed, updating
from tacker_lite.pop.network.router import LOAD_BALANCER
from tacker_lite.pop.records import new_id, now
from tacker_lite.pop.runtime.base import RuntimeFault

_VIP = ("vip_address", "vip_port_id", "vip_subnet_id", "vip_network_id")
_KEYS = (
    *_VIP,
    *("project_id", "tenant_id", "provider", "flavor_id", "availability_zone"),
    *("vip_qos_policy_id",),
)
_NOT_OFFERED = ("flavor_id", "availability_zone", "vip_qos_policy_id")
#: Names by which clients ask for the provider that a cloud has by default.
_DEFAULT_PROVIDERS = ("amphora", "octavia")


class Balancers(Tables):
    """The load balancers themselves."""

    @property
    def provider(self) -> str:
        """What balances here, ``haproxy``, or only pretends to, ``simulated``."""
        return self.cloud.runtime.load_balancers.provider

    def create_load_balancer(
        self, project_id: str | None, attrs: Attrs
    ) -> records.LoadBalancer:
        """A load balancer with an address on a network, a subnet or a given port.

        :raises BadRequest: when there is no such place for its address.
        :raises Conflict: when the address or the port is in use.
        :raises Unavailable: when this machine cannot run one.
        """
        row = records.LoadBalancer(id=new_id(), project_id="", created_at=now())
        values = changed(row, attrs, _KEYS)
        self._refuse_what_is_not_offered(attrs)
        owner = attributes.owner(
            project_id, attrs, self.cloud.identity.project_named("admin")
        )
        row = dataclasses.replace(row, **values, project_id=owner)
        with self.cloud.lock, self.cloud.store.transaction():
            self.quotas.check("loadbalancer", owner)
            row = self.balancers.put(self._with_vip(project_id, row, attrs))
        self.lifecycle.follow_later(row.id)
        return row

    def _refuse_what_is_not_offered(self, attrs: Attrs) -> None:
        for key in _NOT_OFFERED:
            if attrs.get(key):
                raise BadRequest(f"A lab has no {key} for load balancers; leave it out")
        provider = attributes.text(attrs, "provider", self.provider)
        if provider not in (self.provider, *_DEFAULT_PROVIDERS):
            raise BadRequest(
                f"Provider '{provider}' is not enabled; there is {self.provider}.",
                type="ProviderNotEnabledError",
            )
        try:
            self.cloud.runtime.load_balancers.check()
        except RuntimeFault as fault:
            raise Unavailable(f"No load balancer can run here: {fault}") from fault

    def _with_vip(
        self, project_id: str | None, row: records.LoadBalancer, attrs: Attrs
    ) -> records.LoadBalancer:
        """The load balancer with its address; the last that can fail makes the port."""
        network = self.cloud.network
        wanted = requests.address(attrs, "vip_address")
        port_id = attributes.text(attrs, "vip_port_id")
        given = bool(port_id)
        try:
            if given:
                port = network.get_port(project_id, port_id)
            else:
                port = self._new_vip(project_id, row, attrs, wanted)
        except NotFound as error:
            kind = error.kind.capitalize()
            raise BadRequest(f"{kind} {error.ident} not found.") from None
        if given:
            if port.device_id:
                raise Conflict(f"Port {port_id} is in use by {port.device_owner}.")
            if not port.fixed_ips or (
                wanted and wanted not in [e["ip_address"] for e in port.fixed_ips]
            ):
                raise BadRequest(f"Port {port_id} has no such address.")
            network.ports.change(
                port.id, device_id=f"lb-{row.id}", device_owner=LOAD_BALANCER
            )
        entry = next(
            (e for e in port.fixed_ips if wanted in (None, e["ip_address"])),
            port.fixed_ips[0],
        )
        return dataclasses.replace(
            row,
            vip_port_id=port.id,
            vip_port_given=given,
            vip_address=entry["ip_address"],
            vip_subnet_id=entry["subnet_id"],
            vip_network_id=port.network_id,
        )

    def _new_vip(
        self,
        project_id: str | None,
        row: records.LoadBalancer,
        attrs: Attrs,
        wanted: str | None,
    ) -> Any:
        network = self.cloud.network
        subnet_id = attributes.text(attrs, "vip_subnet_id")
        network_id = attributes.text(attrs, "vip_network_id")
        entry: dict[str, str] = {"ip_address": wanted} if wanted else {}
        if subnet_id:
            subnet = network.get_subnet(project_id, subnet_id)
            if network_id not in ("", subnet.network_id):
                raise BadRequest(
                    f"Subnet {subnet_id} is not one of network {network_id}."
                )
            network_id = subnet.network_id
            entry["subnet_id"] = subnet_id
        if not network_id:
            raise BadRequest(
                "Validation failure: VIP must contain one of: vip_port_id, "
                "vip_network_id, vip_subnet_id."
            )
        network.get_network(project_id, network_id)
        if not network.subnets_of(network_id):
            raise BadRequest(f"Network {network_id} has no subnet for a VIP.")
        return self.new_leg(row, network_id, [entry] if entry else None)

    def new_leg(
        self,
        row: records.LoadBalancer,
        network_id: str,
        fixed_ips: list[dict[str, str]] | None = None,
    ) -> Any:
        """A port of a load balancer."""
        wanted: dict[str, Any] = {
            "name": f"octavia-lb-{row.id}",
            "network_id": network_id,
            "project_id": row.project_id,
            "device_id": f"lb-{row.id}",
            "device_owner": LOAD_BALANCER,
        }
        if fixed_ips:
            wanted["fixed_ips"] = fixed_ips
        return self.cloud.network.make_port(None, wanted)

    def _idle(self, project_id: str | None, ident: str) -> records.LoadBalancer:
        """A load balancer that may be changed now.

        :raises Conflict: while another change is under way, and in ERROR.
        """
        try:
            return self.changeable(project_id, ident)
        except Conflict:
            status = self.get_load_balancer(project_id, ident).provisioning_status
            raise Conflict(
                f"Invalid state {status} of loadbalancer resource {ident}",
                type="LBPendingStateError",
            ) from None

    def update_load_balancer(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.LoadBalancer:
        """Change name, description, tags or whether it is up."""
        with self.cloud.lock:
            old = self._idle(project_id, ident)
            values = changed(old, attrs, ())
            row = self.balancers.change(ident, **values, **updating(old))
        self.lifecycle.follow_later(ident)
        return row

    def failover(self, project_id: str | None, ident: str) -> None:
        """Run a load balancer anew, also one in ERROR."""
        with self.cloud.lock:
            old = self.find(project_id, self.balancers, "load balancer", ident)
            if old.provisioning_status not in ("ACTIVE", "ERROR"):
                self._idle(project_id, ident)
            self.balancers.change(ident, provisioning_status="PENDING_UPDATE")
        self.lifecycle.restart_later(ident)

    def delete_load_balancer(
        self, project_id: str | None, ident: str, cascade: bool = False
    ) -> None:
        """Start the removal.

        :param cascade: with all that belongs to it.
        :raises BadRequest: when something does, and it is not to go too.
        :raises Conflict: while another change is under way.
        """
        with self.cloud.lock:
            old = self.find(project_id, self.balancers, "load balancer", ident)
            if old.provisioning_status == "PENDING_DELETE" and self.patient:
                return
            if old.provisioning_status != "ERROR":
                self._idle(project_id, ident)
            leaving = "PENDING_DELETE"
            parts: tuple[Any, ...] = (*self.listeners_of(ident), *self.pools_of(ident))
            kept = [row for row in parts if row.provisioning_status != leaving]
            if kept and not cascade:
                raise BadRequest(
                    f"Validation failure: Cannot delete Load Balancer {ident} - it has "
                    f"children",
                    type="ValidationException",
                )
            self.balancers.change(ident, provisioning_status=leaving)
        self.lifecycle.follow_later(ident)

    def get_load_balancer(
        self, project_id: str | None, ident: str
    ) -> records.LoadBalancer:
        """By id.

        :raises NotFound: when the project sees no such load balancer.
        """
        with self.cloud.lock:
            return self.find(project_id, self.balancers, "load balancer", ident)

    def list_load_balancers(self, project_id: str | None) -> list[records.LoadBalancer]:
        """Those of the project, oldest first."""
        return self.seen(project_id, self.balancers)
