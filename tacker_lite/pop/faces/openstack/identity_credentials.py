"""Application credentials and the passwords of users, in the identity API."""

from __future__ import annotations

import datetime
from typing import Any

from tacker_lite.pop.faces.openstack import identity_accounts as accounts
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route
from tacker_lite.pop.identity import refusals
from tacker_lite.pop.identity.application_credential import ApplicationCredential

_PLURAL = "application_credentials"


def _check(ctx: Context, user_id: str, action: str, owner_only: bool = False) -> None:
    """Let the user pass, and administrators where they may.

    :raises Forbidden: for anybody else, and for what restricted ones may not do.
    """
    own = user_id == ctx.token.user.id
    if not own and (owner_only or not ctx.token.is_admin):
        raise refusals.not_authorized(f"identity:{action}")
    used = ctx.token.application_credential
    if used and used["restricted"] and ctx.request.method != "GET":
        raise refusals.not_authorized(
            "Using method 'application_credential' is not allowed for managing"
            " additional application credentials."
        )


def list_credentials(ctx: Context, user_id: str) -> Answer:
    """A user's application credentials, without their secrets."""
    _check(ctx, user_id, f"list_{_PLURAL}")
    found = ctx.cloud.identity.list_application_credentials(user_id)
    return accounts.collection(ctx, _PLURAL, [_shown(ctx, row) for row in found])


def create_credential(ctx: Context, user_id: str) -> Answer:
    """Make one for the project of the caller's token; the secret is told only now."""
    _check(ctx, user_id, "create_application_credential", owner_only=True)
    made, secret = ctx.cloud.identity.create_application_credential(
        ctx.token, ctx.wrapped("application_credential")
    )
    shown = _shown(ctx, made) | {"secret": secret}
    return 201, {"application_credential": shown}


def show_credential(ctx: Context, user_id: str, ident: str) -> Answer:
    """One application credential, without its secret."""
    _check(ctx, user_id, "get_application_credential")
    row = ctx.cloud.identity.get_application_credential(user_id, ident)
    return 200, {"application_credential": _shown(ctx, row)}


def delete_credential(ctx: Context, user_id: str, ident: str) -> Answer:
    """End one, and the tokens that it was used for."""
    _check(ctx, user_id, "delete_application_credential")
    ctx.cloud.identity.delete_application_credential(user_id, ident)
    return 204, None


def _shown(ctx: Context, row: ApplicationCredential) -> dict[str, Any]:
    expires_at = None
    if row.expires_at is not None:
        moment = datetime.datetime.fromtimestamp(row.expires_at, datetime.timezone.utc)
        expires_at = moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
    roles = [r for r in ctx.cloud.identity.list_roles() if r["name"] in row.roles]
    path = f"{ctx.service_url}/v3/users/{row.user_id}/{_PLURAL}/{row.id}"
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "user_id": row.user_id,
        "project_id": row.project_id,
        "system": None,
        "expires_at": expires_at,
        "unrestricted": row.unrestricted,
        "roles": [{**role, "domain_id": None} for role in roles],
        "links": {"self": path},
    }


def change_password(ctx: Context, user_id: str) -> Answer:
    """A new password for who knows the old one; no token is needed."""
    ctx.cloud.identity.change_password(user_id, ctx.wrapped("user"))
    return 204, None


_CREDENTIALS = f"/v3/users/<user_id>/{_PLURAL}"

ROUTES: list[Route] = [
    ("GET", _CREDENTIALS, list_credentials),
    ("POST", _CREDENTIALS, create_credential),
    ("GET", _CREDENTIALS + "/<ident>", show_credential),
    ("DELETE", _CREDENTIALS + "/<ident>", delete_credential),
    ("POST", "/v3/users/<user_id>/password", change_password),
]
