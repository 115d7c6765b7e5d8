"""What the parts of the compute service share: their tables, and who has room."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tacker_lite.pop import records
from tacker_lite.pop.compute import states
from tacker_lite.pop.compute.action_log import ActionLog
from tacker_lite.pop.errors import NotFound
from tacker_lite.pop.store import Store, Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

#: What a server uses up, by the names of a flavor's fields.
RESOURCES = ("vcpus", "ram", "disk")


class Servers(Table[records.Server]):
    """Servers, and what those that have a place use together.

    :ivar used: ``vcpus``, ``ram`` in MiB and ``disk`` in GiB.
    :ivar on_host: how many servers are on each host.
    """

    def __init__(self, store: Store, pop: str):
        super().__init__(store, pop, "server", records.Server)
        self.used: Counter[str] = Counter()
        self.on_host: Counter[str] = Counter()
        for server in self:
            if isinstance(server.flavor, dict):
                self.put_loaded(server, flavor=records.Flavor(**server.flavor))
        for server in self:
            self._count(server, 1)

    def put(self, row: records.Server) -> records.Server:
        old = self.get(row.id)
        new = super().put(row)
        self._count(old, -1)
        self._count(new, 1)
        return new

    def delete(self, ident: str) -> None:
        old = self.get(ident)
        super().delete(ident)
        self._count(old, -1)

    def _count(self, server: records.Server | None, sign: int) -> None:
        if server is None or not server.host:
            return
        self.on_host[server.host] += sign
        flavors = [server.flavor]
        if server.before:
            # What a revert would need stays taken until the resize is confirmed.
            flavors.append(records.Flavor(**server.before["flavor"]))
        for resource in RESOURCES:
            for flavor in flavors:
                self.used[resource] += sign * getattr(flavor, resource)


@dataclass(frozen=True)
class ServerGroup:
    """Servers that are to stand together or apart.

    :ivar max_server_per_host: most members that ``anti-affinity`` leaves on one host.
    :ivar members: ids of its servers, also of some that are gone.
    """

    id: str
    project_id: str
    user_id: str
    name: str
    policy: str
    max_server_per_host: int = 1
    members: list[str] = field(default_factory=list)


class ComputeTables:
    """Tables of one PoP's compute service."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        place = (cloud.store, cloud.pop.name)
        self.servers = Servers(*place)
        self.flavors = Table(*place, "flavor", records.Flavor)
        self.keypairs = Table(*place, "keypair", records.Keypair)
        self.server_groups = Table(*place, "server_group", ServerGroup)
        self.actions = ActionLog(*place)

    def hosts(self) -> list[str]:
        """Names of the PoP's hosts."""
        pop = self.cloud.pop
        return [f"{pop.name}-host{n}" for n in range(1, pop.capacity.hosts + 1)]

    def find_server(self, project_id: str | None, ident: str) -> records.Server:
        """:raises NotFound: when the project sees no such server."""
        server = self.servers.get(ident)
        if server is None or project_id not in (None, server.project_id):
            raise NotFound("instance", ident)
        return server

    def ready_server(
        self, project_id: str | None, ident: str, action: str, *statuses: str
    ) -> records.Server:
        """A server that may be asked for something now.

        :param action: the service's name of what is wanted.
        :raises Conflict: when it is locked, in another status, or busy.
        """
        server = self.find_server(project_id, ident)
        states.require_unlocked(project_id, server)
        states.require(server, action, *statuses)
        return server

    def usage(self, host: str = "") -> dict[str, int]:
        """Capacity of the PoP and what its servers use, as hypervisors show it.

        ``memory_mb`` in MiB, ``local_gb`` in GiB.

        :param host: only of this host, whose share of the capacity is an equal one.
        """
        used: Counter[str] = Counter()
        with self.cloud.lock:
            placed = [r for r in self.servers if r.host and host in ("", r.host)]
        for server in placed:
            for resource in RESOURCES:
                used[resource] += getattr(server.flavor, resource)
        running = sum(server.status == "ACTIVE" for server in placed)
        capacity = self.cloud.pop.capacity
        shares = capacity.hosts if host else 1
        return {
            "vcpus": capacity.vcpus // shares,
            "vcpus_used": used["vcpus"],
            "memory_mb": capacity.ram_mib // shares,
            "memory_mb_used": used["ram"],
            "local_gb": capacity.disk_gib // shares,
            "local_gb_used": used["disk"],
            "running_vms": running,
        }

    def has_room(self, flavor: records.Flavor) -> bool:
        """Whether the PoP, over-committed as it may be, takes one more of that size."""
        capacity = self.cloud.pop.capacity
        given = capacity.overcommit
        with self.cloud.lock:
            used = self.servers.used
            disk = used["disk"] + self.cloud.volume.used_gib
            return all(
                factor is None or use <= room * factor
                for use, room, factor in (
                    (used["vcpus"] + flavor.vcpus, capacity.vcpus, given.vcpus),
                    (used["ram"] + flavor.ram, capacity.ram_mib, given.ram),
                    (disk + flavor.disk, capacity.disk_gib, given.disk),
                )
            )
