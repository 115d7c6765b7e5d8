"""What the parts of the network service share: their tables, and looking into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tacker_lite.pop import attributes, records
from tacker_lite.pop.errors import BadRequest, Forbidden, NotFound
from tacker_lite.pop.network import addressing
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud
    from tacker_lite.pop.network.quota import NetworkQuotas

T = TypeVar("T")


class NetworkTables:
    """Tables of one PoP's network service, with the addresses in use by subnet."""

    quotas: NetworkQuotas

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        place = (cloud.store, cloud.pop.name)
        self.networks = Table(*place, "network", records.Network)
        self.subnets = Table(*place, "subnet", records.Subnet)
        self.ports = Table(*place, "port", records.Port)
        self.groups = Table(*place, "security_group", records.SecurityGroup)
        self.rules = Table(*place, "security_group_rule", records.SecurityGroupRule)
        self.used_addresses: dict[str, set[str]] = {s.id: set() for s in self.subnets}
        self.used_macs: set[str] = set()
        for port in self.ports:
            self.note_use(port)

    def note_use(self, port: records.Port) -> None:
        """Remember that a port has its addresses."""
        self.used_macs.add(port.mac_address)
        for entry in port.fixed_ips:
            self.used_addresses[entry["subnet_id"]].add(entry["ip_address"])

    def forget_use(self, port: records.Port) -> None:
        """Free a port's addresses."""
        self.used_macs.discard(port.mac_address)
        for entry in port.fixed_ips:
            self.used_addresses[entry["subnet_id"]].discard(entry["ip_address"])

    def fresh_mac(self) -> str:
        """A MAC address that no port has."""
        return addressing.fresh_mac(self.used_macs)

    def seen(self, project_id: str | None, row: Any) -> bool:
        """Whether a project sees an object: its own, or on a network for all."""
        if project_id is None or row.project_id == project_id:
            return True
        if isinstance(row, records.Network):
            return row.shared or row.external
        if isinstance(row, records.Subnet):
            network = self.networks.get(row.network_id)
            return network is not None and self.seen(project_id, network)
        return False

    def find(self, project_id: str | None, table: Table[T], kind: str, ident: str) -> T:
        """The object of that id, when the project sees it."""
        row = table.get(ident)
        if row is None or not self.seen(project_id, row):
            raise NotFound(kind, ident)
        return row

    def own(self, project_id: str | None, table: Table[T], kind: str, ident: str) -> T:
        """The object of that id, when the project may change it."""
        row = self.find(project_id, table, kind, ident)
        if project_id not in (None, row.project_id):  # type: ignore[attr-defined]
            raise Forbidden(f"{kind.capitalize()} {ident} belongs to another project")
        return row

    def owner(self, project_id: str | None, attrs: attributes.Attrs) -> str:
        """The project of a new object."""
        return attributes.owner(
            project_id, attrs, self.cloud.identity.project_named("admin")
        )

    def subnets_of(self, network_id: str) -> list[records.Subnet]:
        """Subnets of a network, oldest first."""
        with self.cloud.lock:
            return [row for row in self.subnets if row.network_id == network_id]

    def ports_of(self, network_id: str) -> list[records.Port]:
        """Ports of a network, oldest first."""
        with self.cloud.lock:
            return [row for row in self.ports if row.network_id == network_id]


def refuse_read_only(attrs: attributes.Attrs, allowed: tuple[str, ...]) -> None:
    """:raises BadRequest: when a key is none that an update may change."""
    if not isinstance(attrs, dict):
        raise BadRequest("The body must be an object", type="HTTPBadRequest")
    for key in attrs:
        if key not in allowed:
            raise BadRequest(
                f"Cannot update read-only or unknown attribute {key}",
                type="HTTPBadRequest",
            )
