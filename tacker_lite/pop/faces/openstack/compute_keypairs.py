"""Key pairs in the compute API; the lab keeps public keys only."""

from __future__ import annotations

from typing import Any

from tacker_lite.pop import records
from tacker_lite.pop.faces.openstack import compute_schemas, compute_version, listing
from tacker_lite.pop.faces.openstack.request import Answer, Context, Route


def list_keypairs(ctx: Context) -> Answer:
    """The caller's key pairs; administrators may ask for another user's."""
    keypairs = ctx.cloud.compute.list_keypairs(_owner(ctx))
    part, links = listing.linked_page(ctx, "keypairs", keypairs, lambda k: k.name, 1000)
    return 200, {"keypairs": [{"keypair": _summary(ctx, k)} for k in part], **links}


def create_keypair(ctx: Context) -> Answer:
    """Keep a public key that the caller has made."""
    attrs = compute_schemas.checked(ctx, "keypair")
    user_id = attrs.get("user_id") or ctx.token.user.id
    if user_id != ctx.token.user.id:
        ctx.require_admin()
    keypair = ctx.cloud.compute.create_keypair(ctx.project_id, user_id, attrs)
    status = 201 if compute_version.asked(ctx) >= (2, 2) else 200
    return status, {"keypair": _summary(ctx, keypair) | {"user_id": keypair.user_id}}


def show_keypair(ctx: Context, name: str) -> Answer:
    """One key pair by its name."""
    keypair = ctx.cloud.compute.get_keypair(_owner(ctx), name)
    shown = _summary(ctx, keypair) | {
        "user_id": keypair.user_id,
        "created_at": keypair.created_at,
        "updated_at": None,
        "deleted": False,
        "deleted_at": None,
        # The service identifies key pairs by name; clients only print the number.
        "id": int(keypair.id.replace("-", "")[:7], 16),
    }
    return 200, {"keypair": shown}


def delete_keypair(ctx: Context, name: str) -> Answer:
    """Forget a key pair; servers keep the key they got."""
    ctx.cloud.compute.delete_keypair(_owner(ctx), name)
    return (204 if compute_version.asked(ctx) >= (2, 2) else 202), None


def _owner(ctx: Context) -> str:
    """The user whose key pairs are meant."""
    user_id = ctx.query.get("user_id") or ctx.token.user.id
    if user_id != ctx.token.user.id:
        ctx.require_admin()
    return user_id


def _summary(ctx: Context, keypair: records.Keypair) -> dict[str, Any]:
    shown = {
        "name": keypair.name,
        "public_key": keypair.public_key,
        "fingerprint": keypair.fingerprint,
    }
    if compute_version.asked(ctx) >= (2, 2):
        shown["type"] = keypair.type
    return shown


ROUTES: list[Route] = [
    ("GET", "/v2.1/os-keypairs", list_keypairs),
    ("POST", "/v2.1/os-keypairs", create_keypair),
    ("GET", "/v2.1/os-keypairs/<name>", show_keypair),
    ("DELETE", "/v2.1/os-keypairs/<name>", delete_keypair),
]
