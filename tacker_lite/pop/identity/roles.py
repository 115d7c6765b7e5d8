"""Who has which role where: the tables of the identity service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tacker_lite.pop import identifiers, records
from tacker_lite.pop.errors import NotFound
from tacker_lite.pop.identity import refusals
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

_ROLES = ("admin", "member", "reader", "service")


class Roles:
    """The role part of the identity service."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        place = (cloud.store, cloud.pop.name)
        self.projects = Table(*place, "project", records.Project)
        self.users = Table(*place, "user", records.User)
        self._roles = list(_ROLES)
        for entry in cloud.pop.users:
            self._roles += [role for role in entry.roles if role not in self._roles]

    def _id(self, kind: str, name: str) -> str:
        lab = self.cloud.lab.topology.name
        return identifiers.of_identity(lab, self.cloud.pop.name, kind, name)

    def get_project(self, ident: str) -> records.Project:
        """By id.

        :raises NotFound: when there is none.
        """
        with self.cloud.lock:
            project = self.projects.get(ident)
        if project is None:
            raise refusals.missing("project", ident)
        return project

    def get_user(self, ident: str) -> records.User:
        """By id.

        :raises NotFound: when there is none.
        """
        with self.cloud.lock:
            user = self.users.get(ident)
        if user is None:
            raise refusals.missing("user", ident)
        return user

    def projects_of(self, user_id: str) -> list[records.Project]:
        """Those in which a user has a role."""
        with self.cloud.lock:
            roles = self.get_user(user_id).roles
            return [row for row in self.projects if roles.get(row.id)]

    def list_roles(self) -> list[dict[str, Any]]:
        """Roles with id and name."""
        return [{"id": self._id("role", name), "name": name} for name in self._roles]

    def role_name(self, role_id: str) -> str:
        """The name of a role given by id.

        :raises NotFound: when there is none.
        """
        for name in self._roles:
            if role_id == self._id("role", name):
                return name
        raise refusals.missing("role", role_id)

    def list_role_assignments(
        self, project_id: str | None = None, user_id: str | None = None
    ) -> list[dict[str, Any]]:
        """Who has which role where, in the form of the identity API."""
        with self.cloud.lock:
            return [
                {
                    "role": {"id": self._id("role", role), "name": role},
                    "user": {"id": user.id, "name": user.name},
                    "scope": {"project": {"id": ident}},
                }
                for user in self.users
                if user_id in (None, user.id)
                for ident, roles in user.roles.items()
                if project_id in (None, ident)
                for role in roles
            ]

    def grant_role(self, project_id: str, user_id: str, role_id: str) -> None:
        """Give a user a role in a project; having it already is fine."""
        name = self.role_name(role_id)
        with self.cloud.lock:
            self.get_project(project_id)
            user = self.get_user(user_id)
            had = [role for role in user.roles.get(project_id, ()) if role != name]
            self.users.change(user_id, roles={**user.roles, project_id: [*had, name]})

    def revoke_role(self, project_id: str, user_id: str, role_id: str) -> None:
        """Take a role away.

        :raises NotFound: when the user does not have it.
        """
        name = self.role_name(role_id)
        with self.cloud.lock:
            user = self.get_user(user_id)
            had = list(user.roles.get(project_id, ()))
            if name not in had:
                raise NotFound(
                    "role assignment",
                    role_id,
                    f"Could not find role assignment with role: {role_id}, user or"
                    f" group: {user_id}, project, domain, or system: {project_id}.",
                )
            had.remove(name)
            self.users.change(user_id, roles={**user.roles, project_id: had})
