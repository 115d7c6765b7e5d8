"""Authentication and the catalogue of a PoP."""

from __future__ import annotations

import datetime
import itertools
import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Unauthorized
from tacker_lite.pop.identity import refusals, tokens
from tacker_lite.pop.identity.accounts import is_default, required_object
from tacker_lite.pop.identity.application_credential import (
    ApplicationCredential,
    ApplicationCredentials,
)

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


class IdentityService(ApplicationCredentials):
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
        :raises Forbidden: when a token of an application credential is to be changed.
        :raises Unauthorized: when user, password, token or project are wrong.
        """
        auth = required_object(body, "auth", "request body")
        if not isinstance(auth.get("identity"), dict):
            raise BadRequest("'identity' is a required property")
        identity = auth["identity"]
        methods = identity.get("methods")
        if not isinstance(methods, list) or not all(
            isinstance(m, str) for m in methods
        ):
            raise BadRequest("'methods' is a required property")
        if not methods:
            raise refusals.unauthenticated()
        claims: dict[str, Any] = {"methods": methods}
        if methods == ["password"]:
            user = self._by_password(required_object(identity, "password", "identity"))
            project = self._scope(user, auth)
        elif methods == ["token"]:
            part = required_object(identity, "token", "identity")
            user = self._by_token(part, claims)
            project = self._scope(user, auth)
        elif methods == ["application_credential"]:
            part = required_object(identity, methods[0], "identity")
            user, project = self._by_application_credential(part, auth, claims)
        else:
            raise Unauthorized("Attempted to authenticate with an unsupported method.")
        if project is not None and not user.roles.get(project.id):
            raise refusals.unauthenticated()
        return self._issued(user, project, claims)

    def _issued(
        self,
        user: records.User,
        project: records.Project | None,
        more: Mapping[str, Any],
    ) -> records.Token:
        now = time.time()
        claims = {
            "pop": self.cloud.pop.name,
            "user": user.id,
            "project": project.id if project else None,
            "audit": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + tokens.LIFETIME,
            "password": user.password[:8],
            **more,
        }
        return self._token(tokens.sign(self._key, claims), claims)

    def _by_password(self, part: Attrs) -> records.User:
        wanted = required_object(part, "user", "password")
        password = wanted.get("password")
        if not isinstance(password, str):
            raise refusals.expected("password", "user")
        user = self.find_user(wanted)
        # The same answer and effort whether it is the name or the password.
        kept = user.password if user else _NOBODY
        if not tokens.matches(password, kept) or user is None:
            raise refusals.unauthenticated()
        return user

    def _by_token(self, part: Attrs, claims: dict[str, Any]) -> records.User:
        """The user of a token, which hands on how it came and when it ends."""
        ident = str(part.get("id", ""))
        inherited = tokens.read(self._key, ident)
        user = self.validate(ident).user
        if inherited.get("credential"):
            raise refusals.not_authorized(
                "Using a delegated token to create another token is not allowed."
            )
        claims["methods"] = sorted({*inherited["methods"], "token"})
        claims["exp"] = inherited["exp"]
        return user

    def _by_application_credential(
        self, part: Attrs, auth: Attrs, claims: dict[str, Any]
    ) -> tuple[records.User, records.Project]:
        credential = self.proven_credential(part)
        if auth.get("scope") is not None:
            raise Unauthorized(
                "Error authenticating with application credential: Application"
                " credentials cannot request a scope."
            )
        user = self.users.get(credential.user_id)
        project = self.projects.get(credential.project_id)
        if user is None or not user.enabled or project is None:
            raise refusals.unauthenticated()
        claims["credential"] = credential.id
        if credential.expires_at is not None:
            latest = time.time() + tokens.LIFETIME
            claims["exp"] = min(latest, credential.expires_at)
        return user, project

    def _scope(self, user: records.User, auth: Attrs) -> records.Project | None:
        scope = auth.get("scope")
        if scope == "unscoped" or (isinstance(scope, dict) and "unscoped" in scope):
            return None
        if scope is None:
            return self.projects.get(user.default_project_id)
        if not isinstance(scope, dict) or "project" not in scope:
            raise BadRequest("Only project scope is offered.")
        wanted = required_object(scope, "project", "scope")
        if "id" not in wanted and not isinstance(wanted.get("domain"), dict):
            raise refusals.expected("domain", "project")
        with self.cloud.lock:
            for project in self.projects:
                if "id" in wanted:
                    found = project.id == wanted["id"]
                else:
                    named = project.name == wanted.get("name")
                    found = named and is_default(wanted["domain"])
                if found and project.enabled:
                    return project
        raise refusals.unauthenticated()

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
            credential = self._credential(claims)
        roles = tuple(user.roles.get(project.id, ())) if user and project else ()
        if credential is not None:
            roles = tuple(role for role in roles if role in credential.roles)
        if (
            user is None
            or not user.enabled
            or claims["pop"] != self.cloud.pop.name
            or claims["audit"] in self._revoked
            or claims["password"] != user.password[:8]
            or (claims["project"] and not roles)
            or (project and not project.enabled)
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
            application_credential=_shown(credential) if credential else None,
        )

    def _credential(self, claims: Mapping[str, Any]) -> ApplicationCredential | None:
        """The one that a token was issued for.

        :raises Unauthorized: when its time is over, or it is gone.
        """
        if not claims.get("credential"):
            return None
        credential = self.application_credentials.get(claims["credential"])
        if credential is None or credential.ended():
            raise refusals.unauthenticated()
        return credential

    def revoke(self, token_id: str) -> None:
        """End a token before its time.

        :raises Unauthorized: when it is not valid anyway.
        """
        claims = tokens.read(self._key, token_id)
        pop = self.cloud.pop.name
        with self.cloud.lock:
            self.cloud.store.put(
                pop, "revoked", claims["audit"], {"exp": claims["exp"]}
            )
            self._revoked[claims["audit"]] = claims["exp"]
            # Those revoked first end first, or nearly so.
            for audit_id, ends in list(itertools.islice(self._revoked.items(), 2)):
                if ends < time.time():
                    self.cloud.store.delete(pop, "revoked", audit_id)
                    del self._revoked[audit_id]

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


def _shown(credential: ApplicationCredential) -> dict[str, Any]:
    restricted = not credential.unrestricted
    return {"id": credential.id, "name": credential.name, "restricted": restricted}


def _moment(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
