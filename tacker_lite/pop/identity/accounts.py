"""Projects and users of a PoP."""

from __future__ import annotations

import secrets

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict, Forbidden, NotFound
from tacker_lite.pop.identity import refusals, tokens
from tacker_lite.pop.identity.roles import Roles


class Accounts(Roles):
    """The part of the identity service that keeps who there is."""

    def project_named(self, name: str) -> str:
        """The id of a project of the topology."""
        return self._id("project", name)

    def seed(self) -> None:
        """Make the topology's projects and users; passwords become those of the file.

        A user without one there gets one made up, the same in all PoPs of the lab.
        """
        for name in self.cloud.pop.projects:
            if self._id("project", name) not in self.projects:
                self.projects.put(records.Project(self._id("project", name), name))
        for entry in self.cloud.pop.users:
            ident = self._id("user", entry.name)
            project_id = self._id("project", entry.project)
            password = self.initial_password(entry.name)
            old = self.users.get(ident)
            if old is not None and tokens.matches(password, old.password):
                continue
            roles = dict(old.roles) if old else {}
            roles[project_id] = list(entry.roles)
            self.users.put(
                records.User(
                    id=ident,
                    name=entry.name,
                    password=tokens.hashed(
                        password, self.cloud.lab.secrets.salt(entry.name)
                    ),
                    roles=roles,
                    default_project_id=project_id,
                )
            )

    def initial_password(self, name: str) -> str:
        """The password that a user of the topology starts with.

        :raises NotFound: when the topology has no such user.
        """
        for entry in self.cloud.pop.users:
            if entry.name != name:
                continue
            if entry.password is not None:
                return entry.password
            return self.cloud.lab.secrets.password(name)
        raise NotFound("user", name)

    def create_project(self, attrs: Attrs) -> records.Project:
        """A project from the body's keys.

        :raises Conflict: when the name is taken.
        """
        name = required_name(attrs, 64)
        project = records.Project(
            id=records.new_id().replace("-", ""),
            name=name,
            description=attributes.text(attrs, "description"),
            enabled=attributes.flag(attrs, "enabled", True),
        )
        with self.cloud.lock:
            self._check_project_name(name, project.id)
            return self.projects.put(project)

    def update_project(self, ident: str, attrs: Attrs) -> records.Project:
        """Change name, description or enabled."""
        with self.cloud.lock:
            old = self.get_project(ident)
            name = attributes.text(attrs, "name", old.name, 64) or old.name
            self._check_project_name(name, ident)
            return self.projects.change(
                ident,
                name=name,
                description=attributes.text(attrs, "description", old.description),
                enabled=attributes.flag(attrs, "enabled", old.enabled),
            )

    def _check_project_name(self, name: str, ident: str) -> None:
        for row in self.projects:
            if row.name == name and row.id != ident:
                raise Conflict(
                    "Conflict occurred attempting to store project - it is not"
                    " permitted to have two projects with either the same name or same"
                    f" id in the same domain: name is {name}, project id {row.id}."
                )

    def delete_project(self, ident: str) -> None:
        """Remove a project; what it owns stays, for an administrator to clean up.

        :raises Forbidden: when it is of the topology.
        """
        with self.cloud.lock:
            project = self.get_project(ident)
            if project.name in self.cloud.pop.projects:
                raise Forbidden(f"Project {project.name} is of the lab's topology.")
            self.projects.delete(ident)
            for user in self.users:
                if ident in user.roles:
                    rest = {k: v for k, v in user.roles.items() if k != ident}
                    self.users.change(user.id, roles=rest)

    def list_projects(self) -> list[records.Project]:
        """All, oldest first."""
        with self.cloud.lock:
            return list(self.projects)

    def create_user(self, attrs: Attrs) -> records.User:
        """A user from the body's keys, at first without roles.

        :raises Conflict: when the name is taken.
        """
        name = required_name(attrs)
        password = attributes.text(attrs, "password") or secrets.token_urlsafe(24)
        user = records.User(
            id=records.new_id().replace("-", ""),
            name=name,
            password=tokens.hashed(password),
            default_project_id=attributes.text(attrs, "default_project_id"),
            description=attributes.text(attrs, "description"),
            email=attributes.text(attrs, "email"),
            enabled=attributes.flag(attrs, "enabled", True),
        )
        with self.cloud.lock:
            if any(row.name == name for row in self.users):
                raise refusals.duplicate("user", name)
            return self.users.put(user)

    def update_user(self, ident: str, attrs: Attrs) -> records.User:
        """Change the given keys only."""
        with self.cloud.lock:
            old = self.get_user(ident)
            password = attributes.text(attrs, "password")
            values = attributes.changed(
                old,
                attrs,
                default_project_id=attributes.text,
                description=attributes.text,
                email=attributes.text,
                enabled=attributes.flag,
            )
            if password:
                values["password"] = tokens.hashed(password)
            name = attributes.text(attrs, "name", old.name) or old.name
            if any(row.name == name and row.id != ident for row in self.users):
                raise refusals.duplicate("user", name)
            return self.users.change(ident, name=name, **values)

    def change_password(self, ident: str, attrs: Attrs) -> None:
        """Give a user a new password who knows the old one; ends all their tokens.

        :raises Unauthorized: when the old one is another, or there is no such user.
        """
        for key in ("original_password", "password"):
            if not isinstance(attrs.get(key), str):
                raise BadRequest(f"'{key}' is a required property")
        with self.cloud.lock:
            user = self.users.get(ident)
            if user is None or not tokens.matches(
                attrs["original_password"], user.password
            ):
                raise refusals.unauthenticated()
            self.users.change(ident, password=tokens.hashed(attrs["password"]))

    def find_user(self, wanted: Attrs) -> records.User | None:
        """The user whom a body names by id, or by name and domain."""
        if "id" not in wanted and not isinstance(wanted.get("domain"), dict):
            raise refusals.expected("domain", "user")
        with self.cloud.lock:
            for user in self.users:
                if "id" in wanted:
                    found = user.id == wanted["id"]
                else:
                    named = user.name == wanted.get("name")
                    found = named and is_default(wanted["domain"])
                if found:
                    return user if user.enabled else None
        return None

    def delete_user(self, ident: str) -> None:
        """Remove a user.

        :raises Forbidden: when they are of the topology.
        """
        with self.cloud.lock:
            user = self.get_user(ident)
            if any(user.name == entry.name for entry in self.cloud.pop.users):
                raise Forbidden(f"User {user.name} is of the lab's topology.")
            self.users.delete(ident)

    def list_users(self) -> list[records.User]:
        """All, oldest first."""
        with self.cloud.lock:
            return list(self.users)


def required_object(attrs: Attrs, key: str, where: str) -> Attrs:
    """:raises BadRequest: when a part of an authentication body is missing."""
    value = attrs.get(key) if isinstance(attrs, dict) else None
    if not isinstance(value, dict):
        raise refusals.expected(key, where)
    return value


def is_default(domain: Attrs) -> bool:
    """Whether a body's domain is the only one there is."""
    name = domain.get("id") or domain.get("name") or ""
    return str(name).lower() == "default"


def required_name(attrs: Attrs, limit: int = 255) -> str:
    """The name of something new, of at most ``limit`` characters.

    :raises BadRequest: when there is none, in the service's words.
    """
    name = attrs.get("name")
    if name is None:
        raise BadRequest("'name' is a required property")
    wrong = ""
    if not isinstance(name, str):
        wrong = f"{name!r} is not of type 'string'"
    elif not name.strip():
        wrong = f"{name!r} is too short"
    elif len(name) > limit:
        wrong = f"{name!r} is too long"
    if wrong:
        raise BadRequest(f"Invalid input for field 'name': {wrong}")
    return str(name)
