"""What the parts of the compute service share: their tables, and who has room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacker_lite.pop import records
from tacker_lite.pop.errors import NotFound
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

_MAX_KEYPAIRS = 1000
_MAX_METADATA = 128


class ComputeTables:
    """Tables of one PoP's compute service."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        place = (cloud.store, cloud.pop.name)
        self.servers = Table(*place, "server", records.Server)
        for server in self.servers:
            if isinstance(server.flavor, dict):
                self.servers.put_loaded(server, flavor=records.Flavor(**server.flavor))
        self.flavors = Table(*place, "flavor", records.Flavor)
        self.keypairs = Table(*place, "keypair", records.Keypair)

    def find_server(self, project_id: str | None, ident: str) -> records.Server:
        """:raises NotFound: when the project sees no such server."""
        server = self.servers.get(ident)
        if server is None or project_id not in (None, server.project_id):
            raise NotFound("instance", ident)
        return server

    def usage(self) -> dict[str, int]:
        """Capacity of the PoP and what its servers use, as hypervisors show it.

        ``memory_mb`` in MiB, ``local_gb`` in GiB.
        """
        capacity = self.cloud.pop.capacity
        with self.cloud.lock:
            placed = [row for row in self.servers if row.host]
            active = [row for row in placed if row.status == "ACTIVE"]
        return {
            "vcpus": capacity.vcpus,
            "vcpus_used": sum(row.flavor.vcpus for row in placed),
            "memory_mb": capacity.ram_mib,
            "memory_mb_used": sum(row.flavor.ram for row in placed),
            "local_gb": capacity.disk_gib,
            "local_gb_used": sum(row.flavor.disk for row in placed),
            "running_vms": len(active),
        }

    def has_room(self, flavor: records.Flavor) -> bool:
        """Whether the PoP can take one more server of that size."""
        usage = self.usage()
        return (
            usage["vcpus_used"] + flavor.vcpus <= usage["vcpus"]
            and usage["memory_mb_used"] + flavor.ram <= usage["memory_mb"]
            and usage["local_gb_used"] + flavor.disk <= usage["local_gb"]
        )

    def limits(self, project_id: str | None) -> dict[str, int]:
        """Absolute limits as the API names them: a project may use the whole PoP."""
        capacity = self.cloud.pop.capacity
        with self.cloud.lock:
            mine = [r for r in self.servers if project_id in (None, r.project_id)]
        return {
            "maxTotalInstances": capacity.vcpus,
            "maxTotalCores": capacity.vcpus,
            "maxTotalRAMSize": capacity.ram_mib,
            "maxTotalKeypairs": _MAX_KEYPAIRS,
            "maxServerMeta": _MAX_METADATA,
            "maxServerGroups": 0,
            "maxServerGroupMembers": 0,
            "totalInstancesUsed": len(mine),
            "totalCoresUsed": sum(row.flavor.vcpus for row in mine),
            "totalRAMUsed": sum(row.flavor.ram for row in mine),
            "totalServerGroupsUsed": 0,
        }
