"""Servers, flavors and key pairs of a PoP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from tacker_lite.pop import records

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

Attrs = Mapping[str, Any]


class ComputeService:
    """What the compute API offers."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud

    def create_server(
        self, project_id: str | None, attrs: Attrs, user_id: str = ""
    ) -> records.Server:
        """One server in BUILD (the first of several with min_count)."""
        raise NotImplementedError

    def get_server(self, project_id: str | None, ident: str) -> records.Server:
        """By id."""
        raise NotImplementedError

    def list_servers(self, project_id: str | None) -> list[records.Server]:
        """Newest first."""
        raise NotImplementedError

    def update_server(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Server:
        """Name and description."""
        raise NotImplementedError

    def delete_server(self, project_id: str | None, ident: str) -> None:
        """Starts the deletion."""
        raise NotImplementedError

    def start_server(self, project_id: str | None, ident: str) -> None:
        """os-start."""
        raise NotImplementedError

    def stop_server(self, project_id: str | None, ident: str) -> None:
        """os-stop."""
        raise NotImplementedError

    def reboot_server(
        self, project_id: str | None, ident: str, hard: bool = False
    ) -> None:
        """reboot."""
        raise NotImplementedError

    def console(
        self, project_id: str | None, ident: str, length: int | None = None
    ) -> str:
        """The last ``length`` lines."""
        raise NotImplementedError

    def addresses(self, server: records.Server) -> dict[str, list[dict[str, Any]]]:
        """The API's addresses by network name."""
        raise NotImplementedError

    def list_ports(self, project_id: str | None, ident: str) -> list[records.Port]:
        """In the order of interfaces."""
        raise NotImplementedError

    def attach_port(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Port:
        """By port_id, or net_id with fixed_ips."""
        raise NotImplementedError

    def detach_port(self, project_id: str | None, ident: str, port_id: str) -> None:
        """Unplug."""
        raise NotImplementedError

    def set_metadata(
        self,
        project_id: str | None,
        ident: str,
        metadata: Mapping[str, str],
        replace: bool = False,
    ) -> dict[str, str]:
        """Merge or replace; returns all."""
        raise NotImplementedError

    def delete_metadata(self, project_id: str | None, ident: str, key: str) -> None:
        """Remove one key."""
        raise NotImplementedError

    def create_flavor(self, attrs: Attrs) -> records.Flavor:
        """id may be missing or 'auto'."""
        raise NotImplementedError

    def get_flavor(self, project_id: str | None, ident: str) -> records.Flavor:
        """By id."""
        raise NotImplementedError

    def list_flavors(
        self, project_id: str | None, is_public: bool | None = None
    ) -> list[records.Flavor]:
        """Visible ones."""
        raise NotImplementedError

    def delete_flavor(self, ident: str) -> None:
        """Servers keep their copy."""
        raise NotImplementedError

    def set_extra_specs(self, ident: str, specs: Mapping[str, str]) -> records.Flavor:
        """Merge."""
        raise NotImplementedError

    def delete_extra_spec(self, ident: str, key: str) -> None:
        """Remove one key."""
        raise NotImplementedError

    def create_keypair(
        self, project_id: str, user_id: str, attrs: Attrs
    ) -> records.Keypair:
        """name and public_key."""
        raise NotImplementedError

    def get_keypair(self, user_id: str, name: str) -> records.Keypair:
        """By name."""
        raise NotImplementedError

    def list_keypairs(self, user_id: str) -> list[records.Keypair]:
        """The user's."""
        raise NotImplementedError

    def delete_keypair(self, user_id: str, name: str) -> None:
        """Remove."""
        raise NotImplementedError

    def limits(self, project_id: str | None) -> dict[str, int]:
        """absolute limits and use as the API names them (maxTotalCores, totalCoresUsed, ...)."""
        raise NotImplementedError

    def usage(self) -> dict[str, int]:
        """vcpus, vcpus_used, memory_mb, memory_mb_used, local_gb, local_gb_used, running_vms."""
        raise NotImplementedError
