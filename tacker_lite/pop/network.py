"""Networks, subnets, ports and security groups of a PoP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from tacker_lite.pop import records

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

Attrs = Mapping[str, Any]


class NetworkService:
    """What the network API offers."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud

    def create_network(self, project_id: str | None, attrs: Attrs) -> records.Network:
        """Create from the body's keys."""
        raise NotImplementedError

    def update_network(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Network:
        """Change the given keys only."""
        raise NotImplementedError

    def delete_network(self, project_id: str | None, ident: str) -> None:
        """Remove it; 409 while in use."""
        raise NotImplementedError

    def get_network(self, project_id: str | None, ident: str) -> records.Network:
        """By id only; NotFound else."""
        raise NotImplementedError

    def list_networks(self, project_id: str | None) -> list[records.Network]:
        """All that the project sees."""
        raise NotImplementedError

    def create_subnet(self, project_id: str | None, attrs: Attrs) -> records.Subnet:
        """Create from the body's keys."""
        raise NotImplementedError

    def update_subnet(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Subnet:
        """Change the given keys only."""
        raise NotImplementedError

    def delete_subnet(self, project_id: str | None, ident: str) -> None:
        """Remove it; 409 while in use."""
        raise NotImplementedError

    def get_subnet(self, project_id: str | None, ident: str) -> records.Subnet:
        """By id only; NotFound else."""
        raise NotImplementedError

    def list_subnets(self, project_id: str | None) -> list[records.Subnet]:
        """All that the project sees."""
        raise NotImplementedError

    def create_port(self, project_id: str | None, attrs: Attrs) -> records.Port:
        """Create from the body's keys."""
        raise NotImplementedError

    def update_port(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.Port:
        """Change the given keys only."""
        raise NotImplementedError

    def delete_port(self, project_id: str | None, ident: str) -> None:
        """Remove it; 409 while in use."""
        raise NotImplementedError

    def get_port(self, project_id: str | None, ident: str) -> records.Port:
        """By id only; NotFound else."""
        raise NotImplementedError

    def list_ports(self, project_id: str | None) -> list[records.Port]:
        """All that the project sees."""
        raise NotImplementedError

    def create_security_group(
        self, project_id: str | None, attrs: Attrs
    ) -> records.SecurityGroup:
        """Create from the body's keys."""
        raise NotImplementedError

    def update_security_group(
        self, project_id: str | None, ident: str, attrs: Attrs
    ) -> records.SecurityGroup:
        """Change the given keys only."""
        raise NotImplementedError

    def delete_security_group(self, project_id: str | None, ident: str) -> None:
        """Remove it; 409 while in use."""
        raise NotImplementedError

    def get_security_group(
        self, project_id: str | None, ident: str
    ) -> records.SecurityGroup:
        """By id only; NotFound else."""
        raise NotImplementedError

    def list_security_groups(
        self, project_id: str | None
    ) -> list[records.SecurityGroup]:
        """All that the project sees."""
        raise NotImplementedError

    def create_security_group_rule(
        self, project_id: str | None, attrs: Attrs
    ) -> records.SecurityGroupRule:
        """Create from the body's keys."""
        raise NotImplementedError

    def delete_security_group_rule(self, project_id: str | None, ident: str) -> None:
        """Remove it; 409 while in use."""
        raise NotImplementedError

    def get_security_group_rule(
        self, project_id: str | None, ident: str
    ) -> records.SecurityGroupRule:
        """By id only; NotFound else."""
        raise NotImplementedError

    def list_security_group_rules(
        self, project_id: str | None
    ) -> list[records.SecurityGroupRule]:
        """All that the project sees."""
        raise NotImplementedError

    def subnets_of(self, network_id: str) -> list[records.Subnet]:
        """Subnets of a network."""
        raise NotImplementedError

    def rules_of(self, group_id: str) -> list[records.SecurityGroupRule]:
        """Rules of a group."""
        raise NotImplementedError
