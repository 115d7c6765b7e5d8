"""Application credentials: secrets that let programs act for a user in one project."""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tacker_lite.pop import attributes, records
from tacker_lite.pop.attributes import Attrs
from tacker_lite.pop.errors import BadRequest, Conflict, NotFound
from tacker_lite.pop.identity import refusals, tokens
from tacker_lite.pop.identity.accounts import Accounts, required_name
from tacker_lite.pop.store import Table

if TYPE_CHECKING:
    from tacker_lite.pop.cloud import Cloud

_KEYS = (
    *("name", "description", "secret", "roles", "expires_at", "unrestricted"),
    "access_rules",
)
_KIND = "Application Credential"


@dataclass(frozen=True)
class ApplicationCredential:
    """A secret of a user for one project.

    :ivar secret: salted hash.
    :ivar roles: names of those of the user's roles that it carries.
    :ivar expires_at: seconds since the epoch, or None.
    :ivar unrestricted: its tokens may manage further ones.
    """

    id: str
    name: str
    user_id: str
    project_id: str
    secret: str = field(repr=False)
    roles: list[str] = field(default_factory=list)
    description: str | None = None
    expires_at: float | None = None
    unrestricted: bool | None = None

    def ended(self) -> bool:
        """Whether its time is over."""
        now = datetime.datetime.now(datetime.timezone.utc).timestamp()
        return self.expires_at is not None and self.expires_at <= now


class ApplicationCredentials(Accounts):
    """The part of the identity service that keeps application credentials."""

    def __init__(self, cloud: Cloud):
        super().__init__(cloud)
        place = (cloud.store, cloud.pop.name, "application_credential")
        self.application_credentials = Table(*place, ApplicationCredential)
        self.users.watchers.append(self._end_those_of_nobody)
        self.projects.watchers.append(self._end_those_of_nobody)

    def _end_those_of_nobody(self, old: Any, new: Any) -> None:
        if new is None and old is not None:
            for row in self.application_credentials:
                if old.id in (row.user_id, row.project_id):
                    self.application_credentials.delete(row.id)

    def create_application_credential(
        self, token: records.Token, attrs: Attrs
    ) -> tuple[ApplicationCredential, str]:
        """One for the project and user of a token, with its secret, told only now.

        :raises BadRequest: when the body is wrong or names a role the token has not.
        :raises Conflict: when the user has one of that name.
        """
        attributes.refuse_unknown(attrs, _KEYS)
        if attrs.get("access_rules"):
            raise BadRequest("Access rules are not offered: leave out access_rules.")
        if token.project is None:
            raise refusals.not_authorized("identity:create_application_credential")
        name = required_name(attrs)
        secret = attributes.text(attrs, "secret") or secrets.token_urlsafe(64)
        unrestricted = attrs.get("unrestricted")
        if unrestricted is not None:
            unrestricted = attributes.flag(attrs, "unrestricted", False)
        credential = ApplicationCredential(
            id=records.new_id().replace("-", ""),
            name=name,
            user_id=token.user.id,
            project_id=token.project.id,
            secret=tokens.hashed(secret),
            roles=self._wanted_roles(token, attrs),
            description=attributes.text(attrs, "description", None),
            expires_at=_expiry(attrs),
            unrestricted=unrestricted,
        )
        with self.cloud.lock:
            if self._named(token.user.id, name) is not None:
                raise Conflict(
                    "Conflict occurred attempting to store application_credential -"
                    f" Duplicate entry found with name {name}."
                )
            return self.application_credentials.put(credential), secret

    def _wanted_roles(self, token: records.Token, attrs: Attrs) -> list[str]:
        wanted = []
        for item in attributes.objects(attrs, "roles"):
            if item.get("id"):
                wanted.append(self.role_name(str(item["id"])))
            elif any(item.get("name") == role["name"] for role in self.list_roles()):
                wanted.append(str(item["name"]))
            else:
                name = item.get("name")
                raise NotFound("role", str(name), f"Role {name} is not defined")
        if set(wanted) - set(token.roles):
            raise BadRequest(
                "Invalid application credential: Cannot create an application"
                " credential with unassigned role"
            )
        return wanted or list(token.roles)

    def _named(self, user_id: str, name: str) -> ApplicationCredential | None:
        for row in self.application_credentials:
            if (row.user_id, row.name) == (user_id, name):
                return row
        return None

    def list_application_credentials(self, user_id: str) -> list[ApplicationCredential]:
        """A user's, oldest first."""
        with self.cloud.lock:
            return [r for r in self.application_credentials if r.user_id == user_id]

    def get_application_credential(
        self, user_id: str, ident: str
    ) -> ApplicationCredential:
        """:raises NotFound: when the user has no such one."""
        with self.cloud.lock:
            row = self.application_credentials.get(ident)
        if row is None or row.user_id != user_id:
            raise refusals.missing(_KIND, ident)
        return row

    def delete_application_credential(self, user_id: str, ident: str) -> None:
        """End an application credential, and with it all tokens it was used for."""
        with self.cloud.lock:
            row = self.get_application_credential(user_id, ident)
            self.application_credentials.delete(row.id)

    def proven_credential(self, part: Attrs) -> ApplicationCredential:
        """The one whose secret a request knows.

        :param part: with ``secret`` and ``id``, or ``name`` and ``user``.
        :raises NotFound: when there is none of that id.
        :raises Unauthorized: when secret or time are wrong.
        """
        ident = part.get("id")
        if ident is not None:
            row = self.application_credentials.get(str(ident))
            if row is None:
                raise refusals.missing(_KIND, str(ident))
        else:
            wanted = part.get("user")
            if not isinstance(wanted, dict):
                raise refusals.expected("user", "application credential")
            user = self.find_user(wanted)
            name = str(part.get("name", ""))
            row = self._named(user.id, name) if user else None
        secret = part.get("secret")
        known = row is not None and isinstance(secret, str)
        if not known or not tokens.matches(str(secret), row.secret) or row.ended():  # type: ignore[union-attr]
            raise refusals.unauthenticated()
        assert row is not None
        return row


def _expiry(attrs: Attrs) -> float | None:
    text = attributes.text(attrs, "expires_at", None)
    if text is None:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise refusals.malformed("Timestamp not in expected format.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    if moment <= datetime.datetime.now(datetime.timezone.utc):
        raise refusals.malformed("The 'expires_at' must not be before now.")
    return moment.timestamp()
