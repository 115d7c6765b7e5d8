"""Authentication and the catalogue of a PoP."""

from __future__ import annotations

import datetime
import secrets
import time
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Unauthorized
from tacker_lite.pop.identity import tokens
from tacker_lite.pop.identity.accounts import Accounts, required_object

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

_INTERFACES = ("public", "internal", "admin")
#: type, name and path of the services that a PoP offers itself
_SERVICES = (
    ("identity", "keystone", "identity/v3"),
    ("compute", "nova", "compute/v2.1"),
    ("network", "neutron", "network"),
    ("image", "glance", "image"),
    ("orchestration", "heat", "orchestration/v1/{project_id}"),
    ("load-balancer", "octavia", "load-balancer"),
    ("block-storage", "cinder", "block-storage/v3/{project_id}"),
    ("alarming", "aodh", "alarming"),
)


class IdentityService(Accounts):
    """What the identity API offers, as Keystone behaves: one domain, ``default``."""

    def __init__(self, cloud: Cloud):
        super().__init__(cloud)
        self._key = cloud.lab.secrets.key
        self._revoked: dict[str, float] = {}
        for audit_id, row in cloud.store.load(cloud.pop.name, "revoked").items():
            if row["exp"] < time.time():
                cloud.store.delete(cloud.pop.name, "revoked", audit_id)
            else:
                self._revoked[audit_id] = row["exp"]

    def authenticate(self, body: Attrs) -> records.Token:
        """A token for a request body ``{"auth": {"identity": ..., "scope": ...}}``.

        Without a scope it is for the user's default project; unscoped when there is
        none or the scope is ``unscoped``.

        :raises BadRequest: when the body is incomplete or asks for what is not offered.
        :raises Unauthorized: when user, password, token or project are wrong.
        """
        auth = required_object(body, "auth", "the request")
        identity = required_object(auth, "identity", "auth")
        methods = identity.get("methods")
        if not isinstance(methods, list) or not methods:
            raise BadRequest("Expecting to find methods in identity.")
        inherited: dict[str, Any] = {}
        if methods == ["password"]:
            user = self._by_password(required_object(identity, "password", "identity"))
        elif methods == ["token"]:
            part = required_object(identity, "token", "identity")
            inherited = tokens.read(self._key, str(part.get("id", "")))
            user = self.validate(str(part.get("id", ""))).user
        else:
            names = ", ".join(str(name) for name in methods)
            raise BadRequest(
                f"The authentication method {names} is not offered;"
                " use password or token"
            )
        project = self._scope(user, auth)
        if project is not None and not user.roles.get(project.id):
            raise Unauthorized(f"User has no access to project {project.id}")
        methods = sorted({*inherited.get("methods", ()), *methods})
        now = time.time()
        claims = {
            "pop": self.cloud.pop.name,
            "user": user.id,
            "project": project.id if project else None,
            "methods": methods,
            "audit": secrets.token_urlsafe(16),
            "iat": now,
            "exp": inherited.get("exp", now + tokens.LIFETIME),
            "password": user.password[:8],
        }
        return self._token(tokens.sign(self._key, claims), claims)

    def _by_password(self, part: Attrs) -> records.User:
        wanted = required_object(part, "user", "password")
        password = wanted.get("password")
        if not isinstance(password, str):
            raise BadRequest("Expecting to find password in user.")
        with self.cloud.lock:
            found = [
                user
                for user in self.users
                if user.id == wanted.get("id")
                or (
                    "id" not in wanted
                    and user.name == wanted.get("name")
                    and _is_default(wanted.get("domain"))
                )
            ]
        # The same answer and effort whether it is the name or the password.
        kept = found[0].password if found else _NOBODY
        if not tokens.matches(password, kept) or not found or not found[0].enabled:
            raise Unauthorized("The request you have made requires authentication.")
        return found[0]

    def _scope(self, user: records.User, auth: Attrs) -> records.Project | None:
        scope = auth.get("scope")
        if scope == "unscoped" or (isinstance(scope, dict) and "unscoped" in scope):
            return None
        if scope is None:
            return self.projects.get(user.default_project_id)
        if not isinstance(scope, dict) or "project" not in scope:
            raise BadRequest("Only project scope is offered.")
        wanted = required_object(scope, "project", "scope")
        with self.cloud.lock:
            for project in self.projects:
                found = project.id == wanted.get("id") or (
                    "id" not in wanted
                    and project.name == wanted.get("name")
                    and _is_default(wanted.get("domain"))
                )
                if found and project.enabled:
                    return project
        raise Unauthorized("The request you have made requires authentication.")

    def validate(self, token_id: str) -> records.Token:
        """The token of that id, with the roles that its user has now.

        :raises Unauthorized: when it is unknown, expired or revoked, or its user has
            another password, has no role any more or is gone.
        """
        return self._token(token_id, tokens.read(self._key, token_id))

    def _token(self, token_id: str, claims: dict[str, Any]) -> records.Token:
        with self.cloud.lock:
            user = self.users.get(claims["user"])
            project = self.projects.get(claims["project"] or "")
        roles = tuple(user.roles.get(project.id, ())) if user and project else ()
        if (
            user is None
            or not user.enabled
            or claims["pop"] != self.cloud.pop.name
            or claims["audit"] in self._revoked
            or claims["password"] != user.password[:8]
            or (claims["project"] and not roles)
        ):
            raise Unauthorized("The token is not valid any more.")
        return records.Token(
            id=token_id,
            user=user,
            project=project,
            roles=roles,
            methods=tuple(claims["methods"]),
            audit_id=claims["audit"],
            issued_at=_moment(claims["iat"]),
            expires_at=_moment(claims["exp"]),
            catalog=self.catalog(project.id) if project else [],
        )

    def revoke(self, token_id: str) -> None:
        """End a token before its time.

        :raises Unauthorized: when it is not valid anyway.
        """
        claims = tokens.read(self._key, token_id)
        place = (self.cloud.pop.name, "revoked", claims["audit"])
        self.cloud.store.put(*place, {"exp": claims["exp"]})
        self._revoked[claims["audit"]] = claims["exp"]

    def catalog(self, project_id: str) -> list[dict[str, Any]]:
        """Services with their endpoints, as in a token."""
        endpoints: dict[str, list[dict[str, Any]]] = {}
        for endpoint in self._endpoints(project_id):
            endpoints.setdefault(endpoint.pop("service_id"), []).append(endpoint)
        return [
            {
                "id": service["id"],
                "type": service["type"],
                "name": service["name"],
                "endpoints": endpoints[service["id"]],
            }
            for service in self.list_services()
        ]

    def list_services(self) -> list[dict[str, Any]]:
        """Services with id, type, name and enabled."""
        own = [(kind, name) for kind, name, _ in _SERVICES]
        others = [(entry.type, entry.name) for entry in self.cloud.pop.catalog]
        return [
            {
                "id": self._id("service", f"{kind}/{name}"),
                "type": kind,
                "name": name,
                "enabled": True,
                "description": "",
            }
            for kind, name in (*own, *others)
        ]

    def list_endpoints(self) -> list[dict[str, Any]]:
        """Endpoints; ``%(project_id)s`` stands for the project in their URLs."""
        return self._endpoints("%(project_id)s")

    def _endpoints(self, project_id: str) -> list[dict[str, Any]]:
        pop = self.cloud.pop
        base = f"{self.cloud.lab.url}/{pop.name}"
        urls = [
            (kind, name, f"{base}/{path.format(project_id=project_id)}")
            for kind, name, path in _SERVICES
        ]
        urls += [(entry.type, entry.name, entry.url) for entry in pop.catalog]
        return [
            {
                "id": self._id("endpoint", f"{kind}/{name}/{interface}"),
                "interface": interface,
                "region": pop.region,
                "region_id": pop.region,
                "service_id": self._id("service", f"{kind}/{name}"),
                "url": url,
                "enabled": True,
            }
            for kind, name, url in urls
            for interface in _INTERFACES
        ]


_NOBODY = tokens.hashed(secrets.token_urlsafe(16))


def _is_default(domain: Any) -> bool:
    """Whether a body's domain is the only one there is."""
    if not isinstance(domain, dict):
        return True
    name = domain.get("id") or domain.get("name") or ""
    return str(name).lower() == "default"


def _moment(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
