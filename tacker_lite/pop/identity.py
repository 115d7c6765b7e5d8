"""Projects, users, tokens and the catalogue of a PoP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from tacker_lite.pop import records

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

Attrs = Mapping[str, Any]


class IdentityService:
    """What the identity API offers."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud

    def authenticate(self, body: Attrs) -> records.Token:
        """``body`` is the request body {'auth': ...}."""
        raise NotImplementedError

    def validate(self, token_id: str) -> records.Token:
        """Unauthorized when unknown, expired or revoked."""
        raise NotImplementedError

    def revoke(self, token_id: str) -> None:
        """End a token."""
        raise NotImplementedError

    def catalog(self, project_id: str) -> list[dict[str, Any]]:
        """As in a token."""
        raise NotImplementedError

    def list_services(self) -> list[dict[str, Any]]:
        """id, type, name, enabled."""
        raise NotImplementedError

    def list_endpoints(self) -> list[dict[str, Any]]:
        """id, interface, region_id, service_id, url."""
        raise NotImplementedError

    def list_roles(self) -> list[dict[str, Any]]:
        """id, name."""
        raise NotImplementedError

    def list_role_assignments(
        self, project_id: str | None = None, user_id: str | None = None
    ) -> list[dict[str, Any]]:
        """As the API shows them."""
        raise NotImplementedError

    def grant_role(self, project_id: str, user_id: str, role_id: str) -> None:
        """Idempotent."""
        raise NotImplementedError

    def revoke_role(self, project_id: str, user_id: str, role_id: str) -> None:
        """NotFound when not granted."""
        raise NotImplementedError

    def projects_of(self, user_id: str) -> list[records.Project]:
        """Where the user has a role."""
        raise NotImplementedError

    def create_project(self, attrs: Attrs) -> records.Project:
        """Create from the body's keys."""
        raise NotImplementedError

    def update_project(self, ident: str, attrs: Attrs) -> records.Project:
        """Change the given keys only."""
        raise NotImplementedError

    def delete_project(self, ident: str) -> None:
        """Remove."""
        raise NotImplementedError

    def get_project(self, ident: str) -> records.Project:
        """By id only; NotFound else."""
        raise NotImplementedError

    def list_projects(self) -> list[records.Project]:
        """All."""
        raise NotImplementedError

    def create_user(self, attrs: Attrs) -> records.User:
        """Create from the body's keys."""
        raise NotImplementedError

    def update_user(self, ident: str, attrs: Attrs) -> records.User:
        """Change the given keys only."""
        raise NotImplementedError

    def delete_user(self, ident: str) -> None:
        """Remove."""
        raise NotImplementedError

    def get_user(self, ident: str) -> records.User:
        """By id only; NotFound else."""
        raise NotImplementedError

    def list_users(self) -> list[records.User]:
        """All."""
        raise NotImplementedError
